// Package breadthtest makes valid queries of any schema at random, and compares what two
// ways of executing them answer. The package faulty beside it is a schema whose fields fail.
package breadthtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Most a document has: it stays far below what a server accepts, so that it is executed.
const (
	mostFields     = 60
	mostDepth      = 7
	mostDirectives = 8
	mostVariables  = 12
	mostFragments  = 6
	mostBytes      = 6000
	// mostRepeated is how long what is written twice may be, in bytes.
	mostRepeated = 150
)

// Invent makes up a value for an argument or a field of an input object: text, a number,
// true or false, a list or an object of such. It says false to leave the value to this
// package, which knows enums, lists, objects and the scalars of GraphQL.
type Invent func(r *rand.Rand, parent, field string, t *ast.Type) (value any, ok bool)

// Documents makes documents. The same seed makes the same.
type Documents struct {
	schema *ast.Schema
	random *rand.Rand
	invent Invent
}

// New makes documents of a schema.
func New(schema *ast.Schema, seed uint64, invent Invent) *Documents {
	return &Documents{schema, rand.New(rand.NewPCG(seed, 1)), invent}
}

// Next is a valid document with values for its variables.
func (d *Documents) Next() (document string, variables map[string]any) {
	for {
		w := &writer{Documents: d, variables: map[string]any{}, left: 4 + d.random.IntN(mostFields)}
		document := w.document()
		if len(document) > mostBytes {
			continue // it would take long to validate
		}
		// Fields of one name that differ, under types that could be one, are not valid.
		if _, err := gqlparser.LoadQueryWithRules(d.schema, document, rules.NewDefaultRules()); err == nil {
			return document, w.variables
		}
	}
}

// writer writes one document.
type writer struct {
	*Documents
	variables map[string]any
	declared  []string
	fragments []fragment
	// left is how many fields may still be written, those of a fragment wherever it is spread.
	left                int
	directives, aliases int
	// open counts fragments that are being written, which cannot be spread yet.
	open int
}

type fragment struct {
	name, on, text string
	size           int
}

// fragmentDepth is how deep fragments are.
const fragmentDepth = 2

func (w *writer) chance(percent int) bool { return w.random.IntN(100) < percent }

func (w *writer) document() string {
	body := w.selection(w.schema.Query, 0)
	head := ""
	if len(w.declared) > 0 || w.chance(30) {
		head = "query "
		if w.chance(50) {
			head += "Q"
		}
		if len(w.declared) > 0 {
			head += "(" + strings.Join(w.declared, ", ") + ") "
		}
	}
	text := head + body
	for _, f := range w.fragments {
		text += "\nfragment " + f.name + " on " + f.on + " " + f.text
	}
	return text
}

