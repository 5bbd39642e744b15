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
	r.Load.Run(ctx, t.Context())
	stop()
	wreckers.Wait()
	return done.Load()
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
	if killed == 0 || report.Verdict.Charges == 0 {
		t.Errorf("%d kills and %d charges prove nothing", killed, report.Verdict.Charges)
	}
}
