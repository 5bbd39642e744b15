package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestCompaniesAtOnce proves that the callers of one company, however many it makes, have
// a bounded number of connections together, which takes none from another company, and
// that they are free again when they are gone.
func TestCompaniesAtOnce(t *testing.T) {
	t.Parallel()
	const most = 1000
	tenants := map[string]uuid.UUID{"greedy": uuid.New(), "other": uuid.New()}
	authenticate := func(_ context.Context, authorization string) (pay.Actor, error) {
		tenant, key, _ := strings.Cut(authorization, " ")
		return pay.Actor{ID: key, TenantID: tenants[tenant]}, nil
	}
	connections := live.New(authenticate, time.Hour, slog.New(slog.DiscardHandler))
	admitted := make(chan *live.Connection, 2*most)
	var refused atomic.Int64
	var callers sync.WaitGroup
	for key := range 2 * most / 50 {
		callers.Go(func() {
			for range 50 {
				_, conn, err := connections.Admit(t.Context(), fmt.Sprint("greedy ", key))
				switch {
				case err == nil:
					admitted <- conn
				case errors.Is(err, live.ErrTooMany):
					refused.Add(1)
				default:
					t.Errorf("refused with %v", err)
				}
			}
		})
	}
	callers.Wait()
	if len(admitted) != most || refused.Load() != most || connections.Len() != most {
		t.Errorf("%d are let in, %d refused, %d open", len(admitted), refused.Load(), connections.Len())
	}
	if _, _, err := connections.Admit(t.Context(), "other key"); err != nil {
		t.Errorf("another company: %v", err)
	}
	close(admitted)
	for conn := range admitted {
		callers.Go(conn.Leave)
	}
	callers.Wait()
	for range 100 {
		if _, _, err := connections.Admit(t.Context(), "greedy key"); err != nil {
			t.Fatalf("when they are gone: %v", err)
		}
	}
	if _, _, err := connections.Admit(t.Context(), "greedy key"); !errors.Is(err, live.ErrTooMany) {
		t.Errorf("one caller's hundred and first: %v", err)
	}
}
