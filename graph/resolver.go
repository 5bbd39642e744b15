// Package graph is the API: it turns GraphQL documents into calls of the
// services and their results into answers. One file for each noun holds that
// noun's queries, mutations and fields; loader.go says what is read together.
package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	service   *service.Service
	relations relations
	cursors   cursors
	newKey    service.KeyMaker
	clock     pay.Clock
}

type (
	query    struct{ *Resolver }
	mutation struct{ *Resolver }
)

// Query is the root of reading.
func (r *Resolver) Query() generated.QueryResolver { return query{r} }

// Mutation is the root of writing.
func (r *Resolver) Mutation() generated.MutationResolver { return mutation{r} }

// first returns the only element of a list read by one id, or nil.
func first[T any](list []T, err error) (*T, error) {
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// inputItem is the path of the i-th item of a bulk mutation's list.
func inputItem(list string) func(i int) pay.Path {
	return func(i int) pay.Path { return pay.At("input", list).Index(i) }
}

// inputOne is the path of the only item of a single mutation.
func inputOne(name string) func(int) pay.Path {
	return func(int) pay.Path { return pay.At("input", name) }
}

// environmentOf is the environment that every row of the request belongs to.
func environmentOf(ctx context.Context) (pay.Environment, error) {
	actor, err := pay.ActorFrom(ctx)
	return actor.Environment, err
}
