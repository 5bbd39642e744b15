package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maxPrepared bounds the statements that one connection keeps prepared, and maxPreparedText
// the bytes of their texts: those that it used last. Lists with filters have many texts, and so
// have rows of which a document needs some fields. PostgreSQL keeps 150 bytes for a byte of
// text: half a megabyte for a page of payments with all that hangs on them.
const (
	maxPrepared     = 300
	maxPreparedText = 128 << 10
)

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
	c = telling{c, prepare, &sessions{}}
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
	return &preparingConn{Conn: full, statements: newLRU[string, driver.Stmt](maxPrepared)}, nil
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
	statements *lru.Cache[string, driver.Stmt]
	// text is how many bytes their texts have.
	text int
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

// prepared returns the connection's statement for query, or nil when the query is several at
// once. The connection has nothing else to do meanwhile, as it can only do one thing at a time.
func (c *preparingConn) prepared(ctx context.Context, query string) (driver.Stmt, error) {
	if statement, ok := c.statements.Get(query); ok {
		return statement, nil
	}
	if strings.HasPrefix(query, beginning) {
		return nil, nil
	}
	for c.statements.Len() == maxPrepared || c.text > 0 && c.text+len(query) > maxPreparedText {
		if text, oldest, ok := c.statements.RemoveOldest(); ok {
			c.text -= len(text)
			if err := oldest.Close(); err != nil {
				return nil, err
			}
		}
	}
	statement, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.statements.Add(query, statement)
	c.text += len(query)
	return statement, nil
}
