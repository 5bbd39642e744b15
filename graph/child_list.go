package graph

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// childList loads bounded lists under parents: the same page of each.
type childList[V any] struct {
	read func(context.Context, []uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[V], error)
	seen func(...[]V)
	// counts loads the length of each parent's whole list.
	counts *relation[uuid.UUID, int]

	mu      sync.Mutex
	parents []keys[uuid.UUID]
	pages   map[pageKey]*relation[uuid.UUID, pay.Rows[V]]
}

// pageKey tells apart the pages that one document asks for under one sort of
// parent, by their arguments.
type pageKey struct {
	first int
	after string
}

func newChildList[V any](
	read func(context.Context, []uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[V], error),
	count func(context.Context, []uuid.UUID) (map[uuid.UUID]int, error),
	seen func(...[]V),
) *childList[V] {
	return &childList[V]{read: read, seen: seen, counts: newRelation(count), pages: map[pageKey]*relation[uuid.UUID, pay.Rows[V]]{}}
}

// announce announces parents.
func (c *childList[V]) announce(parents keys[uuid.UUID]) {
	c.counts.announce(parents)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parents = append(c.parents, parents)
	for _, page := range c.pages {
		page.announce(parents)
	}
}

func (c *childList[V]) load(ctx context.Context, parent uuid.UUID, key pageKey, p pay.Page) (pay.Rows[V], error) {
	return c.page(key, p).load(ctx, parent)
}

func (c *childList[V]) page(key pageKey, p pay.Page) *relation[uuid.UUID, pay.Rows[V]] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if page, ok := c.pages[key]; ok {
		return page
	}
	page := newRelation(func(ctx context.Context, parents []uuid.UUID) (map[uuid.UUID]pay.Rows[V], error) {
		found, err := c.read(needed(ctx), parents, p)
		if err != nil {
			return nil, err
		}
		lists := make([][]V, 0, len(found))
		for _, parent := range parents {
			if list := found[parent].List; len(list) > 0 {
				lists = append(lists, list)
			}
		}
		c.seen(lists...)
		return found, nil
	})
	for _, parents := range c.parents {
		page.announce(parents)
	}
	c.pages[key] = page
	return page
}
