package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// What a request costs that is refused before it is executed, besides its size.
const (
	// refusedCost is for what is not found to be a valid document, or beyond a limit. To see
	// that takes three milliseconds of a processor at most, and mostly not one: whoever sends
	// nothing else has less than a fiftieth of one at the usual rate.
	refusedCost = 1000
	// misusedCost is for a valid document that is refused for its variables, say. They may be
	// what somebody typed at a shop, and many do so through one key.
	misusedCost = 10
)

// admit turns a caller away who has no point left, or whose refused documents others wait
// for, before anything of the request is read: what refusals cost could be spent without
// end otherwise.
func (c costs) admit(ctx context.Context) *gqlerror.Error {
	if c.buckets == nil || isPayload(ctx) {
		return nil
	}
	if _, wait := c.buckets.take(callerOf(ctx), 0, 1); wait > 0 {
		return coded(codeRateLimited, throttled{wait, outOfPoints})
	}
	return c.turns.late(callerOf(ctx))
}

// parse has a request that is larger than most wait until it may be parsed, with as many
// others as documents are read at a time, and not at all of whom too much waits by then. What
// was let in before the first refusal would hold every processor else.
func (c costs) parse(ctx context.Context, bytes int) (end func(), late *gqlerror.Error) {
	if bytes <= leastWaiting {
		return func() {}, nil
	}
	if !enter(ctx, c.turns.free) {
		return nil, gaveUp(ctx)
	}
	if late := c.admit(ctx); late != nil {
		<-c.turns.free
		return nil, late
	}
	return func() { <-c.turns.free }, nil
}

// charge has a caller pay for a request that is refused, where anybody counts. What is
// more than they have is owed: they were admitted with a point.
func (c costs) charge(ctx context.Context, points int) *cost {
	if c.buckets == nil {
		return nil
	}
	points += readingCost(ctx)
	left := c.buckets.give(callerOf(ctx), -points)
	return &cost{Requested: points, Actual: &points, Throttle: c.throttle(left)}
}

// refused is what a request cost that was refused before it was executed, nil where it cost
// nothing; what was spent for its execution is given back.
func (c costs) refused(ctx context.Context, own *cost, response *graphql.Response) *cost {
	if own != nil {
		c.settle(own, nil)
	}
	switch code := responseOutcome(response); code {
	case codeParseFailed, codeCostLimit, codeNotTrusted, codeNoDocument:
		return c.charge(ctx, refusedCost)
	case codeValidationFailed, codeMethodNotAllowed:
		if hasValidDocument(ctx) {
			return c.charge(ctx, misusedCost)
		}
		return c.charge(ctx, refusedCost)
	case codeRateLimited, codeNoPersistedQueries, codeUnavailable, outcomeCanceled:
		return c.readOnly(ctx, own)
	}
	return own
}

// readOnly is the cost of a request that was refused for nothing in it: to read it, where it
// was read and is large. What it would have cost is shown where that is known.
func (c costs) readOnly(ctx context.Context, own *cost) *cost {
	reading := readingCost(ctx)
	shown := cost{Requested: max(1, reading)}
	if own != nil {
		shown = *own
	}
	shown.Throttle = c.throttle(c.buckets.give(callerOf(ctx), -reading))
	if reading > 0 {
		shown.Actual = &reading
	}
	return &shown
}

// hasValidDocument says whether the document of a request was found valid, now or before.
func hasValidDocument(ctx context.Context) bool {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	return ok && b.known.Load() || graphql.HasOperationContext(ctx) && graphql.GetOperationContext(ctx).Operation != nil
}
