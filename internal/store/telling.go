package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// telling is a connector whose connections say whose rows their statements are about.
//
// A transaction says so for itself, in the statement that it begins with; what the session
// was told stands again when it ends. For a lone statement the session is told, once for
// as long as it is asked by the same tenant. Who asks has the session that was told so
// already, where one waits (session.go): requests of one company cost no statement more,
// those of a few companies now and then, and those of many one at most. A session never says
// that it works across tenants, and where the server's session may not be the connection's
// own, behind a proxy that pools transactions, it is told nothing: a lone statement then runs
// in a transaction of its own.
type telling struct {
	driver.Connector
	// lasting: what a session is told may last.
	lasting  bool
	sessions *sessions
}

func (t telling) Connect(ctx context.Context) (driver.Conn, error) {
	s := &socket{}
	conn, err := t.Connector.Connect(context.WithValue(ctx, socketKey{}, s))
	if err != nil {
		return nil, err
	}
	full, ok := conn.(Conn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("connections of type %T cannot say whose rows they are about", conn)
	}
	c := &tellingConn{Conn: full, session: unsaid}
	if t.lasting {
		if c.lasting, err = s.isServers(ctx, full); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return &pooledConn{tellingConn: c, sessions: t.sessions}, nil
}

// unsaid is what nobody says: nothing was told yet.
const unsaid = "unsaid"

type tellingConn struct {
	Conn
	// lasting: the server's session is this connection's.
	lasting bool
	// session is what the session was told, and local what the transaction was.
	session, local string
	inTx           bool
	// lost: a transaction of its own may still be open.
	lost bool
}

// BeginTx is part of driver.ConnBeginTx.
func (c *tellingConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	c.inTx, c.local = true, unsaid
	return tellingTx{tx, c}, nil
}

type tellingTx struct {
	driver.Tx
	conn *tellingConn
}

func (t tellingTx) Commit() error   { t.conn.inTx = false; return t.Tx.Commit() }
func (t tellingTx) Rollback() error { t.conn.inTx = false; return t.Tx.Rollback() }

// IsValid is part of driver.Validator.
func (c *tellingConn) IsValid() bool { return !c.lost && c.Conn.IsValid() }

// QueryContext is part of driver.QueryerContext.
func (c *tellingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	own, err := c.tell(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if !own {
		c.answered(ctx, err)
		return rows, err
	}
	if err != nil {
		c.end(ctx, "ROLLBACK") // #nosec G104 -- the connection is given up then
		return nil, err
	}
	return ownRows{rows, func() error { return c.end(ctx, "COMMIT") }}, nil
}

// ExecContext is part of driver.ExecerContext.
func (c *tellingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	own, err := c.tell(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := c.Conn.ExecContext(ctx, query, args)
	if !own {
		c.answered(ctx, err)
		return result, err
	}
	if err != nil {
		c.end(ctx, "ROLLBACK") // #nosec G104 -- the connection is given up then
		return nil, err
	}
	return result, c.end(ctx, "COMMIT")
}

// tell says whose rows the next statement is about, where the connection does not say so
// already. With own the statement has a transaction of its own, which end must end.
func (c *tellingConn) tell(ctx context.Context, query string) (own bool, err error) {
	if !isPlain(query) {
		return false, errControl
	}
	if s := ctx.Value(tellKey{}); s == sayItself || s == sayNone {
		return false, nil
	}
	tenant := told(ctx)
	switch {
	case c.inTx && c.local != tenant:
		if err = c.say(ctx, tenant, "true"); err == nil {
			c.local = tenant
		}
	case c.inTx || c.lasting && c.session == tenant:
	case c.lasting && tenant != allTenants:
		c.session = unsaid // until the answer is there
		if err = c.say(ctx, tenant, "false"); err == nil {
			c.session = tenant
		}
	default:
		own = true
		if err = c.begin(ctx, tenant); err != nil {
			c.end(ctx, "ROLLBACK") // #nosec G104 -- the connection is given up then
		}
	}
	return own, err
}

// errControl refuses statements behind which nobody would know what the session was told: the
// server takes back what was told in a transaction that fails.
var errControl = errors.New("transactions are begun and ended by BeginTx, Commit and Rollback alone, and sessions are not reset")

// isPlain is false for statements that control transactions, or reset sessions. It finds our own
// mistakes, and need not find what is hidden behind a comment: nobody else writes statements.
func isPlain(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n\f\v;")
	end := strings.IndexFunc(query, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(query)
	}
	switch strings.ToUpper(query[:end]) {
	case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "DEALLOCATE", "RESET", "DISCARD":
		return false
	}
	return true
}

// say tells the session, or what is left of the transaction.
func (c *tellingConn) say(ctx context.Context, tenant, local string) error {
	_, err := c.Conn.ExecContext(ctx, "SELECT set_config('paygraph.tenant', $1, "+local+")", []driver.NamedValue{{Ordinal: 1, Value: tenant}})
	return err
}

// answered notes what a statement has told itself.
func (c *tellingConn) answered(ctx context.Context, err error) {
	if err == nil && c.inTx && ctx.Value(tellKey{}) == sayItself {
		c.local = told(ctx)
	}
}

// begin begins a transaction for one statement, in one trip to the server: tenant is an id
// or one of our words, and nothing that a caller wrote.
func (c *tellingConn) begin(ctx context.Context, tenant string) error {
	_, err := c.Conn.ExecContext(ctx, beginning+"; SELECT set_config('paygraph.tenant', '"+tenant+"', true)", nil)
	return err
}

// beginning is how a transaction of begin starts; such a statement cannot be prepared.
const beginning = "BEGIN READ WRITE"

// end ends the transaction of one statement. A connection that cannot is not used again.
func (c *tellingConn) end(ctx context.Context, how string) error {
	_, err := c.Conn.ExecContext(context.WithoutCancel(ctx), how, nil)
	c.lost = c.lost || err != nil
	return err
}

// ownRows are rows whose reading has a transaction of its own.
type ownRows struct {
	driver.Rows
	end func() error
}

// Close is part of driver.Rows.
func (r ownRows) Close() error {
	err := r.Rows.Close()
	if end := r.end(); err == nil {
		err = end
	}
	return err
}
