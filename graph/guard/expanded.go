package guard

import "github.com/vektah/gqlparser/v2/ast"

// expansion goes through a document as it is executed: with fragments wherever they
// are spread. What is left of the budget ends it, whatever fragments do: some that
// double each other twenty times are a million fields in a kilobyte.
type expansion struct {
	fragments map[string]*ast.FragmentDefinition
	// open are the fragments inside which it is.
	open map[string]bool
	// left is how many fields and fragments may come still, pairs how many selections of
	// one place there were until now, each with each other.
	left, pairs int
}

// place is a place of the answer: how often it is selected, what lies in it by the
// names in the answer, and how many names each field has there.
type place struct {
	selected int
	inside   map[string]*place
	names    map[string]int
}

// at is the place under a name, which is new when nothing else has it.
func (p *place) at(f *ast.Field) *place {
	at := p.inside[f.Alias]
	if at == nil {
		at = &place{}
		if p.inside == nil {
			p.inside, p.names = map[string]*place{}, map[string]int{}
		}
		p.inside[f.Alias] = at
		p.names[f.Name]++
	}
	at.selected++
	return at
}

// checkExpanded looks at every operation, and at every fragment by itself, because
// that is what validation does.
func checkExpanded(doc *ast.QueryDocument) *Refusal {
	e := &expansion{fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)), open: map[string]bool{}, left: MaxExpanded}
	for _, f := range doc.Fragments {
		if _, again := e.fragments[f.Name]; !again { // validation says that it is
			e.fragments[f.Name] = f
		}
	}
	for _, o := range doc.Operations {
		root := &place{}
		if refusal := e.set(o.SelectionSet, root, 0); refusal != nil {
			return refusal
		}
		if len(root.inside) > MaxRoots {
			return tooLarge(o.Position, "An operation has more than %d fields of its own.", MaxRoots)
		}
	}
	for _, f := range doc.Fragments {
		if refusal := e.set(f.SelectionSet, &place{}, 0); refusal != nil {
			return refusal
		}
	}
	return nil
}

// set goes through a selection in a place that is so deep.
func (e *expansion) set(set ast.SelectionSet, in *place, depth int) (refusal *Refusal) {
	for _, selected := range set {
		if e.left--; e.left < 0 {
			return tooLarge(nil, "The document has more than %d fields when its fragments are written out wherever they are spread.", MaxExpanded)
		}
		switch s := selected.(type) {
		case *ast.Field:
			refusal = e.field(s, in, depth)
		case *ast.InlineFragment:
			refusal = e.set(s.SelectionSet, in, depth)
		case *ast.FragmentSpread:
			refusal = e.spread(s, in, depth)
		}
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

func (e *expansion) field(f *ast.Field, in *place, depth int) *Refusal {
	at := in.at(f)
	if e.pairs += at.selected - 1; e.pairs > MaxPairs {
		return tooLarge(f.Position, "Selections of the same place of the answer make more than %d pairs.", MaxPairs)
	}
	if in.names[f.Name] > MaxAliases {
		return tooLarge(f.Position, "One field has more than %d names in one place.", MaxAliases)
	}
	if len(f.SelectionSet) > 0 && depth == MaxDepth {
		return tooLarge(f.Position, "Objects are selected more than %d deep.", MaxDepth)
	}
	return e.set(f.SelectionSet, at, depth+1)
}

func (e *expansion) spread(s *ast.FragmentSpread, in *place, depth int) *Refusal {
	fragment := e.fragments[s.Name]
	if fragment == nil {
		return &Refusal{Invalid, "A fragment is spread that the document does not have.", s.Position}
	}
	if e.open[s.Name] {
		return &Refusal{Invalid, "A fragment is spread in itself, directly or through others.", s.Position}
	}
	e.open[s.Name] = true
	defer delete(e.open, s.Name)
	return e.set(fragment.SelectionSet, in, depth)
}
