package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
	"github.com/paygraph/paygraph/internal/chaos/psp"
)

// TestStalledCalls has processes stand still between their commit and each call of a
// gateway, until long after their leases, and then find that they cannot send. Meanwhile
// somebody else asked, the provider did it, and that answer was lost: that nothing was
// sent is no evidence any more.
func TestStalledCalls(t *testing.T) {
	w := openWithin(t)
	var stalls, finished sync.WaitGroup
	var cases atomic.Int64
	for _, f := range flows() {
		if f.mutation == "" {
			continue // the provider asks, and is asked nothing
		}
		for _, point := range f.points(t, w.bench) {
			if !strings.HasPrefix(point, failpoint.BeforeCall) {
				continue
			}
			key := fmt.Sprintf("stall-%s-%d", f.name, cases.Add(1))
			subject, err := f.prepare(t.Context(), w.bench, key)
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			w.Provider.Force(key, psp.ResetAfter)
			stalls.Add(1)
			finished.Go(func() {
				f.attempt(t.Context(), w.bench, http.Header{failpoint.Header: {point + "=" + string(failpoint.Stall)}}, key, subject)
				stalls.Done()
				stalls.Wait() // until then only the first answers of the others are lost
				ctx, cancel := context.WithTimeout(t.Context(), chaos.Healing)
				defer cancel()
				if err := f.finish(ctx, w.bench, key, subject, w.wakeDue); err != nil {
					t.Errorf("%s stalled %s: %v", f.name, point, err)
				}
			})
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	finished.Go(func() {
		defer stop()
		stalls.Wait()
	})
	for stopped.Err() == nil {
		if err := w.askOnce(stopped); err != nil && stopped.Err() == nil {
			t.Error(err)
			break
		}
	}
	finished.Wait()
	t.Logf("%d calls stalled", cases.Load())
	w.verdict(t)
}

// askOnce does what is due, but for what the provider has done already: its outcome
// stays unknown.
func (w within) askOnce(ctx context.Context) error {
	known := map[string]bool{}
	for _, c := range w.Provider.Charges() {
		known[c.Attempt] = true
		for id := range c.Operations {
			known[id] = true
		}
		for id := range c.Refunds {
			known[id] = true
		}
	}
	due, err := w.app.Service.ClaimDue(ctx, 100)
	if err != nil {
		return err
	}
	for _, d := range due {
		if known[d.ID.String()] {
			continue
		}
		if err := w.app.Service.Wake(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
