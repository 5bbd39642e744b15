package store

import (
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// part is the rows of one table in a nested statement.
type part interface {
	// conditions are those on what the caller may see.
	conditions(t Tenant) *where
	// query is what reads them under conditions: those that hang on the keys that a subselect
	// finds, or all. Each is labelled, and the fields of these names are columns.
	query(conditions, keys, label string, fields []string) string
	// sent says whether they are read, and not known.
	sent() bool
	recordReader
	// has says whether a field of the rows is read.
	has(field string) bool
	selected() *selection
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

// nestedKnown is rows that were read before, on which all else hangs.
type nestedKnown[T any] struct {
	*found[T]
	table table[T]
}

func (p *nestedKnown[T]) conditions(t Tenant) *where {
	w := t.where("t")
	w.among("t.id", p.keysIn("ID"))
	return w
}

func (p *nestedKnown[T]) query(conditions, _, _ string, fields []string) string {
	return "SELECT " + p.table.columnsOf(fields) + "t.tenant_id FROM " + p.table.name + " t" + conditions
}

func (p *nestedKnown[T]) sent() bool { return false }

func (p *nestedKnown[T]) clear() {}

func (p *nestedKnown[T]) keep(*keptNested, part, []uuid.UUID) {}

// nestedPart is rows of a relation.
type nestedPart[T any] struct {
	*found[T]
	relation *relation[T]
	// of is who asked for the rows on which these hang.
	of Tenant
	// whole is what is selected, with what is inherited.
	whole    *selection
	inherits bool
	// asked are the keys for which rows were read, and which nobody has asked for yet. Where it is
	// parted, there are rows of others too.
	asked  []uuid.UUID
	parted bool
}

func (p *nestedPart[T]) conditions(t Tenant) *where { return p.relation.visible(t) }

func (p *nestedPart[T]) query(conditions, keys, label string, fields []string) string {
	return "SELECT " + p.relation.table.columnsOf(fields) + p.relation.rows(p.found, label) + conditions +
		" AND " + p.relation.key + " = ANY(ARRAY(" + keys + "))" + p.relation.rest()
}

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
