package graph

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/scalar"
)

// keyHeader is the header in which partners may send the key of the request's only
// mutation.
const keyHeader = "Idempotency-Key"

// keyTokens are what write adds to a document: a name, a colon and a text.
const keyTokens = 3

// keyFromHeader writes the key of the header into a request that names none, before it
// is validated: so the schema can say that every intent has a key, and the rest of the
// program sees one way of sending it. What it cannot read is left to the library, whose
// errors say more.
func keyFromHeader(schema *ast.Schema, doc *ast.QueryDocument, operation *ast.OperationDefinition, request *graphql.RawParams) *gqlerror.Error {
	sent := request.Headers.Values(keyHeader)
	if len(sent) == 0 || operation.Operation != ast.Mutation {
		return nil
	}
	fields := rootFields(doc, operation)
	i := slices.IndexFunc(fields, func(f *ast.Field) bool { return takesKey(schema, f) })
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
	return requestFault(codeValidationFailed, format, args...)
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
		k.write(keyField+": ", input.Position.Start+1, 0)
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
// A key that is null is none.
func (k keyed) literal(given *ast.Value) *gqlerror.Error {
	switch given.Kind {
	case ast.NullValue:
		k.write("", given.Position.Start, len("null"))
		return nil
	case ast.Variable:
		return k.ownVariable(given.Raw)
	}
	return k.compare(given.Raw)
}

// ownVariable looks at a variable for the key alone. Its default counts only where it is
// not sent.
func (k keyed) ownVariable(name string) *gqlerror.Error {
	sent, given := k.request.Variables[name]
	if sent != nil {
		return k.compare(sent)
	}
	d := k.operation.VariableDefinitions.ForName(name)
	if !given && d != nil && d.DefaultValue != nil {
		return k.compare(d.DefaultValue.Raw)
	}
	if k.request.Variables == nil {
		k.request.Variables = map[string]any{}
	}
	k.request.Variables[name] = k.key
	return nil
}

func (k keyed) compare(given any) *gqlerror.Error {
	if given == k.key {
		return nil
	}
	return badHeader("The header %s and input.%s differ. Send the key once, or the same in both.", keyHeader, keyField)
}

// write writes the key into the document's text in place of so many characters, after
// what names it.
func (k keyed) write(name string, at, instead int) {
	quoted, _ := json.Marshal(k.key) // visible ASCII, whose escapes GraphQL shares with JSON
	text := []rune(k.request.Query)
	k.request.Query = string(text[:at]) + name + string(quoted) + " " + string(text[at+instead:])
}
