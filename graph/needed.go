package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/graph/breadth"
	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

// need is what a query needs of the rows that it reads.
type need struct {
	fields pay.Fields
	// nested is what hangs on them, by the names of root fields in the answer.
	nested map[string]*pay.Nested
}

// planBreadth is told of a query that breadth executes: what its fields read of rows, and what
// hangs on these.
func (r *Resolver) planBreadth(root *breadth.Object, selected []string) breadth.Begin {
	read := slices.Clone(generated.Reads[""])
	for _, field := range selected {
		read = append(read, generated.Reads[field]...)
	}
	n := &need{pay.NewFields(read), map[string]*pay.Nested{}}
	for _, field := range root.Fields {
		below := pay.Nested{}
		addNested(below, field.On)
		n.nested[field.Alias()] = &below
	}
	return func(ctx context.Context) (context.Context, breadth.Limits) {
		l := limitsOf(ctx)
		ctx, l.fetched, l.end = r.service.OnOneConnection(ctx)
		ctx = context.WithValue(ctx, neededKey{}, n)
		// The loaders are asked for by each resolver: this has them at hand.
		return context.WithValue(ctx, loadersKey{}, ctx.Value(loadersKey{})), l
	}
}

// addNested adds what is selected on objects; what stands between a list and its rows is left
// out.
func addNested(to pay.Nested, objects []*breadth.Object) {
	for _, object := range objects {
		between := strings.HasSuffix(object.Type, "Connection") || strings.HasSuffix(object.Type, "Edge")
		for _, field := range object.Fields {
			below := to
			if name := object.Type + "." + field.Name(); !between && len(field.On) > 0 {
				if to[name] == nil {
					to[name] = pay.Nested{}
				}
				below = to[name]
			}
			addNested(below, field.On)
		}
	}
}

type neededKey struct{}

// needed returns a context for reading rows of which only the fields are looked at that the
// document needs, with what hangs on them, where that is known. Whatever is called with it
// stands in the analysis of what is read (graph/generate): resolvers, and what loaders are
// made of.
func needed(ctx context.Context) context.Context {
	n, known := ctx.Value(neededKey{}).(*need)
	if !known {
		return ctx
	}
	ctx = pay.WithFields(ctx, n.fields)
	if root := graphql.GetRootFieldContext(ctx); root != nil {
		ctx = pay.WithNested(ctx, n.nested[root.Field.Alias])
	}
	return ctx
}
