package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"
)

// connection is one of the pool's that the lone statements of a context share, one after the
// other, from the first of them on. Without it each takes one of its own from the pool: the
// statements of one request then wait for each other's connections with all that they have
// read so far, as many requests at once as there are, and each connection must be told anew
// whose rows it is asked about.
type connection struct {
	pool *sqlx.DB
	// places are taken by those that hold one.
	places chan struct{}
	// mutex is held while a statement runs.
	mutex sync.Mutex
	held  *sqlx.Conn
	ended bool
}

type connectionKey struct{}

// OnOneConnection returns a context whose lone statements share a connection, which is given
// back by end, and before any transaction: nobody waits for a second one. Nothing of it may
// wait for anything but the database. Half of the pool serves such contexts, so that there are
// connections for what changes rows however much is read; and what waits for one has not read
// anything yet, and takes no memory.
func (s *Store) OnOneConnection(ctx context.Context) (shared context.Context, end func()) {
	c := &connection{pool: s.db, places: s.places()}
	return context.WithValue(ctx, connectionKey{}, c), func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.ended = true
		c.giveBack()
	}
}

// giveBack must be called with the mutex.
func (c *connection) giveBack() {
	if c.held != nil {
		c.held.Close() // #nosec G104 -- the pool gives up what cannot be given back
		c.held = nil
		<-c.places
	}
}

// use has fn read by the connection. If that is found to be lost it is done again by any that
// works, as the pool would do by itself.
func (c *connection) use(ctx context.Context, fn func(queryer) error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ended {
		return fn(c.pool)
	}
	if c.held == nil {
		if err := c.take(ctx); err != nil {
			return err
		}
	}
	err := fn(c.held)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		c.giveBack()
		return fn(c.pool)
	}
	return err
}

// take takes a connection when there is a place, with the mutex.
func (c *connection) take(ctx context.Context) (err error) {
	select {
	case c.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.held, err = c.pool.Connx(ctx); err != nil {
		c.held = nil
		<-c.places
	}
	return err
}

// newPlaces makes room for half of the pool's connections.
func newPlaces(pool *sqlx.DB) chan struct{} {
	most := pool.Stats().MaxOpenConnections
	if most == 0 { // as many as are asked for
		most = 64
	}
	return make(chan struct{}, max(1, most/2))
}

// release gives the connection back until the next statement.
func release(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.giveBack()
	}
}

// SelectContext is part of getter.
func (c *connection) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return c.use(ctx, func(q queryer) error { return q.SelectContext(ctx, dest, query, args...) })
}

// GetContext is part of getter.
func (c *connection) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return c.use(ctx, func(q queryer) error { return q.GetContext(ctx, dest, query, args...) })
}
