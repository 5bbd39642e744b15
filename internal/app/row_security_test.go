package app_test

import (
	"context"
	"database/sql/driver"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

var rowSecurity = flag.Int("row-security", 0, "measure what row level security would cost, in so many rounds of 400 orders each way")

// TestRowSecurityCost measures how many orders are paid in a second, and how much
// processor time one takes in the server and PostgreSQL, with row level security as a
// second lock and without, in turn. The policies are put on a copy of the schema and the
// tenant is told by the connections of this test: the product has none of it.
func TestRowSecurityCost(t *testing.T) {
	if *rowSecurity == 0 {
		t.Skip("only with -row-security")
	}
	plain, locked := newPayingServer(t, false), newPayingServer(t, true)
	plain.round(t)
	locked.round(t)
	var rates, works []float64
	for round := range *rowSecurity {
		order := []*payingServer{plain, locked}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			s.round(t)
		}
		rates, works = append(rates, locked.rate/plain.rate), append(works, locked.work/plain.work)
		t.Logf("round %d: without %.0f orders/s of %.2f ms, with %.0f of %.2f: %.3f of the orders, %.3f of the time", round+1,
			plain.rate, plain.work*1000, locked.rate, locked.work*1000, rates[round], works[round])
	}
	for name, ratios := range map[string][]float64{"orders/s": rates, "processor time": works} {
		slices.Sort(ratios)
		t.Logf("%s with, of that without: median %.3f of %d rounds (%.3f to %.3f)", name, ratios[len(ratios)/2], len(ratios), ratios[0], ratios[len(ratios)-1])
	}
	t.Logf("statements of one payment: %d without, %d with", plain.statements(t), locked.statements(t))
}

// payingServer is a server with or without policies.
type payingServer struct {
	till
	sent *telling
	// rate is how many orders were paid in a second, and work how many seconds of
	// processor time each took, in the last round.
	rate, work float64
	keys       atomic.Int64
}

func newPayingServer(t *testing.T, locked bool) *payingServer {
	t.Helper()
	s := &payingServer{sent: &telling{}}
	api := apptest.Start(t, app.WithDriver(func(c driver.Connector) driver.Connector { return tellingConnector{c, s.sent} }))
	s.till = till{api: api, admin: api.Admin(t), environment: pay.Sandbox}
	s.make = s.admin.Make(t)
	s.customer, s.card = s.make.Customer(), s.make.Gateway(nil)
	if locked {
		s.sent.tells = true
		s.lock(t)
	}
	return s
}

// lock puts a policy on each table with rows of tenants, which its owner is held to as
// well: the login of tests owns them.
func (s *payingServer) lock(t *testing.T) {
	t.Helper()
	db := s.api.Database.DB
	var tables []string
	if err := db.Select(&tables, `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' AND a.attname = 'tenant_id'`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if _, err := db.Exec(fmt.Sprintf(`ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
			CREATE POLICY of_tenant ON %[1]s USING (tenant_id = current_setting('paygraph.tenant')::uuid)`, table)); err != nil {
			t.Fatalf("lock %s: %v", table, err)
		}
	}
	var n int
	if err := db.Get(&n, "SELECT count(*) FROM customers"); err == nil {
		t.Fatalf("%d customers are shown to who names no tenant", n)
	}
}

// round has eight clients pay 400 orders.
func (s *payingServer) round(t *testing.T) {
	t.Helper()
	const clients, many = 8, 400
	totals := make([]int64, 100)
	for i := range totals {
		totals[i] = 100
	}
	orders := make(chan string, many)
	for len(orders) < many {
		for _, id := range s.make.Orders(s.customer, totals...) {
			orders <- id
		}
	}
	close(orders)
	var all sync.WaitGroup
	began, worked := time.Now(), s.processorTime(t)
	for range clients {
		all.Go(func() {
			for order := range orders {
				got := s.make.Pay(fmt.Sprint("key-", s.keys.Add(1)), apptest.Vars{"orders": one(order), "gatewayId": s.card})
				if got.Payment == nil || got.Payment.Status != "PAID" {
					t.Errorf("pay: %+v", got)
				}
			}
		})
	}
	all.Wait()
	s.rate, s.work = many/time.Since(began).Seconds(), (s.processorTime(t)-worked).Seconds()/many
}

// processorTime is what this process has used, clients included, and PostgreSQL for the
// server's connections.
func (s *payingServer) processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var backends []int
	if err := s.api.Database.DB.Select(&backends, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
	for _, pid := range backends {
		used += timeOf(t, pid)
	}
	return used
}

// timeOf is the processor's time that another process has used.
func timeOf(t *testing.T, pid int) (used time.Duration) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skipf("processor time of process %d: %v", pid, err)
	}
	const tick = 10 * time.Millisecond // USER_HZ
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		used += time.Duration(n) * tick
	}
	return used
}

// statements counts what one payment sends to the database.
func (s *payingServer) statements(t *testing.T) int64 {
	t.Helper()
	order := s.make.Order(s.customer, 100)
	before := s.sent.count.Load()
	s.make.PayWhole(s.card, order)
	return s.sent.count.Load() - before
}

// telling counts what is sent, and where it tells says with each transaction and each
// lone statement of which tenant it is.
type telling struct {
	tells bool
	count atomic.Int64
}

type tellingConnector struct {
	driver.Connector
	telling *telling
}

func (c tellingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &tellingConn{Conn: conn.(store.Conn), telling: c.telling}, nil
}

type tellingConn struct {
	store.Conn
	telling *telling
	inTx    bool
}

func (c *tellingConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	c.telling.count.Add(2) // and its end
	tx, err := c.Conn.BeginTx(ctx, options)
	c.inTx = err == nil
	return tellingTx{tx, c}, err
}

type tellingTx struct {
	driver.Tx
	conn *tellingConn
}

func (t tellingTx) Commit() error   { t.conn.inTx = false; return t.Tx.Commit() }
func (t tellingTx) Rollback() error { t.conn.inTx = false; return t.Tx.Rollback() }

func (c *tellingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.telling.count.Add(1)
	return c.Conn.ExecContext(ctx, query, args)
}

func (c *tellingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.telling.count.Add(1)
	actor, _ := pay.ActorFrom(ctx)
	if !c.telling.tells || actor.TenantID == uuid.Nil {
		return c.Conn.QueryContext(ctx, query, args)
	}
	tenant := driver.NamedValue{Ordinal: len(args) + 1, Value: actor.TenantID.String()}
	const first = "set_config('paygraph.role', $2, true)"
	switch {
	case c.inTx && strings.Contains(query, first): // the tenant travels with who acts
		return c.Conn.QueryContext(ctx, strings.Replace(query, first, first+" || set_config('paygraph.tenant', $4, true)", 1), append(args, tenant))
	case c.inTx:
		return c.Conn.QueryContext(ctx, query, args)
	}
	tx, err := c.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return nil, err
	}
	c.telling.count.Add(1)
	tenant.Ordinal = 1
	if _, err := c.Conn.ExecContext(ctx, "SELECT set_config('paygraph.tenant', $1, true)", []driver.NamedValue{tenant}); err != nil {
		tx.Rollback()
		return nil, err
	}
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		tx.Rollback()
		return nil, err
	}
	return loneRows{rows, tx}, nil
}

// loneRows end their transaction.
type loneRows struct {
	driver.Rows
	tx driver.Tx
}

func (r loneRows) Close() error {
	err := r.Rows.Close()
	if end := r.tx.Commit(); err == nil {
		err = end
	}
	return err
}
