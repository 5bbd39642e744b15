package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// randomPayment is one of many: some orders, parts of them, and what the bank does.
type randomPayment struct {
	key   string
	input apptest.Vars
}

// TestRandomPayments proves the invariants under load: many partial payments of
// few orders by many workers, with a bank that declines, pays half, holds, loses
// answers and requests, while every request is repeated until it has a result.
func TestRandomPayments(t *testing.T) {
	t.Parallel()
	const payments, workers = 200, 16
	s := openShop(t)
	tokens := unreliable(s.bank)
	orders := s.make.Orders(s.customer, 20_000, 30_000, 40_000, 50_001, 7)
	for i, id := range orders[:3] {
		s.invoice(t, fmt.Sprint("I-", i), id)
	}
	queue := make(chan randomPayment, payments)
	random := rand.New(rand.NewPCG(1, 2)) // the same payments each time; only their timing differs
	for i := range payments {
		queue <- s.randomPayment(random, i, orders, tokens)
	}
	close(queue)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for p := range queue {
				s.payToTheEnd(t, p)
			}
		})
	}
	all.Wait()
	s.checkTotals(t, orders)
}

func (s *shop) randomPayment(random *rand.Rand, i int, orders, tokens []string) randomPayment {
	set := slices.Clone(orders)
	random.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
	set = set[:1+random.IntN(3)]
	amounts := make([]int64, len(set))
	for i := range amounts {
		amounts[i] = 1 + random.Int64N(900)
	}
	token := tokens[random.IntN(len(tokens))]
	return randomPayment{key: fmt.Sprint("random-", i), input: apptest.Vars{"gatewayId": s.gateway, "paymentToken": token,
		"orders": partsOf(set, amounts), "capture": token != "tok_hold"}}
}

// unreliable teaches the bank its moods and returns their tokens.
func unreliable(b *bank) []string {
	moods := map[string]reply{
		"tok_take": nil,
		"tok_hold": nil,
		"tok_lose": b.lose,
		"tok_half": func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			return b.take(r, (r.Amount.Minor+1)/2), nil
		},
		"tok_decline": func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return b.decline(r), nil },
		"tok_unsent":  fails(gateway.ErrNotSent),
		// The first request of an attempt is lost, the second comes through.
		"tok_drop": func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			charges, _ := b.asked("tok_drop")
			if n := slices.IndexFunc(charges, func(c gateway.ChargeRequest) bool { return c.AttemptID == r.AttemptID }); !slices.ContainsFunc(charges[n+1:],
				func(c gateway.ChargeRequest) bool { return c.AttemptID == r.AttemptID }) {
				return pay.Fact{}, errLost
			}
			return b.take(r, r.Amount.Minor), nil
		},
	}
	var tokens []string
	for token, mood := range moods {
		b.on(token, mood, nil)
		tokens = append(tokens, token)
	}
	slices.Sort(tokens)
	return tokens
}

// payToTheEnd repeats a request until it is refused or has a result.
func (s *shop) payToTheEnd(t *testing.T, p randomPayment) {
	refusals := []string{"ORDER_ALREADY_PAID", "PAYMENT_IN_PROGRESS", "AMOUNT_EXCEEDS_OUTSTANDING"}
	for t.Context().Err() == nil {
		got := s.pay(t, p.key, p.input)
		if got.Payment == nil {
			if codes := got.refused(); len(codes) == 0 || slices.ContainsFunc(codes, func(c string) bool { return !slices.Contains(refusals, c) }) {
				t.Errorf("%s: got %+v", p.key, got)
			}
			return
		}
		if got.Payment.InFlightAmount.MinorUnits == 0 {
			return
		}
	}
}

// checkTotals compares orders, payments and books once nothing is under way.
func (s *shop) checkTotals(t *testing.T, orders []string) {
	t.Helper()
	var paid int64
	for _, id := range orders {
		o := s.seeOrder(t, id)
		if paid += o.PaidAmount.MinorUnits; o.PaidAmount.MinorUnits+o.InFlightAmount.MinorUnits > o.TotalAmount.MinorUnits {
			t.Errorf("order %+v has more than its total", o)
		}
	}
	db := s.api.Database.DB
	if n := valueOf[int64](t, db, "SELECT coalesce(sum(in_flight_minor), 0) FROM (SELECT in_flight_minor FROM orders UNION ALL SELECT in_flight_minor FROM payments) x"); n != 0 {
		t.Errorf("%d are still in flight", n)
	}
	captured := valueOf[int64](t, db, "SELECT coalesce(sum(captured_minor), 0) FROM payments")
	if paid != captured || captured != s.bank.money() || captured == 0 {
		t.Errorf("orders are paid %d, payments captured %d, the bank took %d", paid, captured, s.bank.money())
	}
	for _, status := range []string{"PAID", "PARTIALLY_PAID", "FAILED", "AUTHORIZED"} {
		if s.count(t, "payments WHERE status = $1", status) == 0 {
			t.Errorf("no payment is %s: the test does not try enough", status)
		}
	}
}
