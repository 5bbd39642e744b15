package graph

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// exactVariables refuses two things that the GraphQL library lets through in
// variables, though not in documents: enum values in another case, which the
// database would refuse much later, and numbers where text is wanted.
type exactVariables struct{ schema *ast.Schema }

var _ graphql.OperationContextMutator = exactVariables{}

// ExtensionName names the extension for the library.
func (exactVariables) ExtensionName() string { return "ExactVariables" }

// Validate is part of the library's interface for extensions.
func (exactVariables) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext checks the variables once the library has.
func (v exactVariables) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	for _, d := range oc.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(d.Variable)}
		if err := v.check(d.Type, oc.Variables[d.Variable], path); err != nil {
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}

func (v exactVariables) check(t *ast.Type, value any, path ast.Path) *gqlerror.Error {
	if value == nil {
		return nil
	}
	if t.Elem != nil {
		return v.checkList(t.Elem, value, path)
	}
	definition := v.schema.Types[t.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		fields, _ := value.(map[string]any)
		for _, field := range definition.Fields {
			if err := v.check(field.Type, fields[field.Name], below(path, ast.PathName(field.Name))); err != nil {
				return err
			}
		}
	case definition.Kind == ast.Enum:
		if text, ok := value.(string); !ok || definition.EnumValues.ForName(text) == nil {
			return gqlerror.ErrorPathf(path, "must be a value of %s, in upper case", definition.Name)
		}
	case definition.Name == "String":
		if _, number := value.(json.Number); number {
			return gqlerror.ErrorPathf(path, "cannot use number as String")
		}
	}
	return nil
}

// checkList takes a single value for a list of one, as the library does. That
// makes slices of any type, so it takes a look at what they are.
func (v exactVariables) checkList(t *ast.Type, value any, path ast.Path) *gqlerror.Error {
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		return v.check(t, value, path)
	}
	for i := range list.Len() {
		if err := v.check(t, list.Index(i).Interface(), below(path, ast.PathIndex(i))); err != nil {
			return err
		}
	}
	return nil
}

// below copies the path: siblings would otherwise write into the same array.
func below(path ast.Path, step ast.PathElement) ast.Path {
	return append(path[:len(path):len(path)], step)
}
