package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// What became of a mutation that has an error at the top level, in
// extensions.outcome: who is to decide whether to send it again must not guess.
const (
	// outcomeCommitted: it was done, or refused, as its payload says; only something
	// in the answer could not be read.
	outcomeCommitted = "COMMITTED"
	// outcomeNone: it was refused before anything was done.
	outcomeNone = "NONE"
	// outcomeUnknown: it may have been done. A repeat with the same idempotency key
	// or reference finds out, and does it at most once.
	outcomeUnknown = "UNKNOWN"
)

// outcomeOf says what became of the mutation that an error belongs to; "" for
// queries and for documents that were not executed at all.
func outcomeOf(ctx context.Context, code string, ofArgument bool) string {
	if !graphql.HasOperationContext(ctx) {
		return ""
	}
	path := graphql.GetPath(ctx)
	operation := graphql.GetOperationContext(ctx).Operation
	if operation == nil || operation.Operation != ast.Mutation || len(path) == 0 {
		return ""
	}
	switch {
	case ofArgument:
		return outcomeNone
	case len(path) > 1:
		return outcomeCommitted
	case code == codeInternal, code == codeUnavailable:
		return outcomeUnknown
	}
	return outcomeNone
}
