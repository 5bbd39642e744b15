package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/psp"
)

var outage = flag.Duration("outage", 2*time.Second, "how long the network to the database is torn")

// TestTerminate asks a server to end while many requests wait for the provider: all of
// them are answered, or can be repeated, and the process ends in time.
func TestTerminate(t *testing.T) {
	const inFlight = 200
	r := begin(t, chaos.Options{Servers: 1, Workers: 1, Settings: []string{"PAYGRAPH_GATEWAY_TIMEOUT=15s"}})
	r.Provider.SetLatency(4 * time.Second)
	orders := manyOrders(t, r, "t", inFlight)
	var answered atomic.Int64
	var all sync.WaitGroup
	for i, order := range orders {
		all.Go(func() {
			key := fmt.Sprint("t-", i)
			if r.Load.Admin.Try(t.Context(), nil, "payOrders", key, input(r, order, key)) != nil {
				answered.Add(1)
			}
		})
	}
	for waiting := 0; waiting < inFlight; chaos.Pause(t.Context(), 10*time.Millisecond) {
		if err := r.DB.Get(&waiting, "SELECT count(*) FROM transactions"); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if err := r.Servers[0].Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-r.Servers[0].Exited()
	took := time.Since(began)
	all.Wait()
	r.Provider.SetLatency(0)
	if err := r.Servers[0].Start(t.Context(), r.Settings...); err != nil {
		t.Fatal(err)
	}
	recovered := 0
	for i, order := range orders {
		key := fmt.Sprint("t-", i)
		p, err := r.Load.Admin.Mutate(t.Context(), "payOrders", key, input(r, order, key))
		if err != nil || p.Payment == nil || p.Payment.Status != "PAID" || !p.Replayed {
			t.Errorf("%s: %v %+v", key, err, p)
			continue
		}
		recovered++
	}
	t.Logf("%d in flight, %d answered, %d paid in the end; the process ended %s after SIGTERM", inFlight, answered.Load(), recovered, took.Round(10*time.Millisecond))
	if took > 30*time.Second || answered.Load() != inFlight {
		t.Errorf("it took %s, and %d were answered", took, answered.Load())
	}
	judge(t, r)
}

// quantile is the time that a share of the calls stayed under.
func quantile(times []time.Duration, share float64) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, int(share*float64(len(times))))]
}

// latencies measures n payments and as many reads, one after the other.
func latencies(t *testing.T, r *chaos.Rehearsal, name string, n int) (pays, reads []time.Duration) {
	t.Helper()
	for i, order := range manyOrders(t, r, name, n) {
		key := fmt.Sprint(name, "-", i)
		began := time.Now()
		if p, err := r.Load.Admin.Mutate(t.Context(), "payOrders", key, input(r, order, key)); err != nil || p.Payment == nil || p.Payment.Status != "PAID" {
			t.Errorf("%s: %v %+v", key, err, p)
		}
		pays = append(pays, time.Since(began))
		began = time.Now()
		var got any
		if err := r.Load.Admin.Insist(t.Context(), `{ payments(first: 10) { nodes { id status transactions { id status } } } }`, nil, &got); err != nil {
			t.Errorf("read: %v", err)
		}
		reads = append(reads, time.Since(began))
	}
	return pays, reads
}

// hangingPayments is how many of them wait for a provider that hangs.
const hangingPayments = 200

// TestHungProvider has a provider hang for 200 payments: others, and reads, hardly
// notice. Other work of the machine may slow what is measured then; a provider that does
// so does it each time.
func TestHungProvider(t *testing.T) {
	r := begin(t, chaos.Options{Servers: 1, Workers: 1, Settings: []string{"PAYGRAPH_GATEWAY_TIMEOUT=8s"}})
	latencies(t, r, "warm", 30)
	var slowed string
	for round := range 3 {
		if slowed = slowedByHanging(t, r, fmt.Sprint("h", round)); slowed == "" {
			break
		}
		t.Log(slowed)
	}
	if slowed != "" {
		t.Errorf("three times a provider that hangs slowed others down, last: %s", slowed)
	}
	judge(t, r)
}

