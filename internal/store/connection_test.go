package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestOneConnection proves that the statements of a context share a connection, that it is
// given back at the end and before a transaction, which would wait for a second one for ever,
// and that one that was lost is replaced.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db, err := store.Open(b.url, true, store.Patience, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(2)
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	read := func(ctx context.Context) {
		t.Helper()
		if _, err := rows.Payments(ctx, []uuid.UUID{pay.NewID()}); err != nil {
			t.Fatal(err)
		}
		if _, err := rows.CountPayments(ctx, pay.PaymentFilter{}); err != nil {
			t.Fatal(err)
		}
	}
	inUse := func(want int) {
		t.Helper()
		if n := db.Stats().InUse; n != want {
			t.Errorf("%d connections are in use, want %d", n, want)
		}
	}
	ctx, end := s.OnOneConnection(b.acting())
	inUse(0)
	read(ctx)
	inUse(1)
	read(ctx)
	inUse(1)
	if err := s.InTx(ctx, func(ctx context.Context) error {
		inUse(1)
		read(ctx)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	inUse(0)
	read(ctx)
	inUse(1)
	b.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	read(ctx)
	end()
	inUse(0)
	read(ctx) // by whatever is late
	inUse(0)
}

// TestConnectionsForWriting proves that queries hold half of the pool at most: a transaction
// finds a connection however many of them there are, and who waits gets the next.
func TestConnectionsForWriting(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db, err := store.Open(b.url, true, store.Patience, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(2)
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	read := func(ctx context.Context) error {
		_, err := rows.Payments(ctx, []uuid.UUID{pay.NewID()})
		return err
	}
	first, end := s.OnOneConnection(b.acting())
	if err := read(first); err != nil {
		t.Fatal(err)
	}
	second, endSecond := s.OnOneConnection(b.acting())
	impatient, cancel := context.WithCancel(second)
	cancel()
	if err := read(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("who no longer waits is told %v", err)
	}
	if err := s.InTx(b.acting(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	waits := make(chan error)
	go func() { waits <- read(second) }()
	end()
	if err := <-waits; err != nil {
		t.Error(err)
	}
	endSecond()
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections were not given back", n)
	}
}
