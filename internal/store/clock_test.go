package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// TestClock proves that the time is the database's, whatever the machine's clock shows
// and however it jumps.
func TestClock(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var skew atomic.Int64
	b.store.UseLocalClock(func() time.Time { return time.Now().Add(time.Duration(skew.Load())) })
	skew.Store(int64(-3 * time.Hour))
	clock, err := b.store.Clock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		var before, after time.Time
		if err := b.db.GetContext(t.Context(), &before, "SELECT clock_timestamp()"); err != nil {
			t.Fatal(err)
		}
		now := clock.Now()
		if err := b.db.GetContext(t.Context(), &after, "SELECT clock_timestamp()"); err != nil {
			t.Fatal(err)
		}
		if now.Before(before.Add(-time.Second)) || now.After(after.Add(time.Second)) {
			t.Errorf("%s: it is %s, and for the database between %s and %s", what, now, before, after)
		}
	}
	check("three hours behind")
	for _, jump := range []time.Duration{5 * time.Hour, -26 * time.Hour, time.Minute} {
		skew.Add(int64(jump))
		if err := b.store.InTx(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		check("after a jump of " + jump.String())
	}
}
