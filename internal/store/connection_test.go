package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	db := b.pool(2)
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
	ctx, readAll, end := s.OnOneConnection(b.acting())
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
	readAll()
	inUse(0)
	read(ctx) // by whatever is late
	inUse(0)
	end(false)
}

// TestConnectionsForWriting proves that queries hold half of the pool at most: a transaction
// finds a connection however many of them there are, and who waits gets the next.
func TestConnectionsForWriting(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.pool(2)
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	read := func(ctx context.Context) error {
		_, err := rows.Payments(ctx, []uuid.UUID{pay.NewID()})
		return err
	}
	first, readAll, end := s.OnOneConnection(b.acting())
	if err := read(first); err != nil {
		t.Fatal(err)
	}
	readAll() // and has its place until it has written what it read
	second, _, endSecond := s.OnOneConnection(b.acting())
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
	end(false)
	if err := <-waits; err != nil {
		t.Error(err)
	}
	endSecond(false)
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections were not given back", n)
	}
}

// TestConnectionsInTurn proves that who reads on and on gives the connection back between two
// statements when somebody waits for it.
func TestConnectionsInTurn(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone() // one connection
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	limited, cancel := context.WithTimeout(b.acting(), time.Minute)
	defer cancel()
	long, _, end := s.OnOneConnection(limited)
	defer end(false)
	read := func(ctx context.Context) error {
		_, err := rows.Payments(ctx, []uuid.UUID{pay.NewID()})
		return err
	}
	if err := read(long); err != nil {
		t.Fatal(err)
	}
	waits := make(chan error, 1)
	go func() {
		short, _, end := s.OnOneConnection(limited)
		defer end(false)
		waits <- read(short)
	}()
	for {
		select {
		case err := <-waits:
			if err != nil {
				t.Errorf("who waited beside one that reads on and on: %v", err)
			}
			return
		default:
			if err := read(long); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestOneConnectionWhileOthersRead proves that a transaction of a context begins though other
// statements of the same context go on: the connection that it gave back is not taken again
// meanwhile.
func TestOneConnectionWhileOthersRead(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone()
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	limited, cancel := context.WithTimeout(b.acting(), time.Minute)
	defer cancel()
	ctx, _, end := s.OnOneConnection(limited)
	defer end(false)
	var done atomic.Bool
	var reading sync.WaitGroup
	for range 4 {
		reading.Go(func() {
			for !done.Load() {
				if _, err := rows.Payments(ctx, []uuid.UUID{pay.NewID()}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		start := time.Now()
		if err := s.InTx(ctx, func(context.Context) error { return nil }); err != nil {
			t.Errorf("transaction %d, after %s: %v", i, time.Since(start), err)
			break
		}
	}
	done.Store(true)
	reading.Wait()
}
