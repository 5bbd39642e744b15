package app_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// selector writes selections of everything that the schema offers.
type selector struct {
	schema *ast.Schema
	// arguments are those that fields need, or that keep lists short.
	arguments map[string]string
}

func newSelector() selector {
	return selector{schemaOfAPI(), map[string]string{
		"first": "first: 3", "key": `key: "table"`, "vocabulary": "vocabulary: S1",
	}}
}

// field writes a field's name with its arguments.
func (s selector) field(parent *ast.Definition, f *ast.FieldDefinition) string {
	text := f.Name
	var arguments []string
	for _, a := range f.Arguments {
		if given, ok := s.arguments[a.Name]; ok {
			arguments = append(arguments, given)
		} else if a.Type.NonNull && a.DefaultValue == nil {
			panic(fmt.Sprintf("%s.%s needs %s", parent.Name, f.Name, a.Name))
		}
	}
	if arguments != nil {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	return text
}

// leaf says whether a type has nothing to select.
func (s selector) leaf(f *ast.FieldDefinition) bool {
	return s.schema.Types[f.Type.Name()].IsLeafType()
}

// parts are the object types that a type can be: itself, or those of a union or
// interface.
func (s selector) parts(name string) []*ast.Definition {
	if def := s.schema.Types[name]; def.Kind == ast.Object {
		return []*ast.Definition{def}
	}
	return s.schema.GetPossibleTypes(s.schema.Types[name])
}

// once selects every field of every type that can be reached from a type, each
// in one place. It returns the root's fragment by name, and all fragments.
func (s selector) once(root string) (string, string) {
	var fragments []string
	seen := map[string]bool{root: true}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		def := s.schema.Types[queue[0]]
		body := []string{"__typename"}
		for _, f := range own(def) {
			if s.leaf(f) {
				body = append(body, s.field(def, f))
				continue
			}
			inner := []string{"__typename"}
			for _, part := range s.parts(f.Type.Name()) {
				if !seen[part.Name] {
					seen[part.Name] = true
					queue = append(queue, part.Name)
					inner = append(inner, "...All"+part.Name)
				}
			}
			body = append(body, s.field(def, f)+" { "+strings.Join(inner, " ")+" }")
		}
		fragments = append(fragments, fmt.Sprintf("fragment All%s on %s { %s }", def.Name, def.Name, s.apart(def, body)))
	}
	return "...All" + root, strings.Join(fragments, "\n")
}

// apart gives the fields of a union's types names of their own: fields of one
// name that differ in type would not be valid beside each other.
func (s selector) apart(def *ast.Definition, body []string) string {
	member := false
	for _, other := range s.schema.Types {
		member = member || other.Kind == ast.Union && slices.Contains(other.Types, def.Name)
	}
	if member {
		for i, text := range body[1:] {
			body[i+1] = def.Name + "_" + strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '(' })[0] + ": " + text
		}
	}
	return strings.Join(body, " ")
}

// deep selects all fields of a type and of what it leads to, so many levels
// deep; the last level has no further objects.
func (s selector) deep(name string, levels int) string {
	selection := []string{"__typename"}
	parts := s.parts(name)
	for _, def := range parts {
		body := []string{"__typename"}
		for _, f := range own(def) {
			switch {
			case s.leaf(f):
				body = append(body, s.field(def, f))
			case levels > 1:
				body = append(body, s.field(def, f)+" { "+s.deep(f.Type.Name(), levels-1)+" }")
			}
		}
		if len(parts) == 1 {
			return s.apart(def, body)
		}
		selection = append(selection, "... on "+def.Name+" { "+s.apart(def, body)+" }")
	}
	return strings.Join(selection, " ")
}

// split writes documents that together select what deep does under a type, none
// with too many tokens. Before and after are what stands around the selection.
func (s selector) split(before, after string, def *ast.Definition, levels int) (documents []string) {
	for _, f := range own(def) {
		if s.leaf(f) || levels < 2 {
			continue
		}
		open, of := before+s.field(def, f)+" { ", f.Type.Name()
		whole := open + s.deep(of, levels-1) + " }" + after
		parts := s.parts(of)
		if tokens(whole) <= mostTokens || len(parts) > 1 {
			documents = append(documents, whole)
			continue
		}
		documents = append(documents, s.split(open+"__typename ", " }"+after, parts[0], levels-1)...)
	}
	return documents
}

// own are a type's fields without those of introspection.
func own(def *ast.Definition) (list []*ast.FieldDefinition) {
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			list = append(list, f)
		}
	}
	return list
}

// tokens counts a document's tokens, which the server limits.
func tokens(document string) (n int) {
	for l := lexer.New(&ast.Source{Input: document}); ; n++ {
		if token, err := l.ReadToken(); err != nil || token.Kind == lexer.EOF {
			return n
		}
	}
}
