package app_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
)

// atOnce calls fn n times at the same time and returns what came back.
func atOnce[T any](n int, fn func(i int) T) []T {
	results := make([]T, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

const callers = 50

// TestManyCallers proves that of many callers who pay one order at the same
// time exactly one charges it, and every other is told why it did not.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	paid := 0
	for i, got := range atOnce(callers, func(i int) receipt { return s.pay(t, fmt.Sprint("caller-", i), s.whole("", order)) }) {
		codes := got.refused()
		switch {
		case got.Payment != nil && got.Payment.Status == "PAID" && !got.Replayed:
			paid++
		case !slices.Equal(codes, []string{"ORDER_ALREADY_PAID"}) && !slices.Equal(codes, []string{"PAYMENT_IN_PROGRESS"}):
			t.Errorf("caller %d: got %+v", i, got)
		}
	}
	if charges, _ := s.bank.asked(""); paid != 1 || len(charges) != 1 || s.bank.money() != 1000 {
		t.Errorf("%d callers paid, the bank was sent %d requests and took %d; want one of 1000", paid, len(charges), s.bank.money())
	}
}

// TestManyRepeats proves that many copies of one request at the same time are
// one payment.
func TestManyRepeats(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	input := s.whole("", s.make.Orders(s.customer, 600, 400)...)
	first := map[string]int{}
	for i, got := range atOnce(callers, func(int) receipt { return s.pay(t, "same", input) }) {
		switch {
		case got.Payment != nil:
			if !got.Replayed {
				first[got.Payment.ID]++
			}
			if got.Payment.Status != "PAID" {
				t.Errorf("copy %d: got %+v", i, got)
			}
		case !slices.Equal(got.refused(), []string{"IDEMPOTENCY_IN_PROGRESS"}):
			t.Errorf("copy %d: got %+v", i, got)
		}
	}
	again := s.pay(t, "same", input)
	if charges, _ := s.bank.asked(""); len(charges) != 1 || len(first) != 1 || first[again.Payment.ID] != 1 || s.count(t, "payments") != 1 {
		t.Errorf("%d charges, first answers %v, payment %s; want one", len(charges), first, again.Payment.ID)
	}
}

// TestManyQuestions proves that many repeats that find no result ask the bank
// without charging twice, and agree on what they are told.
func TestManyQuestions(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, c := range []struct {
		token string
		first reply
	}{{"tok_arrived", s.bank.lose}, {"tok_lost", fails(errLost)}} {
		w := waiter{arrived: make(chan struct{}, 1), released: make(chan struct{})}
		close(w.released)
		s.bank.on(c.token, dying(s.bank, w, c.first), nil)
		input := s.whole(c.token, s.order(1000))
		if got := s.pay(t, c.token, input); got.Transaction == nil || got.Transaction.Status != "UNKNOWN" {
			t.Fatalf("%s: got %+v, want it UNKNOWN", c.token, got)
		}
		for i, got := range atOnce(callers, func(int) receipt { return s.pay(t, c.token, input) }) {
			if !got.Replayed || got.Payment == nil || got.Payment.Status != "PAID" {
				t.Errorf("%s, repeat %d: got %+v, want it PAID", c.token, i, got)
			}
		}
	}
	if s.bank.money() != 2000 {
		t.Errorf("the bank took %d, want 2000", s.bank.money())
	}
}

// TestOneKeyManyOrders proves that one key sent at the same time for different
// orders pays one of them and refuses the others.
func TestOneKeyManyOrders(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	orders := s.make.Orders(s.customer, slices.Repeat([]int64{1000}, 20)...)
	paid := 0
	for i, got := range atOnce(len(orders), func(i int) receipt { return s.pay(t, "one", s.whole("", orders[i])) }) {
		switch {
		case got.Payment != nil && !got.Replayed:
			paid++
		case !slices.Equal(got.refused(), []string{"IDEMPOTENCY_KEY_REUSED"}):
			t.Errorf("order %d: got %+v", i, got)
		}
	}
	if paid != 1 || s.bank.money() != 1000 {
		t.Errorf("%d paid, the bank took %d, want one of 1000", paid, s.bank.money())
	}
}

// TestOverlappingOrders proves that payments of overlapping sets of orders,
// named in any order, neither deadlock nor pay an order twice.
func TestOverlappingOrders(t *testing.T) {
	t.Parallel()
	var sent wire
	s := openShop(t, sent.option())
	orders := s.make.Orders(s.customer, slices.Repeat([]int64{1000}, 8)...)
	for i, id := range orders[:4] {
		s.invoice(t, fmt.Sprint("I-", i), id)
	}
	allowed := []string{"ORDER_ALREADY_PAID", "PAYMENT_IN_PROGRESS", "AMOUNT_EXCEEDS_OUTSTANDING"}
	for i, got := range atOnce(callers, func(i int) receipt {
		set := []string{orders[i%8], orders[(i*3+1)%8], orders[(i*5+2)%8]}
		slices.Sort(set)
		set = slices.Compact(set)
		if i%2 == 0 {
			slices.Reverse(set)
		}
		amounts := slices.Repeat([]int64{int64(100 + i)}, len(set))
		return s.pay(t, fmt.Sprint("set-", i), apptest.Vars{"gatewayId": s.gateway, "orders": partsOf(set, amounts)})
	}) {
		if got.Payment != nil {
			continue
		}
		for _, code := range got.refused() {
			if !slices.Contains(allowed, code) {
				t.Errorf("caller %d: got %+v", i, got)
			}
		}
	}
	var taken int64
	for _, id := range orders {
		o := s.seeOrder(t, id)
		if taken += o.PaidAmount.MinorUnits; o.PaidAmount.MinorUnits > 1000 || o.InFlightAmount.MinorUnits != 0 {
			t.Errorf("order %+v", o)
		}
	}
	if taken != s.bank.money() || taken == 0 {
		t.Errorf("orders are paid %d, the bank took %d", taken, s.bank.money())
	}
	for _, err := range sent.errors() { // one that lost a conflict would be run again unseen
		t.Errorf("a statement failed: %v", err)
	}
}

// TestManyInvoices proves that an invoice made while its order is being paid
// ends with the order's money.
func TestManyInvoices(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	orders := s.make.Orders(s.customer, slices.Repeat([]int64{1000}, 20)...)
	s.bank.on("tok_lost", s.bank.lose, nil)
	atOnce(3*len(orders), func(i int) error {
		n := i / 3
		switch i % 3 {
		case 0:
			s.invoice(t, fmt.Sprint("I-", n), orders[n])
		default:
			s.pay(t, fmt.Sprint("order-", i), apptest.Vars{"gatewayId": s.gateway, "paymentToken": "tok_lost", "orders": partsOf(orders[n:n+1], []int64{500})})
		}
		return nil
	})
	for n, id := range orders {
		for i := 1; i < 3; i++ {
			s.untilDone(t, fmt.Sprint("order-", 3*n+i), apptest.Vars{"gatewayId": s.gateway, "paymentToken": "tok_lost", "orders": partsOf([]string{id}, []int64{500})})
		}
		if o := s.seeOrder(t, id); o.PaidStatus != "PAID" {
			t.Errorf("order %+v, want it PAID", o)
		}
	}
	if charges, _ := s.bank.asked("tok_lost"); slices.ContainsFunc(charges, func(r gateway.ChargeRequest) bool { return r.Amount.Minor != 500 }) {
		t.Errorf("the bank was sent %+v", charges)
	}
}
