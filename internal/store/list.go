package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// sortColumns maps sort fields to expressions over alias t, each with an index
// that leads with the tenant.
type sortColumns map[pay.SortField]string

var byCreation = sortColumns{pay.SortCreatedAt: "t.created_at"}

// listPage reads one page of rows by keyset: the cost does not grow with the
// distance from the list's start, except by an explicit offset.
func listPage[T any](ctx context.Context, t Tenant, tb table[T], w *where, columns sortColumns, sort pay.Sort, p pay.Page) (pay.Rows[T], error) {
	all := len(w.args) == 1 // nothing is asked for but the tenant
	rest, err := pageClauses(w, columns, sort, p)
	if err != nil {
		return pay.Rows[T]{}, err
	}
	if all {
		w.hideValues()
	}
	if !all || p.Offset > 0 { // each offset has a text of its own, and those of nested statements are long
		rows, err := tb.find(ctx, t.store, w, rest)
		if err != nil {
			return pay.Rows[T]{}, err
		}
		list := trim(rows, p)
		tb.readNested(ctx, t, list.List)
		return list, nil
	}
	rows, err := tb.findNested(ctx, t, w, rest)
	if err != nil {
		return pay.Rows[T]{}, err
	}
	return trim(rows, p), nil
}

// trim drops the row that was read only to learn whether more follow, and puts
// a backward page into the list's order.
func trim[T any](rows []T, p pay.Page) pay.Rows[T] {
	more := len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	if p.Backward {
		slices.Reverse(rows)
	}
	return pay.Rows[T]{List: rows, More: more}
}

// pageClauses adds the keyset condition to w and returns ORDER BY and LIMIT.
func pageClauses(w *where, columns sortColumns, sort pay.Sort, p pay.Page) (string, error) {
	var order, exprs []string
	var down []bool
	for _, key := range sort {
		expr, ok := columns[key.Field]
		if !ok {
			return "", fmt.Errorf("no sort column for %s", key.Field)
		}
		exprs, down = append(exprs, expr), append(down, key.Descending != p.Backward)
	}
	exprs, down = append(exprs, "t.id"), append(down, down[0])
	for i, expr := range exprs {
		order = append(order, expr+direction(down[i]))
	}
	if p.From != nil {
		if len(p.From.Keys) != len(sort) {
			return "", fmt.Errorf("cursor has %d keys, list has %d", len(p.From.Keys), len(sort))
		}
		w.afterPosition(exprs, down, append(slices.Clone(p.From.Keys), p.From.ID))
	}
	w.likely, w.shown = p.Limit+1, p.Limit
	clauses := " ORDER BY " + strings.Join(order, ", ") + fmt.Sprintf(" LIMIT %d", p.Limit+1)
	if p.Offset > 0 {
		clauses += fmt.Sprintf(" OFFSET %d", p.Offset)
	}
	return clauses, nil
}

// afterPosition keeps the rows that come after the keys. Keys that all run one
// way compare as one row, which an index answers directly; mixed ones need the
// long form.
func (w *where) afterPosition(exprs []string, down []bool, keys []any) {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(keys)), ", ")
	if !slices.Contains(down, !down[0]) {
		w.and(fmt.Sprintf("(%s) %s (%s)", strings.Join(exprs, ", "), beyond(down[0]), marks), keys...)
		return
	}
	var ways []string
	var args []any
	for i := range exprs {
		var parts []string
		for j := range i {
			parts = append(parts, exprs[j]+" = ?")
			args = append(args, keys[j])
		}
		parts = append(parts, exprs[i]+" "+beyond(down[i])+" ?")
		args = append(args, keys[i])
		ways = append(ways, "("+strings.Join(parts, " AND ")+")")
	}
	w.and("("+strings.Join(ways, " OR ")+")", args...)
}

func direction(down bool) string {
	if down {
		return " DESC"
	}
	return " ASC"
}

func beyond(down bool) string {
	if down {
		return "<"
	}
	return ">"
}

// count counts the rows that match.
func (tb table[T]) count(ctx context.Context, s *Store, w *where) (int, error) {
	var n int
	if err := s.reader(ctx).GetContext(ctx, &n, "SELECT count(*) FROM "+tb.name+" t"+w.String(), w.args...); err != nil {
		return 0, translate(err, "count "+tb.name)
	}
	return n, nil
}

// children is a list that hangs on a parent: conditions over alias t that may
// name the parent's id as k.parent_id, and joins that they need.
type children struct {
	join  string
	match string
}

// listChildren reads the same page of every parent's list in one statement, by
// parent.
func listChildren[T any](ctx context.Context, s *Store, tb table[T], w *where, c children, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[T], error) {
	keys := parentKeys(w, parents)
	w.and(c.match)
	rest, err := pageClauses(w, byCreation, pay.NewestFirst, p)
	if err != nil {
		return nil, err
	}
	f := &found[T]{chosen: tb.selection(ctx), memory: memoryOf(ctx), room: len(parents), keyed: true}
	query := "SELECT r.row FROM " + keys + " AS k(parent_id) CROSS JOIN LATERAL (SELECT " + f.chosen.record("uuid_send(k.parent_id)") +
		" AS row FROM " + tb.name + " t" + c.join + w.String() + rest + ") r"
	if err := f.selectRows(ctx, s, query, w.args...); err != nil {
		return nil, translate(err, "read children in "+tb.name)
	}
	grouped := f.byKey()
	lists := make(map[uuid.UUID]pay.Rows[T], len(grouped))
	for id, list := range grouped {
		lists[id] = trim(list, p)
	}
	return lists, nil
}

// parentKeys are the parents as rows. The planner must not see how many they are: it would
// plan anew for fewer than it expects of an array.
func parentKeys(w *where, parents []uuid.UUID) string {
	return w.bind("unnest((SELECT ?::uuid[]))", pq.Array(parents))
}

// countChildren counts each parent's list in one statement.
func countChildren[T any](ctx context.Context, s *Store, tb table[T], w *where, c children, parents []uuid.UUID) (map[uuid.UUID]int, error) {
	keys := parentKeys(w, parents)
	w.and(c.match)
	var rows []struct {
		ParentID uuid.UUID
		Count    int
	}
	query := "SELECT k.parent_id, r.count FROM " + keys + " AS k(parent_id) CROSS JOIN LATERAL (SELECT count(*) FROM " +
		tb.name + " t" + c.join + w.String() + ") r"
	if err := s.reader(ctx).SelectContext(ctx, &rows, query, w.args...); err != nil {
		return nil, translate(err, "count children in "+tb.name)
	}
	counts := make(map[uuid.UUID]int, len(rows))
	for _, row := range rows {
		counts[row.ParentID] = row.Count
	}
	return counts, nil
}
