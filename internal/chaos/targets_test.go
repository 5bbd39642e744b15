package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/chaos"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/pay"
)

// scale is the size of the tests below, in percent of their targets.
var scale = flag.Int("scale", 1, "size of the tests of many callers, in percent")

func scaled(n int) int { return max(1, n*(*scale)/100) }

// each calls fn for 0 to n-1, workers of them at the same time.
func each(n, workers int, fn func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				fn(i)
			}
		})
	}
	all.Wait()
}

// manyOrders adds n orders of 1,000 minor units.
func manyOrders(t *testing.T, r *chaos.Rehearsal, name string, n int) []string {
	t.Helper()
	ids := make([]string, n)
	each((n+49)/50, 4, func(i int) {
		var references []string
		for j := i * 50; j < min(n, i*50+50); j++ {
			references = append(references, fmt.Sprint(name, "-", j))
		}
		got, err := r.Load.Shop.Orders(t.Context(), r.Load.Admin, references, slices.Repeat([]int64{1000}, len(references)))
		if err != nil {
			t.Errorf("orders: %v", err)
		}
		copy(ids[i*50:], got)
	})
	return ids
}

// input pays one order at the rehearsed provider.
func input(r *chaos.Rehearsal, order, key string) chaos.Vars {
	return chaos.Vars{"orders": []chaos.Vars{{"orderId": order}}, "gatewayId": r.Load.Shop.Cards,
		"metadata": []chaos.Vars{{"key": psp.KeyMetadata, "value": key}}}
}

// codes counts refusals by their code.
type codes struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *codes) add(t *testing.T, p chaos.Payload, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("a caller got %v", err)
		return
	}
	code := "OK"
	if len(p.Errors) > 0 {
		code = p.Errors[0].Code
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[code]++
}

// TestAtOnce has many callers want the same at the same time.
func TestAtOnce(t *testing.T) {
	r := begin(t, chaos.Options{Servers: 2, Workers: 1})
	r.Provider.Subscribe("", nil...)
	t.Run("refunds", func(t *testing.T) { refundsAtOnce(t, r) })
	t.Run("payments", func(t *testing.T) { callersAtOnce(t, r) })
	t.Run("repeats", func(t *testing.T) { everyRequestThrice(t, r) })
	t.Run("reports", func(t *testing.T) { reportStorm(t, r) })
	judge(t, r)
}

// charges counts those whose intent begins so.
func charges(r *chaos.Rehearsal, intent string) (n int) {
	for _, c := range r.Provider.Charges() {
		if strings.HasPrefix(c.Key, intent) {
			n++
		}
	}
	return n
}

// refundsAtOnce gives back 300 of 1,000 twenty times at once, for many payments:
// three of them fit, whoever is first.
func refundsAtOnce(t *testing.T, r *chaos.Rehearsal) {
	orders := manyOrders(t, r, "r", scaled(1000))
	var got codes
	each(len(orders), 4, func(i int) {
		paid, err := r.Load.Admin.Mutate(t.Context(), "payOrders", fmt.Sprint("pay-", i), input(r, orders[i], fmt.Sprint("r-", i)))
		if err != nil || paid.Payment == nil {
			t.Errorf("pay: %v %+v", err, paid.Errors)
			return
		}
		each(20, 20, func(j int) {
			p, err := r.Load.Admin.Mutate(t.Context(), "refundPayment", fmt.Sprint("r-", i, "-", j),
				chaos.Vars{"paymentId": paid.Payment.ID, "amount": chaos.Vars{"minorUnits": 300}})
			got.add(t, p, err)
		})
	})
	t.Logf("%d payments × 20 refunds: %v", len(orders), got.n)
	if got.n["OK"] != 3*len(orders) || got.n["OK"]+got.n["REFUND_EXCEEDS_REFUNDABLE"] != 20*len(orders) {
		t.Errorf("want %d refunds and nothing else than REFUND_EXCEEDS_REFUNDABLE", 3*len(orders))
	}
}

