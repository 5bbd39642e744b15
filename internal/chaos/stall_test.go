package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
)

// TestStalledCalls has processes stand still between their commit and each call of a
// gateway, until long after their leases, and then find that they cannot send. Meanwhile
// somebody else asked, the provider did it, and no answer arrives: that nothing was sent
// is no evidence any more.
func TestStalledCalls(t *testing.T) {
	w := openWithin(t)
	var stalls, finished sync.WaitGroup
	stalled := w.stallable(t)
	stalls.Add(len(stalled))
	for _, c := range stalled {
		finished.Go(func() {
			c.flow.attempt(t.Context(), w.bench, http.Header{failpoint.Header: {c.point + "=" + string(failpoint.Stall)}}, c.key, c.wish)
			stalls.Done()
			stalls.Wait() // until then no answer says what came of it
			w.Provider.Mute(c.key, false)
			ctx, cancel := context.WithTimeout(t.Context(), chaos.Healing)
			defer cancel()
			if err := c.flow.finish(ctx, w.bench, c.key, c.wish, w.wakeDue); err != nil {
				t.Errorf("%s stalled %s: %v", c.flow.name, c.point, err)
			}
		})
	}
	stopped, stop := context.WithCancel(t.Context())
	finished.Go(func() {
		defer stop()
		stalls.Wait()
	})
	for stopped.Err() == nil {
		if err := w.wakeDue(stopped); err != nil && stopped.Err() == nil {
			t.Error(err)
			break
		}
		chaos.Pause(stopped, 20*time.Millisecond)
	}
	finished.Wait()
	t.Logf("%d calls stalled", len(stalled))
	w.verdict(t)
}

// stall is a request that is to stall before one of its calls.
type stall struct {
	flow       flow
	point, key string
	wish       wish
}

// stallable prepares a request for each call of each flow, about which the provider then
// says nothing.
func (w within) stallable(t *testing.T) (list []stall) {
	t.Helper()
	for _, f := range flows() {
		if f.mutation == "" {
			continue // the provider asks, and is asked nothing
		}
		for _, point := range f.points(t, w.bench) {
			if !strings.HasPrefix(point, failpoint.BeforeCall) {
				continue
			}
			key := fmt.Sprintf("stall-%s-%d", f.name, len(list))
			subject, err := f.prepare(t.Context(), w.bench, key)
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			w.Provider.Mute(key, true)
			list = append(list, stall{f, point, key, subject})
		}
	}
	return list
}
