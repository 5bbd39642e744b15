// Package rows has functions that read rows in every way that is told apart.
package rows

import (
	"fmt"
	"slices"
	"strings"
)

// Car and Boat are rows, and Sums is a part of both.
type (
	Car struct {
		ID, Name, Owner string
		Wheels          int
		Next            *string
		Sums
	}
	Boat struct {
		ID string
		Sums
	}
	Sums struct{ Total, Paid int }
)

func (c Car) Title() string       { return c.Name + c.Owner }
func (c *Car) Rename(name string) { c.Name = name }
func (s Sums) Open() int          { return s.Total - s.Paid }

func Method(c *Car) string { return c.Title() }

func MethodValue(c Car) func() string { return c.Title }

func Closure(list []Car) func() int {
	return func() int { return list[0].Wheels }
}

func Moves(list []Car) ([]Car, map[string]*Car) {
	list = slices.Clone(append(list, *new(Car)))
	slices.Reverse(list)
	return list, map[string]*Car{"first": &list[0]}
}

func Sorts(list []Car) {
	slices.SortFunc(list, func(a, b Car) int { return strings.Compare(a.ID, b.ID) })
}

func pick[R, K any](row *R, of func(*R) K) K { return of(row) }

func Generic(c *Car) *string { return pick(c, func(c *Car) *string { return c.Next }) }

func Writes(c *Car) {
	c.Rename("a")
	*c = Car{ID: c.Owner}
	c.Paid = 2
}

func Adds(c *Car) { c.Wheels++ }

func Revises(c Car) Car {
	c.Name = strings.ToUpper(c.Name)
	return c
}

func Turns(c Car) Car {
	c.Name, c.Owner = strings.ToUpper(c.Owner), strings.ToUpper(c.Name)
	return c
}

func RevisesAndTells(c Car) (Car, string) {
	name := c.Name
	c.Name = strings.ToUpper(name)
	return c, name
}

func Promoted(c Car) int { return c.Total }

func Part(c *Car) int { return c.Open() }

func TakesPart(c *Car, b *Boat) { c.Sums = b.Sums }

func PartValue(b Boat) func() int { return b.Open }

func Escapes(c Car) string { return fmt.Sprint(c.ID, c) }

func EscapesInside(c *Car) any { return map[string][]struct{ of *Car }{"": {{of: c}}} }

func EscapesAsPart(b *Boat) any { return b.Sums }

func Compares(a, b Car) bool { return a == b }

func ComparesPointers(a, b *Car) bool { return a == b || slices.Contains([]*Car{a}, b) }

func ComparesElsewhere(list []Boat, b Boat) bool { return slices.Contains(list, b) }

type shower interface{ Show(*Car) }

func Invokes(s shower, c *Car) { s.Show(c) }

type other Car

func Renames(c Car) other { return other(c) }

var shows = map[string]func(Car) string{"owner": func(c Car) string { return c.Owner }}

func Table(c Car, by string) string { return shows[by](c) }

func Recurses(c *Car, depth int) int {
	if depth == 0 {
		return c.Wheels
	}
	return Recurses(c, depth-1)
}

type gauge struct{ of func(Car) string }

func NewGauge() gauge { return gauge{func(c Car) string { return c.Owner }} }

func Held(g gauge, c Car) string { return g.of(c) }
