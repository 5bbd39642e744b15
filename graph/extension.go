package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/guard"
)

// beforeValidation looks at a request before the library does, however it came.
type beforeValidation func(context.Context, *graphql.RawParams) *gqlerror.Error

// afterValidation looks at an operation that is valid, before it is executed.
type afterValidation func(context.Context, *graphql.OperationContext) *gqlerror.Error

var (
	_ graphql.OperationParameterMutator = beforeValidation(nil)
	_ graphql.OperationContextMutator   = afterValidation(nil)
)

// ExtensionName names the extension for the library.
func (beforeValidation) ExtensionName() string { return "BeforeValidation" }

// Validate is part of the library's interface for extensions.
func (beforeValidation) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters calls the function.
func (f beforeValidation) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	return f(ctx, request)
}

// ExtensionName names the extension for the library.
func (afterValidation) ExtensionName() string { return "AfterValidation" }

// Validate is part of the library's interface for extensions.
func (afterValidation) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext calls the function.
func (f afterValidation) MutateOperationContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	return f(ctx, oc)
}

// requestFault is a refusal of a request as a whole, in our own words: it is shown as
// it is, while what the library says is shown without what the caller sent.
func requestFault(code, format string, args ...any) *gqlerror.Error {
	fault := inputError{code, fmt.Sprintf(format, args...)}
	return &gqlerror.Error{Err: fault, Message: fault.message, Extensions: map[string]any{"code": code}}
}

// guarded is what the guard says, as an error of the library.
func guarded(r *guard.Refusal) *gqlerror.Error {
	fault := requestFault(r.Code, "%s", r.Message)
	if r.At != nil {
		fault.Locations = []gqlerror.Location{{Line: r.At.Line, Column: r.At.Column}}
	}
	return fault
}

// intake is what every request goes through before its document is validated.
type intake struct {
	schema *ast.Schema
	// known are the documents that were validated. Only what passed the guard gets in.
	known graphql.Cache[*ast.QueryDocument]
	trust trust
	costs costs
}

func (i intake) check(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	if late := i.costs.admit(ctx); late != nil { // again: it may have taken long to come in
		return late
	}
	if fault := i.trust.check(ctx, request); fault != nil {
		return fault
	}
	doc, known := i.known.Get(ctx, request.Query)
	if !known {
		if late := takeTurn(ctx); late != nil {
			return late
		}
		if late := i.costs.admit(ctx); late != nil { // again: those before it may have spent all
			return late
		}
		doc, known = i.known.Get(ctx, request.Query) // one of them may have been the same
	}
	if known {
		noteKnown(ctx)
	} else {
		var refusal *guard.Refusal
		if doc, refusal = guard.Document(request.Query); refusal != nil {
			return guarded(refusal)
		}
	}
	if refusal := guard.Variables(request.Variables); refusal != nil {
		return guarded(refusal)
	}
	operation := doc.Operations.ForName(request.OperationName)
	if operation == nil {
		return requestFault(codeValidationFailed, "The document has %d operations, and operationName names none of them.", len(doc.Operations))
	}
	return keyFromHeader(i.schema, doc, operation, request)
}
