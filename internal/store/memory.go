package store

import (
	"context"
	"reflect"
	"sync"
)

// memory is that of the rows which one query reads. When its answer is written, others read
// theirs into it: a row has room for every column of its table, however few are asked for, and
// half of what a query took anew, for the collector of garbage to find, were rows. Who keeps a
// row for longer than its query must copy it: it is empty when the answer is written, and
// somebody else's later.
type memory struct {
	mutex sync.Mutex
	pages []page
}

// page is room for rows of one table.
type page interface {
	// empty gives it to others.
	empty()
}

// leastPage is from how many bytes on it is worth to keep one.
const leastPage = 4 << 10

// memoryOf is nil where rows last for as long as anybody has them: outside of OnOneConnection.
func memoryOf(ctx context.Context) *memory {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		return &c.memory
	}
	return nil
}

// reuse gives all to others. Nobody may look at the rows any more.
func (m *memory) reuse() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, p := range m.pages {
		p.empty()
	}
	m.pages = nil
}

// pageOf is a page of rows T.
type pageOf[T any] struct{ rows []T }

// pools has the empty pages by the types of their rows.
var pools sync.Map

func poolOf[T any]() *sync.Pool {
	row := reflect.TypeFor[T]()
	pool, ok := pools.Load(row)
	if !ok {
		pool, _ = pools.LoadOrStore(row, &sync.Pool{})
	}
	return pool.(*sync.Pool)
}

// roomFor makes room for so many rows.
func roomFor[T any](m *memory, rows int) []T {
	if m == nil || rows > mostLikely || rows*int(reflect.TypeFor[T]().Size()) < leastPage {
		return make([]T, 0, rows)
	}
	p, ok := poolOf[T]().Get().(*pageOf[T])
	if !ok || cap(p.rows) < rows { // one that is too small is left to the collector
		p = &pageOf[T]{make([]T, 0, rows)}
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.pages = append(m.pages, p)
	return p.rows
}

func (p *pageOf[T]) empty() {
	clear(p.rows[:cap(p.rows)])
	poolOf[T]().Put(p)
}
