package app_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/store"
)

// recollection stands between programs and the database, and answers what was read before by what
// it read then: programs that share one see the same rows, whatever was written since, and a
// hundred thousand documents cost the database little.
type recollection struct {
	mu   sync.Mutex
	read map[string]*remembered
	// fate, unless zero, is of which statements some fail: the same for all programs.
	fate atomic.Uint64
}

// remembered is the answer to a statement.
type remembered struct {
	columns []string
	rows    [][]driver.Value
}

// errForgotten is what a statement fails with.
var errForgotten = errors.New("the memory has a hole")

// mostRemembered bounds what is kept.
const mostRemembered = 20_000

func newRecollection() *recollection { return &recollection{read: map[string]*remembered{}} }

// option puts the memory into a program.
func (m *recollection) option() app.Option {
	return app.WithDriver(func(c driver.Connector) driver.Connector { return rememberingConnector{c, m} })
}

// allocatedRows is a statement that reads allocations with what they are for, which others read
// after the allocations.
var allocatedRows = regexp.MustCompile(`FROM (\w+) a JOIN (\w+) t\b`)

// fails says whether a statement fails: all that read one table do, or none. The same row
// comes by several of them, and with gqlgen it is chance which of them is first.
func (m *recollection) fails(query string) bool {
	if parts := strings.Split(query, " AS ("); strings.HasPrefix(query, "WITH ") { // what fails of it alone fails then, alone
		return slices.ContainsFunc(parts[1:], m.fails)
	}
	if both := allocatedRows.FindStringSubmatch(query); both != nil {
		return m.lost(both[1]) || m.lost(both[2])
	}
	tables := fromTable.FindAllStringSubmatch(query, -1)
	return tables != nil && m.lost(tables[len(tables)-1][1])
}

// lost says whether the statements of a table fail.
func (m *recollection) lost(table string) bool {
	fate := m.fate.Load()
	if fate == 0 { // nobody would be let in
		return false
	}
	h := fnv.New64a()
	fmt.Fprint(h, fate, table)
	return h.Sum64()>>9%5 == 0
}

type rememberingConnector struct {
	driver.Connector
	memory *recollection
}

func (c rememberingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return rememberingConn{conn.(store.Conn), c.memory}, nil
}

type rememberingConn struct {
	store.Conn
	memory *recollection
}

// QueryContext answers a statement that reads and locks nothing.
func (c rememberingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if reads := strings.HasPrefix(query, "SELECT ") || strings.HasPrefix(query, "WITH "); !reads || ofConnection(query) || strings.Contains(query, " FOR ") {
		return c.Conn.QueryContext(ctx, query, args)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.memory.fails(query) {
		return nil, errForgotten
	}
	key := fmt.Sprint(query, args)
	c.memory.mu.Lock()
	known := c.memory.read[key]
	c.memory.mu.Unlock()
	if known == nil {
		rows, err := c.Conn.QueryContext(ctx, query, args)
		if err != nil {
			return nil, err
		}
		if known, err = remember(rows); err != nil {
			return nil, err
		}
		c.memory.mu.Lock()
		if len(c.memory.read) < mostRemembered {
			c.memory.read[key] = known
		}
		c.memory.mu.Unlock()
	}
	return &rememberedRows{remembered: known}, nil
}

// remember reads rows to their end.
func remember(rows driver.Rows) (*remembered, error) {
	defer rows.Close()
	known := &remembered{columns: slices.Clone(rows.Columns())}
	for {
		row := make([]driver.Value, len(known.columns))
		if err := rows.Next(row); err == io.EOF {
			return known, nil
		} else if err != nil {
			return nil, err
		}
		for i, value := range row {
			if text, ok := value.([]byte); ok {
				row[i] = slices.Clone(text)
			}
		}
		known.rows = append(known.rows, row)
	}
}

type rememberedRows struct {
	*remembered
	next int
}

func (r *rememberedRows) Columns() []string { return r.columns }

func (r *rememberedRows) Close() error { return nil }

func (r *rememberedRows) Next(into []driver.Value) error {
	if r.next == len(r.rows) {
		return io.EOF
	}
	copy(into, r.rows[r.next])
	r.next++
	return nil
}
