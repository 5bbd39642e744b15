package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/failpoint"
)

// stride is how many cases of the long lists are passed over: each seed tries others.
var stride = flag.Int("stride", 300, "every how manyth case of a long list is tried; 1 for all")

// breakage is one flow that breaks off at one point in one way.
type breakage struct {
	flow   flow
	point  string
	action failpoint.Action
}

func (c breakage) String() string {
	return fmt.Sprintf("%s at %q: %s", c.flow.name, c.point, c.action)
}

// TestFailpoints breaks every flow at every point in every way. The request is repeated
// as clients do, and in the end the money is where it belongs.
func TestFailpoints(t *testing.T) {
	const benches = 3
	r := begin(t, chaos.Options{Servers: benches, Workers: 1})
	r.Provider.Subscribe("", nil...)
	var cases []breakage
	names := map[string]bool{}
	for _, f := range flows() {
		points := f.points(t, newBench(t, r, r.Servers[0]))
		for _, point := range points {
			names[f.name+" "+point] = true
			actions := failpoint.Actions()
			if strings.HasPrefix(point, failpoint.BeforeCall) {
				actions = append(actions, failpoint.Stall)
			}
			for _, action := range actions {
				cases = append(cases, breakage{f, point, action})
			}
		}
		t.Logf("%-15s %3d points: %s", f.name, len(points), strings.Join(points, ", "))
	}
	queue := make(chan int, len(cases))
	for i := int(*seed) % *stride; i < len(cases); i += *stride {
		queue <- i
	}
	close(queue)
	t.Logf("%d points, %d cases, of which %d are tried", len(names), len(cases), len(queue))
	var tried atomic.Int64
	var all sync.WaitGroup
	for _, server := range r.Servers {
		b := newBench(t, r, server)
		all.Go(func() {
			for i := range queue {
				if err := cases[i].try(t.Context(), b, fmt.Sprint("case-", i)); err != nil {
					t.Errorf("%s: %v", cases[i], err)
				}
				tried.Add(1)
			}
		})
	}
	all.Wait()
	judgeBroken(t, r) // panics are INTERNAL
	t.Logf("%d cases tried", tried.Load())
}

// points are those that a flow's request passes.
func (f flow) points(t *testing.T, b bench) []string {
	t.Helper()
	key := "points-" + f.name
	input, err := f.prepare(t.Context(), b, key)
	if err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	points := f.attempt(t.Context(), b, http.Header{failpoint.Header: {"list"}}, key, input)
	if points == "" {
		t.Fatalf("%s passes no points", f.name)
	}
	return strings.Split(points, ",")
}

// try breaks the flow off, starts the server again if that killed it, and repeats the
// request to its end.
func (c breakage) try(ctx context.Context, b bench, key string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	input, err := c.flow.prepare(ctx, b, key)
	if err != nil {
		return err
	}
	c.flow.attempt(ctx, b, http.Header{failpoint.Header: {fmt.Sprintf("%s=%s", c.point, c.action)}}, key, input)
	if c.action == failpoint.Kill {
		select {
		case <-b.server.Exited():
		case <-time.After(20 * time.Second):
			return fmt.Errorf("the point was not passed: the server lives")
		}
		if err := b.server.Start(ctx); err != nil {
			return err
		}
	}
	return c.flow.finish(ctx, b, key, input, func(context.Context) error { return nil })
}
