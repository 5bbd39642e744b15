package graph

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/graph/breadth"
)

// budget is what one request may still cost while it is executed. What a document
// could cost is judged before (size.go), from what lists usually hold; this is
// for the lists that hold more.
type budget struct {
	objects atomic.Int64
	// shown counts all objects of the answer, those that stand in no list too.
	shown atomic.Int64
	// sent is how many bytes the request has, where they came in a body.
	sent atomic.Int64
	// known: the request's document was validated before.
	known atomic.Bool
	// written: the answer's data are as encoding/json would write them again.
	written atomic.Bool
	// logged counts the errors that the log was told of.
	logged atomic.Int64
}

type budgetKey struct{}

func withBudget(ctx context.Context) context.Context {
	return context.WithValue(ctx, budgetKey{}, &budget{})
}

// noteSent notes how many bytes a request has.
func noteSent(ctx context.Context, bytes int) {
	if b, ok := ctx.Value(budgetKey{}).(*budget); ok {
		b.sent.Store(int64(bytes))
	}
}

// noteKnown notes that the request's document was validated before.
func noteKnown(ctx context.Context) {
	if b, ok := ctx.Value(budgetKey{}).(*budget); ok {
		b.known.Store(true)
	}
}

// bytesSent is how many bytes the request has; zero where it came in no body.
func bytesSent(ctx context.Context) int {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return 0
	}
	return int(b.sent.Load())
}

// maxLogged is how many errors of one request are worth a line of the log: the
// same fault mostly hits every row of a list.
const maxLogged = 3

// worthLogging says whether the log should be told of another error.
func worthLogging(ctx context.Context) bool {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	return !ok || b.logged.Add(1) <= maxLogged
}

// tooLarge is the error of what would make the answer too large.
type tooLarge struct{}

func (tooLarge) Error() string {
	return "The answer holds more objects than are accepted. Ask for smaller pages, or for fewer lists inside lists."
}

// withinBudget counts the objects of the answer, and stops the work when they
// become too many, when nobody waits for them any more, or when it took too long.
// Rows that were read once can stand in an answer any number of times, so what
// counts is the lists that are shown, not the rows that were read.
//
// What is there already is shown however late it is: of a mutation that took long,
// the payment must not be missing because its id came a moment after the end.
func withinBudget(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	if err := ctx.Err(); err != nil && field.IsResolver && len(field.Field.Selections) > 0 {
		return nil, err
	}
	result, err := next(ctx)
	if err != nil || result == nil || len(field.Field.Selections) == 0 {
		return result, err
	}
	list := reflect.ValueOf(result)
	if list.Kind() == reflect.Pointer && list.IsNil() { // null
		return result, nil
	}
	if list.Kind() != reflect.Slice {
		limitsOf(ctx).Object()
		return result, nil
	}
	if err := limitsOf(ctx).List(list.Len()); err != nil {
		return nil, err
	}
	return result, nil
}

// limits are what withinBudget holds fields to, for the queries that breadth executes.
type limits struct {
	// of is nil where nothing is counted.
	of *budget
	// fetched and end are what Fetched and End do.
	fetched func()
	end     func(written bool)
}

var _ breadth.Limits = limits{}

func limitsOf(ctx context.Context) limits {
	b, _ := ctx.Value(budgetKey{}).(*budget)
	return limits{of: b}
}

// Resolve is an error when nobody waits for objects any more, or when it took too long.
func (limits) Resolve(ctx context.Context) error { return ctx.Err() }

// Object counts an object.
func (l limits) Object() {
	if l.of != nil {
		l.of.shown.Add(1)
	}
}

// Fetched gives back the connection that the answer's statements shared.
func (l limits) Fetched() { l.fetched() }

// End lets the next query read, and notes whether the answer need not be written again.
func (l limits) End(written bool) {
	if written && l.of != nil {
		l.of.written.Store(true)
	}
	l.end(written)
}

// List counts the elements of a list.
func (l limits) List(length int) error {
	if l.of == nil {
		return nil
	}
	l.of.shown.Add(int64(length))
	if l.of.objects.Add(int64(length)) > maxObjects {
		return tooLarge{}
	}
	return nil
}

// written says whether the answer need not be written again.
func (l limits) written() bool { return l.of != nil && l.of.written.Load() }

// maxErrors bounds the errors of one answer. A fault that hits every row of a
// list would otherwise make an answer of nothing else.
const maxErrors = 20

// fewErrors cuts the list of errors.
func fewErrors(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response != nil && len(response.Errors) > maxErrors {
		response.Errors = response.Errors[:maxErrors]
	}
	return response
}
