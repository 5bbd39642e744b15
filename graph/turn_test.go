package graph

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/pay"
)

// slowReader is an executor that reads documents until it is told to stop.
type slowReader struct {
	graphql.GraphExecutor
	mu      sync.Mutex
	reading map[string]int // by the caller
	stop    chan struct{}
	// refuses says whether what was read is refused.
	refuses bool
	failed  []error
}

func (r *slowReader) CreateOperationContext(ctx context.Context, _ *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	if late := takeTurn(ctx); late != nil {
		r.failed = append(r.failed, late)
		return nil, gqlerror.List{late}
	}
	actor, _ := pay.ActorFrom(ctx)
	r.count(actor.ID, 1)
	<-r.stop
	r.count(actor.ID, -1)
	if r.refuses {
		return nil, gqlerror.List{requestFault(codeParseFailed, "no")}
	}
	return nil, nil
}

func (r *slowReader) count(caller string, more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading[caller] += more
}

// turnsTest has callers read.
type turnsTest struct {
	*testing.T
	*turns
	*slowReader
	tenant uuid.UUID
}

func newTurnsTest(t *testing.T, free int) *turnsTest {
	few := newTurns(true)
	few.free = make(chan struct{}, free)
	return &turnsTest{t, few, &slowReader{reading: map[string]int{}, stop: make(chan struct{})}, uuid.New()}
}

func (t *turnsTest) read(ctx context.Context, caller string, bytes int) {
	ctx = pay.WithActor(withBudget(ctx), pay.Actor{TenantID: t.tenant, ID: caller})
	noteSent(ctx, bytes)
	go turnExecutor{t.slowReader, t.turns}.CreateOperationContext(ctx, nil)
	synctest.Wait()
}

// finish ends what is being read of one caller.
func (t *turnsTest) finish() {
	t.stop <- struct{}{}
	synctest.Wait()
}

func (t *turnsTest) expect(when string, a, b, c int) {
	t.Helper()
	t.slowReader.mu.Lock()
	defer t.slowReader.mu.Unlock()
	if r := t.reading; r["a"] != a || r["b"] != b || r["c"] != c {
		t.Errorf("%s: %v are read, not %d, %d, %d", when, r, a, b, c)
	}
}

func (t *turnsTest) expectNothing() {
	t.Helper()
	if len(t.of) != 0 || len(t.free) != 0 {
		t.Errorf("of %d callers turns are kept, %d of all", len(t.of), len(t.free))
	}
}

// TestTurns proves that one document of a caller is read at a time and so many of all,
// that who waits in vain is told so, and that nothing is kept of who is done.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := newTurnsTest(t, 2)
		hasty, leave := context.WithCancel(t.Context())
		few.read(t.Context(), "a", 0)
		few.read(t.Context(), "a", 0)
		few.expect("two of one", 1, 0, 0)
		few.read(t.Context(), "b", 0)
		few.expect("one of another", 1, 1, 0)
		few.read(hasty, "c", 0)
		few.expect("one of a third", 1, 1, 0)
		leave()
		synctest.Wait()
		if len(few.failed) != 1 || !errors.Is(few.failed[0], pay.ErrUnavailable) || len(few.of) != 2 {
			t.Errorf("who left was told %v; %d are left", few.failed, len(few.of))
		}
		for range 3 {
			few.finish()
		}
		few.expect("all is read", 0, 0, 0)
		few.expectNothing()
	})
}

// TestTurnAfterRefusal proves that who sent what was refused waits before the next, that
// others do not, and that nobody waits where no points are counted.
func TestTurnAfterRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := newTurnsTest(t, 1)
		few.refuses = true
		few.read(t.Context(), "a", 0)
		few.finish()
		few.read(t.Context(), "a", 0)
		few.expect("after a refusal", 0, 0, 0)
		for range pausedWaiting {
			few.read(t.Context(), "a", 0)
		}
		if late := (throttled{}); len(few.failed) != 1 || !errors.As(few.failed[0], &late) {
			t.Errorf("what is too much after a refusal is told %v", few.failed)
		}
		few.read(t.Context(), "b", 0)
		few.expect("another", 0, 1, 0)
		few.finish()
		for i := range pausedWaiting {
			if time.Sleep(refusedPause); i == 1 { // the one who was turned away costs as much again
				time.Sleep(refusedPause)
			}
			synctest.Wait()
			few.expect("after a pause", 1, 0, 0)
			few.finish()
		}
		time.Sleep(refusedPause)
		synctest.Wait()
		few.expectNothing()
		if newTurns(false).pause != 0 {
			t.Error("who spends no points waits")
		}
	})
}

// TestTurnsOfCrowd proves that who goes on sending when turned away waits longer and longer, up to a
// bound, and as long as before when one document was good.
func TestTurnsOfCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := newTurnsTest(t, 1)
		few.refuses = true
		crowd := func() {
			for range pausedWaiting + 1 {
				few.read(t.Context(), "a", 0)
			}
		}
		few.read(t.Context(), "a", 0)
		few.finish()
		crowd()
		pass := func(pause time.Duration) {
			t.Helper()
			time.Sleep(pause*time.Millisecond - 1)
			synctest.Wait()
			few.expect("before the pause is over", 0, 0, 0)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			few.expect("when it is over", 1, 0, 0)
		}
		pass(200)
		for _, pause := range []time.Duration{400, 800, 1600, 1600} {
			few.finish()
			crowd()
			pass(pause)
		}
		few.refuses = false
		few.finish()
		few.expect("after a good one", 1, 0, 0)
		few.refuses = true
		few.finish()
		pass(200)
		few.refuses = false
		for len(few.of) > 0 {
			few.finish()
		}
		few.expectNothing()
	})
}

// TestTurnsInBytes proves that what waits of one caller is bounded, and that what others
// wait for does not count.
func TestTurnsInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := newTurnsTest(t, 2)
		few.read(t.Context(), "a", maxWaiting/2)
		few.read(t.Context(), "a", maxWaiting/2)
		few.read(t.Context(), "a", 0)
		if late := (throttled{}); len(few.failed) != 1 || !errors.As(few.failed[0], &late) {
			t.Errorf("what is too much is told %v", few.failed)
		}
		few.read(t.Context(), "b", maxWaiting)
		few.expect("of another", 1, 1, 0)
		for range 3 {
			few.finish()
		}
		few.expectNothing()
	})
}
