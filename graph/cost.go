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

// Few requests have more than freeBytes, which cost nothing. Reading more takes time: of 2 MiB
// as much as thousands of objects.
const (
	freeBytes     = 16 << 10
	bytesOfAPoint = 256
)

// readingCost is what the size of a request costs, whatever it asks for.
func readingCost(ctx context.Context) int {
	return max(0, bytesSent(ctx)-freeBytes) / bytesOfAPoint
}

// cost is what a request costs, in points: an object of the answer is one, and values
// are none. It is shown in extensions.cost in the form that clients of Shopify's API
// know (domain contract 4.7).
type cost struct {
	// Requested is what the answer could come to; it is spent before the operation begins.
	Requested int `json:"requestedQueryCost"`
	// Actual is what it came to; null where it costs nothing. The rest is given back.
	Actual *int `json:"actualQueryCost"`
	// Throttle is how the caller's points stand.
	Throttle throttle `json:"throttleStatus"`

	caller pay.Caller
	// fixed is the part of what it comes to that the fields of the answer do not tell.
	fixed int
	// spent: the points were there, were taken, and are not settled yet. Those of a stream
	// are for its next event.
	spent bool
}

type throttle struct {
	Maximum int `json:"maximumAvailable"`
	Current int `json:"currentlyAvailable"`
	// Rate is in points a second.
	Rate int `json:"restoreRate"`
}

// throttled is the refusal of a caller who has spent their points, or their turns.
type throttled struct {
	wait time.Duration
	// message has a place for the seconds to wait.
	message string
}

const outOfPoints = "Too much was asked for in a short time. Try again in %d s, or ask for less: extensions.cost says what it costs."

func (t throttled) Error() string { return fmt.Sprintf(t.message, t.seconds()) }

// seconds is the wait in whole seconds, one at the least.
func (t throttled) seconds() int { return *wholeSeconds(max(t.wait, 1)) }

// costs refuses operations whose answer could be too large, and those of callers who
// spent their points; and tells in every answer what it cost, where points are counted.
// Without buckets they are not.
type costs struct {
	buckets     *buckets
	description *description
	turns       *turns
}

var _ interface {
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = costs{}

// throttle is how the points of a caller stand who has so many left.
func (c costs) throttle(left int) throttle {
	return throttle{int(c.buckets.most), left, int(c.buckets.rate)}
}

// extensionCosts is the name of the extension; an operation's cost is kept under it too.
const extensionCosts = "Costs"

// ExtensionName names the extension for the library.
func (costs) ExtensionName() string { return extensionCosts }

// Validate is part of the library's interface for extensions.
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext spends what the operation may cost; what makes the messages of
// webhooks is nobody's request.
func (c costs) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	objects := int(newMeasure(c.description, oc.Variables).selection(oc.Operation.SelectionSet, 1))
	if objects > maxObjects {
		return requestFault(codeCostLimit, "The answer could hold more than %d objects. Ask for smaller pages, or for fewer lists inside lists.", maxObjects)
	}
	if c.buckets == nil || isPayload(ctx) {
		return nil
	}
	fixed := mutationsCost(oc) + readingCost(ctx)
	spent := &cost{Requested: max(1, objects+fixed), caller: callerOf(ctx), fixed: fixed}
	if oc.Operation.Operation == ast.Subscription {
		spent.fixed = 1 // the event, which no field answers
	}
	if most := int(c.buckets.most); spent.Requested > most { // it would be throttled for ever
		return requestFault(codeCostLimit, "This costs %d points, and nobody has more than %d at once. Send fewer items, or ask for smaller pages.", spent.Requested, most)
	}
	left, wait := c.buckets.take(spent.caller, spent.Requested, spent.Requested)
	spent.Throttle = c.throttle(left)
	oc.Stats.SetExtension(extensionCosts, spent)
	if wait > 0 {
		return coded(codeRateLimited, throttled{wait, outOfPoints})
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

// InterceptResponse settles what the operation came to, or what its refusal costs, and
// shows it.
func (c costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || c.buckets == nil || isPayload(ctx) {
		return response
	}
	own := costOf(ctx)
	switch {
	case !begun(ctx):
		own = c.refused(ctx, own, response)
	case own != nil:
		c.settleAnswer(ctx, own, response)
	}
	if own == nil {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = *own // as it is now: the next event of a stream changes it
	return response
}

// costOf is what was spent for the operation of ctx; nil where nothing was.
func costOf(ctx context.Context) *cost {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	own, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(extensionCosts).(*cost)
	return own
}

// settleAnswer settles what an answer came to.
func (c costs) settleAnswer(ctx context.Context, own *cost, response *graphql.Response) {
	var actual *int
	if response.Data != nil {
		actual = new(own.fixed)
		if b, ok := ctx.Value(budgetKey{}).(*budget); ok {
			*actual += int(b.shown.Load())
		}
		*actual = max(1, *actual)
	}
	c.settle(own, actual)
}

// settle gives back what was not needed, all of it where nothing was executed, and takes
// what the answer came to beyond what it could be expected to.
func (c costs) settle(own *cost, actual *int) {
	if !own.spent {
		return
	}
	own.spent, own.Actual = false, actual
	back := own.Requested
	if actual != nil {
		back -= *actual
	}
	own.Throttle.Current = c.buckets.give(own.caller, back)
}

// paced has each event of a stream paid for as any answer is: what it could come to is
// spent before it is read, and settled when it is told; that of the first, when the stream
// begins. A stream whose caller has no points waits until there are. It loses nothing by
// that, since it takes each event when it is ready, and what it tells is read afterwards.
// A stream that ends while it follows is charged a point, as what comes to nothing is.
func (c costs) paced(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	respond, own := next(ctx), costOf(ctx)
	if own == nil || graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
		return respond
	}
	over := false
	return func(ctx context.Context) *graphql.Response {
		if !own.spent && !over {
			own.spent = c.buckets.await(ctx, own.caller, own.Requested)
		}
		response := respond(ctx)
		if response == nil {
			c.settle(own, new(1))
		}
		if over = own.spent; over { // it was refused: nobody settled that
			response.Extensions = map[string]any{"cost": c.refused(ctx, own, response)}
		}
		return response
	}
}

// callerOf is whose points are spent. Who shows no credential gets no operation executed.
func callerOf(ctx context.Context) pay.Caller {
	actor, _ := pay.ActorFrom(ctx)
	return actor.Caller()
}
