package gatewaytest

import (
	"context"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

func replay(ctx context.Context, in *inspection) {
	for _, e := range expectations {
		r, ok := in.request(e.behaviour)
		if !ok {
			continue
		}
		first, ok := in.mustCharge(ctx, r)
		if !ok {
			continue
		}
		if second, ok := in.mustCharge(ctx, r); ok {
			in.same(string(e.behaviour)+": the second Charge", first, second)
			in.keep(SameKey)
		}
	}
}

// lateReplay is about providers that forget idempotency keys: what is sent again after
// that must not be new to them.
func lateReplay(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		r, ok := in.request(b)
		if !ok {
			continue
		}
		first, ok := in.mustCharge(ctx, r)
		if !ok {
			continue
		}
		r = in.later(r, days)
		if found, err := in.lookup(ctx, r); err != nil {
			in.problem("%s: Lookup long after fails with %q", b, err)
		} else {
			in.same(string(b)+": Lookup long after", first, found)
		}
		if second, ok := in.mustCharge(ctx, r); ok {
			in.same(string(b)+": the Charge long after", first, second)
			in.keep(SameKeyLater)
		}
	}
}

// days is after how long most providers need not know an idempotency key any more, and weeks
// after how long none does.
const (
	// minutes is after how long no provider is at a request any more that nobody waits for.
	minutes = 10 * time.Minute

	days  = 50 * time.Hour
	weeks = 15 * 24 * time.Hour
)

func (in *inspection) mustCharge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, bool) {
	f, err := in.charge(ctx, r)
	if err != nil {
		in.problem("Charge fails with %q", err)
	}
	return f, err == nil
}

// replays is how many callers charge one attempt at the same time, as happens
// when a client repeats a request that hangs.
const replays = 4

func concurrentReplay(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		r, ok := in.request(b)
		if !ok {
			continue
		}
		var facts [replays]pay.Fact
		var errs [replays]error
		var callers sync.WaitGroup
		for i := range replays {
			// Not in.charge: an inspection is not for several goroutines.
			callers.Go(func() { facts[i], errs[i] = in.subject.Connector.Charge(ctx, r) })
		}
		callers.Wait()
		in.oneCharge(b, facts[:], errs[:])
		in.keep(SameKeyAtOnce)
	}
}

// oneCharge checks that concurrent answers tell of the same money. A provider
// may turn all but one caller away.
func (in *inspection) oneCharge(b Behaviour, facts []pay.Fact, errs []error) {
	var told []pay.Fact
	for i, f := range facts {
		if errs[i] == nil {
			told = append(told, f)
		}
	}
	if len(told) == 0 {
		in.problem("%s: all of %d callers fail, the first with %q", b, len(facts), errs[0])
		return
	}
	for _, f := range told[1:] {
		in.same(string(b)+": a Charge at the same time", told[0], f)
	}
}

func twoAttempts(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		seen := map[string]bool{}
		for range 2 {
			r, ok := in.request(b)
			if !ok {
				continue
			}
			if f, ok := in.mustCharge(ctx, r); ok {
				seen[text(f.ExternalID)] = true
			}
		}
		if len(seen) != 2 {
			in.problem("%s: two attempts have the external ids %v, want two", b, seen)
		}
	}
}
