package breadthtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// arguments writes the arguments of a field: all that it needs, and some of the others.
func (w *writer) arguments(on *ast.Definition, f *ast.FieldDefinition) string {
	var written []string
	for _, a := range f.Arguments {
		needed := a.Type.NonNull && a.DefaultValue == nil
		if !needed && !w.chance(35) {
			continue
		}
		value := w.value(on.Name+"."+f.Name, a.Name, a.Type, 0)
		text := ""
		if len(w.declared) < mostVariables && w.chance(35) {
			text = w.variable(a.Type, value)
		} else {
			text = w.literal(a.Type, value)
		}
		written = append(written, a.Name+": "+text)
	}
	if written == nil {
		return ""
	}
	return "(" + strings.Join(written, ", ") + ")"
}

// value makes up a value of a type.
func (w *writer) value(parent, name string, t *ast.Type, depth int) any {
	if !t.NonNull && w.chance(8) {
		return nil
	}
	if value, ok := w.invent(w.random, parent, name, t); ok {
		return value
	}
	if t.Elem != nil {
		list := []any{}
		for range w.random.IntN(3) {
			list = append(list, w.value(parent, name, t.Elem, depth))
		}
		return list
	}
	switch def := w.schema.Types[t.Name()]; def.Kind {
	case ast.Enum:
		return def.EnumValues[w.random.IntN(len(def.EnumValues))].Name
	case ast.InputObject:
		return w.object(def, depth+1)
	}
	switch t.Name() {
	case "Int":
		return w.random.IntN(4)
	case "Float":
		return w.random.Float64()
	case "Boolean":
		return w.chance(50)
	}
	return fmt.Sprintf("t%d", w.random.IntN(10))
}

// object makes up an input object: one of its fields where it takes one, else some.
func (w *writer) object(def *ast.Definition, depth int) map[string]any {
	object := map[string]any{}
	if def.Directives.ForName("oneOf") != nil {
		f := def.Fields[w.random.IntN(len(def.Fields))]
		object[f.Name] = w.value(def.Name, f.Name, ast.NonNullNamedType(f.Type.Name(), nil), depth)
		return object
	}
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || depth < 3 && w.chance(20) {
			object[f.Name] = w.value(def.Name, f.Name, f.Type, depth)
		}
	}
	return object
}

// literal writes a value as it stands in a document.
func (w *writer) literal(t *ast.Type, value any) string {
	switch value := value.(type) {
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			of := t
			if t.Elem != nil {
				of = t.Elem
			}
			parts[i] = w.literal(of, element)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		fields := w.schema.Types[t.Name()].Fields
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, name+": "+w.literal(fields.ForName(name).Type, value[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		if w.schema.Types[t.Name()].Kind == ast.Enum {
			return value
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // of what Invent made up
	}
	return string(text)
}
