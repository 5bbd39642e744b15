package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/store"
)

// recorder keeps the statements that run on its connections.
type recorder struct {
	driver.Connector
	mutex      sync.Mutex
	statements []statement
}

type statement struct {
	query string
	args  []any
}

// open returns a store whose statements the recorder keeps.
func (r *recorder) open(t *testing.T, url string) *store.Store {
	t.Helper()
	db, err := store.Open(url, false, 0, func(c driver.Connector) driver.Connector {
		r.Connector = c
		return r
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return store.New(db)
}

func (r *recorder) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return recordedConn{conn.(store.Conn), r}, nil
}

type recordedConn struct {
	store.Conn
	recorder *recorder
}

func (c recordedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.recorder.add(query, args)
	return c.Conn.QueryContext(ctx, query, args)
}

func (c recordedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.recorder.add(query, args)
	return c.Conn.ExecContext(ctx, query, args)
}

func (r *recorder) add(query string, args []driver.NamedValue) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.statements = append(r.statements, statement{query, list(args, func(v driver.NamedValue) any { return v.Value })})
}

// take returns what ran since it was called last.
func (r *recorder) take() []statement {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	taken := r.statements
	r.statements = nil
	return taken
}

// plan is one node of what the planner answers.
type plan struct {
	Node     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Cost     float64 `json:"Total Cost"`
	Plans    []plan
}

// explain asks how the server would run the statement.
func explain(ctx context.Context, conn *sql.Conn, s statement) (plan, error) {
	var text []byte
	if err := conn.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) "+s.query, s.args...).Scan(&text); err != nil {
		return plan{}, err
	}
	var answer []struct{ Plan plan }
	if err := json.Unmarshal(text, &answer); err != nil {
		return plan{}, err
	}
	return answer[0].Plan, nil
}

// nodes lists the plan's nodes, itself included.
func (p plan) nodes() []plan {
	all := []plan{p}
	for _, sub := range p.Plans {
		all = append(all, sub.nodes()...)
	}
	return all
}

// uses says whether some node reads the index.
func (p plan) uses(index string) bool {
	return slices.ContainsFunc(p.nodes(), func(n plan) bool { return n.Index == index })
}

// walksAll lists the tables that the plan reads from end to end.
func (p plan) walksAll() []string {
	var tables []string
	for _, n := range p.nodes() {
		if n.Node == "Seq Scan" {
			tables = append(tables, n.Relation)
		}
	}
	return tables
}

// sorts says whether the plan sorts rows, which an index could give in order.
func (p plan) sorts() bool {
	return slices.ContainsFunc(p.nodes(), func(n plan) bool { return n.Node == "Sort" || n.Node == "Incremental Sort" })
}
