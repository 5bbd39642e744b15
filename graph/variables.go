package graph

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/graph/scalar"
)

// exactVariables refuses what the GraphQL library lets through in variables, though
// not in documents: enum values in another case, which the database would refuse much
// later, numbers where text is wanted, fractions as ids, scalars that are not of their form,
// and inputs that want exactly one of their fields and have another number of them.
type exactVariables struct{ schema *ast.Schema }

// check looks at the variables once the library has.
func (v exactVariables) check(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	for _, d := range oc.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(d.Variable)}
		if err := v.value(d.Type, oc.Variables[d.Variable], path); err != nil {
			return err
		}
	}
	return nil
}

func (v exactVariables) value(t *ast.Type, value any, path ast.Path) *gqlerror.Error {
	if value == nil {
		return nil
	}
	if t.Elem != nil {
		return v.list(t.Elem, value, path)
	}
	definition := v.schema.Types[t.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		fields, _ := value.(map[string]any)
		return v.fields(definition, fields, path)
	case definition.Kind == ast.Enum:
		if text, ok := value.(string); !ok || definition.EnumValues.ForName(text) == nil {
			return faultAt(path, "must be a value of %s, in upper case", definition.Name)
		}
	case definition.Name == "String":
		if _, number := value.(json.Number); number {
			return faultAt(path, "cannot use number as String")
		}
	case definition.Name == "ID":
		if number, ok := value.(json.Number); ok && strings.ContainsAny(number.String(), ".eE") {
			return faultAt(path, "must be text or a whole number")
		}
	}
	if err := scalar.Check(t.NamedType, value); err != nil {
		return faultAt(path, "%s", err)
	}
	return nil
}

// fields looks at an input. Of one that is @oneOf, a field that is null counts too: the
// specification wants one field and no others, and that one not to be null.
func (v exactVariables) fields(definition *ast.Definition, fields map[string]any, path ast.Path) *gqlerror.Error {
	given := 0
	for _, field := range definition.Fields {
		value, there := fields[field.Name]
		if there {
			given++
		}
		if there && value == nil && definition.Directives.ForName("oneOf") != nil {
			return faultAt(below(path, ast.PathName(field.Name)), "cannot be null: %s wants a value for exactly one of its fields", definition.Name)
		}
		if err := v.value(field.Type, value, below(path, ast.PathName(field.Name))); err != nil {
			return err
		}
	}
	if given != 1 && definition.Directives.ForName("oneOf") != nil {
		return faultAt(path, "must have exactly one of the fields of %s, and has %d", definition.Name, given)
	}
	return nil
}

func faultAt(path ast.Path, format string, args ...any) *gqlerror.Error {
	fault := requestFault(codeValidationFailed, format, args...)
	fault.Path = path
	return fault
}

// list takes a single value for a list of one, as the library does. That
// makes slices of any type, so it takes a look at what they are.
func (v exactVariables) list(t *ast.Type, value any, path ast.Path) *gqlerror.Error {
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		return v.value(t, value, path)
	}
	for i := range list.Len() {
		if err := v.value(t, list.Index(i).Interface(), below(path, ast.PathIndex(i))); err != nil {
			return err
		}
	}
	return nil
}

// below copies the path: siblings would otherwise write into the same array.
func below(path ast.Path, step ast.PathElement) ast.Path {
	return append(path[:len(path):len(path)], step)
}
