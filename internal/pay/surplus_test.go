package pay_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// shared are orders that several payments pay, as the database keeps them.
type shared struct {
	orders   []pay.Order
	payments []*pay.State
	// came says that a refund failed after it had succeeded.
	came bool
}

// newShared has orders with these totals, and a payment of parts of them for each list
// of parts.
func newShared(totals []int64, payments ...[]int64) *shared {
	w := &shared{}
	for i, total := range totals {
		w.orders = append(w.orders, pay.Order{ID: number('o', i), Debt: pay.Debt{Currency: "EUR", TotalMinor: total}})
	}
	for n, parts := range payments {
		s := &pay.State{Payment: pay.Payment{ID: number('p', n), Mode: pay.ModePayment, Currency: "EUR", IsActive: true, Status: pay.PaymentCreated},
			Traits: map[uuid.UUID]pay.Traits{gatewayOf: {Charges: true, Captures: true, Refunds: true, MultiCapture: true}}, Actor: explorer, Now: exploreTime}
		for i, minor := range parts {
			if minor > 0 {
				s.Allocations = append(s.Allocations, pay.PaymentAllocation{ID: number('a', i), SubjectKind: pay.SubjectOrder, OrderID: &w.orders[i].ID, Currency: "EUR", AmountMinor: minor})
				s.Payment.FinalMinor += minor
			}
		}
		for i := range 2 { // a second attempt, with which a payment may bring more than its amount
			s.Attempts = append(s.Attempts, pay.Transaction{ID: number('t', i), GatewayID: gatewayOf, Status: pay.TransactionCancelled, Currency: "EUR", RequestedMinor: s.Payment.FinalMinor})
		}
		w.payments = append(w.payments, s)
	}
	return w
}

// change changes a payment under the locks of its orders.
func (w *shared) change(n int, do func(*pay.State) (bool, error)) error {
	before := w.payments[n]
	before.Orders = slices.Clone(w.orders)
	s := fork(before)
	if changed, err := do(s); err != nil || !changed {
		return err
	}
	if err := s.Conclude(); err != nil {
		return err
	}
	w.payments[n], w.orders = s, s.Orders
	return nil
}

func (w *shared) captures(n, attempt int, minor int64) error {
	return w.change(n, func(s *pay.State) (bool, error) {
		t := s.Attempts[attempt]
		return s.ApplyFact(t.ID, pay.Fact{To: pay.TransactionCaptured, AmountMinor: min(t.RequestedMinor, t.CapturedMinor+minor), HeldMinor: new(t.RequestedMinor - min(t.RequestedMinor, t.CapturedMinor+minor))})
	})
}

// refunds gives back from an attempt as much as it has of an amount.
func (w *shared) refunds(n, attempt int, minor int64) error {
	return w.change(n, func(s *pay.State) (bool, error) {
		t := s.Attempts[attempt]
		minor = min(minor, t.CapturedMinor-t.RefundedMinor-t.RefundPendingMinor)
		if minor == 0 {
			return false, nil
		}
		r := pay.Refund{ID: number('r', len(s.Refunds)), TransactionID: t.ID, AmountMinor: minor, Method: pay.RefundOriginal}
		return true, s.Reserve([]pay.Refund{r})
	})
}

func (w *shared) told(n, refund int, to pay.RefundState) error {
	return w.change(n, func(s *pay.State) (bool, error) {
		w.came = w.came || s.Refunds[refund].Status == pay.RefundSucceeded && to != pay.RefundSucceeded
		at := exploreTime.Add(1)
		if was := s.Refunds[refund].ToldAt; was != nil {
			at = was.Add(1000)
		}
		return s.ApplyRefund(s.Refunds[refund].ID, pay.RefundFact{To: to, At: &at})
	})
}

func left(a pay.PaymentAllocation) int64 { return max(0, a.SurplusMinor-a.RefundedMinor) }

