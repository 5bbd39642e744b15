package failpoint

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"

	"github.com/paygraph/paygraph/internal/store"
)

// Driver makes points of the statements that run in transactions, of BEGIN and of
// COMMIT. Lone reads are none: nothing follows from them.
func Driver(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: opened.(store.Conn)}, nil
}

type conn struct {
	store.Conn
	inTx bool
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.inTx {
		return c.Conn.QueryContext(ctx, query, args)
	}
	err, panics := reach(ctx, nameOf(query))
	if err != nil {
		return nil, err
	}
	found, err := c.Conn.QueryContext(ctx, query, args)
	if err == nil && panics {
		return broken{found}, nil
	}
	return found, err
}

// broken panics where rows are read: within a query a panic would leave the
// transaction locked for ever, which no code outside of a driver can cause.
type broken struct{ driver.Rows }

func (broken) Next([]driver.Value) error { panic("failpoint: rows") }

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.inTx {
		if err := Hit(ctx, nameOf(query)); err != nil {
			return nil, err
		}
	}
	return c.Conn.ExecContext(ctx, query, args)
}

func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := Hit(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	begun, err := c.Conn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return &tx{Tx: begun, ctx: ctx, conn: c}, nil
}

type tx struct {
	driver.Tx
	ctx  context.Context
	conn *conn
}

// Commit that breaks before it is sent loses its connection, so that the server undoes
// it; one that breaks after has happened, and the program does not know.
func (t *tx) Commit() (err error) {
	t.conn.inTx = false
	sent := false
	defer func() {
		if fault := recover(); fault != nil {
			t.conn.Close()
			panic(fault)
		}
		if !sent {
			t.conn.Close()
		}
	}()
	if err := Hit(t.ctx, "COMMIT"); err != nil {
		return errors.Join(err, driver.ErrBadConn)
	}
	if sent, err = true, t.Tx.Commit(); err != nil {
		return err
	}
	return Hit(t.ctx, "COMMITTED")
}

func (t *tx) Rollback() error {
	t.conn.inTx = false
	return t.Tx.Rollback()
}

var (
	verb = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)`)
	// Most reads give the table that they are about the alias t.
	table = regexp.MustCompile(`\bFROM ([a-z_]+) t\b`)
	other = regexp.MustCompile(`(?i)\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)`)
	locks = regexp.MustCompile(`(?i)\bFOR (?:NO KEY )?UPDATE\b`)
)

// nameOf names a statement by its verb and table.
func nameOf(query string) string {
	name := "statement"
	if m := verb.FindStringSubmatch(query); m != nil {
		name = m[1]
	}
	if m := table.FindStringSubmatch(query); m != nil {
		name += " " + m[1]
	} else if m := other.FindStringSubmatch(query); m != nil {
		name += " " + m[1]
	}
	if locks.MatchString(query) {
		name += " and lock"
	}
	return name
}
