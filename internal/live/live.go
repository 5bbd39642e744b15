// Package live keeps count of the connections that stay open: it lets callers in, bounds
// how many they have, and ends connections when their credential does or when the server
// stops. A request proves who sends it once; a connection has to go on proving it.
package live

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of open connections.
const (
	// maxOfCaller is how many connections one caller has at most.
	maxOfCaller = 100
	// maxOfTenant is how many the callers of a company have in an environment. Whoever makes
	// keys and tokens there has any number of callers, and must not use up everybody's.
	maxOfTenant = 1000
	// maxOpen is how many a process has, about 80 KB each.
	maxOpen = 5000
	// Recheck is how often credentials are checked again: a revoked key and a token that
	// ran out end their connections within that time.
	Recheck = 15 * time.Second
	// recheckTimeout bounds the check of one credential.
	recheckTimeout = 5 * time.Second
)

// Why connections are refused or end, besides pay.ErrUnauthenticated.
var (
	// ErrStopping: the server stops; another one, or its successor, goes on.
	ErrStopping = errors.New("the server stops")
	// ErrTooMany: the caller, the company, or all together have as many connections as they may.
	ErrTooMany = errors.New("too many open connections")
)

// Authenticate returns the caller that the value of an Authorization header proves; see
// package auth.
type Authenticate func(ctx context.Context, authorization string) (pay.Actor, error)

// Connections are the open connections of a process. Its methods may be called from
// several goroutines.
type Connections struct {
	authenticate Authenticate
	recheck      time.Duration
	log          *slog.Logger

	mu sync.Mutex
	// open has the connections by their credential.
	open map[string]map[*Connection]bool
	// callers and tenants have how many each caller and each tenant has.
	callers map[pay.Caller]int
	tenants map[uuid.UUID]int
	total   int
	// waiting has how many wait for their caller to say who it is, by their address; see
	// Await.
	waiting      map[string]int
	totalWaiting int
	// checking says that somebody checks credentials; stopping, that nobody gets in.
	checking, stopping bool
	// empty is closed when the last connection is gone after a stop.
	empty chan struct{}
}

// New returns no connections yet. Credentials are checked again every recheck.
func New(authenticate Authenticate, recheck time.Duration, log *slog.Logger) *Connections {
	return &Connections{authenticate: authenticate, recheck: recheck, log: log,
		open: map[string]map[*Connection]bool{}, callers: map[pay.Caller]int{}, tenants: map[uuid.UUID]int{},
		waiting: map[string]int{}, empty: make(chan struct{})}
}

// Connection is one open connection.
type Connection struct {
	connections   *Connections
	authorization string
	actor         pay.Actor
	end           context.CancelCauseFunc
	leave         sync.Once

	mu     sync.Mutex
	active int
}

type connectionKey struct{}

// Admit lets the caller in whom the value of an Authorization header proves. The context
// that it returns carries the caller and the connection, and ends with the cause why the
// connection has to: pay.ErrUnauthenticated or ErrStopping. Leave must be called when
// the connection is gone.
func (c *Connections) Admit(ctx context.Context, authorization string) (context.Context, *Connection, error) {
	actor, err := c.authenticate(ctx, authorization)
	if err != nil {
		return nil, nil, err
	}
	pay.NoteCaller(ctx, actor)
	ctx, end := context.WithCancelCause(pay.WithActor(ctx, actor))
	conn := &Connection{connections: c, authorization: authorization, actor: actor, end: end}
	if err := c.add(conn); err != nil {
		end(err)
		return nil, nil, err
	}
	return context.WithValue(ctx, connectionKey{}, conn), conn, nil
}

func (c *Connections) add(conn *Connection) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	who, tenant := conn.actor.Caller(), conn.actor.TenantID
	switch {
	case c.stopping:
		return ErrStopping
	case c.total >= maxOpen || c.tenants[tenant] >= maxOfTenant || c.callers[who] >= maxOfCaller:
		return ErrTooMany
	}
	if c.open[conn.authorization] == nil {
		c.open[conn.authorization] = map[*Connection]bool{}
	}
	c.open[conn.authorization][conn] = true
	c.callers[who]++
	c.tenants[tenant]++
	c.total++
	if !c.checking {
		c.checking = true
		go c.check()
	}
	return nil
}

// Leave counts the connection no longer.
func (c *Connection) Leave() {
	c.leave.Do(func() {
		c.end(context.Canceled)
		c.connections.remove(c)
	})
}

func (c *Connections) remove(conn *Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open[conn.authorization], conn)
	if len(c.open[conn.authorization]) == 0 {
		delete(c.open, conn.authorization)
	}
	who, tenant := conn.actor.Caller(), conn.actor.TenantID
	if c.callers[who]--; c.callers[who] == 0 {
		delete(c.callers, who)
	}
	if c.tenants[tenant]--; c.tenants[tenant] == 0 {
		delete(c.tenants, tenant)
	}
	if c.total--; c.total == 0 && c.stopping {
		close(c.empty)
	}
}

// Begin counts one more of what runs on the connection that ctx belongs to, until ctx
// ends. It is false when so many run already.
func Begin(ctx context.Context, most int) bool {
	c, ok := ctx.Value(connectionKey{}).(*Connection)
	if !ok || !c.begin(most) {
		return false
	}
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.active--
	})
	return true
}

func (c *Connection) begin(most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active >= most {
		return false
	}
	c.active++
	return true
}

// Len is how many connections are open.
func (c *Connections) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Stop lets nobody in any more and ends all connections. It does not wait for them.
func (c *Connections) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return
	}
	if c.stopping = true; c.total == 0 {
		close(c.empty)
	}
	for _, same := range c.open {
		for conn := range same {
			conn.end(ErrStopping)
		}
	}
}

// Wait waits after a Stop until all connections are gone, or ctx ends.
func (c *Connections) Wait(ctx context.Context) error {
	select {
	case <-c.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// check checks each credential in use again, until there is none.
func (c *Connections) check() {
	tick := time.NewTicker(c.recheck)
	defer tick.Stop()
	for range tick.C {
		credentials := c.credentials()
		if len(credentials) == 0 {
			return
		}
		for _, authorization := range credentials {
			if err := c.checkOne(context.Background(), authorization); err != nil {
				c.log.Warn("checking the credential of a connection failed; it is tried again", "error", err)
			}
		}
	}
}

// credentials lists those in use. When there are none nobody checks any longer.
func (c *Connections) credentials() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for authorization := range c.open {
		list = append(list, authorization)
	}
	c.checking = len(list) > 0
	return list
}

// checkOne ends the connections of a credential that is not good any more, or opens
// something else than it did. That the database cannot be asked, which is the error, is
// no such news.
func (c *Connections) checkOne(ctx context.Context, authorization string) error {
	ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
	defer cancel()
	actor, err := c.authenticate(ctx, authorization)
	if err != nil && !errors.Is(err, pay.ErrUnauthenticated) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open[authorization] {
		if err != nil || !reflect.DeepEqual(actor, conn.actor) {
			conn.end(pay.ErrUnauthenticated)
		}
	}
	return nil
}

// Recheck checks the connection's credential at once, before something more begins on it,
// and ends the connection as the checks do that come by themselves. It fails when the
// credential could not be checked.
func (c *Connection) Recheck(ctx context.Context) error {
	return c.connections.checkOne(ctx, c.authorization)
}
