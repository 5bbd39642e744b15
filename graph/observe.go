package graph

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/pay"
)

// Observer is told of every operation that is executed.
type Observer interface {
	// Operation begins one: kind is query, mutation or subscription, and name says what
	// it is about, in a word of the schema or of this program, never of the caller. The
	// operation runs in the context that is returned, and done is told once how it
	// ended: OK, or the code of its first error.
	Operation(ctx context.Context, kind, name string) (_ context.Context, done func(outcome string))
}

// Names of operations that are not about one root field.
const (
	// opSeveral has several; which would be as many names as callers think of.
	opSeveral       = "several"
	opIntrospection = "introspection"
	// opPayload reads what a webhook tells.
	opPayload = "webhookPayload"
)

const (
	outcomeOK = "OK"
	// outcomeCanceled is a subscription that the subscriber left.
	outcomeCanceled = "CANCELED"
)

// observed tells the observer of operations, and notes the outcome for the request's
// line in the log. It must come before what refuses operations.
type observed struct{ observer Observer }

var _ interface {
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = observed{}

// ExtensionName names the extension for the library.
func (observed) ExtensionName() string { return "Observed" }

// Validate is part of the library's interface for extensions.
func (observed) Validate(graphql.ExecutableSchema) error { return nil }

type observedKey struct{}

// begun says whether ctx belongs to an operation that was begun, and not to a refusal.
func begun(ctx context.Context) bool { return ctx.Value(observedKey{}) != nil }

// InterceptOperation begins an operation, and ends it with its answer; a subscription
// ends with its last, or when nobody listens any more.
func (o observed) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	name, streams := operationName(oc), oc.Operation.Operation == ast.Subscription
	if isPayload(ctx) {
		name = opPayload
	}
	ctx, done := o.observer.Operation(ctx, string(oc.Operation.Operation), name)
	var once sync.Once
	end := func(outcome string) {
		once.Do(func() {
			pay.NoteOutcome(ctx, name, outcome)
			done(outcome)
		})
	}
	if streams {
		pay.NoteOutcome(ctx, name, outcomeCanceled) // until it ends otherwise
		context.AfterFunc(ctx, func() { end(outcomeCanceled) })
	}
	latest := outcomeOK
	respond := next(context.WithValue(ctx, observedKey{}, true))
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		switch {
		case response != nil:
			latest = responseOutcome(response)
			if streams && latest == codeUnavailable && ctx.Err() != nil { // who follows was gone before it began
				latest = outcomeCanceled
			}
		case !streams: // the time was over before it began
			latest = codeUnavailable
		}
		if response == nil || !streams {
			end(latest)
		}
		return response
	}
}

// InterceptResponse notes what is refused before it becomes an operation, such as a
// document that cannot be read.
func (o observed) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response != nil && !begun(ctx) {
		pay.NoteOutcome(ctx, pay.NoOperation, responseOutcome(response))
	}
	return response
}

// responseOutcome is the code of an answer's first error, or OK.
func responseOutcome(response *graphql.Response) string {
	if len(response.Errors) == 0 {
		return outcomeOK
	}
	if code, ok := response.Errors[0].Extensions["code"].(string); ok {
		return code
	}
	return codeInternal
}

// operationName is the root field that an operation is about. The name that callers
// give their operations is theirs: it could be anything, and different every time.
func operationName(oc *graphql.OperationContext) string {
	name := ""
	for _, field := range rootFields(oc.Doc, oc.Operation) {
		own := field.Name
		if strings.HasPrefix(own, "__") {
			own = opIntrospection
		}
		if name != "" && name != own {
			return opSeveral
		}
		name = own
	}
	return cmp.Or(name, opIntrospection) // of __typename alone nothing is left
}

// fieldPath is where in the answer ctx is, for the log: by the names of the schema, since
// aliases are the caller's text.
func fieldPath(ctx context.Context) string {
	path := ""
	for at := graphql.GetFieldContext(ctx); at != nil; at = at.Parent {
		part := ""
		switch {
		case at.Index != nil:
			part = strconv.Itoa(*at.Index)
		case at.Field.Field != nil:
			part = at.Field.Name
		default:
			continue
		}
		if path != "" {
			part += "." + path
		}
		path = part
	}
	return path
}
