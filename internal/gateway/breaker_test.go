package gateway_test

import (
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
