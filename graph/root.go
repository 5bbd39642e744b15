package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// keyField is the field of an input that names an intent to move money.
const keyField = "idempotencyKey"

// simulation moves money as its provider would, and takes no key: a fact that is
// reported twice counts once.
const simulation = "simulateTransaction"

// oneEffect refuses documents with anything beside a mutation that moves money. What came of
// it would be hard to tell when another field fails: that makes the whole answer null, and
// who reads that nothing was done of the other sends both again. Many guesses could be made
// at once, too.
type oneEffect struct{ schema *ast.Schema }

// check counts what @skip leaves out too.
func (e oneEffect) check(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	if oc.Operation.Operation != ast.Mutation {
		return nil
	}
	fields := rootFields(oc.Doc, oc.Operation)
	moves := func(field *ast.Field) bool { return takesKey(e.schema, field) || field.Name == simulation }
	if len(fields) == 1 || !slices.ContainsFunc(fields, moves) {
		return nil
	}
	return requestFault(codeValidationFailed, "The document has %d mutations, and one that moves money must be the only one of its request.", len(fields))
}

// takesKey says whether a mutation moves money: then its input names the intent.
func takesKey(schema *ast.Schema, field *ast.Field) bool {
	definition := schema.Mutation.Fields.ForName(field.Name)
	if definition == nil {
		return false
	}
	input := definition.Arguments.ForName("input")
	return input != nil && schema.Types[input.Type.Name()].Fields.ForName(keyField) != nil
}

// rootFields are the fields of an operation itself, one for each name in the answer:
// what is selected twice under one name is executed once. __typename, which many
// clients add everywhere, does nothing and is left out.
func rootFields(doc *ast.QueryDocument, operation *ast.OperationDefinition) []*ast.Field {
	r := roots{doc: doc, names: map[string]bool{}, spread: map[string]bool{}}
	r.collect(operation.SelectionSet)
	return r.fields
}

// roots collects root fields, through fragments.
type roots struct {
	doc    *ast.QueryDocument
	fields []*ast.Field
	names  map[string]bool
	// spread are the fragments that were looked into: before validation they may
	// spread each other in a circle.
	spread map[string]bool
}

func (r *roots) collect(set ast.SelectionSet) {
	for _, selected := range set {
		switch selected := selected.(type) {
		case *ast.Field:
			if !r.names[selected.Alias] && selected.Name != "__typename" {
				r.names[selected.Alias] = true
				r.fields = append(r.fields, selected)
			}
		case *ast.InlineFragment:
			r.collect(selected.SelectionSet)
		case *ast.FragmentSpread:
			fragment := r.doc.Fragments.ForName(selected.Name)
			if fragment != nil && !r.spread[selected.Name] {
				r.spread[selected.Name] = true
				r.collect(fragment.SelectionSet)
			}
		}
	}
}