// callersAtOnce has a hundred callers pay the same order, each with a key of their
// own, for many orders.
func callersAtOnce(t *testing.T, r *chaos.Rehearsal) {
	orders := manyOrders(t, r, "c", scaled(200))
	var got codes
	each(len(orders), 2, func(i int) {
		each(100, 100, func(j int) {
			p, err := r.Load.Admin.Mutate(t.Context(), "payOrders", fmt.Sprint("c-", i, "-", j), input(r, orders[i], fmt.Sprint("c-", i)))
			got.add(t, p, err)
		})
	})
	t.Logf("%d orders × 100 callers: %v, %d charges", len(orders), got.n, charges(r, "c-"))
	if n := charges(r, "c-"); n != len(orders) || got.n["OK"] != len(orders) {
		t.Errorf("%d charges and %d payments for %d orders", n, got.n["OK"], len(orders))
	}
}

// everyRequestThrice sends every operation three times from 64 workers, in any
// order: each has one effect, and all three get the same answer.
func everyRequestThrice(t *testing.T, r *chaos.Rehearsal) {
	orders := manyOrders(t, r, "d", scaled(10_000))
	queue := slices.Repeat(sequence(len(orders)), 3)
	rand.New(rand.NewPCG(*seed, 3)).Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	var replayed atomic.Int64
	each(len(queue), 64, func(n int) {
		i := queue[n]
		p, err := r.Load.Admin.Mutate(t.Context(), "payOrders", fmt.Sprint("d-", i), input(r, orders[i], fmt.Sprint("d-", i)))
		if err != nil || p.Payment == nil {
			t.Errorf("%d: %v %+v", i, err, p.Errors)
		} else if p.Replayed {
			replayed.Add(1)
		}
	})
	n := charges(r, "d-")
	t.Logf("%d operations, each three times: %d charges, %d replays", len(orders), n, replayed.Load())
	if n != len(orders) || int(replayed.Load()) != 2*len(orders) {
		t.Errorf("want %d charges and %d replays", len(orders), 2*len(orders))
	}
}

func sequence(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// reportStorm delivers one report a thousand times at once, and then those of many
// attempts three times each in any order. Every attempt is captured once.
func reportStorm(t *testing.T, r *chaos.Rehearsal) {
	n := scaled(10_000)
	orders := manyOrders(t, r, "w", n+1)
	attempts := make([]string, len(orders))
	each(len(orders), 16, func(i int) {
		wish := input(r, orders[i], fmt.Sprint("w-", i))
		wish["paymentToken"] = psp.TokenPending
		p, err := r.Load.Admin.Mutate(t.Context(), "payOrders", fmt.Sprint("w-", i), wish)
		if err != nil || p.Transaction == nil {
			t.Errorf("pay: %v %+v", err, p.Errors)
			return
		}
		id, _ := pay.ParseID(pay.KindTransaction, p.Transaction.ID)
		attempts[i] = id.String()
	})
	var slowest atomic.Int64
	deliver := func(ctx context.Context, n int, attempt string) {
		for try := 0; ; try++ {
			server := r.Servers[(n+try)%len(r.Servers)]
			began := time.Now()
			status, _ := r.Provider.Report(ctx, nil, server.URL+r.Load.Shop.Hooks, chaos.HookSecret, attempt)
			for took := time.Since(began).Milliseconds(); took > slowest.Load(); {
				slowest.Store(took)
			}
			if status == http.StatusOK {
				return
			}
			if try == 20 {
				t.Errorf("a report was answered with %d", status)
				return
			}
			chaos.Pause(ctx, 100*time.Millisecond)
		}
	}
	each(1000, 100, func(i int) { deliver(t.Context(), i, attempts[0]) })
	t.Logf("one report 1000 times, 100 at once: the slowest answer took %d ms", slowest.Swap(0))
	queue := slices.Repeat(sequence(n), 3)
	rand.New(rand.NewPCG(*seed, 4)).Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	each(len(queue), 32, func(i int) { deliver(t.Context(), i, attempts[1+queue[i]]) })
	t.Logf("%d reports three times each: the slowest answer took %d ms", n, slowest.Load())
	var captured, stored int
	if err := r.DB.Get(&captured, "SELECT count(*) FROM payment_events e JOIN payments p USING (tenant_id) WHERE p.id = e.payment_id AND p.metadata->0->>'value' LIKE 'w-%' AND e.type = 'TRANSACTION_CAPTURED'"); err != nil {
		t.Fatal(err)
	}
	if err := r.DB.Get(&stored, "SELECT count(*) FROM webhook_events"); err != nil {
		t.Fatal(err)
	}
	if captured != n+1 || stored != n+1 {
		t.Errorf("%d attempts were captured by %d stored reports, want %d", captured, stored, n+1)
	}
}
