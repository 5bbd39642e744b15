package gateway_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
)

// TestBreaker proves that a breaker opens after enough failures and not before, lets one
// try through after each pause, closes with the first answer, and is one gateway's alone.
func TestBreaker(t *testing.T) {
	t.Parallel()
	b, now := gateway.NewBreakers(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := gateway.BreakerKey{Tenant: uuid.New(), Gateway: uuid.New()}
	expect := func(what string, want bool) {
		t.Helper()
		if got := b.Try(k, now); got != want {
			t.Errorf("%s: may be tried is %t", what, got)
		}
	}
	for range gateway.BreakerFailures - 1 {
		b.Record(k, true, now)
	}
	expect("one failure short", true)
	now = now.Add(gateway.BreakerWindow)
	b.Record(k, true, now)
	expect("the failures before are too old", true)
	for range 3 * gateway.BreakerFailures {
		b.Record(k, false, now)
	}
	for range gateway.BreakerFailures {
		b.Record(k, true, now)
	}
	expect("most of it works", true)
	for range 3 * gateway.BreakerFailures {
		b.Record(k, true, now)
	}
	expect("open", false)
	if !b.Try(gateway.BreakerKey{Tenant: uuid.New(), Gateway: k.Gateway}, now) || !b.Try(gateway.BreakerKey{Tenant: k.Tenant, Gateway: uuid.New()}, now) {
		t.Error("another gateway's breaker is open")
	}
	now = now.Add(gateway.BreakerPause - 1)
	expect("not yet", false)
	now = now.Add(1)
	expect("the first after the pause", true)
	expect("the second waits for the first", false)
	b.Record(k, true, now)
	now = now.Add(gateway.BreakerPause)
	expect("the first after another pause", true)
	b.Record(k, false, now)
	expect("closed", true)
	expect("still closed", true)
	b.Record(k, true, now)
	expect("begins to count anew", true)
}

// TestBreakerTellsChanges proves that each opening and closing is told once, so that they
// can be counted, and that looking takes nobody's turn.
func TestBreakerTellsChanges(t *testing.T) {
	t.Parallel()
	b, now := gateway.NewBreakers(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := gateway.BreakerKey{Tenant: uuid.New(), Gateway: uuid.New()}
	record := func(failed bool, want gateway.BreakerChange) {
		t.Helper()
		if got := b.Record(k, failed, now); got != want {
			t.Errorf("failed %t: %q, want %q", failed, got, want)
		}
	}
	record(false, "")
	for range gateway.BreakerFailures - 1 {
		record(true, "")
	}
	record(true, gateway.BreakerOpened)
	record(true, "") // one that was under way
	if b.MayTry(k, now) {
		t.Error("open, and it may be tried")
	}
	now = now.Add(gateway.BreakerPause)
	for range 2 {
		if !b.MayTry(k, now) {
			t.Error("after the pause it may not be tried")
		}
	}
	if !b.Try(k, now) || b.MayTry(k, now) || b.Try(k, now) {
		t.Error("not exactly one may try after the pause")
	}
	record(true, "") // the try failed: it stays open
	now = now.Add(gateway.BreakerPause)
	record(false, gateway.BreakerClosed)
	record(false, "")
	for range gateway.BreakerFailures - 1 {
		record(true, "")
	}
	if !b.MayTry(k, now) {
		t.Error("what came before the breaker opened counts again")
	}
}

// TestBreakerAtOnce proves that of many that ask at the same time after the pause one may
// try, and that who never came back keeps the others waiting one pause only.
func TestBreakerAtOnce(t *testing.T) {
	t.Parallel()
	b, now := gateway.NewBreakers(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := gateway.BreakerKey{Tenant: uuid.New(), Gateway: uuid.New()}
	for range gateway.BreakerFailures {
		b.Record(k, true, now)
	}
	for range 3 {
		now = now.Add(gateway.BreakerPause)
		var tries atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if b.Try(k, now) {
					tries.Add(1)
				}
			})
		}
		all.Wait()
		if n := tries.Load(); n != 1 {
			t.Fatalf("%d of 50 may try at once", n)
		}
	}
}

// TestBreakersAreBounded proves that the memory has an end: beyond it those that nothing is
// to be remembered of make room, and until then others have none, which is as good as closed.
func TestBreakersAreBounded(t *testing.T) {
	t.Parallel()
	b, now := gateway.NewBreakers(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	key := func() gateway.BreakerKey { return gateway.BreakerKey{Tenant: uuid.New(), Gateway: uuid.New()} }
	for range gateway.MaxBreakers {
		b.Record(key(), false, now)
	}
	k := key()
	for range 3 * gateway.BreakerFailures {
		if b.Record(k, true, now) != "" || !b.Try(k, now) {
			t.Fatal("one too many is remembered")
		}
	}
	now = now.Add(gateway.BreakerWindow)
	for range gateway.BreakerFailures {
		b.Record(k, true, now)
	}
	if b.Try(k, now) {
		t.Error("nothing made room")
	}
}
