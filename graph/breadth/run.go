package breadth

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Run executes a plan once.
type Run struct {
	Writer
	plan   *Plan
	limits Limits
	oc     *graphql.OperationContext
	// columns are what was fetched, by slots, taken how many rows of each were written.
	columns []any
	failed  []map[int]error
	taken   []int
	args    []map[string]any
}

// NewRun reads the arguments of a plan's fields with read; it is nil where one cannot be read.
func NewRun(ctx context.Context, plan *Plan, read func(context.Context, *Field, map[string]any) (map[string]any, error)) (r *Run) {
	defer func() {
		if recover() != nil { // gqlgen will find the same, and say so
			r = nil
		}
	}()
	oc := graphql.GetOperationContext(ctx)
	r = &Run{plan: plan, oc: oc,
		columns: make([]any, plan.slots), failed: make([]map[int]error, plan.slots), taken: make([]int, plan.slots), args: make([]map[string]any, plan.slots)}
	for _, f := range plan.arguments {
		args, err := read(ctx, f, f.collected.ArgumentMap(oc.Variables))
		if err != nil {
			return nil
		}
		r.args[f.slot] = args
	}
	return r
}

// Context has the arguments of a field where the code looks for them that gqlgen generates.
func (r *Run) Context(f *Field) Arguments { return Arguments{r.args[f.slot]} }

// Arguments are those of a field.
type Arguments struct{ Args map[string]any }

// Roots executes root fields one after the other: fetch and write do what Fetch and the
// generated code of a field do, in the context that the middleware of root fields makes. It
// says false when it must be done again by gqlgen.
func (r *Run) Roots(ctx context.Context, fetch func(context.Context, []*Field), write func(*Field) bool) (data []byte, ok bool) {
	defer func() {
		if recover() != nil {
			data, ok = nil, false
		}
	}()
	ctx, r.limits = r.plan.begin(graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query"}))
	defer func() { r.limits.End(ok) }()
	whole, start := true, r.Open()
	for i, f := range r.plan.Root.Fields {
		inner := graphql.WithRootFieldContext(ctx, &graphql.RootFieldContext{Object: f.collected.Name, Field: f.collected})
		r.Key(i, f)
		valid := false
		execute := func(ctx context.Context) graphql.Marshaler {
			r.ctx = ctx
			if f.fetched {
				fetch(ctx, []*Field{f})
			}
			if i == 0 { // who waits to read needs no room yet
				r.buffer = append(emptyBuffer(r.plan.room()), r.buffer...)
			}
			if i == len(r.plan.Root.Fields)-1 {
				r.limits.Fetched()
			}
			valid = write(f)
			return graphql.Null // which nobody writes
		}
		if f.Index == typename {
			execute(inner)
		} else {
			r.oc.RootResolverMiddleware(inner, execute)
		}
		whole = whole && (valid || !f.NonNull)
		r.End()
	}
	r.Close(start, whole)
	for _, fault := range r.faults {
		r.oc.Error(fault.ctx, fault.err)
	}
	r.plan.size.Store(int64(len(r.buffer)))
	return r.buffer, true
}

// panicked is what a resolver panicked with.
type panicked struct{ fault any }

func (panicked) Error() string { return "panic" }

// Fetch has a field's column: value is called for each of the parents, of which there are n.
// length is how many elements a list has, and -1 of what is not a list and null.
func Fetch[T any](ctx context.Context, r *Run, f *Field, n int, length func(T) int, value func(i int) (T, error)) []T {
	column := make([]T, n)
	for row := 0; row < n; row++ { // again behind a panic
		row = fetchFrom(ctx, r, f, row, column, length, value)
	}
	r.columns[f.slot] = column
	return column
}

// fetchFrom fetches rows until one panics, or the last; it returns which that was.
func fetchFrom[T any](ctx context.Context, r *Run, f *Field, row int, column []T, length func(T) int, value func(i int) (T, error)) (last int) {
	defer func() {
		if fault := recover(); fault != nil {
			r.fail(f, last, panicked{fault})
		}
	}()
	late := f.bound.Resolver && len(f.On) > 0
	for last = row; last < len(column); last++ {
		var got T
		var err error
		if late {
			err = r.limits.Resolve(ctx)
		}
		if err == nil {
			got, err = value(last)
		}
		if err == nil && length != nil {
			err = r.count(length(got))
		}
		if err != nil {
			r.fail(f, last, err)
			continue
		}
		column[last] = got
	}
	return last
}

func (r *Run) fail(f *Field, row int, err error) {
	if r.failed[f.slot] == nil {
		r.failed[f.slot] = map[int]error{}
	}
	r.failed[f.slot][row] = err
}

// Lengths of what is no list, for count.
const (
	oneObject = -1
	noObject  = -2
)

// count holds objects to the limits.
func (r *Run) count(length int) error {
	switch length {
	case noObject:
	case oneObject:
		r.limits.Object()
	default:
		return r.limits.List(length)
	}
	return nil
}

// Fetched says whether a field's values were fetched, in this document.
func (r *Run) Fetched(f *Field) bool { return f.fetched }

// Take is the next value of a field's column; it is an error where that failed.
func Take[T any](r *Run, f *Field) (value T, err error) {
	row := r.taken[f.slot]
	r.taken[f.slot]++
	if failed := r.failed[f.slot]; failed != nil {
		err = failed[row]
	}
	return r.columns[f.slot].([]T)[row], err
}

// Read is the value of a field that is fetched only where something below it is.
func Read[T any](r *Run, f *Field, length func(T) int, value func() T) (T, error) {
	if f.fetched {
		return Take[T](r, f)
	}
	v := value()
	return v, r.count(length(v))
}
