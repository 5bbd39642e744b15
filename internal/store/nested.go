package store

import (
	"context"
	"fmt"
	"reflect"
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
	// shown is how many rows of the first part have anything below them; without it all have.
	shown int
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
	// conditions are those on what the caller may see.
	conditions(t Tenant) *where
	// query is what reads them under conditions: those that hang on the keys that a subselect
	// finds, or all. Each is labelled, and the fields of these names are columns.
	query(conditions, keys, label string, fields []string) string
	add(*record) error
	clear()
	// has says whether a field of the rows is read.
	has(field string) bool
	// keysIn are the values of a field, each once.
	keysIn(field string) []uuid.UUID
	// values are those of a field by the rows' ids.
	values(field string) map[uuid.UUID]reflect.Value
	// keep keeps the rows, which were read for keys of another part, for whoever asks for them.
	keep(in *keptNested, on part, keys []uuid.UUID)
}

// nestedRoot is the rows on which all else hangs.
type nestedRoot[T any] struct {
	*found[T]
	table table[T]
	where *where
	rest  string
}

func (p *nestedRoot[T]) conditions(Tenant) *where { return p.where }

func (p *nestedRoot[T]) query(conditions, _, label string, fields []string) string {
	return "SELECT " + p.table.columnsOf(fields) + p.chosen.record(label) + " AS row FROM " + p.table.name + " t" + conditions + p.rest
}

// keysIn leaves out a row that is read to know that there are more.
func (p *nestedRoot[T]) keysIn(field string) []uuid.UUID {
	rows := p.rows
	if p.where.shown > 0 {
		rows = rows[:min(len(rows), p.where.shown)]
	}
	return keysIn(rows, field)
}

func (p *nestedRoot[T]) keep(*keptNested, part, []uuid.UUID) {}

// nestedPart is rows of a relation.
type nestedPart[T any] struct {
	*found[T]
	relation *relation[T]
	// whole is what is selected, with what is inherited.
	whole    *selection
	inherits bool
	// asked are the keys for which the rows were read, and which nobody has asked for yet.
	asked []uuid.UUID
}

func (p *nestedPart[T]) conditions(t Tenant) *where { return p.relation.visible(t) }

func (p *nestedPart[T]) query(conditions, keys, label string, fields []string) string {
	return "SELECT " + p.relation.table.columnsOf(fields) + p.relation.rows(p.found, label) + conditions +
		" AND " + p.relation.key + " = ANY(ARRAY(" + keys + "))" + p.relation.rest()
}

func (p *nestedPart[T]) keysIn(field string) []uuid.UUID { return keysIn(p.rows, field) }

func (p *nestedPart[T]) keep(in *keptNested, on part, keys []uuid.UUID) {
	p.whole.counted(len(p.rows), len(keys))
	if len(p.rows) > maxRows { // whoever asks finds out by themselves that they are too many
		return
	}
	if p.inherits && !inherit(p.rows, p.keyOf(), p.relation.inherited, on.values(p.relation.inherited)) {
		return
	}
	p.asked = keys
	in.parts = append(in.parts, p)
}

// inherit gives rows the values of what they hang on, if that is there of all.
func inherit[T any](rows []T, key func(i int) uuid.UUID, field string, values map[uuid.UUID]reflect.Value) bool {
	path := fieldNamed[T](field)
	for i := range rows {
		value, there := values[key(i)]
		if !there {
			return false
		}
		reflect.ValueOf(&rows[i]).Elem().FieldByIndex(path).Set(value)
	}
	return true
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
	root := &nestedRoot[T]{found: &found[T]{chosen: chosen, room: chosen.room(w.likely)}, table: tb, where: w, rest: rest}
	n := nested{parts: []nestedIn{{part: root}}, shown: w.shown}
	n.grow(ctx, 0, rowName[T](), *asked, max(1, w.likely))
	if len(n.parts) == 1 {
		return tb.find(ctx, t.store, w, rest)
	}
	if err := n.read(ctx, t, nestedKey{asked: asked, table: tb.name, rest: rest}); err != nil {
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
		if p := e.begin(ctx, n.parts[parent], likely); p != nil {
			n.parts = append(n.parts, nestedIn{p, parent, e.field})
			n.grow(ctx, len(n.parts)-1, e.row, further, likely)
		}
	}
}

// nestedKey is what the text of a nested statement follows from: what is asked for, the table
// of the first rows, the conditions on them with what ends their statement, and who asks.
type nestedKey struct {
	asked                   *pay.Nested
	table, conditions, rest string
	customer, payment       bool
}

// maxNested texts are kept; they are long.
const maxNested = 256

// nestedTexts remembers them: writing one takes half as long as having few rows read by it.
var nestedTexts = newLRU[nestedKey, string](maxNested)

// read reads the parts in one statement. The rest of the key follows from who asks.
func (n *nested) read(ctx context.Context, t Tenant, key nestedKey) error {
	var args []any
	conditions := make([]string, len(n.parts))
	for i, p := range n.parts {
		t.before = len(args)
		w := p.conditions(t)
		conditions[i], args = w.String(), append(args, w.args...)
	}
	key.conditions, key.customer, key.payment = conditions[0], t.customer != nil, t.payment != nil
	query, known := nestedTexts.Get(key)
	if !known {
		query = n.text(conditions)
		nestedTexts.Add(key, query)
	}
	return t.store.reading(ctx, func(q queryer) error {
		for _, p := range n.parts {
			p.clear()
		}
		rows, err := q.QueryxContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return eachRecord(rows.Rows, n.add)
	})
}

// text is the statement, with the conditions of each part.
func (n *nested) text(conditions []string) string {
	var with, all []string
	for i, p := range n.parts {
		keys := fmt.Sprintf("SELECT %s FROM p%d", columnName(p.field), p.parent)
		if p.parent == 0 && n.shown > 0 {
			keys += fmt.Sprintf(" LIMIT %d", n.shown)
		}
		label := fmt.Sprintf(`'\x%02x'::bytea`, i)
		with = append(with, fmt.Sprintf("p%d AS (%s)", i, p.query(conditions[i], keys, label, n.keysOf(i))))
		all = append(all, fmt.Sprintf("SELECT row FROM p%d", i))
	}
	return "WITH " + strings.Join(with, ", ") + " " + strings.Join(all, " UNION ALL ")
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
		p.keep(in, n.parts[p.parent], keys[of])
	}
}
