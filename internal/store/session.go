package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
)

// sessions are those of the server that no connection of the pool has, the one used last at
// the end. There are as many as connections without one: a connection comes with its session,
// and a session ends with each connection that is closed.
type sessions struct {
	mutex sync.Mutex
	idle  []*tellingConn
}

func (s *sessions) put(session *tellingConn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.idle = append(s.idle, session)
}

// takenTurns is how many of the sessions used last the tenants take from each other. Few that
// work much are faster than many, each of which the server has a process for; with a single one,
// two tenants in turn would be told each time.
const takenTurns = 4

// take takes a session that was told the tenant, or else one of those used last.
func (s *sessions) take(tenant string) *tellingConn {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	at := max(0, len(s.idle)-takenTurns)
	for i := len(s.idle) - 1; i >= 0; i-- {
		if s.idle[i].session == tenant {
			at = i
			break
		}
	}
	return s.remove(at)
}

// oldest takes the session that was not used for longest.
func (s *sessions) oldest() *tellingConn {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.remove(0)
}

// remove must be called with the lock.
func (s *sessions) remove(at int) *tellingConn {
	session := s.idle[at]
	s.idle = slices.Delete(s.idle, at, at+1)
	return session
}

// pooledConn is what database/sql has for a connection. The pool gives out any that waits,
// where one whose session was told the tenant before needs no statement to be told again; so
// while it waits it has no session, and when it is given out it takes the one that fits.
// Nothing that belongs to a session may be kept with the pool meanwhile: statements are
// prepared below.
type pooledConn struct {
	*tellingConn
	sessions *sessions
}

// ResetSession is part of driver.SessionResetter: the pool is about to give it to who has ctx.
func (c *pooledConn) ResetSession(ctx context.Context) error {
	if c.tellingConn != nil {
		c.sessions.put(c.tellingConn)
	}
	c.tellingConn = c.sessions.take(told(ctx))
	return c.tellingConn.ResetSession(ctx)
}

// IsValid is part of driver.Validator: the pool has got it back. A session that was told nothing
// stays with it: nobody looks for it, and the pool does not reset a connection that was never
// used.
func (c *pooledConn) IsValid() bool {
	if c.tellingConn == nil {
		return true
	}
	valid := c.tellingConn.IsValid()
	if valid && c.session != unsaid {
		c.sessions.put(c.tellingConn)
		c.tellingConn = nil
	}
	return valid
}

// Close is part of driver.Conn.
func (c *pooledConn) Close() error {
	if c.tellingConn == nil {
		c.tellingConn = c.sessions.oldest()
	}
	return c.tellingConn.Close()
}

// Prepare is part of driver.Conn.
func (c *pooledConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext is part of driver.ConnPrepareContext. The pool would run the statement later
// on whatever session the connection has then.
func (c *pooledConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("a statement of the pool's has no session of its own; what is asked again is prepared by itself")
}