// faults lists what must be true of surplus in every state.
func (w *shared) faults() (list []string) {
	surplus, captured := make([]int64, len(w.orders)), make([]int64, len(w.orders))
	check := func(holds bool, format string, args ...any) {
		if !holds {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	for n, s := range w.payments {
		var gone, all int64
		for _, a := range s.Allocations {
			o := int(a.OrderID[15])
			check(0 <= a.RefundedMinor && a.RefundedMinor <= a.CapturedMinor && 0 <= a.SurplusMinor && a.SurplusMinor <= a.CapturedMinor, "amounts of %d: %+v", n, a)
			check(left(a) >= a.CapturedMinor-a.RefundedMinor-a.AmountMinor, "payment %d has more than its amount, which is no surplus: %+v", n, a)
			gone, all, surplus[o], captured[o] = gone+a.RefundedMinor, all+left(a), surplus[o]+left(a), captured[o]+a.CapturedMinor
		}
		check(gone == s.Payment.RefundedMinor, "payment %d gave back %d, its allocations %d", n, s.Payment.RefundedMinor, gone)
		check(max(0, s.Payment.SurplusMinor-s.Payment.RefundedMinor) == all, "payment %d has %d surplus, its allocations %d", n, s.Payment.SurplusMinor, all)
	}
	for n, s := range w.payments {
		for _, a := range s.Allocations {
			o := int(a.OrderID[15])
			check(left(a) <= max(0, captured[o]-w.orders[o].TotalMinor, a.CapturedMinor-a.AmountMinor), "nothing explains the surplus of payment %d: %+v", n, a)
		}
	}
	for i, o := range w.orders {
		check(w.came || o.OverpaidAmount().Minor <= surplus[i], "order %d is overpaid by %d, of which %d is surplus", i, o.OverpaidAmount().Minor, surplus[i])
	}
	return list
}

// TestSurplusGoesBackFirst proves that a refund takes what was not owed from the order
// that it came for, and that what comes again goes there again.
func TestSurplusGoesBackFirst(t *testing.T) {
	t.Parallel()
	w := newShared([]int64{100, 100}, []int64{100, 100}, []int64{100, 0})
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"the other payment", func() error { return w.captures(1, 0, 100) }, "PAID UNPAID"},
		{"late", func() error { return w.captures(0, 0, 200) }, "OVERPAID PAID"},
		{"a part goes back", func() error { return w.givesBack(0, 60) }, "OVERPAID PAID"},
		{"and more than the rest", func() error { return w.givesBack(0, 70) }, "PAID PARTIALLY_PAID"},
		{"which came again", func() error { return w.told(0, 1, pay.RefundFailed) }, "OVERPAID PAID"},
		{"and the other one instead", func() error { return w.givesBack(1, 100) }, "PARTIALLY_PAID PAID"},
		{"and the rest", func() error { return w.givesBack(0, 40) }, "REFUNDED PAID"},
	} {
		if err := step.do(); err != nil {
			t.Fatal(step.name, err)
		}
		if got := fmt.Sprint(w.orders[0].PaidStatus(), " ", w.orders[1].PaidStatus()); got != step.want {
			t.Errorf("%s: %s, want %s: %+v", step.name, got, step.want, w.payments[0].Allocations)
		}
		for _, fault := range w.faults() {
			t.Error(step.name, fault)
		}
	}
}

// TestSurplusAfterRefund proves that what had gone back before surplus came took none
// of it.
func TestSurplusAfterRefund(t *testing.T) {
	t.Parallel()
	w := newShared([]int64{100}, []int64{100}, []int64{65})
	if err := errors.Join(w.captures(0, 0, 60), w.givesBack(0, 25), w.captures(1, 0, 65), w.captures(0, 0, 40)); err != nil {
		t.Fatal(err)
	}
	if a := w.payments[0].Allocations[0]; left(a) != 40 || w.orders[0].OverpaidAmount().Minor != 40 {
		t.Errorf("the order is overpaid by %v: %+v", w.orders[0].OverpaidAmount(), a)
	}
	for _, fault := range w.faults() {
		t.Error(fault)
	}
}

// givesBack is a refund of a payment's first attempt that succeeds.
func (w *shared) givesBack(n int, minor int64) error {
	if err := w.refunds(n, 0, minor); err != nil {
		return err
	}
	return w.told(n, len(w.payments[n].Refunds)-1, pay.RefundSucceeded)
}

// TestSurplus proves of every order of captures, refunds and refunds that fail after
// all, by payments that share orders, that what is booked as surplus is what was not
// owed, and that it goes back first.
func TestSurplus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.Int64Range(1, 7)
		totals := []int64{small.Draw(t, "total"), small.Draw(t, "total"), small.Draw(t, "total")}
		var parts [][]int64
		for range 3 {
			p := []int64{}
			for _, total := range totals {
				p = append(p, rapid.Int64Range(0, total).Draw(t, "part"))
			}
			if p[0]+p[1]+p[2] == 0 {
				p[0] = 1
			}
			parts = append(parts, p)
		}
		w := newShared(totals, parts...)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			n, attempt := rapid.IntRange(0, 2).Draw(t, "payment"), rapid.IntRange(0, 1).Draw(t, "attempt")
			before := w.payments[n]
			var err error
			switch what := rapid.SampledFrom([]string{"capture", "refund", "end"}).Draw(t, "what"); {
			case what == "capture":
				err = w.captures(n, attempt, small.Draw(t, "captured"))
			case what == "refund":
				err = w.refunds(n, attempt, small.Draw(t, "refunded"))
			case len(before.Refunds) > 0:
				err = w.told(n, rapid.IntRange(0, len(before.Refunds)-1).Draw(t, "refund"), rapid.SampledFrom([]pay.RefundState{pay.RefundSucceeded, pay.RefundFailed}).Draw(t, "to"))
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range append(w.faults(), goesFirst(before, w.payments[n])...) {
				t.Error(fault)
			}
		}
	})
}

// goesFirst says where a refund left surplus and took something else, or where
// something else than money of the payment itself moved its surplus.
func goesFirst(before, after *pay.State) (list []string) {
	var was, is int64
	for i, a := range before.Allocations {
		if a.CapturedMinor > after.Allocations[i].CapturedMinor {
			list = append(list, fmt.Sprintf("an allocation that had captured %d has %d", a.CapturedMinor, after.Allocations[i].CapturedMinor))
		}
		was, is = was+left(before.Allocations[i]), is+left(after.Allocations[i])
	}
	a, b := before.Payment, after.Payment
	switch back := b.RefundedMinor - a.RefundedMinor; {
	case b.CapturedMinor == a.CapturedMinor && back >= 0 && is != max(0, was-back):
		list = append(list, fmt.Sprintf("%d went back of %d surplus, and %d is left", back, was, is))
	case b.CapturedMinor > a.CapturedMinor && (is < was || is > was+b.CapturedMinor-a.CapturedMinor):
		list = append(list, fmt.Sprintf("surplus of %d is %d by a capture of %d", was, is, b.CapturedMinor-a.CapturedMinor))
	}
	return list
}
