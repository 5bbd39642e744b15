package chaos_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
)

// The size of rehearsals: small in every run of the tests, and as large as docs/reliability.md
// says with the targets of the Makefile.
var (
	seed     = flag.Uint64("seed", 1, "decides what clients want and which faults meet them")
	duration = flag.Duration("duration", 4*time.Second, "how long faults go on")
	servers  = flag.Int("servers", 2, "processes at the same time")
	workers  = flag.Int("workers", 8, "clients at the same time")
	faults   = flag.Float64("faults", 0.3, "part of the provider's answers that meet a fault")
	lean     = flag.Bool("lean", false, "most clients only pay")
	database = flag.String("database", "", "an empty database to use instead of one of the rehearsal's own")
	direct   = flag.String("direct", "", "the same past a proxy")
	every    = flag.Duration("every", 700*time.Millisecond, "time between two kills")
)

// What a rehearsal must have come to, or it proves nothing: the targets, in the Makefile.
var (
	leastKills    = flag.Int("least-kills", 1, "fewer kills fail the test")
	leastPayments = flag.Int("least-payments", 1, "fewer payments fail the test")
	leastFaults   = flag.Int("least-faults", 1, "fewer faults of the provider fail the test")
	leastKinds    = flag.Int("least-kinds", 1, "fewer kinds of faults fail the test")
)

// enough fails the test when it did less than it must.
func enough(t *testing.T, of string, n, least int) {
	t.Helper()
	if n < least {
		t.Errorf("%d %s, want at least %d", n, of, least)
	}
}

func TestMain(m *testing.M) {
	if chaos.IsServer() {
		os.Exit(chaos.Serve())
	}
	os.Exit(m.Run())
}

// begin starts a rehearsal that ends with the test.
func begin(t *testing.T, o chaos.Options) *chaos.Rehearsal {
	t.Helper()
	dir, err := os.MkdirTemp("", "paygraph-chaos-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL has another account where root runs the tests
		t.Fatal(err)
	}
	o.Dir, o.Seed, o.DatabaseURL, o.DirectURL = dir, *seed, *database, *direct
	if o.Servers == 0 {
		o.Servers, o.Workers = *servers, *workers
	}
	o.Log = t.Output()
	r, err := chaos.Begin(t.Context(), o)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	t.Cleanup(r.End)
	return r
}

// judge heals a rehearsal and fails the test for everything that must never be.
func judge(t *testing.T, r *chaos.Rehearsal) chaos.Report {
	t.Helper()
	report := judgeBroken(t, r)
	if n := report.Unanswered["INTERNAL"]; n > 0 {
		t.Errorf("%d answers were INTERNAL: what the caller may repeat is UNAVAILABLE", n)
	}
	return report
}

// judgeBroken is judge where bugs are planted that answer INTERNAL.
func judgeBroken(t *testing.T, r *chaos.Rehearsal) chaos.Report {
	t.Helper()
	report, err := r.Heal(t.Context())
	if err != nil {
		t.Fatalf("heal: %v", err)
	}
	t.Log(report)
	for i, fault := range report.Verdict.Faults {
		if i == 20 {
			t.Errorf("and %d more", len(report.Verdict.Faults)-i)
			break
		}
		t.Error(fault)
	}
	return report
}

// during runs the load for the duration while harm is done, again and again.
func during(t *testing.T, r *chaos.Rehearsal, every time.Duration, harm func(*rand.Rand) error) (harms int64) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), *duration)
	defer stop()
	var done atomic.Int64
	var wreckers sync.WaitGroup
	random := rand.New(rand.NewPCG(*seed, 99))
	if harm != nil {
		wreckers.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if err := harm(random); err != nil {
					t.Errorf("harm: %v", err)
					return
				}
				done.Add(1)
			}
		})
	}
	wreckers.Go(func() { watch(ctx, t, r) })
	r.Load.Run(ctx, t.Context())
	stop()
	wreckers.Wait()
	return done.Load()
}

// watch sees to it that money is safe while faults go on: nobody may have to wait for
// healing. Where the database is down it looks again.
func watch(ctx context.Context, t *testing.T, r *chaos.Rehearsal) {
	looks := 0
	for ctx.Err() == nil {
		reading, cancel := context.WithTimeout(ctx, 5*time.Second)
		verdict, err := chaos.Safe(reading, r.DB, r.Provider, r.Journal)
		cancel()
		pause := 100 * time.Millisecond
		if err == nil {
			looks++
			pause = min(3*time.Second, *duration/4)
		}
		for _, fault := range verdict.Faults {
			t.Errorf("while faults went on: %s", fault)
		}
		if t.Failed() {
			return
		}
		chaos.Pause(ctx, pause)
	}
	t.Logf("money was safe at %d looks while faults went on", looks)
	if looks == 0 {
		t.Error("nobody could look while faults went on")
	}
}

// TestKillServers kills server processes during load, one after the other.
func TestKillServers(t *testing.T) {
	r := begin(t, chaos.Options{Faults: *faults / 10, Lean: *lean})
	killed := during(t, r, *every, func(random *rand.Rand) error {
		s := r.Servers[random.IntN(len(r.Servers))]
		s.Kill()
		return s.Launch()
	})
	report := judge(t, r)
	t.Logf("%d kills of server processes in %s", killed, *duration)
	enough(t, "kills", int(killed), *leastKills)
	enough(t, "payments", report.Verdict.Payments, *leastPayments)
	enough(t, "charges", report.Verdict.Charges, 1)
}
