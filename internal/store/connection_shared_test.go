package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestOneConnectionWhileOthersRead: a transaction of a context begins though other statements
// of the same context go on: the connection that it gave back must not be taken again meanwhile.
func TestOneConnectionWhileOthersRead(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.alone()
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: b.tenant.ID})
	limited, cancel := context.WithTimeout(b.acting(), 5*time.Second)
	defer cancel()
	ctx, end := s.OnOneConnection(limited)
	defer end()
	var done atomic.Bool
	for range 4 {
		go func() {
			for !done.Load() {
				rows.Payments(ctx, []uuid.UUID{pay.NewID()})
			}
		}()
	}
	for i := range 300 {
		start := time.Now()
		if err := s.InTx(ctx, func(context.Context) error { return nil }); err != nil {
			t.Errorf("transaction %d, after %s: %v", i, time.Since(start), err)
			break
		}
	}
	done.Store(true)
}
