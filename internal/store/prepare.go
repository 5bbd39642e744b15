package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maxPrepared bounds the statements that one connection keeps prepared. Lists
// with filters have many texts; those beyond the bound run unprepared.
const maxPrepared = 300

// Wrap puts something around the driver's connector; tests count statements so.
type Wrap func(driver.Connector) driver.Connector

// Open opens the database at url, a lib/pq connection string. With prepare,
// every connection prepares a statement the first time it runs it: parsing and
// planning cost several times what running one of ours costs. That needs the
// same server session for as long as the connection lasts, so it must be off
// behind a proxy that pools transactions. Only with it, and where the server is seen to be
// at the other end, a session is told whose rows lone statements are about. patience is how long an answer is waited for,
// Patience for requests and zero for what may take its time.
func Open(url string, prepare bool, patience time.Duration, wrap Wrap) (*sqlx.DB, error) {
	base, err := pq.NewConnector(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	base.Dialer(dialer{&net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive, Control: giveUp}, patience})
	var c driver.Connector = base
	if prepare {
		c = preparing{base}
	}
	if wrap != nil {
		c = wrap(c)
	}
	c = telling{c, prepare}
	return sqlx.NewDb(sql.OpenDB(c), "postgres"), nil
}

// preparing is a connector whose connections keep their statements prepared.
// It works below database/sql, so that a transaction uses what its connection
// has and never needs a second connection to prepare on.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(Conn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("connections of type %T cannot keep statements prepared", conn)
	}
	return &preparingConn{Conn: full, statements: map[string]driver.Stmt{}}, nil
}

// Conn is what database/sql uses of the driver's connections; what a Wrap puts around
// one must have all of it.
type Conn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

type preparingConn struct {
	Conn
	statements map[string]driver.Stmt
}

func (c *preparingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	statement, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if statement, ok := statement.(driver.StmtQueryContext); ok {
		return statement.QueryContext(ctx, args)
	}
	return c.Conn.QueryContext(ctx, query, args)
}

func (c *preparingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	statement, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if statement, ok := statement.(driver.StmtExecContext); ok {
		return statement.ExecContext(ctx, args)
	}
	return c.Conn.ExecContext(ctx, query, args)
}

// prepared returns the connection's statement for query, or nil when it keeps
// enough already, or the query is several at once.
func (c *preparingConn) prepared(ctx context.Context, query string) (driver.Stmt, error) {
	if statement, ok := c.statements[query]; ok {
		return statement, nil
	}
	if len(c.statements) >= maxPrepared || strings.HasPrefix(query, beginning) {
		return nil, nil
	}
	statement, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = statement
	return statement, nil
}