// slowedByHanging measures payments and reads before and while a provider hangs, and says
// what became slower, or nothing.
func slowedByHanging(t *testing.T, r *chaos.Rehearsal, name string) string {
	t.Helper()
	const samples = 60
	r.Provider.SetHang(time.Minute)
	orders, injected := manyOrders(t, r, name, hangingPayments), r.Provider.Injected()[psp.HangBefore]
	pays, reads := latencies(t, r, name+"-before", samples)
	var all sync.WaitGroup
	for i, order := range orders {
		key := fmt.Sprint(name, "-", i)
		r.Provider.Force(key, psp.HangBefore)
		all.Go(func() { r.Load.Admin.Mutate(t.Context(), "payOrders", key, input(r, order, key)) })
	}
	for hung := 0; hung < hangingPayments; chaos.Pause(t.Context(), 10*time.Millisecond) {
		hung = r.Provider.Injected()[psp.HangBefore] - injected
	}
	slowPays, slowReads := latencies(t, r, name+"-during", samples)
	r.Provider.SetHang(0)
	all.Wait()
	for _, q := range []float64{0.5, 0.99} {
		t.Logf("p%.0f: payments %s, with %d hanging %s; reads %s, then %s", 100*q, quantile(pays, q), hangingPayments, quantile(slowPays, q), quantile(reads, q), quantile(slowReads, q))
	}
	if quantile(slowPays, 0.9) > 3*quantile(pays, 0.9)+50*time.Millisecond || quantile(slowReads, 0.9) > 3*quantile(reads, 0.9)+50*time.Millisecond {
		return fmt.Sprintf("p90 of payments %s → %s, of reads %s → %s", quantile(pays, 0.9), quantile(slowPays, 0.9), quantile(reads, 0.9), quantile(slowReads, 0.9))
	}
	return ""
}

// TestTornNetwork lets nothing through between program and database for a while. What is
// asked meanwhile is UNAVAILABLE or late, nothing is charged without its intent, and
// afterwards payments succeed at once.
func TestTornNetwork(t *testing.T) {
	w := openWithin(t)
	stopped, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var paid atomic.Int64
	var newest atomic.Pointer[time.Time]
	for worker := range 8 {
		all.Go(func() {
			for i := 0; stopped.Err() == nil; i++ {
				key := fmt.Sprintf("n-%d-%d", worker, i)
				wish, err := w.order(t.Context(), key)
				if err != nil {
					t.Errorf("order: %v", err)
					return
				}
				if p, err := w.admin.Mutate(t.Context(), "payOrders", key, wish); err != nil || p.Payment == nil {
					t.Errorf("pay: %v %+v", err, p)
					return
				}
				paid.Add(1)
				now := time.Now()
				newest.Store(&now)
			}
		})
	}
	await := func(n int64) {
		for paid.Load() < n && t.Context().Err() == nil {
			chaos.Pause(t.Context(), 5*time.Millisecond)
		}
	}
	await(50)
	w.proxy.Tear()
	chaos.Pause(t.Context(), *outage)
	before := paid.Load()
	mended := time.Now()
	w.proxy.Mend()
	await(before + 1)
	recovery := newest.Load().Sub(mended)
	await(before + 50)
	stop()
	all.Wait()
	t.Logf("torn for %s; the first payment succeeded %s after", *outage, recovery.Round(time.Millisecond))
	if recovery > 5*time.Second {
		t.Errorf("it took %s", recovery)
	}
	w.verdict(t)
}

// TestOneConnection has everything work through a single connection: nobody holds one
// while they wait for a second, or for a gateway.
func TestOneConnection(t *testing.T) {
	r := begin(t, chaos.Options{Servers: 2, Workers: 8, Faults: *faults / 10, Settings: []string{"PAYGRAPH_DATABASE_CONNECTIONS=1"}})
	during(t, r, 0, nil)
	if report := judge(t, r); report.Verdict.Charges == 0 {
		t.Error("nothing was charged")
	}
}
