package store

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/paygraph/paygraph/internal/pay"
)

// rowField is a field of a row's struct.
type rowField struct {
	// name is the field's in Go, and column that of its column.
	name, column string
	// path leads to it through embedded structs.
	path []int
	// of is its type.
	of reflect.Type
}

// rowFieldsOf remembers rowFields by types.
var rowFieldsOf sync.Map

// rowFields lists the fields of a struct, those of embedded structs included. It is not to be
// changed.
func rowFields(t reflect.Type) []rowField {
	if known, ok := rowFieldsOf.Load(t); ok {
		return known.([]rowField)
	}
	var fields []rowField
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			fields = append(fields, rowField{f.Name, columnName(f.Name), []int{i}, f.Type})
			continue
		}
		for _, inner := range rowFields(f.Type) {
			inner.path = append([]int{i}, inner.path...)
			fields = append(fields, inner)
		}
	}
	rowFieldsOf.Store(t, fields)
	return fields
}

// fieldColumns lists the columns of a struct's fields.
func fieldColumns(t reflect.Type) []string {
	var names []string
	for _, f := range rowFields(t) {
		names = append(names, f.column)
	}
	return names
}

// selection is what is read of a table's rows.
type selection struct {
	// values are expressions for the table under alias t, those of the fields.
	values []string
	fields []sentField
	// long says that one of the columns may be long, as its writer likes.
	long bool
	// found is how many rows there were last for a hundred that were likely.
	found atomic.Int64
}

// sentField is a field with the form in which its values are sent.
type sentField struct {
	rowField
	form form
}

// room is for how many rows there should be room where so many are likely.
func (s *selection) room(likely int) int {
	return min(max(likely, likely*int(s.found.Load())/100), mostLikely)
}

// counted notes how many rows there were where so many were likely.
func (s *selection) counted(rows, likely int) {
	if likely > 0 {
		s.found.Store(int64(rows * 100 / likely))
	}
}

// maxSelections are kept; clients decide how many there are.
const maxSelections = 1024

// selections remembers them: they take longer to write than a small table to read.
var selections = newLRU[selectionKey, *selection](maxSelections)

// selectionKey is what a table is called and of, and which fields of it are read, but for one.
type selectionKey struct {
	table, fields, but string
	row                reflect.Type
}

func newLRU[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // of a size below one
	}
	return cache
}

// rowName is the name by which others know a type of row.
func rowName[T any]() string { return reflect.TypeFor[T]().Name() }

// selection is what somebody wants to know of the rows: all of them, unless they say
// what (pay.WithFields). Whoever changes rows needs them whole, so in a transaction it is all.
func (tb table[T]) selection(ctx context.Context) *selection { return tb.selectionBut(ctx, "") }

// selectionBut is selection without a field.
func (tb table[T]) selectionBut(ctx context.Context, but string) *selection {
	row := reflect.TypeFor[T]()
	wanted, some := pay.FieldsOf(ctx, row.Name())
	some = some && !HoldsTx(ctx)
	key := selectionKey{table: tb.name, but: but, row: row}
	if some {
		key.fields = wanted.Text
	}
	if known, ok := selections.Get(key); ok {
		return known
	}
	made := tb.choose(func(f rowField) bool {
		if f.name == but || !some {
			return f.name != but
		}
		_, found := slices.BinarySearch(wanted.Names, f.name)
		return found
	})
	selections.Add(key, made)
	return made
}

// choose selects some fields.
func (tb table[T]) choose(wanted func(rowField) bool) *selection {
	made := &selection{}
	for _, f := range rowFields(reflect.TypeFor[T]()) {
		if !wanted(f) {
			continue
		}
		expr, computed := tb.computed[f.column]
		if !computed {
			expr = "t." + tb.column(f.column)
		}
		of := sentField{f, formOf(f.of)}
		made.long = made.long || f.column == "metadata" || f.column == "description"
		made.values = append(made.values, strings.Replace(of.form.send, "%s", expr, 1))
		made.fields = append(made.fields, of)
	}
	return made
}

// has says whether a field is read.
func (s *selection) has(field string) bool {
	return slices.ContainsFunc(s.fields, func(f sentField) bool { return f.name == field })
}

// record is the SQL of a row; keys stand before it.
func (s *selection) record(keys ...string) string {
	return recordOf(slices.Concat(keys, s.values))
}
