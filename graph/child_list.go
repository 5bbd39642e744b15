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
	// counts loads the length of each parent's whole list.
	counts relation[uuid.UUID, int]

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
	page := &relation[uuid.UUID, pay.Rows[V]]{
		fetch: func(ctx context.Context, parents []uuid.UUID) (map[uuid.UUID]pay.Rows[V], error) {
			return c.read(ctx, parents, p)
		},
	}
	for _, parents := range c.parents {
		page.announce(parents)
	}
	if c.pages == nil {
		c.pages = map[pageKey]*relation[uuid.UUID, pay.Rows[V]]{}
	}
	c.pages[key] = page
	return page
}
