package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// connection is one of the pool's that the lone statements of a context share, one after the
// other, from the first of them on. Without it each takes one of its own from the pool: the
// statements of one request then wait for each other's connections with all that they have
// read so far, as many requests at once as there are, and each connection must be told anew
// whose rows it is asked about.
type connection struct {
	places *places
	// mutex is held while a statement runs.
	mutex sync.Mutex
	held  *sqlx.Conn
	// placed: it has one of the places, since then.
	placed bool
	since  time.Time
	// apart counts why the pool's are taken instead: it is over, or there is a transaction, which
	// waits for a connection of its own and must not wait for this one.
	apart int
	// nested is what was read before somebody asked for it.
	nested keptNested
	// memory is where the rows are.
	memory memory
}

// places are those that hold a connection of a pool, or what they have read by one.
type places struct {
	pool    *sqlx.DB
	taken   chan struct{}
	waiting atomic.Int64
}

// newPlaces makes room for half of the pool's connections.
func newPlaces(pool *sqlx.DB) *places {
	most := pool.Stats().MaxOpenConnections
	if most == 0 { // as many as are asked for
		most = 64
	}
	return &places{pool: pool, taken: make(chan struct{}, max(1, most/2))}
}

// take takes a place when there is one.
func (p *places) take(ctx context.Context) error {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	select {
	case p.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn is how long a connection is held while others wait for one: who reads much gives it
// back then between two statements, and queues again.
const turn = 50 * time.Millisecond

type connectionKey struct{}

// OnOneConnection returns a context whose lone statements share a connection. It is given back
// by read, when nothing more is read, and before any transaction: nobody waits for a second
// one. Nothing of it may wait for anything but the database. Half of the pool serves such
// contexts, so that there are connections for what changes rows however much is read. Each has
// a place until end, when what was read is not needed any more: the others have not read
// anything yet, but for those that had their turn, and take no memory while they wait for the
// database, or for a processor to write what they have read. Where all was written from it,
// other queries read their rows into its memory, and nobody may look at these any more.
func (s *Store) OnOneConnection(ctx context.Context) (shared context.Context, read func(), end func(written bool)) {
	c := &connection{places: s.places()}
	return context.WithValue(ctx, connectionKey{}, c), c.rest, c.end
}

// end gives back all for good.
func (c *connection) end(written bool) {
	if written {
		c.memory.reuse()
	}
	c.goApart()
}

// rest gives the connection back, takes none any more, and forgets what was not asked for.
func (c *connection) rest() {
	c.nested.clear()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.apart++
	c.giveBack()
}

// goApart gives the connection back with the place, and takes none until back is called.
func (c *connection) goApart() (back func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.apart++
	c.leave()
	return func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.apart--
	}
}

// apart has the statements of a context take connections from the pool, until back is called.
func apart(ctx context.Context) (back func()) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		return c.goApart()
	}
	return func() {}
}

// giveBack must be called with the mutex.
func (c *connection) giveBack() {
	if c.held != nil {
		c.held.Close() // #nosec G104 -- the pool gives up what cannot be given back
		c.held = nil
	}
}

// leave gives back the connection and the place, with the mutex.
func (c *connection) leave() {
	c.giveBack()
	if c.placed {
		c.placed = false
		<-c.places.taken
	}
}

// take takes a connection, and a place before it, with the mutex.
func (c *connection) take(ctx context.Context) (err error) {
	if !c.placed {
		if err := c.places.take(ctx); err != nil {
			return err
		}
		c.placed, c.since = true, time.Now()
	}
	c.held, err = c.places.pool.Connx(ctx)
	return err
}

// use has fn read by the connection. If that is found to be lost it is done again by any that
// works, as the pool would do by itself.
func (c *connection) use(ctx context.Context, fn func(queryer) error) (err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.apart > 0 {
		return fn(c.places.pool)
	}
	if c.held == nil {
		if err = c.take(ctx); err != nil {
			return err
		}
	}
	err = fn(c.held)
	lost := errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
	if lost || c.places.waiting.Load() > 0 && time.Since(c.since) > turn {
		c.leave()
	}
	if lost {
		return fn(c.places.pool)
	}
	return err
}

// SelectContext is part of getter.
func (c *connection) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return c.use(ctx, func(q queryer) error { return q.SelectContext(ctx, dest, query, args...) })
}

// GetContext is part of getter.
func (c *connection) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return c.use(ctx, func(q queryer) error { return q.GetContext(ctx, dest, query, args...) })
}
