package graph

import (
	"context"
	"slices"

	"github.com/paygraph/paygraph/graph/breadth"
	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

// planBreadth is told of a query that breadth executes: what its fields read of rows.
func (r *Resolver) planBreadth(selected []string) breadth.Begin {
	read := slices.Clone(generated.Reads[""])
	for _, field := range selected {
		read = append(read, generated.Reads[field]...)
	}
	fields := pay.NewFields(read)
	return func(ctx context.Context) (context.Context, breadth.Limits) {
		l := limitsOf(ctx)
		ctx, l.end = r.service.OnOneConnection(ctx)
		ctx = context.WithValue(ctx, neededKey{}, fields)
		// The loaders are asked for by each resolver: this has them at hand.
		return context.WithValue(ctx, loadersKey{}, ctx.Value(loadersKey{})), l
	}
}

type neededKey struct{}

// needed returns a context for reading rows of which only the fields are looked at that the
// document needs, where that is known. Whatever is called with it stands in the analysis of
// what is read (graph/generate): resolvers, and what loaders are made of.
func needed(ctx context.Context) context.Context {
	if fields, ok := ctx.Value(neededKey{}).(pay.Fields); ok {
		return pay.WithFields(ctx, fields)
	}
	return ctx
}
