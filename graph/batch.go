package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/graph-gophers/dataloader/v7"
)

// batchCapacity bounds the keys of one statement.
const batchCapacity = 500

// relation loads V by K, once a request each, many in one statement.
//
// A dataloader alone has to wait for a timer to learn which keys belong
// together, and splits a batch when the timer is too short. Here whoever reads
// the parents announces their keys; the first load then fetches all announced
// keys at once and waits for nothing. So a place in the document costs at most one
// statement however many rows it has, and whatever the timing. Keys that nobody
// announced fall back to the timer of a dataloader.
//
// Announcing is cheap, because rows have many relations and a document asks for
// few: what is announced is listened to when something is loaded.
type relation[K comparable, V any] struct {
	fetch func(context.Context, []K) (map[K]V, error)

	// fetching lets one goroutine fetch at a time; mu guards the fields and is
	// never held while fetching, because a fetch announces to other relations.
	fetching sync.Mutex
	mu       sync.Mutex
	// announced and primed are what nobody has listened to yet.
	announced []keys[K]
	// likely is how many keys were announced.
	likely int
	primed []func(put func(K, V))
	// known has every key that was announced or read.
	known    map[K]found[V]
	expected []K   // announced and not yet fetched
	failed   error // a fetch failed: who waits for one is told so too
	// alone is for keys that nobody announced, and made when there is one.
	alone *dataloader.Loader[K, V]
}

// keys tells keys that are likely to be loaded, of which there are at most so many.
type keys[K any] struct {
	most int
	tell func(add func(K))
}

// found is what a relation knows of a key: its value, once that is there.
type found[V any] struct {
	value V
	there bool
}

func newRelation[K comparable, V any](fetch func(context.Context, []K) (map[K]V, error)) *relation[K, V] {
	return &relation[K, V]{fetch: fetch}
}

// announce announces keys.
func (r *relation[K, V]) announce(told keys[K]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announced = append(r.announced, told)
	r.likely += told.most
}

// expect announces a key.
func (r *relation[K, V]) expect(key K) { r.announce(keys[K]{1, func(add func(K)) { add(key) }}) }

// prime remembers values that were read otherwise.
func (r *relation[K, V]) prime(tell func(put func(K, V))) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.primed = append(r.primed, tell)
}

// look listens to what was announced, and returns what is known of a key.
func (r *relation[K, V]) look(key K) (of found[V], known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.primed)+len(r.announced) > 0 {
		r.listen()
	}
	of, known = r.known[key]
	return of, known
}

// listen must be called with the lock.
func (r *relation[K, V]) listen() {
	if r.known == nil {
		r.known = make(map[K]found[V], r.likely)
	}
	r.expected = slices.Grow(r.expected, r.likely)
	for _, tell := range r.primed {
		tell(r.put)
	}
	for _, told := range r.announced {
		told.tell(func(key K) {
			if _, known := r.known[key]; !known {
				r.known[key] = found[V]{}
				r.expected = append(r.expected, key)
			}
		})
	}
	r.primed, r.announced, r.likely = nil, nil, 0
}

// put keeps a value, with the lock.
func (r *relation[K, V]) put(key K, value V) {
	if !r.known[key].there {
		r.known[key] = found[V]{value, true}
	}
}

// load returns the value of key; a key without one has the zero value.
func (r *relation[K, V]) load(ctx context.Context, key K) (V, error) {
	of, known := r.look(key)
	if known && !of.there {
		if err := r.fill(ctx, key); err != nil {
			return of.value, err
		}
		of, _ = r.look(key)
	}
	if !known {
		return r.loader().Load(ctx, key)()
	}
	return of.value, nil
}

// loader loads keys that nobody announced.
func (r *relation[K, V]) loader() *dataloader.Loader[K, V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alone == nil {
		r.alone = dataloader.NewBatchedLoader(r.batch,
			dataloader.WithWait[K, V](time.Millisecond), dataloader.WithBatchCapacity[K, V](batchCapacity))
	}
	return r.alone
}

// fill fetches what was announced, until the value of key is there. Others who
// load meanwhile wait here and then find their values. What a fetch announces
// in turn is left for who asks for it: perhaps nobody does.
func (r *relation[K, V]) fill(ctx context.Context, key K) error {
	r.fetching.Lock()
	defer r.fetching.Unlock()
	for {
		if of, _ := r.look(key); of.there {
			return nil
		}
		if r.failed != nil {
			return r.failed
		}
		taken := r.take()
		rows, err := r.fetch(ctx, taken)
		if err != nil {
			r.failed = err
			return err
		}
		r.keep(taken, rows)
	}
}

// keep keeps what was fetched.
func (r *relation[K, V]) keep(taken []K, rows map[K]V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range taken {
		r.put(key, rows[key])
	}
}

// take removes the next keys to fetch.
func (r *relation[K, V]) take() (taken []K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.expected) > 0 && len(taken) < batchCapacity {
		if key := r.expected[0]; !r.known[key].there {
			taken = append(taken, key)
		}
		r.expected = r.expected[1:]
	}
	return taken
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
func oneBy[V any](read func(context.Context, []uuid.UUID) ([]V, error), key func(*V) uuid.UUID, seen func(...[]V)) *relation[uuid.UUID, *V] {
	return newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*V, error) {
		rows, err := read(needed(ctx), ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(rows)
		}
		found := make(map[uuid.UUID]*V, len(rows))
		for i := range rows {
			found[key(&rows[i])] = &rows[i]
		}
		return found, nil
	})
}

// manyBy is oneBy for lists: every key has the rows that belong to it, in the
// order read.
func manyBy[V any](read func(context.Context, []uuid.UUID) ([]V, error), key func(*V) uuid.UUID, seen func(...[]V)) *relation[uuid.UUID, []V] {
	return newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]V, error) {
		rows, err := read(needed(ctx), ids)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(rows)
		}
		return grouped(rows, key, len(ids)), nil
	})
}

// allBy is manyBy for rows that are read by their keys.
func allBy[V any](read func(context.Context, []uuid.UUID) (map[uuid.UUID][]V, error), seen func(...[]V)) *relation[uuid.UUID, []V] {
	return newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]V, error) {
		found, err := read(needed(ctx), ids)
		lists := make([][]V, 0, len(found))
		for _, id := range ids { // in the same order each time
			if rows := found[id]; len(rows) > 0 {
				lists = append(lists, rows)
			}
		}
		seen(lists...)
		return found, err
	})
}

// grouped are the rows by their keys, of which there are about so many. Those of one key are
// expected to stand together, as the database sorts them: rows are large, and are not copied.
func grouped[V any](rows []V, key func(*V) uuid.UUID, keys int) map[uuid.UUID][]V {
	found := make(map[uuid.UUID][]V, keys)
	for start, end := 0, 0; start < len(rows); start = end {
		of := key(&rows[start])
		for end = start + 1; end < len(rows) && key(&rows[end]) == of; {
			end++
		}
		if before, apart := found[of]; apart {
			found[of] = append(before, rows[start:end]...)
		} else {
			found[of] = rows[start:end:end]
		}
	}
	return found
}
