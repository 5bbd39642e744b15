package guard

import "github.com/vektah/gqlparser/v2/ast"

// written goes through a document as it is written, each part once, and keeps the
// first refusal. The tokens bound how long that takes, and the parser how deep it
// recurses: to a thousand levels.
type written struct {
	directives int
	refusal    *Refusal
}

func (w *written) refuse(r *Refusal) {
	if w.refusal == nil {
		w.refusal = r
	}
}

func checkWritten(doc *ast.QueryDocument) *Refusal {
	w := &written{}
	for _, o := range doc.Operations {
		w.operation(o)
	}
	if len(doc.Fragments) > MaxFragments {
		w.refuse(tooLarge(nil, "The document has more than %d fragments.", MaxFragments))
	}
	for _, f := range doc.Fragments {
		if len(f.VariableDefinition) > 0 {
			w.refuse(&Refusal{Invalid, "A fragment has variables of its own, which is not supported.", f.Position})
		}
		w.names(f.Position, f.Name, f.TypeCondition)
		w.attached(f.Directives)
		w.set(f.SelectionSet, f.Position, 1)
	}
	return w.refusal
}

func (w *written) names(at *ast.Position, names ...string) {
	for _, name := range names {
		if len(name) > MaxName {
			w.refuse(tooLarge(at, "A name is longer than %d bytes.", MaxName))
		}
	}
}

func (w *written) operation(o *ast.OperationDefinition) {
	if len(o.VariableDefinitions) > MaxVariables {
		w.refuse(tooLarge(o.Position, "An operation has more than %d variables.", MaxVariables))
	}
	for _, v := range o.VariableDefinitions {
		lists := 0
		for t := v.Type; t != nil && t.Elem != nil; t = t.Elem {
			lists++
		}
		if lists > MaxTypeDepth {
			w.refuse(tooLarge(v.Position, "The type of a variable has more than %d lists in each other.", MaxTypeDepth))
		}
		w.names(v.Position, v.Variable, v.Type.Name())
		w.value(v.DefaultValue, 0)
		w.attached(v.Directives)
	}
	w.names(o.Position, o.Name)
	w.attached(o.Directives)
	w.set(o.SelectionSet, o.Position, 1)
}

// attached looks at the directives of one place. Validation would refuse others than
// @skip and @include, but for @defer: the library knows that one, and would leave what
// it marks out of the answer.
func (w *written) attached(directives ast.DirectiveList) {
	w.directives += len(directives)
	for _, d := range directives {
		switch {
		case w.directives > MaxDirectives:
			w.refuse(tooLarge(d.Position, "The document has more than %d directives.", MaxDirectives))
		case len(directives) > MaxDirectivesAtOnce:
			w.refuse(tooLarge(d.Position, "One place has more than %d directives.", MaxDirectivesAtOnce))
		case d.Name != "skip" && d.Name != "include":
			w.refuse(&Refusal{Invalid, "The only directives of a document are @skip and @include; @defer and @stream are not supported.", d.Position})
		}
		w.arguments(d.Arguments)
	}
}

// set looks at a selection inside so many braces, its own counted.
func (w *written) set(set ast.SelectionSet, at *ast.Position, depth int) {
	if len(set) > 0 && depth > MaxNesting {
		w.refuse(tooLarge(at, "Selections are more than %d deep in each other.", MaxNesting))
		return
	}
	if len(set) > MaxSelections {
		w.refuse(tooLarge(at, "More than %d fields are selected in one place.", MaxSelections))
	}
	for _, selected := range set {
		switch s := selected.(type) {
		case *ast.Field:
			w.field(s, depth)
		case *ast.InlineFragment:
			w.names(s.Position, s.TypeCondition)
			w.attached(s.Directives)
			w.set(s.SelectionSet, s.Position, depth+1)
		case *ast.FragmentSpread:
			w.names(s.Position, s.Name)
			w.attached(s.Directives)
		}
	}
}

func (w *written) field(f *ast.Field, depth int) {
	w.names(f.Position, f.Alias, f.Name)
	w.arguments(f.Arguments)
	w.attached(f.Directives)
	w.set(f.SelectionSet, f.Position, depth+1)
}

func (w *written) arguments(arguments ast.ArgumentList) {
	for _, a := range arguments {
		w.names(a.Position, a.Name)
		w.value(a.Value, 0)
	}
}

// value looks at a value inside so many others. A text may be as long as the document.
func (w *written) value(v *ast.Value, depth int) {
	if v == nil {
		return
	}
	if v.Kind == ast.Variable || v.Kind == ast.EnumValue {
		w.names(v.Position, v.Raw)
	}
	if len(v.Children) > 0 && depth >= MaxValueDepth {
		w.refuse(tooLarge(v.Position, "A value has more than %d lists and objects in each other.", MaxValueDepth))
		return
	}
	for _, child := range v.Children {
		w.names(child.Position, child.Name)
		w.value(child.Value, depth+1)
	}
}
