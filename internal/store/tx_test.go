package store_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

var errOnPurpose = errors.New("on purpose")

// newBusiness is a row that hangs on nothing.
func newBusiness() store.NewBusiness {
	return store.NewBusiness{Business: pay.Business{ID: pay.NewID(), Name: "shop", CreatedAt: noon, UpdatedAt: noon}, Fingerprint: []byte{1}}
}

// stored says whether the row is committed.
func (b base) stored(row store.NewBusiness) bool {
	b.t.Helper()
	rows, err := b.rows.Businesses(context.WithoutCancel(b.t.Context()), []uuid.UUID{row.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(rows) == 1
}

// TestInTx proves when the effect of a transaction stays and when it does not.
func TestInTx(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	row := newBusiness()
	insert := func(ctx context.Context) error { return b.rows.InsertBusiness(ctx, row) }

	t.Run("Commit", func(t *testing.T) {
		row = newBusiness()
		if err := b.store.InTx(t.Context(), func(ctx context.Context) error {
			if !store.HoldsTx(ctx) || store.HoldsTx(t.Context()) {
				t.Error("HoldsTx does not tell the two contexts apart")
			}
			return insert(ctx)
		}); err != nil || !b.stored(row) {
			t.Errorf("stored %v, %v", b.stored(row), err)
		}
	})
	t.Run("Rollback", func(t *testing.T) {
		row = newBusiness()
		err := b.store.InTx(t.Context(), func(ctx context.Context) error { return errors.Join(insert(ctx), errOnPurpose) })
		if !errors.Is(err, errOnPurpose) || b.stored(row) {
			t.Errorf("stored %v, %v", b.stored(row), err)
		}
	})
	t.Run("Nested", func(t *testing.T) {
		row = newBusiness()
		err := b.store.InTx(t.Context(), func(ctx context.Context) error {
			if err := b.rows.InTx(ctx, insert); err != nil {
				return err
			}
			if b.stored(row) {
				t.Error("the inner one committed by itself")
			}
			return errOnPurpose
		})
		if !errors.Is(err, errOnPurpose) || b.stored(row) {
			t.Errorf("stored %v, %v", b.stored(row), err)
		}
	})
	t.Run("Panic", func(t *testing.T) {
		row = newBusiness()
		func() {
			defer func() {
				if recover() != errOnPurpose {
					t.Error("the panic was swallowed")
				}
			}()
			_ = b.store.InTx(t.Context(), func(ctx context.Context) error {
				if err := insert(ctx); err != nil {
					return err
				}
				panic(errOnPurpose)
			})
		}()
		if b.stored(row) || b.db.Stats().InUse != 0 {
			t.Errorf("stored %v, %d connections in use", b.stored(row), b.db.Stats().InUse)
		}
	})
	t.Run("FailedStatement", func(t *testing.T) {
		row = newBusiness()
		err := b.store.InTx(t.Context(), func(ctx context.Context) error {
			if err := insert(ctx); err != nil {
				return err
			}
			if insert(ctx) == nil {
				t.Error("the same row twice is accepted")
			}
			return nil // a mistake: the server rolls back what it is told to commit
		})
		if err == nil || errors.Is(err, store.ErrCommitUnknown) || b.stored(row) {
			t.Errorf("stored %v, %v", b.stored(row), err)
		}
	})
}

// TestWriteNeedsTx proves that writing outside a transaction ends the program
// rather than risking a statement that is sent twice.
func TestWriteNeedsTx(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, writes := range []map[string]func(context.Context, store.Tenant) error{w.updates(), w.inserts(), w.roots()} {
		for name, write := range writes {
			func() {
				defer func() {
					if fault := recover(); fault != "store: write outside a transaction" {
						t.Errorf("%s outside a transaction: %v", name, fault)
					}
				}()
				_ = write(t.Context(), w.rows)
			}()
		}
	}
}

// TestPoolOfOne proves that a transaction with reads and a nested transaction
// needs one connection, so that a full pool cannot wait for itself, with
// statements prepared and without.
func TestPoolOfOne(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	for _, prepare := range []bool{false, true} {
		db, err := store.Open(b.url, prepare, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(1)
		s := store.New(db)
		rows := s.For(pay.Actor{TenantID: b.tenant.ID})
		ctx, cancel := context.WithTimeout(b.acting(), 10*time.Second)
		defer cancel()
		for range 3 {
			row := newBusiness()
			if err := s.InTx(ctx, func(ctx context.Context) error {
				if err := rows.InsertBusiness(ctx, row); err != nil {
					return err
				}
				return s.InTx(ctx, func(ctx context.Context) error {
					found, err := rows.Businesses(ctx, []uuid.UUID{row.ID})
					if len(found) != 1 {
						t.Error("a transaction does not read what it wrote")
					}
					return err
				})
			}); err != nil {
				t.Fatalf("prepare %v: %v", prepare, err)
			}
		}
	}
}

// TestCancelledTx proves that a transaction whose caller went away is rolled
// back and gives its connection back, wherever it stood.
func TestCancelledTx(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.db.SetMaxOpenConns(1)
	for name, cancelAt := range map[string]int{"before": 0, "after the first write": 1, "before the commit": 2} {
		ctx, cancel := context.WithCancel(t.Context())
		step := func(n int) {
			if n == cancelAt {
				cancel()
			}
		}
		row, other := newBusiness(), newBusiness()
		step(0)
		err := b.store.InTx(ctx, func(ctx context.Context) error {
			if err := b.rows.InsertBusiness(ctx, row); err != nil {
				return err
			}
			step(1)
			if err := b.rows.InsertBusiness(ctx, other); err != nil {
				return err
			}
			step(2)
			return nil
		})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) { // the latter when the rollback is first
			t.Errorf("cancelled %s: %v", name, err)
		}
		wait, stop := context.WithTimeout(t.Context(), 10*time.Second)
		conn, err := b.db.Conn(wait) // the only one, so this waits until it is back
		stop()
		if err != nil {
			t.Fatalf("cancelled %s: the connection does not come back: %v", name, err)
		}
		conn.Close()
		if n := b.db.Stats().InUse; n != 0 || b.stored(row) || b.stored(other) {
			t.Errorf("cancelled %s: %d connections in use, stored %v and %v", name, n, b.stored(row), b.stored(other))
		}
		cancel()
	}
}

// TestDeadlock proves that of two transactions that wait for one another both
// end well, the one that the server stops by being run again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := []uuid.UUID{w.orders[0].ID, w.orders[1].ID}
	var met sync.WaitGroup // until both hold their first lock
	met.Add(2)
	ended := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	var tries atomic.Int64
	var group sync.WaitGroup
	for i, minor := range []int64{11, 22} {
		group.Go(func() {
			defer close(ended[i])
			var again bool
			err := w.store.InTx(t.Context(), func(ctx context.Context) error {
				tries.Add(1)
				if again { // or it may have its first lock before the other one has its second
					<-ended[1-i]
				}
				if _, err := w.rows.OrdersForUpdate(ctx, both[i:i+1]); err != nil {
					return err
				}
				if !again {
					again = true
					met.Done()
					met.Wait()
				}
				order, err := w.rows.OrdersForUpdate(ctx, both[1-i:2-i])
				if err != nil {
					return err
				}
				order[0].HeldMinor += minor
				return w.rows.UpdateOrderDebts(ctx, order)
			})
			if err != nil {
				t.Errorf("transaction %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if n := tries.Load(); n != 3 {
		t.Errorf("%d tries of two transactions, want one of them twice", n)
	}
	rows, err := w.rows.Orders(t.Context(), both)
	if err != nil || len(rows) != 2 || rows[0].HeldMinor+rows[1].HeldMinor != w.orders[0].HeldMinor+w.orders[1].HeldMinor+33 {
		t.Errorf("orders: %+v, %v", rows, err)
	}
}
