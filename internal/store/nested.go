package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// A nested statement reads rows together with what hangs on them, and on that in turn, as far
// as somebody said that it will be asked for (pay.WithNested): what a statement costs on either
// side, most of it waking the other, is several times what reading a few rows does.
//
// It reads what the relations' own statements would, under the same conditions. Who asks for
// it later finds it by the relation and the keys, and reads what is not there. So nothing
// depends on it, and where it fails, rows are read without it.
type nested struct {
	parts []nestedIn
	with  []string
	args  []any
}

// nestedIn is a part with the number of that on which it hangs, and the field there that has
// the keys. The first part has neither.
type nestedIn struct {
	part
	parent int
	field  string
}

// part is the rows of one table in a nested statement.
type part interface {
	// query is what reads them: those that hang on the keys that a subselect finds, or all. Each
	// is labelled, and the fields of these names are columns.
	query(t Tenant, keys, label string, fields []string) (string, []any)
	add(*record) error
	clear()
	// has says whether a field of the rows is read.
	has(field string) bool
	// keysIn are the values of a field, each once.
	keysIn(field string) []uuid.UUID
	// keep keeps the rows, which were read for keys, for whoever asks for them.
	keep(in *keptNested, keys []uuid.UUID)
}

// nestedRoot is the rows on which all else hangs.
type nestedRoot[T any] struct {
	found[T]
	table table[T]
	where *where
	rest  string
}

func (p *nestedRoot[T]) query(_ Tenant, _, label string, fields []string) (string, []any) {
	return "SELECT " + p.table.columnsOf(fields) + p.chosen.record(label) + " AS row FROM " + p.table.name + " t" + p.where.String() + p.rest, p.where.args
}

// keysIn leaves out a row that is read to know that there are more.
func (p *nestedRoot[T]) keysIn(field string) []uuid.UUID {
	rows := p.rows
	if p.where.shown > 0 {
		rows = rows[:min(len(rows), p.where.shown)]
	}
	return keysIn(rows, field)
}

func (p *nestedRoot[T]) keep(*keptNested, []uuid.UUID) {}

// nestedPart is rows of a relation.
type nestedPart[T any] struct {
	found[T]
	relation *relation[T]
	// asked are the keys for which the rows were read, and which nobody has asked for yet.
	asked []uuid.UUID
}

func (p *nestedPart[T]) query(t Tenant, keys, label string, fields []string) (string, []any) {
	w := p.relation.visible(t)
	w.conditions = append(w.conditions, p.relation.key+" = ANY(ARRAY("+keys+"))")
	return "SELECT " + p.relation.table.columnsOf(fields) + p.relation.rows(p.chosen, label) + w.String() + p.relation.rest(), w.args
}

func (p *nestedPart[T]) keysIn(field string) []uuid.UUID { return keysIn(p.rows, field) }

func (p *nestedPart[T]) keep(in *keptNested, keys []uuid.UUID) {
	p.chosen.counted(len(p.rows), len(keys))
	if len(p.rows) <= maxRows { // whoever asks finds out by themselves that they are too many
		p.asked = keys
		in.parts = append(in.parts, p)
	}
}

// columnsOf selects fields, each by the name of its column in Go.
func (tb table[T]) columnsOf(fields []string) string {
	var list strings.Builder
	for _, field := range fields {
		list.WriteString("t." + tb.column(columnName(field)) + " AS " + columnName(field) + ", ")
	}
	return list.String()
}

// findNested is find, together with what hangs on the rows and will be asked for.
func (tb table[T]) findNested(ctx context.Context, t Tenant, w *where, rest string) ([]T, error) {
	kept := keptIn(ctx)
	asked := pay.NestedOf(ctx)
	if kept == nil || asked == nil || !kept.first(asked) {
		return tb.find(ctx, t.store, w, rest)
	}
	chosen := tb.selection(ctx)
	root := &nestedRoot[T]{found: found[T]{chosen: chosen, room: chosen.room(w.likely)}, table: tb, where: w, rest: rest}
	n := nested{parts: []nestedIn{{part: root}}}
	n.grow(ctx, 0, rowName[T](), *asked, max(1, w.likely))
	if len(n.parts) == 1 {
		return tb.find(ctx, t.store, w, rest)
	}
	if err := n.read(ctx, t, w.shown); err != nil {
		return tb.find(ctx, t.store, w, rest) // and whoever asks for more, by itself
	}
	chosen.counted(len(root.rows), w.likely)
	n.keep(kept)
	return root.rows, nil
}

// grow adds what hangs on rows of a type, which are a part of about so many.
func (n *nested) grow(ctx context.Context, parent int, row string, below pay.Nested, likely int) {
	for _, e := range edges[row] {
		further, asked := below[row+"."+e.name]
		if !asked || !n.parts[parent].has(e.field) {
			continue
		}
		if p := e.begin(ctx, likely); p != nil {
			n.parts = append(n.parts, nestedIn{p, parent, e.field})
			n.grow(ctx, len(n.parts)-1, e.row, further, likely)
		}
	}
}

// read reads the parts in one statement. Of the first no more rows than are shown have
// anything below them.
func (n *nested) read(ctx context.Context, t Tenant, shown int) error {
	for i, p := range n.parts {
		keys := "SELECT " + columnName(p.field) + " FROM p" + fmt.Sprint(p.parent)
		if p.parent == 0 && shown > 0 {
			keys += fmt.Sprintf(" LIMIT %d", shown)
		}
		t.before = len(n.args)
		query, args := p.query(t, keys, fmt.Sprintf(`'\x%02x'::bytea`, i), n.keysOf(i))
		n.with, n.args = append(n.with, fmt.Sprintf("p%d AS (%s)", i, query)), append(n.args, args...)
	}
	var all []string
	for i := range n.parts {
		all = append(all, fmt.Sprintf("SELECT row FROM p%d", i))
	}
	query := "WITH " + strings.Join(n.with, ", ") + " " + strings.Join(all, " UNION ALL ")
	return t.store.reading(ctx, func(q queryer) error {
		for _, p := range n.parts {
			p.clear()
		}
		rows, err := q.QueryxContext(ctx, query, n.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return eachRecord(rows.Rows, n.add)
	})
}

// keysOf are the fields of a part that have the keys of what hangs on it.
func (n *nested) keysOf(parent int) (fields []string) {
	for _, p := range n.parts[1:] {
		if p.parent == parent && !slices.Contains(fields, p.field) {
			fields = append(fields, p.field)
		}
	}
	return fields
}

// add reads a row of any part.
func (n *nested) add(r *record) error {
	label, err := r.next()
	if err != nil {
		return err
	}
	if len(label) != 1 || int(label[0]) >= len(n.parts) {
		return errRecord
	}
	return n.parts[label[0]].add(r)
}

func (n *nested) keep(in *keptNested) {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	type column struct {
		parent int
		field  string
	}
	keys := map[column][]uuid.UUID{}
	for _, p := range n.parts[1:] {
		of := column{p.parent, p.field}
		if keys[of] == nil {
			keys[of] = n.parts[p.parent].keysIn(p.field)
		}
		p.keep(in, keys[of])
	}
}
