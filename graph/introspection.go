package graph

import (
	"sync"

	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
)

// description is the schema as it is told, in parts that are made once: the library makes
// them anew whenever they are asked for, which a document can do thousands of times.
type description struct {
	schema *ast.Schema
	root   *introspection.Schema
	// parts are lists of parts by the partKey that has them. There are no more of them than
	// the schema has.
	parts sync.Map
}

// partKey is a field of the description, of one of its parts. The field "__type" of the
// whole has the type of a name.
type partKey struct {
	of          any
	field, name string
}

func describe(schema *ast.Schema) *description {
	return &description{schema: schema, root: introspection.WrapSchema(schema)}
}

// of are the parts that a field of the schema, or of a part of it, shows.
func (d *description) of(part any, field string) []any {
	return d.once(partKey{part, field, ""}, func() []any { return partsOf(part, field) })
}

// named is the type of a name; it is false where there is none.
func (d *description) named(name string) (part any, ok bool) {
	def := d.schema.Types[name]
	if def == nil {
		return nil, false
	}
	return d.once(partKey{d.root, "__type", name}, func() []any { return oneType(introspection.WrapTypeFromDef(d.schema, def)) })[0], true
}

func (d *description) once(key partKey, make func() []any) []any {
	known, ok := d.parts.Load(key)
	if !ok {
		known, _ = d.parts.LoadOrStore(key, make())
	}
	return known.([]any)
}

// typeSelection is a selection on a type of the schema, by its first part, which no other
// selection has.
type typeSelection struct {
	selection ast.Selection
	name      string
}

// described is how many objects a selection on a part of the schema shows below it. That
// depends on nothing but the schema, so it is counted and not guessed: types lead to so many
// others that a guess would forbid the queries of tools, or permit answers without end. What
// is deprecated counts whether it is asked for or not.
func (m measure) described(set ast.SelectionSet, part any) size {
	count := func() size {
		return m.each(set, func(f *ast.Field) size { return m.describedField(f, part) },
			func(spread *ast.FragmentSpread) size { return m.described(spread.Definition.SelectionSet, part) })
	}
	t, ok := part.(*introspection.Type)
	if !ok || t.Name() == nil || len(set) == 0 {
		return count()
	}
	key := typeSelection{set[0], *t.Name()} // counted once, or types would lead to each other without end
	s, known := m.types[key]
	if !known {
		s = count()
		m.types[key] = s
	}
	return s
}

func (m measure) describedField(f *ast.Field, of any) (s size) {
	if len(f.SelectionSet) == 0 {
		return 0
	}
	for _, part := range m.description.of(of, f.Name) {
		if s = s.plus(m.described(f.SelectionSet, part) + 1); s > maxObjects {
			break
		}
	}
	return s
}

// describedType is the size of a field __type.
func (m measure) describedType(f *ast.Field) size {
	name := ""
	if given := f.Arguments.ForName("name"); given != nil {
		value, _ := given.Value.Value(m.variables)
		name, _ = value.(string)
	}
	part, ok := m.description.named(name)
	if !ok {
		return 0
	}
	return m.described(f.SelectionSet, part).inside(1)
}

// partsOf are the objects that a field of the schema, or of a part of it, shows.
func partsOf(of any, field string) []any {
	switch of := of.(type) {
	case *introspection.Schema:
		return partsOfSchema(of, field)
	case *introspection.Type:
		return partsOfType(of, field)
	case *introspection.Field:
		if field == "args" {
			return partsIn(of.Args)
		}
		return oneType(of.Type)
	case *introspection.InputValue:
		return oneType(of.Type)
	case *introspection.Directive:
		return partsIn(of.Args)
	}
	return nil
}

func partsOfSchema(of *introspection.Schema, field string) []any {
	switch field {
	case "types":
		return partsIn(of.Types())
	case "directives":
		return partsIn(of.Directives())
	case "queryType":
		return oneType(of.QueryType())
	case "mutationType":
		return oneType(of.MutationType())
	}
	return oneType(of.SubscriptionType())
}

func partsOfType(of *introspection.Type, field string) []any {
	switch field {
	case "fields":
		return partsIn(of.Fields(true))
	case "inputFields":
		return partsIn(of.InputFields())
	case "interfaces":
		return partsIn(of.Interfaces())
	case "possibleTypes":
		return partsIn(of.PossibleTypes())
	case "enumValues":
		return partsIn(of.EnumValues(true))
	}
	return oneType(of.OfType())
}

// oneType is a type, or nothing where there is none.
func oneType(t *introspection.Type) []any {
	if t == nil {
		return nil
	}
	return []any{t}
}

func partsIn[T any](list []T) []any {
	parts := make([]any, len(list))
	for i := range list {
		parts[i] = &list[i]
	}
	return parts
}
