package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// TestEveryProviderFault meets each fault once, with a charge, a capture and a refund:
// whatever the provider does, what clients are told is true and ends in its result.
func TestEveryProviderFault(t *testing.T) {
	r := begin(t, chaos.Options{Servers: 1, Workers: 1})
	kinds := psp.Faults()
	var references []string
	minors := slices.Repeat([]int64{5000}, 2*len(kinds))
	for i := range minors {
		references = append(references, fmt.Sprint("f-", i))
	}
	orders, err := r.Load.Shop.Orders(t.Context(), r.Load.Admin, references, minors)
	if err != nil {
		t.Fatal(err)
	}
	for i, order := range orders {
		fault, key := kinds[i%len(kinds)], references[i]
		r.Provider.Force(key, fault)
		input := chaos.Vars{"orders": []chaos.Vars{{"orderId": order}}, "gatewayId": r.Load.Shop.Cards, "capture": i < len(kinds),
			"metadata": []chaos.Vars{{"key": psp.KeyMetadata, "value": key}}}
		paid, err := r.Load.Admin.Mutate(t.Context(), "payOrders", key, input)
		if err != nil || paid.Payment == nil {
			t.Errorf("%s: %v %+v", fault, err, paid)
			continue
		}
		again, err := r.Load.Admin.Mutate(t.Context(), "payOrders", key, input)
		if err != nil || !again.Replayed || again.Payment.ID != paid.Payment.ID {
			t.Errorf("%s: the repeat: %v %+v", fault, err, again)
		}
		if again.Transaction.Status == "AUTHORIZED" {
			if _, err := r.Load.Admin.Mutate(t.Context(), "captureTransaction", key, chaos.Vars{"transactionId": again.Transaction.ID}); err != nil {
				t.Errorf("%s: capture: %v", fault, err)
			}
		}
	}
	report := judge(t, r)
	var missing []string
	for _, fault := range kinds {
		if report.Faults[fault] == 0 {
			missing = append(missing, string(fault))
		}
	}
	if len(missing) > 0 {
		t.Errorf("never met: %s", strings.Join(missing, ", "))
	}
}
