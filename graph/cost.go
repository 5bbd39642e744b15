package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/pay"
)

// mutationCost is what a mutation costs besides the objects of its answer.
const mutationCost = 10

// cost is what an operation costs, in points: an object of the answer is one, and values
// are none. It is shown in extensions.cost in the form that clients of Shopify's API
// know (domain contract 4.7).
type cost struct {
	// Requested is what the answer could come to; it is spent before the operation begins.
	Requested int `json:"requestedQueryCost"`
	// Actual is what it came to; null where nothing was executed. The rest is given back.
	Actual *int `json:"actualQueryCost"`
	// Throttle is how the caller's points stand.
	Throttle *throttle `json:"throttleStatus"`

	caller string
	// streams: each event is an answer, and what it came to is not given back.
	streams bool
}

type throttle struct {
	Maximum int `json:"maximumAvailable"`
	Current int `json:"currentlyAvailable"`
	// Rate is in points a second.
	Rate int `json:"restoreRate"`
}

// throttled is the refusal of a caller who has spent their points.
type throttled struct{ wait time.Duration }

func (t throttled) Error() string {
	return fmt.Sprintf("Too much was asked for in a short time. Try again in %d s, or ask for less: extensions.cost says what it costs.", t.seconds())
}

// seconds is the wait in whole seconds, one at the least.
func (t throttled) seconds() int { return max(1, *wholeSeconds(max(t.wait, 1))) }

// costs refuses operations whose answer could be too large, and those of callers who
// spent their points; and tells in every answer what it cost, where points are counted.
type costs struct{ buckets *buckets }

var _ interface {
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = costs{}

// ExtensionName names the extension for the library.
func (costs) ExtensionName() string { return "Costs" }

// Validate is part of the library's interface for extensions.
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext spends what the operation may cost.
func (c costs) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	m := measure{variables: oc.Variables, fragments: map[fragmentPage]size{}}
	points, most := int(m.selection(oc.Operation.SelectionSet, 1)), maxObjects
	if c.buckets != nil {
		most = min(most, int(c.buckets.most)-mutationCost) // more would be throttled for ever
	}
	if points > most {
		return requestFault(codeCostLimit, "The answer could hold more than %d objects. Ask for smaller pages, or for fewer lists inside lists.", most)
	}
	if oc.Operation.Operation == ast.Mutation {
		points += mutationCost
	}
	spent := &cost{Requested: max(1, points), caller: callerOf(ctx), streams: oc.Operation.Operation == ast.Subscription}
	if b, ok := ctx.Value(budgetKey{}).(*budget); ok {
		b.cost = spent
	}
	if c.buckets == nil {
		return nil
	}
	left, wait := c.buckets.take(spent.caller, spent.Requested)
	spent.Throttle = &throttle{int(c.buckets.most), left, int(c.buckets.rate)}
	if wait > 0 {
		return gqlerror.Wrap(throttled{wait})
	}
	return nil
}

// InterceptResponse gives back what was not needed, and shows the cost.
func (c costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if response == nil || !ok || b.cost == nil || c.buckets == nil {
		return response
	}
	spent := b.cost
	if response.Data != nil && spent.Actual == nil && !spent.streams {
		actual := max(1, min(spent.Requested, int(b.shown.Load())))
		spent.Actual = &actual
		spent.Throttle.Current = c.buckets.give(spent.caller, spent.Requested-actual)
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = spent
	return response
}

// callerOf names whose points are spent: those of a key or person in a tenant. All who
// show no credential share theirs; they can only ask for the schema.
func callerOf(ctx context.Context) string {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return ""
	}
	return actor.TenantID.String() + " " + actor.ID
}
