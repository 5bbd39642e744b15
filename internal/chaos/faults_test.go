package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/psp"
)

// TestKillPostgres kills the database during load: the whole server, or one of its
// processes, which makes it end all others.
func TestKillPostgres(t *testing.T) {
	r := begin(t, chaos.Options{Faults: *faults / 10})
	killed := during(t, r, max(*every*4, 2*time.Second), func(random *rand.Rand) error {
		if random.IntN(2) == 0 {
			return r.Cluster.KillBackend(t.Context(), r.DB, random)
		}
		return r.Cluster.Kill(t.Context())
	})
	report := judge(t, r)
	t.Logf("%d kills of PostgreSQL in %s", killed, *duration)
	enough(t, "kills", int(killed), *leastKills)
	enough(t, "payments", report.Verdict.Payments, *leastPayments)
	enough(t, "charges", report.Verdict.Charges, 1)
}

// TestProviderFaults has the provider fail in every way that it can.
func TestProviderFaults(t *testing.T) {
	r := begin(t, chaos.Options{Faults: *faults})
	during(t, r, 0, nil)
	report := judge(t, r)
	injected := 0
	for _, fault := range slices.Sorted(slices.Values(psp.Faults())) {
		injected += report.Faults[fault]
		t.Logf("%6d %s", report.Faults[fault], fault)
	}
	enough(t, "faults", injected, *leastFaults)
	enough(t, "kinds of faults", len(report.Faults), *leastKinds)
	enough(t, "charges", report.Verdict.Charges, 1)
	if report.Faults[psp.HookForged] > 0 && report.ForgedRefused == 0 {
		t.Errorf("%d forged reports, none refused", report.Faults[psp.HookForged])
	}
}

// TestClocks kills servers whose clocks jump by up to an hour every second.
func TestClocks(t *testing.T) {
	r := begin(t, chaos.Options{Faults: *faults / 10, Servers: 3, Workers: *workers, Skews: []time.Duration{0, time.Hour, -time.Hour}})
	jumps := during(t, r, *every, func(random *rand.Rand) error {
		s := r.Servers[random.IntN(len(r.Servers))]
		s.Kill()
		skew := time.Duration(random.IntN(120)-60) * time.Minute
		return s.Launch("PAYGRAPH_CHAOS_SKEW=" + skew.String())
	})
	judge(t, r)
	t.Logf("%d jumps of up to an hour in either direction in %s", jumps, *duration)
}

// TestEveryProviderFault meets each fault with a charge, with a hold and its capture, and
// with a refund: whatever the provider does, what clients are told is true and ends in
// its result.
func TestEveryProviderFault(t *testing.T) {
	r := begin(t, chaos.Options{Servers: 1, Workers: 1})
	kinds := psp.Faults()
	orders := manyOrders(t, r, "f", 3*len(kinds))
	meets := []func(context.Context, *chaos.Rehearsal, psp.Fault, string, string) error{meetCharge, meetCapture, meetRefund}
	each(len(orders), 8, func(i int) {
		if err := meets[i%3](t.Context(), r, kinds[i/3], fmt.Sprint("f-", i), orders[i]); err != nil {
			t.Errorf("%s: %v", kinds[i/3], err)
		}
	})
	report := judge(t, r)
	for _, fault := range kinds {
		enough(t, string(fault), report.Faults[fault], 1)
	}
	// Of all refunds only the one that was turned away unread has failed.
	enough(t, "minor units given back", int(report.Verdict.Refunded), 400*(len(kinds)-1))
}

// twice sends a request, and again: the repeat gets the same payment.
func twice(ctx context.Context, r *chaos.Rehearsal, mutation, key string, input chaos.Vars) (chaos.Payload, error) {
	p, err := r.Load.Admin.Mutate(ctx, mutation, key, input)
	if err != nil || p.Payment == nil {
		return p, fmt.Errorf("%s: %v %+v", mutation, err, p.Errors)
	}
	again, err := r.Load.Admin.Mutate(ctx, mutation, key, input)
	if err != nil || !again.Replayed || again.Payment.ID != p.Payment.ID {
		return p, fmt.Errorf("the repeat of %s: %v %+v", mutation, err, again)
	}
	return again, nil
}

func meetCharge(ctx context.Context, r *chaos.Rehearsal, fault psp.Fault, key, order string) error {
	r.Provider.Force(key, fault)
	_, err := twice(ctx, r, "payOrders", key, input(r, order, key))
	return err
}

func meetCapture(ctx context.Context, r *chaos.Rehearsal, fault psp.Fault, key, order string) error {
	p, err := twice(ctx, r, "payOrders", key, with(input(r, order, key), chaos.Vars{"capture": false}))
	if err != nil {
		return err
	}
	r.Provider.Force(key, fault)
	_, err = twice(ctx, r, "captureTransaction", key, chaos.Vars{"transactionId": p.Transaction.ID})
	return err
}

func meetRefund(ctx context.Context, r *chaos.Rehearsal, fault psp.Fault, key, order string) error {
	p, err := twice(ctx, r, "payOrders", key, input(r, order, key))
	if err != nil {
		return err
	}
	r.Provider.Force(key, fault)
	_, err = twice(ctx, r, "refundPayment", key, chaos.Vars{"paymentId": p.Payment.ID, "amount": chaos.Vars{"minorUnits": 400}})
	return err
}
