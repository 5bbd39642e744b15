package graph

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/paygraph/paygraph/graph/scalar"
)

// keyHeader is the header in which partners may send the key of the request's only
// mutation.
const keyHeader = "Idempotency-Key"

// headerKey writes the key of the header into a request that names none, before it
// is validated: so the schema can say that every intent has a key, and the rest of
// the program sees one way of sending it.
type headerKey struct{ schema *ast.Schema }

var _ graphql.OperationParameterMutator = headerKey{}

// ExtensionName names the extension for the library.
func (headerKey) ExtensionName() string { return "HeaderKey" }

// Validate is part of the library's interface for extensions.
func (headerKey) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters completes the request. What it cannot read is left to the
// library, whose errors say more.
func (h headerKey) MutateOperationParameters(_ context.Context, request *graphql.RawParams) *gqlerror.Error {
	sent := request.Headers.Values(keyHeader)
	if len(sent) == 0 {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: request.Query}, maxTokens)
	if err != nil {
		return nil
	}
	operation := doc.Operations.ForName(request.OperationName)
	if operation == nil || operation.Operation != ast.Mutation {
		return nil
	}
	fields := rootFields(doc, operation)
	i := slices.IndexFunc(fields, func(f *ast.Field) bool { return takesKey(h.schema, f) })
	if i < 0 {
		return nil // nothing moves: there is nothing to name
	}
	if len(fields) > 1 {
		return badHeader("The header %s names one intent, and the document has %d mutations. Send it with one mutation, or give the keys in the inputs.", keyHeader, len(fields))
	}
	if _, err := scalar.UnmarshalIdempotencyKey(sent[0]); err != nil || len(sent) > 1 {
		return badHeader("The header %s must be sent once, with 1 to 255 visible ASCII characters.", keyHeader)
	}
	return keyed{request, operation, sent[0]}.argument(fields[i].Arguments.ForName("input"))
}

func badHeader(format string, args ...any) *gqlerror.Error {
	fault := gqlerror.Errorf(format, args...)
	errcode.Set(fault, codeValidationFailed)
	return fault
}

// keyed is a request whose only mutation is named by key.
type keyed struct {
	request   *graphql.RawParams
	operation *ast.OperationDefinition
	key       string
}

func (k keyed) argument(input *ast.Argument) *gqlerror.Error {
	if input == nil {
		return nil
	}
	return k.value(input.Value)
}

// value completes the input where it is written: in the document, or in a variable.
func (k keyed) value(input *ast.Value) *gqlerror.Error {
	switch input.Kind {
	case ast.Variable:
		return k.variable(input.Raw)
	case ast.ObjectValue:
		if given := input.Children.ForName(keyField); given != nil {
			return k.literal(given)
		}
		k.insert(input.Position.Start + 1)
	}
	return nil
}

// variable completes the input in a variable, or in the default of one that is not
// given.
func (k keyed) variable(name string) *gqlerror.Error {
	given, ok := k.request.Variables[name]
	if !ok {
		if d := k.operation.VariableDefinitions.ForName(name); d != nil && d.DefaultValue != nil {
			return k.value(d.DefaultValue)
		}
		return nil
	}
	fields, ok := given.(map[string]any)
	if !ok {
		return nil
	}
	if fields[keyField] != nil {
		return k.compare(fields[keyField])
	}
	fields = maps.Clone(fields)
	fields[keyField] = k.key
	k.request.Variables[name] = fields
	return nil
}

// literal looks at a key that the document names, or leaves to a variable of its own.
func (k keyed) literal(given *ast.Value) *gqlerror.Error {
	if given.Kind != ast.Variable {
		return k.compare(given.Raw)
	}
	if sent := k.request.Variables[given.Raw]; sent != nil {
		return k.compare(sent)
	}
	if d := k.operation.VariableDefinitions.ForName(given.Raw); d != nil && d.DefaultValue != nil {
		return k.compare(d.DefaultValue.Raw)
	}
	if k.request.Variables == nil {
		k.request.Variables = map[string]any{}
	}
	k.request.Variables[given.Raw] = k.key
	return nil
}

func (k keyed) compare(given any) *gqlerror.Error {
	if given == k.key {
		return nil
	}
	return badHeader("The header %s and input.%s differ. Send the key once, or the same in both.", keyHeader, keyField)
}

// insert writes the key into the document's text at a place counted in characters.
func (k keyed) insert(at int) {
	quoted, _ := json.Marshal(k.key) // visible ASCII, whose escapes GraphQL shares with JSON
	text := []rune(k.request.Query)
	k.request.Query = string(text[:at]) + keyField + ": " + string(quoted) + " " + string(text[at:])
}
