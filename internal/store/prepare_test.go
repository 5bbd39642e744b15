package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// alone opens the database with one connection, on which all runs, that keeps its statements
// prepared.
func (b base) alone() *sqlx.DB { return b.pool(1) }

// pool is alone with so many connections at most.
func (b base) pool(size int) *sqlx.DB {
	b.t.Helper()
	db, err := store.Open(b.url, true, store.Patience, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(size)
	return db
}

// TestPrepared proves that a connection prepares each statement once, and keeps a bounded
// number of them and of bytes of text, those that it used last.
func TestPrepared(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone()
	rows := store.New(db).For(pay.Actor{TenantID: b.tenant.ID})
	kept := func() (n int) {
		// Not through the pool's own texts: this one is kept too.
		if err := db.GetContext(b.acting(), &n, "SELECT count(*) FROM pg_prepared_statements"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 3 {
		if _, err := rows.Payments(b.acting(), []uuid.UUID{pay.NewID()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := kept(); n != 4 {
		t.Errorf("%d statements are prepared after one, what looks at the server, what tells the tenant and the question itself", n)
	}
	listed := func(ctx context.Context) {
		t.Helper()
		for offset := range 320 { // each its own text
			if _, err := rows.ListPayments(ctx, pay.PaymentFilter{}, pay.NewestFirst, pay.Page{Limit: 1, Offset: offset}); err != nil {
				t.Fatal(err)
			}
		}
	}
	listed(pay.WithFields(b.acting(), pay.NewFields([]string{"Payment.ID"})))
	if n := kept(); n != 300 {
		t.Errorf("%d statements are prepared", n)
	}
	var newest bool
	if err := db.GetContext(b.acting(), &newest, "SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE statement LIKE '%OFFSET 319')"); err != nil {
		t.Fatal(err)
	}
	if !newest {
		t.Error("the statement that was used last is not kept")
	}
	listed(b.acting()) // with all columns
	var text int
	if err := db.GetContext(b.acting(), &text, "SELECT sum(length(statement)) FROM pg_prepared_statements"); err != nil {
		t.Fatal(err)
	}
	if text > 128<<10 || text < 64<<10 || kept() == 300 {
		t.Errorf("%d bytes of statements are prepared", text)
	}
}

// TestPlanIsKept proves that what is asked of a few ids is not planned anew each time: five
// times PostgreSQL tries, and then it keeps a plan if that costs no more.
func TestPlanIsKept(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	id, page := []uuid.UUID{pay.NewID()}, pay.Page{Limit: 50}
	name := pay.FormatID(pay.KindPayment, id[0])
	all := pay.Nested{}
	for name := range hanging {
		all[name] = pay.Nested{"Transaction.gateway": nil}
	}
	for what, ask := range map[string]func(context.Context, store.Tenant) error{
		"orders": func(ctx context.Context, t store.Tenant) error { return failed(t.Orders(ctx, id)) },
		"payment": func(ctx context.Context, t store.Tenant) error {
			return failed(t.PaymentBy(ctx, pay.PaymentLookup{ID: &name}))
		},
		"payment with all that hangs on it": func(ctx context.Context, t store.Tenant) error {
			return failed(t.PaymentBy(pay.WithNested(ctx, &all), pay.PaymentLookup{ID: &name}))
		},
		"payments with all that hangs on them": func(ctx context.Context, t store.Tenant) error {
			return failed(t.ListPayments(pay.WithNested(ctx, &all), pay.PaymentFilter{}, pay.NewestFirst, page))
		},
		"children": func(ctx context.Context, t store.Tenant) error {
			return failed(t.PaymentsUnder(ctx, pay.OfOrder, id, page))
		},
		"counts": func(ctx context.Context, t store.Tenant) error {
			return failed(t.CountPaymentsUnder(ctx, pay.OfOrder, id))
		},
	} {
		db := b.alone()
		s := store.New(db)
		for range 20 {
			ctx, read, end := s.OnOneConnection(b.acting())
			err := ask(ctx, s.For(pay.Actor{TenantID: b.tenant.ID}))
			read()
			end(false)
			if err != nil {
				t.Fatal(err)
			}
		}
		var planned int
		if err := db.GetContext(b.acting(), &planned, "SELECT max(custom_plans) FROM pg_prepared_statements"); err != nil {
			t.Fatal(err)
		}
		if planned > 5 {
			t.Errorf("%s: asked 20 times and planned %d times", what, planned)
		}
	}
}

func failed[T any](_ T, err error) error { return err }

// TestListsArePlannedForAll proves that the planner does not see whose list is read, or it
// would make a plan of its own for the list of each company with many rows, each time.
func TestListsArePlannedForAll(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.fillCrowd(500)
	record := &recorder{}
	s := record.open(t, b.url)
	conn, err := b.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	active := true // as lists are asked for
	for what, from := range map[string]*pay.Position{"first": nil, "later": {Keys: []any{time.Now()}, ID: pay.NewID()}} {
		var costs []float64
		for _, tenant := range []uuid.UUID{b.tenant.ID, pay.NewID()} { // with many rows, and with none
			rows := s.For(pay.Actor{TenantID: tenant})
			if _, err := rows.ListPayments(b.acting(), pay.PaymentFilter{IsActive: &active}, pay.NewestFirst, pay.Page{Limit: 50, From: from}); err != nil {
				t.Fatal(err)
			}
			taken := record.take()
			list := slices.IndexFunc(taken, func(s statement) bool { return strings.Contains(s.query, "FROM payments t") })
			p, err := explain(t.Context(), conn, taken[list])
			if err != nil {
				t.Fatal(err)
			}
			if !p.uses("payments_by_creation") {
				t.Errorf("the %s page is not read by its index", what)
			}
			costs = append(costs, p.Cost)
		}
		if costs[0] != costs[1] {
			t.Errorf("the %s page of many rows costs %v, of none %v: the planner has seen whose it is", what, costs[0], costs[1])
		}
	}
}

// TestPreparedAfterFailure proves that a connection with prepared statements
// works on after a statement failed in a transaction.
func TestPreparedAfterFailure(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone()
	s := store.New(db)
	rows, row := s.For(pay.Actor{TenantID: b.tenant.ID}), newBusiness()
	insert := func(ctx context.Context) error { return rows.InsertBusiness(ctx, row) }
	if err := s.InTx(b.acting(), insert); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.InTx(b.acting(), insert); err == nil {
			t.Error("the same row twice is accepted")
		}
		if found, err := rows.Businesses(b.acting(), []uuid.UUID{row.ID}); err != nil || len(found) != 1 {
			t.Errorf("after a failure: %d rows, %v", len(found), err)
		}
	}
}
