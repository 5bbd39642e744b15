package graph

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestOneOfInside proves that inputs which want exactly one of their fields are found
// inside lists, lists of lists and other inputs, where this schema has none yet.
func TestOneOfInside(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		input One @oneOf { a: Int b: One c: [One!] }
		input Outer { one: One many: [[One]] inner: Outer }
		type Query { f(x: Outer, y: [One!], z: One): Int }`})
	for text, want := range map[string]string{
		"Outer":            "",
		"Outer one":        "input.variable.v.one: must have exactly one",
		"Outer many":       "input.variable.v.many[0][1]: must have exactly one",
		"Outer inner":      "input.variable.v.inner.inner.one.b: cannot be null",
		"One in itself":    "input.variable.v.b: must have exactly one",
		"One in its list":  "input.variable.v.c[1]: must have exactly one",
		"one for a list":   "input.variable.v: must have exactly one",
		"nothing at all":   "",
		"one that is good": "",
	} {
		kind, value := oneOfCase(text)
		operation := &ast.OperationDefinition{VariableDefinitions: ast.VariableDefinitionList{{Variable: "v", Type: kind}}}
		got := ""
		if err := (exactVariables{schema}).check(t.Context(), &graphql.OperationContext{Operation: operation, Variables: map[string]any{"v": value}}); err != nil {
			got = "input." + err.Path.String() + ": " + err.Message
		}
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func oneOfCase(name string) (*ast.Type, any) {
	type object = map[string]any
	good, two := object{"a": 1}, object{"a": 1, "b": object{"a": 1}}
	outer, one := ast.NamedType("Outer", nil), ast.NamedType("One", nil)
	switch name {
	case "Outer":
		return outer, object{"one": good, "many": []any{[]any{good, nil}}, "inner": object{"one": object{"c": []any{good, good}}}}
	case "Outer one":
		return outer, object{"one": two}
	case "Outer many":
		return outer, object{"many": []any{[]any{good, object{}}}}
	case "Outer inner":
		return outer, object{"inner": object{"inner": object{"one": object{"b": nil}}}}
	case "One in itself":
		return one, object{"b": two}
	case "One in its list":
		return one, object{"c": []object{good, two}}
	case "one for a list":
		return ast.ListType(one, nil), two
	case "one that is good":
		return ast.NonNullListType(one, nil), []any{good, object{"b": object{"c": []any{}}}}
	}
	return one, nil
}
