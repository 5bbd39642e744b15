package faulty

import (
	"context"
	"strings"
)

// value is what a resolver returns, or its fate.
func value[T any](w World, id, field string, make func(id string) T) (made T, err error) {
	null, err := w.fate(id, field)
	if null || err != nil {
		return made, err
	}
	return make(next(id, field)), nil
}

// list is value for lists.
func list[T any](w World, id, field string, most int, make func(id string) T) ([]T, error) {
	null, err := w.fate(id, field)
	if null || err != nil {
		return nil, err
	}
	made := []T{}
	for i := range int(w.number(id, field) % uint64(most+1)) {
		made = append(made, make(next(id, field)+string(rune('a'+i))))
	}
	return made, nil
}

// next is the id of an object that is reached by a field; ids come back to where they were,
// or would grow.
func next(id, field string) string {
	if len(id) > 6 {
		id = id[4:]
	}
	return id + field[:2]
}

// Boxes resolves the fields of boxes.
type Boxes struct{}

// Label is a leaf.
func (Boxes) Label(_ context.Context, b *Box, upper bool, wish *Wish) (string, error) {
	text, err := value(b.world, b.ID, "label", func(id string) string { return id })
	if upper {
		text = strings.ToUpper(text)
	}
	if wish != nil && wish.Color != nil {
		text += string(*wish.Color)
	}
	return text, err
}

// Inner may be null.
func (Boxes) Inner(_ context.Context, b *Box) (*Box, error) {
	return value(b.world, b.ID, "inner", b.world.box)
}

// Must be there.
func (Boxes) Must(_ context.Context, b *Box) (*Box, error) {
	return value(b.world, b.ID, "must", b.world.box)
}

// Balls is a list by value.
func (Boxes) Balls(_ context.Context, b *Box, first int) ([]Ball, error) {
	return list(b.world, b.ID, "balls", max(0, first), func(id string) Ball { return *b.world.ball(id) })
}

// Maybe has some that are null.
func (Boxes) Maybe(_ context.Context, b *Box) ([]*Ball, error) {
	return list(b.world, b.ID, "maybe", 3, b.world.some)
}

// Strict is a list by value that may be null.
func (Boxes) Strict(_ context.Context, b *Box) ([]Ball, error) {
	return list(b.world, b.ID, "strict", 3, func(id string) Ball { return *b.world.ball(id) })
}

func (w World) some(id string) *Ball {
	if w.Faults > 0 && w.number(id, "some")%4 == 0 {
		return nil
	}
	return w.ball(id)
}

// Content may be anything.
func (Boxes) Content(_ context.Context, b *Box) (Thing, error) {
	return value(b.world, b.ID, "content", func(id string) Thing { return b.world.thing(id) })
}

// Contents are anything.
func (Boxes) Contents(_ context.Context, b *Box) ([]Thing, error) {
	return list(b.world, b.ID, "contents", 3, b.world.anything)
}

// anything is null at times.
func (w World) anything(id string) Thing {
	if w.Faults > 0 && w.number(id, "anything")%5 == 0 {
		return nil
	}
	return w.thing(id)
}

// Beside must be there.
func (Boxes) Beside(_ context.Context, b *Box) (Node, error) {
	return value(b.world, b.ID, "beside", func(id string) Node { return b.world.sized(id) })
}

// Larger may be null.
func (Boxes) Larger(_ context.Context, b *Box) (Sized, error) {
	return value(b.world, b.ID, "larger", func(id string) Sized { return b.world.sized(id) })
}

// Balls resolves the fields of balls.
type Balls struct{}

// Owner must be there.
func (Balls) Owner(_ context.Context, b *Ball) (*Box, error) {
	return value(b.world, b.ID, "owner", b.world.box)
}

// Twin may be null.
func (Balls) Twin(_ context.Context, b *Ball) (*Ball, error) {
	return value(b.world, b.ID, "twin", b.world.ball)
}

// Bags resolves the fields of bags.
type Bags struct{}

// Things are what is in it.
func (Bags) Things(_ context.Context, b *Bag) ([]Thing, error) {
	return list(b.world, b.id, "things", 2, b.world.anything)
}

// Lids resolves the fields of lids.
type Lids struct{}

// Box may be null.
func (Lids) Box(_ context.Context, l *Lid) (*Box, error) {
	return value(l.world, l.id, "box", l.world.box)
}

// Queries resolves the root.
type Queries struct{ World World }

// Box may be null.
func (q Queries) Box(_ context.Context, id string) (*Box, error) {
	return value(q.World, id, "box", q.World.box)
}

// Boxes is a list of pointers.
func (q Queries) Boxes(_ context.Context, first int) ([]Box, error) {
	return list(q.World, "q", "boxes", max(0, first), func(id string) Box { return *q.World.box(id) })
}

// Required must be there.
func (q Queries) Required(_ context.Context, id string) (*Box, error) {
	return value(q.World, id, "required", q.World.box)
}

// Thing may be null.
func (q Queries) Thing(_ context.Context, id string) (Thing, error) {
	return value(q.World, id, "thing", func(id string) Thing { return q.World.thing(id) })
}

// Things has some that are null.
func (q Queries) Things(_ context.Context, ids []string) ([]Thing, error) {
	return list(q.World, strings.Join(ids, "+"), "things", len(ids), q.World.anything)
}

// Node must be there.
func (q Queries) Node(_ context.Context, id string) (Node, error) {
	return value(q.World, id, "node", func(id string) Node { return q.World.sized(id) })
}

// Nodes is a list of interfaces.
func (q Queries) Nodes(_ context.Context, first *int) ([]Node, error) {
	most := 2
	if first != nil {
		most = max(0, *first)
	}
	return list(q.World, "q", "nodes", most, func(id string) Node { return q.World.sized(id) })
}

// Version is a leaf.
func (q Queries) Version(context.Context) (string, error) {
	return value(q.World, "q", "version", func(id string) string { return id })
}

// Remark may be null.
func (q Queries) Remark(_ context.Context, of *Wish) (*string, error) {
	return value(q.World, "q", "remark", func(id string) *string { return &id })
}
