package graph

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of one answer. Lists inside lists multiply: four pages of 100 in each
// other are a hundred million objects, more than any machine holds. How deep they are
// is bounded by the guard.
const (
	maxObjects = 20_000
	// plainList is what a list without paging counts as: what belongs to one
	// payment or order is mostly one or two of each.
	plainList = 2
)

// size is how many objects the answer to a selection can have.
type size int

// plus adds what stands beside. Sums stop above the limit, before they could
// overflow.
func (s size) plus(other size) size { return min(s+other, maxObjects+1) }

// inside is one object of a list of n that holds s.
func (s size) inside(n int) size {
	return min((s+1)*size(min(n, maxObjects+1)), maxObjects+1)
}

// measure sizes selections; a fragment is measured once, or fragments in
// fragments would take time without end.
type measure struct {
	description *description
	variables   map[string]any
	fragments   map[fragmentPage]size
	types       map[typeSelection]size
}

func newMeasure(d *description, variables map[string]any) measure {
	return measure{d, variables, map[fragmentPage]size{}, map[typeSelection]size{}}
}

// fragmentPage is a fragment on a page of so many rows; 1 where it is not on a
// list's page.
type fragmentPage struct {
	name string
	rows int
}

// selection sizes a selection; page is the number of rows when it is that of a
// page of a list.
func (m measure) selection(set ast.SelectionSet, page int) size {
	return m.each(set, func(f *ast.Field) size { return m.field(f, page) },
		func(spread *ast.FragmentSpread) size { return m.fragment(spread, page) })
}

// each adds up the sizes of what a selection has, until they are too large.
func (m measure) each(set ast.SelectionSet, field func(*ast.Field) size, fragment func(*ast.FragmentSpread) size) (s size) {
	for _, selected := range set {
		switch selected := selected.(type) {
		case *ast.Field:
			if m.wanted(selected.Directives) {
				s = s.plus(field(selected))
			}
		case *ast.InlineFragment:
			if m.wanted(selected.Directives) {
				s = s.plus(m.each(selected.SelectionSet, field, fragment))
			}
		case *ast.FragmentSpread:
			if m.wanted(selected.Directives) {
				s = s.plus(fragment(selected))
			}
		}
		if s > maxObjects {
			break
		}
	}
	return s
}

// wanted says whether @skip and @include leave something in the answer.
func (m measure) wanted(directives ast.DirectiveList) bool {
	for _, d := range directives {
		condition := d.Arguments.ForName("if")
		if condition == nil {
			continue
		}
		on, err := condition.Value.Value(m.variables)
		if err == nil && (d.Name == "skip" && on == true || d.Name == "include" && on == false) {
			return false
		}
	}
	return true
}

func (m measure) fragment(spread *ast.FragmentSpread, page int) size {
	key := fragmentPage{spread.Name, page}
	s, known := m.fragments[key]
	if !known {
		s = m.selection(spread.Definition.SelectionSet, page)
		m.fragments[key] = s
	}
	return s
}

func (m measure) field(f *ast.Field, page int) size {
	switch {
	case len(f.SelectionSet) == 0:
		return 0
	case f.Name == "__schema":
		return m.described(f.SelectionSet, m.description.root).inside(1)
	case f.Name == "__type":
		return m.describedType(f)
	}
	rows := 1
	switch {
	case f.Definition.Type.Elem == nil:
	case page > 1 && (f.Name == "nodes" || f.Name == "edges"):
		rows = page
	default:
		rows = m.listed(f)
	}
	return m.selection(f.SelectionSet, m.pageOf(f)).inside(rows)
}

// listed is what a list counts as that is not paged: as long as the ids that it
// is asked for by, where it is.
func (m measure) listed(f *ast.Field) int {
	ids := f.Arguments.ForName("ids")
	switch {
	case f.Definition.Type.Name() == "PaymentSummaryRow":
		return pay.MaxSummaryRows
	case ids == nil:
		return plainList
	case ids.Value.Kind == ast.Variable:
		list := reflect.ValueOf(m.variables[ids.Value.Raw])
		if list.Kind() == reflect.Slice {
			return list.Len()
		}
		return 1
	}
	return max(1, len(ids.Value.Children))
}

// pageOf is how many rows a list with paging arguments may have, 1 for others.
func (m measure) pageOf(f *ast.Field) int {
	if f.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	rows := max(m.number(f, "first"), m.number(f, "last"))
	if rows == 0 {
		rows = pay.DefaultPageSize
	}
	return min(rows, pay.MaxPageSize) // more is refused by the list itself
}

// number is the value of an argument, or its default; 0 for none.
func (m measure) number(f *ast.Field, name string) int {
	value := f.Definition.Arguments.ForName(name)
	given := f.Arguments.ForName(name)
	text := ""
	switch {
	case given != nil && given.Value.Kind == ast.Variable:
		text = fmt.Sprint(m.variables[given.Value.Raw])
	case given != nil:
		text = given.Value.Raw
	case value != nil && value.DefaultValue != nil:
		text = value.DefaultValue.Raw
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
