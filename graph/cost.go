package graph

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/pay"
)

// mutationCost is what each mutation costs besides the objects of its answer and what
// stands in the lists of its input.
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

	caller pay.Caller
	// fixed is the part of what was requested that does not depend on the answer.
	fixed int
	// spent: the points were there, and were taken.
	spent bool
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
func (t throttled) seconds() int { return *wholeSeconds(max(t.wait, 1)) }

// costs refuses operations whose answer could be too large, and those of callers who
// spent their points; and tells in every answer what it cost, where points are counted.
// Without buckets they are not.
type costs struct{ buckets *buckets }

var _ interface {
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = costs{}

// extensionCosts is the name of the extension; an operation's cost is kept under it too.
const extensionCosts = "Costs"

// ExtensionName names the extension for the library.
func (costs) ExtensionName() string { return extensionCosts }

// Validate is part of the library's interface for extensions.
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext spends what the operation may cost; what makes the messages of
// webhooks is nobody's request.
func (c costs) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	m := measure{variables: oc.Variables, fragments: map[fragmentPage]size{}}
	objects := int(m.selection(oc.Operation.SelectionSet, 1))
	if objects > maxObjects {
		return requestFault(codeCostLimit, "The answer could hold more than %d objects. Ask for smaller pages, or for fewer lists inside lists.", maxObjects)
	}
	if c.buckets == nil || isPayload(ctx) {
		return nil
	}
	fixed := mutationsCost(oc)
	actor, _ := pay.ActorFrom(ctx) // who shows no credential has nothing executed
	spent := &cost{Requested: max(1, objects+fixed), caller: actor.Caller(), fixed: fixed, streams: oc.Operation.Operation == ast.Subscription}
	if most := int(c.buckets.most); spent.Requested > most { // it would be throttled for ever
		return requestFault(codeCostLimit, "This costs %d points, and nobody has more than %d at once. Send fewer items, or ask for smaller pages.", spent.Requested, most)
	}
	left, wait := c.buckets.take(spent.caller, spent.Requested)
	spent.Throttle = &throttle{int(c.buckets.most), left, int(c.buckets.rate)}
	oc.Stats.SetExtension(extensionCosts, spent)
	if wait > 0 {
		return coded(codeRateLimited, throttled{wait})
	}
	spent.spent = true
	return nil
}

// mutationsCost is what the mutations of an operation cost whatever they answer: making a
// hundred orders at once is not cheaper than making them one by one.
func mutationsCost(oc *graphql.OperationContext) (points int) {
	if oc.Operation.Operation != ast.Mutation {
		return 0
	}
	for _, field := range rootFields(oc.Doc, oc.Operation) {
		points += mutationCost + items(field.ArgumentMap(oc.Variables))
	}
	return points
}

// items counts what stands in the lists of a value. The guard bounded how many values
// there are, and how deep they are in each other.
func items(value any) (n int) {
	if fields, ok := value.(map[string]any); ok {
		for _, field := range fields {
			n += items(field)
		}
		return n
	}
	// The library makes slices of any type of what it finds in variables.
	if list := reflect.ValueOf(value); list.Kind() == reflect.Slice {
		n = list.Len()
		for i := range list.Len() {
			n += items(list.Index(i).Interface())
		}
	}
	return n
}

// InterceptResponse settles what the operation came to, and shows its cost.
func (c costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || c.buckets == nil || !graphql.HasOperationContext(ctx) {
		return response
	}
	own, ok := graphql.GetOperationContext(ctx).Stats.GetExtension(extensionCosts).(*cost)
	if !ok { // it was refused before it was counted
		return response
	}
	c.settle(ctx, own, response.Data != nil)
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = own
	return response
}

// settle gives back what was not needed, all of it where nothing was executed, and takes
// what the answer came to beyond what it could be expected to.
func (c costs) settle(ctx context.Context, own *cost, executed bool) {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !own.spent || own.streams || !ok {
		return
	}
	own.spent = false
	actual := 0
	if executed {
		actual = max(1, own.fixed+int(b.shown.Load()))
		own.Actual = &actual
	}
	own.Throttle.Current = c.buckets.give(own.caller, own.Requested-actual)
}
