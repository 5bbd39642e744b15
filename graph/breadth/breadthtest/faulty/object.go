// Package faulty is a schema for tests of executing queries: everything that a field can be,
// any of which fails, panics, or is null where it must not be. What happens follows from a
// seed, an object's id and the field alone, so that it is the same for whoever asks, in
// whatever order.
package faulty

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

//go:generate go run github.com/paygraph/paygraph/graph/generate

// World is where objects come from.
type World struct {
	// Seed tells worlds apart.
	Seed uint64
	// Faults is how many fields of a hundred fail in some way.
	Faults uint64
}

// number is what follows from an object and a field.
func (w World) number(id, field string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, w.Seed, "|", id, "|", field)
	return h.Sum64() >> 7
}

// fate fails or panics, or says that the field is null.
func (w World) fate(id, field string) (null bool, err error) {
	n := w.number(id, field+"?")
	if n%100 >= w.Faults {
		return false, nil
	}
	switch n / 100 % 5 {
	case 0, 1:
		return false, fmt.Errorf("%s of %s failed", field, id)
	case 2:
		panic(fmt.Sprintf("%s of %s", field, id))
	}
	return true, nil
}

// Box is an object with fields of all forms.
type Box struct {
	world  World
	ID     string
	Name   *string
	Size   int
	Color  *Color
	Colors []Color
	Weight *float64
	Note   *string
	Tags   []string
	Grid   [][]int
	Open   bool
	Raw    Raw
	Lid    Lid
	Spare  *Lid
	Lids   []Lid
}

// Weighed may fail, and knows no context.
func (b *Box) Weighed() (*int, error) {
	null, err := b.world.fate(b.ID, "weighed")
	if null || err != nil {
		return nil, err
	}
	return &b.Size, nil
}

// Later may fail, in a context.
func (b *Box) Later(context.Context) (string, error) {
	_, err := b.world.fate(b.ID, "later")
	return "later " + b.ID, err
}

// Sealed may panic.
func (b *Box) Sealed() bool {
	if b.world.Faults > 0 && b.world.number(b.ID, "sealed")%50 == 0 {
		panic("sealed")
	}
	return b.Open
}

// Ball is a smaller object.
type Ball struct {
	world    World
	ID, Name string
	Size     int
}

// Bag is no node.
type Bag struct {
	world       World
	id          string
	Count, Name int
}

// Lid is part of a box.
type Lid struct {
	world  World
	id     string
	Name   string
	Hinges []Hinge
}

// Hinge is part of a lid.
type Hinge struct {
	N   int
	Lid *Lid
}

// Raw is JSON as it came.
type Raw string

// MarshalRaw writes it.
func MarshalRaw(r Raw) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { io.WriteString(w, string(r)) })
}

// UnmarshalRaw is needed to compile.
func UnmarshalRaw(any) (Raw, error) { return "", nil }

// texts have what is written otherwise in JSON, or in HTML.
var texts = []string{"plain", "", "\"quoted\" \\ back", "tab\tline\nreturn\r\x01\x1f\x7f", "<b>&amp;</b>", "€ – \u2028\u2029 ü", "日本\U0001F600", "\xff bad \xe2\x80"}

func pick[T any](list []T, n uint64) T { return list[n%uint64(len(list))] }

func orNull[T any](value T, n uint64) *T {
	if n%4 == 0 {
		return nil
	}
	return &value
}

// box is the box of an id.
func (w World) box(id string) *Box {
	n := func(field string) uint64 { return w.number(id, field) }
	return &Box{world: w, ID: id, Name: orNull(pick(texts, n("name")), n("name")/8), Size: int(n("size") % 100), Color: orNull(pick(AllColor, n("color")), n("color")/2),
		Colors: AllColor[:n("colors")%3], Weight: orNull(float64(n("weight")%1000)/8, n("weight")), Note: orNull(pick(texts, n("note")/4), n("note")),
		Tags: texts[:n("tags")%3], Grid: [][]int{{1, 2}, {}, {3}}[:n("grid")%4], Open: n("open")%2 == 0, Raw: pick([]Raw{`null`, `{"a": [1, 2 ], "b":"<"}`, `[1,2]`, `"x\u001f"`}, n("raw")),
		Lid: w.lid(id+"L", 2), Spare: orNull(w.lid(id+"S", 1), n("spare")), Lids: []Lid{w.lid(id+"1", 1), w.lid(id+"2", 0)}[:n("lids")%3]}
}

func (w World) ball(id string) *Ball {
	return &Ball{world: w, ID: id, Name: pick(texts, w.number(id, "name")), Size: int(w.number(id, "size") % 10)}
}

func (w World) lid(id string, hinges int) Lid {
	lid := Lid{world: w, id: id, Name: "lid " + id, Hinges: []Hinge{}}
	for i := range hinges {
		hinge := Hinge{N: i}
		if i == 1 {
			hinge.Lid = &Lid{world: w, id: id + "H", Name: "inner"}
		}
		lid.Hinges = append(lid.Hinges, hinge)
	}
	return lid
}

// thing is any object of an id: by value or by pointer, as resolvers like.
func (w World) thing(id string) any {
	switch w.number(id, "kind") % 4 {
	case 0:
		return *w.ball(id)
	case 1:
		return w.ball(id)
	case 2:
		return &Bag{world: w, id: id, Count: int(w.number(id, "count") % 9), Name: 7}
	}
	return w.box(id)
}

// sized is a box or a ball.
func (w World) sized(id string) any {
	if w.number(id, "kind")%2 == 0 {
		return w.ball(id)
	}
	return w.box(id)
}
