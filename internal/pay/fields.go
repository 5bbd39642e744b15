package pay

import (
	"context"
	"slices"
	"strings"
)

// Fields says which fields of rows somebody will look at, so that no more of them need be
// read. Of rows of types that it does not name, all may be looked at.
type Fields map[string]RowFields

// RowFields are fields of one type of row.
type RowFields struct {
	// Names are those of the fields in Go, sorted.
	Names []string
	// Text has the names in one text, which tells one choice from another.
	Text string
}

// NewFields reads names such as "Payment.Status", or "Payment" where all of a payment may be
// looked at.
func NewFields(names []string) Fields {
	fields := map[string][]string{}
	for _, name := range names {
		if row, field, one := strings.Cut(name, "."); one {
			fields[row] = append(fields[row], field)
		}
	}
	for _, name := range names {
		if !strings.Contains(name, ".") {
			delete(fields, name)
		}
	}
	chosen := make(Fields, len(fields))
	for row, list := range fields {
		slices.Sort(list)
		list = slices.Compact(list)
		chosen[row] = RowFields{list, strings.Join(list, " ")}
	}
	return chosen
}

type fieldsKey struct{}

// WithFields returns a context in which rows are read for somebody who looks at these fields
// only, and everything that reads them too. nil is for all.
func WithFields(ctx context.Context, f Fields) context.Context {
	return context.WithValue(ctx, fieldsKey{}, f)
}

// FieldsOf are the fields that will be looked at of rows of a type; without some it is all.
func FieldsOf(ctx context.Context, row string) (fields RowFields, some bool) {
	f, _ := ctx.Value(fieldsKey{}).(Fields)
	fields, some = f[row]
	return fields, some
}

// Nested is what somebody will ask for that hangs on rows, such as "Payment.lines", each with
// what they will ask for of these rows in turn. It may name what does not hang on any.
type Nested map[string]Nested

type nestedKey struct{}

// WithNested returns a context in which rows are read for somebody who will ask for these
// too: they may be read in the same statement. Nothing else changes by it.
func WithNested(ctx context.Context, n *Nested) context.Context {
	return context.WithValue(ctx, nestedKey{}, n)
}

// NestedOf is what WithNested was told, and nil without.
func NestedOf(ctx context.Context) *Nested {
	n, _ := ctx.Value(nestedKey{}).(*Nested)
	return n
}
