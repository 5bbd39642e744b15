package graph

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/graph-gophers/dataloader/v7"

	"github.com/paygraph/paygraph/internal/pay"
)

// batchCapacity bounds the keys of one statement.
const batchCapacity = 500

// relation loads V by K, once a request each, many in one statement.
//
// A dataloader alone has to wait for a timer to learn which keys belong
// together, and splits a batch when the timer is too short. Here whoever reads
// the parents announces their keys with expect; the first load then fetches all
// announced keys at once and waits for nothing. So a place in the document
// costs one statement however many rows it has, and whatever the timing. Keys
// that nobody announced fall back to the timer.
type relation[K comparable, V any] struct {
	fetch  func(context.Context, []K) (map[K]V, error)
	loader *dataloader.Loader[K, V]

	// fetching lets one goroutine fetch at a time; mu guards the fields and is
	// never held while fetching, because a fetch announces to other relations.
	fetching sync.Mutex
	mu       sync.Mutex
	// ready has every key that was announced or read; true once its value is
	// there.
	ready    map[K]bool
	expected []K   // announced and not yet fetched
	failed   error // a fetch failed: who waits for one is told so too
}

func newRelation[K comparable, V any](fetch func(context.Context, []K) (map[K]V, error)) *relation[K, V] {
	r := &relation[K, V]{fetch: fetch, ready: map[K]bool{}}
	r.loader = dataloader.NewBatchedLoader(r.batch,
		dataloader.WithWait[K, V](time.Millisecond), dataloader.WithBatchCapacity[K, V](batchCapacity))
	return r
}

// expect announces keys that are likely to be loaded.
func (r *relation[K, V]) expect(keys ...K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		if _, known := r.ready[key]; !known {
			r.ready[key] = false
			r.expected = append(r.expected, key)
		}
	}
}

// prime remembers a value that was read otherwise.
func (r *relation[K, V]) prime(ctx context.Context, key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ready[key] {
		r.loader.Prime(ctx, key, value)
		r.ready[key] = true
	}
}

// load returns the value of key; a key without one has the zero value.
func (r *relation[K, V]) load(ctx context.Context, key K) (V, error) {
	if err := r.fill(ctx, key); err != nil {
		var none V
		return none, err
	}
	return r.loader.Load(ctx, key)()
}

// fill fetches what was announced, unless the value of key is there. Others who
// load meanwhile wait here and then find their values. What a fetch announces
// in turn is left for who asks for it: perhaps nobody does.
func (r *relation[K, V]) fill(ctx context.Context, key K) error {
	r.fetching.Lock()
	defer r.fetching.Unlock()
	for r.awaited(key) {
		if r.failed != nil {
			return r.failed
		}
		keys := r.take()
		found, err := r.fetch(ctx, keys)
		if err != nil {
			r.failed = err
			return err
		}
		for _, key := range keys {
			r.prime(ctx, key, found[key])
		}
	}
	return nil
}

// awaited says whether key was announced and its value is not there.
func (r *relation[K, V]) awaited(key K) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ready, known := r.ready[key]
	return known && !ready
}

// take removes the next keys to fetch.
func (r *relation[K, V]) take() (keys []K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.expected) > 0 && len(keys) < batchCapacity {
		if key := r.expected[0]; !r.ready[key] {
			keys = append(keys, key)
		}
		r.expected = r.expected[1:]
	}
	return keys
}

func (r *relation[K, V]) batch(ctx context.Context, keys []K) []*dataloader.Result[V] {
	found, err := r.fetch(ctx, keys)
	results := make([]*dataloader.Result[V], len(keys))
	for i, key := range keys {
		results[i] = &dataloader.Result[V]{Data: found[key], Error: err}
	}
	return results
}

// oneBy makes a fetch of single rows out of one that returns rows in any order.
// A missing row is nil. seen is told of every row, to announce what hangs on it.
func oneBy[V any](read func(context.Context, []uuid.UUID) ([]V, error), key func(V) uuid.UUID, seen func(context.Context, []V)) *relation[uuid.UUID, *V] {
	return newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*V, error) {
		rows, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(ctx, rows)
		}
		found := make(map[uuid.UUID]*V, len(rows))
		for i := range rows {
			found[key(rows[i])] = &rows[i]
		}
		return found, nil
	})
}

// manyBy is oneBy for lists: every key has the rows that belong to it, in the
// order read.
func manyBy[V any](read func(context.Context, []uuid.UUID) ([]V, error), key func(V) uuid.UUID, seen func(context.Context, []V)) *relation[uuid.UUID, []V] {
	return newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]V, error) {
		rows, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(ctx, rows)
		}
		found := make(map[uuid.UUID][]V, len(ids))
		for _, row := range rows {
			found[key(row)] = append(found[key(row)], row)
		}
		return found, nil
	})
}

// childList loads bounded lists under parents: the same page of each.
type childList[V any] struct {
	read func(context.Context, []uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[V], error)
	seen func(context.Context, []V)
	// counts loads the length of each parent's whole list.
	counts *relation[uuid.UUID, int]

	mu      sync.Mutex
	parents []uuid.UUID
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
	seen func(context.Context, []V),
) *childList[V] {
	return &childList[V]{read: read, seen: seen, counts: newRelation(count), pages: map[pageKey]*relation[uuid.UUID, pay.Rows[V]]{}}
}

// expect announces parents.
func (c *childList[V]) expect(parents ...uuid.UUID) {
	c.counts.expect(parents...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parents = append(c.parents, parents...)
	for _, page := range c.pages {
		page.expect(parents...)
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
		found, err := c.read(ctx, parents, p)
		if err != nil {
			return nil, err
		}
		for _, rows := range found {
			c.seen(ctx, rows.List)
		}
		return found, nil
	})
	page.expect(c.parents...)
	c.pages[key] = page
	return page
}