// selection writes what is selected on a type, in braces.
func (w *writer) selection(on *ast.Definition, depth int) string {
	var parts []string
	for range 1 + w.random.IntN(6) {
		if w.left > 0 || len(parts) == 0 {
			parts = append(parts, w.selected(on, depth))
		}
	}
	// The same twice is one. What is long, and has some of that, would double without end.
	if again := parts[w.random.IntN(len(parts))]; w.chance(15) && len(again) < mostRepeated {
		parts = append(parts, again)
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

// selected writes a field, an inline fragment or a spread.
func (w *writer) selected(on *ast.Definition, depth int) string {
	switch pick := w.random.IntN(100); {
	case pick < 8:
		return w.typename()
	case pick < 18 && w.left > 2:
		return "..." + w.condition(on) + w.directive() + " " + w.selection(on, depth)
	case pick < 30 && w.left > 2 || on.Kind != ast.Object && pick < 80:
		return w.narrowed(on, depth)
	case pick < 40 && depth > 0:
		if name := w.spread(on, depth); name != "" {
			return "..." + name + w.directive()
		}
	}
	return w.field(on, depth)
}

// typename asks for the type, under its own name or another.
func (w *writer) typename() string {
	if w.chance(30) {
		return w.alias() + "__typename" + w.directive()
	}
	return "__typename" + w.directive()
}

func (w *writer) alias() string {
	w.aliases++
	return fmt.Sprintf("a%d: ", w.aliases)
}

// condition is the condition of an inline fragment that changes nothing, or none.
func (w *writer) condition(on *ast.Definition) string {
	if w.chance(50) {
		return ""
	}
	return " on " + on.Name
}

// narrowed writes an inline fragment on another type that the object may be.
func (w *writer) narrowed(on *ast.Definition, depth int) string {
	other := w.other(on)
	return "... on " + other.Name + w.directive() + " " + w.selection(other, depth)
}

// other is a type that objects of a type may be too.
func (w *writer) other(on *ast.Definition) *ast.Definition {
	var names []string
	for _, object := range w.schema.GetPossibleTypes(on) {
		names = append(names, object.Name)
		for _, abstract := range w.schema.GetImplements(object) {
			names = append(names, abstract.Name)
		}
	}
	slices.Sort(names) // the schema has them in no order
	return w.schema.Types[names[w.random.IntN(len(names))]]
}

// spread is the name of a fragment on a type, one that is there or a new one; "" for none.
func (w *writer) spread(on *ast.Definition, depth int) string {
	for _, f := range w.fragments {
		if f.on == on.Name && w.chance(40) && f.size <= w.left && depth+fragmentDepth <= mostDepth {
			w.left -= f.size
			return f.name
		}
	}
	if len(w.fragments)+w.open >= mostFragments {
		return ""
	}
	of, before := w.other(on), w.left
	w.open++
	text := w.selection(of, max(depth, mostDepth-fragmentDepth))
	w.open--
	name := fmt.Sprintf("F%d", len(w.fragments)+1)
	w.fragments = append(w.fragments, fragment{name, of.Name, text, before - w.left})
	return name
}

// field writes a field with its arguments and what is selected on it.
func (w *writer) field(on *ast.Definition, depth int) string {
	var fields []*ast.FieldDefinition
	for _, f := range on.Fields {
		leaf := w.schema.Types[f.Type.Name()].IsLeafType()
		if !strings.HasPrefix(f.Name, "__") && (leaf || depth < mostDepth && w.left > 1) {
			fields = append(fields, f)
			if !leaf && depth < mostDepth-2 { // or documents would be flat
				fields = append(fields, f, f)
			}
		}
	}
	if len(fields) == 0 {
		return w.typename()
	}
	w.left--
	f := fields[w.random.IntN(len(fields))]
	arguments := w.arguments(on, f)
	text := f.Name + arguments
	if arguments != "" || on.Kind != ast.Object || w.chance(15) {
		text = w.alias() + text
	}
	text += w.directive()
	if of := w.schema.Types[f.Type.Name()]; !of.IsLeafType() {
		text += " " + w.selection(of, depth+1)
	}
	return text
}

// directive leaves something out of the answer, or not.
func (w *writer) directive() string {
	if w.directives >= mostDirectives || !w.chance(7) {
		return ""
	}
	w.directives++
	name, yes := "@skip", w.chance(40)
	if w.chance(50) {
		name, yes = "@include", w.chance(60)
	}
	condition := fmt.Sprint(yes)
	if w.chance(50) {
		condition = w.variable(ast.NonNullNamedType("Boolean", nil), yes)
	}
	return " " + name + "(if: " + condition + ")"
}

// variable declares a variable with a value, or with that value as its default.
func (w *writer) variable(t *ast.Type, value any) string {
	name := fmt.Sprintf("v%d", len(w.declared)+1)
	declared := "$" + name + ": " + t.String()
	if w.chance(20) && value != nil {
		declared += " = " + w.literal(t, value)
	} else {
		w.variables[name] = value
	}
	w.declared = append(w.declared, declared)
	return "$" + name
}
