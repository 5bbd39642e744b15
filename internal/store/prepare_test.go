package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// alone opens the database with one connection, on which all runs, that keeps its statements
// prepared.
func (b base) alone() *sqlx.DB {
	b.t.Helper()
	db, err := store.Open(b.url, true, store.Patience, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

// TestPrepared proves that a connection prepares each statement once, keeps a
// bounded number of them, and runs those beyond the bound all the same.
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
	for offset := range 320 { // each its own text
		if _, err := rows.ListPayments(b.acting(), pay.PaymentFilter{}, pay.NewestFirst, pay.Page{Limit: 1, Offset: offset}); err != nil {
			t.Fatal(err)
		}
	}
	if n := kept(); n != 300 {
		t.Errorf("%d statements are prepared", n)
	}
}

// TestPlanIsKept proves that a lookup of few ids is not planned anew each time: five times
// PostgreSQL tries, and then it keeps a plan if that costs no more.
func TestPlanIsKept(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone()
	rows := store.New(db).For(pay.Actor{TenantID: b.tenant.ID})
	for range 20 {
		if _, err := rows.Orders(b.acting(), []uuid.UUID{pay.NewID()}); err != nil {
			t.Fatal(err)
		}
	}
	var planned int
	if err := db.GetContext(b.acting(), &planned, "SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE '%FROM orders t%' AND statement NOT LIKE '%pg_prepared_statements%'"); err != nil {
		t.Fatal(err)
	}
	if planned > 5 {
		t.Errorf("20 lookups were planned %d times", planned)
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
