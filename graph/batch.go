package graph

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

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

	// mu guards the fields and is never held while fetching, because a fetch announces to
	// other relations.
	mu sync.Mutex
	// announced is what nobody has listened to yet.
	announced []keys[K]
	// held is made when there is something to hold: most are only announced to, if at all.
	held *held[K, V]
}

// held is what a relation has of a request beside what was announced.
type held[K comparable, V any] struct {
	// fetching lets one goroutine fetch at a time.
	fetching sync.Mutex
	// primed is what nobody has listened to yet.
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

// hold is what is held, and must be called with the lock.
func (r *relation[K, V]) hold() *held[K, V] {
	if r.held == nil {
		r.held = &held[K, V]{}
	}
	return r.held
}

// announce announces keys.
func (r *relation[K, V]) announce(told keys[K]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announced = append(r.announced, told)
}

// expect announces a key.
func (r *relation[K, V]) expect(key K) { r.announce(keys[K]{1, func(add func(K)) { add(key) }}) }

// prime remembers values that were read otherwise.
func (r *relation[K, V]) prime(tell func(put func(K, V))) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hold()
	h.primed = append(h.primed, tell)
}

// look listens to what was announced, and returns what is known of a key.
func (r *relation[K, V]) look(key K) (of found[V], known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hold()
	if len(h.primed)+len(r.announced) > 0 {
		h.listen(r.announced)
		r.announced = nil
	}
	of, known = h.known[key]
	return of, known
}

// listen must be called with the lock.
func (h *held[K, V]) listen(announced []keys[K]) {
	likely := 0
	for _, told := range announced {
		likely += told.most
	}
	if h.known == nil {
		h.known = make(map[K]found[V], likely)
	}
	h.expected = slices.Grow(h.expected, likely)
	for _, tell := range h.primed {
		tell(h.put)
	}
	h.primed = nil
	for _, told := range announced {
		told.tell(func(key K) {
			if _, known := h.known[key]; !known {
				h.known[key] = found[V]{}
				h.expected = append(h.expected, key)
			}
		})
	}
}

// put keeps a value, with the lock.
func (h *held[K, V]) put(key K, value V) {
	if !h.known[key].there {
		h.known[key] = found[V]{value, true}
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
	h := r.hold()
	if h.alone == nil {
		h.alone = dataloader.NewBatchedLoader(r.batch,
			dataloader.WithWait[K, V](time.Millisecond), dataloader.WithBatchCapacity[K, V](batchCapacity))
	}
	return h.alone
}

// errBroken is why there is nothing of what was to be fetched by something that panicked.
var errBroken = errors.New("what is fetched together broke")

// fill fetches what was announced, until the value of a known key is there. Others who
// load meanwhile wait here and then find their values. What a fetch announces
// in turn is left for who asks for it: perhaps nobody does.
func (r *relation[K, V]) fill(ctx context.Context, key K) error {
	h := r.held // which is there, as the key is known
	h.fetching.Lock()
	defer h.fetching.Unlock()
	for {
		if of, _ := r.look(key); of.there {
			return nil
		}
		if h.failed != nil {
			return h.failed
		}
		taken := r.take()
		h.failed = errBroken
		rows, err := r.fetch(ctx, taken)
		if h.failed = err; err != nil {
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
		r.held.put(key, rows[key])
	}
}

// take removes the next keys to fetch.
func (r *relation[K, V]) take() (taken []K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.held
	for len(h.expected) > 0 && len(taken) < batchCapacity {
		if key := h.expected[0]; !h.known[key].there {
			taken = append(taken, key)
		}
		h.expected = h.expected[1:]
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
