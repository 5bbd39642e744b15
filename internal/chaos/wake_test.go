package chaos_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/pay"
)

// lost pays an order so that the provider takes the money and the answer gets lost.
func (b bench) lost(ctx context.Context, key string) error {
	b.Provider.Force(key, psp.ResetAfter)
	p, err := b.started(ctx, key, nil)
	if err == nil && p.Transaction.Status != "UNKNOWN" {
		err = fmt.Errorf("the attempt is %s", p.Transaction.Status)
	}
	return err
}

// due claims the only row that is due, as soon as it is.
func (w within) due(ctx context.Context) (pay.Due, error) {
	for ctx.Err() == nil {
		list, err := w.app.Service.ClaimDue(ctx, 10)
		if err != nil {
			return pay.Due{}, err
		}
		if len(list) > 0 {
			return list[0], nil
		}
		chaos.Pause(ctx, 20*time.Millisecond)
	}
	return pay.Due{}, ctx.Err()
}

// wake wakes a row as the plan says; a panic is an end like any other.
func (w within) wake(ctx context.Context, plan *failpoint.Plan, d pay.Due) {
	defer func() { _ = recover() }()
	w.app.Service.Wake(failpoint.With(ctx, plan), d)
}

// TestWakePoints breaks off, at every point, what the program does by itself about an
// outcome that got lost: by an error, a hang and a panic here, and by a kill in a process
// of its own. Whoever looks next brings it to its end.
func TestWakePoints(t *testing.T) {
	w := openWithin(t)
	if err := w.lost(t.Context(), "points"); err != nil {
		t.Fatal(err)
	}
	d, err := w.due(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan, _ := failpoint.Parse("list")
	w.wake(t.Context(), plan, d)
	points := plan.Passed()
	t.Logf("%d points: %v", len(points), points)
	tried := 0
	for i := int(*seed) % *stride; i < 3*len(points); i += *stride {
		action := []failpoint.Action{failpoint.Error, failpoint.Hang, failpoint.Panic}[i%3]
		key := fmt.Sprint("wake-", i)
		if err := w.lost(t.Context(), key); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if d, err = w.due(t.Context()); err != nil {
			t.Fatal(err)
		}
		plan, _ := failpoint.Parse(fmt.Sprintf("%s=%s", points[i/3], action))
		w.wake(t.Context(), plan, d)
		if err := w.wakeAll(t.Context()); err != nil {
			t.Errorf("%s at %s: %v", action, points[i/3], err)
		}
		tried++
	}
	t.Logf("%d cases of error, hang and panic", tried)
	w.verdict(t)
	killWaking(t, points)
}

// killWaking kills a process at each point, where it looks after an outcome that got
// lost, or already where it begins to look.
func killWaking(t *testing.T, points []string) {
	r := begin(t, chaos.Options{Servers: 1, Workers: 1})
	r.Provider.Subscribe("", nil...) // a report would be faster
	b, killed := newBench(t, r, r.Servers[0]), 0
	for i := int(*seed) % *stride; i < len(points); i += *stride {
		key := fmt.Sprint("killed-", i)
		wish, err := b.order(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		r.Provider.Force(key, psp.ResetAfter)
		b.server.Kill()
		if err := b.server.Launch("PAYGRAPH_CHAOS_FAILPOINT=" + points[i] + "=kill"); err != nil {
			t.Fatal(err)
		}
		if b.server.Ready(t.Context()) == nil {
			b.admin.Try(t.Context(), nil, "payOrders", key, wish)
		}
		select {
		case <-b.server.Exited():
			killed++
		case <-time.After(40 * time.Second):
			t.Errorf("%s was not passed", points[i])
			b.server.Kill()
		}
		if err := b.server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p, err := b.admin.Mutate(t.Context(), "payOrders", key, wish); err != nil || p.Payment == nil {
			t.Errorf("killed at %s: %v %+v", points[i], err, p)
		}
	}
	t.Logf("%d processes were killed while they looked", killed)
	judge(t, r)
}
