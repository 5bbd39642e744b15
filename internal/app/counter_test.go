package app_test

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/store"
)

// wire stands between the program and the database driver. It keeps what is
// sent, and can break it.
type wire struct {
	mu     sync.Mutex
	sent   []string
	failed []error
	// cut, unless nil, is asked before a statement is sent (done is false) and
	// after it was answered; its error is what the program gets instead.
	cut func(statement string, done bool) error
}

// option puts the wire into a program.
func (w *wire) option() app.Option {
	return app.WithDriver(func(c driver.Connector) driver.Connector { return wiredConnector{c, w} })
}

// take returns what was sent since the last call.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

// errors returns what failed so far.
func (w *wire) errors() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.failed)
}

func (w *wire) cutBy(cut func(statement string, done bool) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

// send runs a statement over the wire.
func send[T any](w *wire, statement string, run func() (T, error)) (T, error) {
	w.mu.Lock()
	if !ofConnection(statement) {
		w.sent = append(w.sent, statement)
	}
	cut := w.cut
	w.mu.Unlock()
	if cut != nil {
		if err := cut(statement, false); err != nil {
			var none T
			return none, err
		}
	}
	result, err := run()
	if err != nil {
		w.mu.Lock()
		w.failed = append(w.failed, err)
		w.mu.Unlock()
	} else if cut != nil {
		err = cut(statement, true)
	}
	return result, err
}

// ofConnection is for what a connection asks and is told once, and not by the request that
// happens to use it first: TestTelling of package store counts that.
func ofConnection(statement string) bool {
	return strings.HasPrefix(statement, "SELECT pg_backend_pid()") || strings.HasPrefix(statement, "SELECT set_config('paygraph.tenant', $1, false)")
}

type wiredConnector struct {
	driver.Connector
	wire *wire
}

func (c wiredConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return wiredConn{conn.(store.Conn), c.wire}, nil
}

type wiredConn struct {
	store.Conn
	wire *wire
}

func (c wiredConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return send(c.wire, query, func() (driver.Rows, error) { return c.Conn.QueryContext(ctx, query, args) })
}

func (c wiredConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return send(c.wire, query, func() (driver.Result, error) { return c.Conn.ExecContext(ctx, query, args) })
}

// PrepareContext is not for what the program sends: statements are prepared
// below the wire, where nothing is counted.
func (c wiredConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return send(c.wire, "PREPARE "+query, func() (driver.Stmt, error) { return c.Conn.PrepareContext(ctx, query) })
}

func (c wiredConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := send(c.wire, "BEGIN", func() (driver.Tx, error) { return c.Conn.BeginTx(ctx, options) })
	if err != nil {
		return nil, err
	}
	return wiredTx{tx, c.wire}, nil
}

type wiredTx struct {
	driver.Tx
	wire *wire
}

// Commit that is cut before it is sent is undone, as the server does when it
// loses the connection.
func (t wiredTx) Commit() error {
	sent := false
	_, err := send(t.wire, "COMMIT", func() (struct{}, error) {
		sent = true
		return struct{}{}, t.Tx.Commit()
	})
	if !sent {
		t.Tx.Rollback()
	}
	return err
}
