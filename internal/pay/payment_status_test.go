package pay_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// headlines are all sixteen, written down here so that one that is added or
// lost is noticed.
var headlines = []pay.PaymentStatus{"CREATED", "PENDING_APPROVAL", "REQUIRES_ACTION", "PROCESSING", "ON_RETRY", "AUTHORIZED",
	"PARTIALLY_PAID", "PAID", "CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED", "FAILED", "REJECTED", "CANCELLED", "VOIDED", "EXPIRED"}

// situation is a payment with the states of its attempts, oldest first.
type situation struct {
	payment  pay.Payment
	attempts []pay.TransactionStatus
}

func (s situation) status() pay.PaymentStatus {
	var attempts []pay.Transaction
	for _, state := range s.attempts {
		attempts = append(attempts, pay.Transaction{Status: state})
	}
	return pay.DeriveStatus(s.payment, attempts)
}

// TestDeriveStatus shows for every headline the situations that have it, those
// included where a rule further down would also match.
func TestDeriveStatus(t *testing.T) {
	t.Parallel()
	of := func(attempts ...pay.TransactionStatus) situation {
		return situation{pay.Payment{Sums: pay.Sums{FinalMinor: 100}}, attempts}
	}
	sums := func(set func(*pay.Sums), attempts ...pay.TransactionStatus) situation {
		s := of(attempts...)
		set(&s.payment.Sums)
		return s
	}
	captured := func(captured, refunded, confirmed int64) situation {
		return sums(func(s *pay.Sums) {
			s.CapturedMinor, s.RefundedMinor, s.ConfirmedMinor = captured, refunded, confirmed
		}, "CAPTURED")
	}
	closed := func(how pay.PaymentStatus, s situation) situation {
		s.payment.Closed = &how
		return s
	}
	retried := func(s situation) situation {
		s.payment.NextRetryAt = ptr(time.Unix(0, 0))
		return s
	}
	held := func(s *pay.Sums) { s.HeldMinor = 40 }
	table := map[pay.PaymentStatus]map[string]situation{
		"CREATED": {"no attempt": of(), "the only attempt was withdrawn": of("CANCELLED"), "a hold was let go": of("VOIDED"),
			"saving a method has not begun": {payment: pay.Payment{Mode: pay.ModeSetup}}},
		"PENDING_APPROVAL": {"one attempt waits": of("PENDING_APPROVAL"), "others failed": of("PENDING_APPROVAL", "FAILED"),
			"it comes before a hold": sums(held, "AUTHORIZED", "PENDING_APPROVAL")},
		"REQUIRES_ACTION": {"the payer must act": of("REQUIRES_ACTION"), "it comes before an attempt under way": of("REQUIRES_ACTION", "PENDING"),
			"after a failure": of("FAILED", "REQUIRES_ACTION")},
		"PROCESSING": {"new": of("CREATED"), "pending": of("PENDING"), "unknown": of("UNKNOWN"), "the close waits for the answer": closed("CANCELLED", of("UNKNOWN"))},
		"ON_RETRY":   {"a retry is planned": retried(of("FAILED")), "even after a rejection": retried(of("REJECTED"))},
		"AUTHORIZED": {"held": sums(held, "AUTHORIZED"), "it comes before what the payer must do": sums(held, "AUTHORIZED", "REQUIRES_ACTION"),
			"closed but still held": closed("CANCELLED", sums(held, "AUTHORIZED"))},
		"PARTIALLY_PAID": {"one short": captured(99, 0, 0), "confirmed so far": captured(50, 0, 50),
			"the rest waits for approval": sums(func(s *pay.Sums) { s.CapturedMinor = 1 }, "CAPTURED", "PENDING_APPROVAL"),
			"late money on a closed one":  closed("EXPIRED", captured(1, 0, 0))},
		"PAID": {"all of it": captured(100, 0, 0), "more than all": captured(101, 0, 0), "confirmed in part": captured(100, 0, 99),
			"late money on a cancelled one": closed("CANCELLED", captured(100, 0, 0))},
		"CONFIRMED": {"all settled": captured(100, 0, 100), "free from the start": {}, "free, with a cancelled attempt": {attempts: []pay.TransactionStatus{"CANCELLED"}}},
		"PARTIALLY_REFUNDED": {"some of it": captured(100, 1, 0), "some of what was confirmed": captured(100, 99, 100), "some of a part": captured(50, 1, 0),
			"all of it while more is held":  sums(func(s *pay.Sums) { s.CapturedMinor, s.RefundedMinor, s.HeldMinor = 60, 60, 40 }, "CAPTURED", "AUTHORIZED"),
			"all of it while more is asked": sums(func(s *pay.Sums) { s.CapturedMinor, s.RefundedMinor, s.InFlightMinor = 60, 60, 40 }, "CAPTURED", "PENDING")},
		"REFUNDED":  {"all of it": captured(100, 100, 0), "all of a part": captured(50, 50, 50), "after a cancel": closed("CANCELLED", captured(100, 100, 0))},
		"FAILED":    {"declined": of("FAILED"), "left": of("DROPPED"), "ran out": of("EXPIRED"), "rejected and then declined": of("REJECTED", "FAILED")},
		"REJECTED":  {"refused by a person": of("REJECTED"), "declined and then rejected": of("FAILED", "REJECTED")},
		"CANCELLED": {"before any attempt": closed("CANCELLED", of()), "after failures": closed("CANCELLED", of("FAILED")), "a free one": closed("CANCELLED", situation{})},
		"VOIDED":    {"a hold was let go": closed("CANCELLED", of("VOIDED")), "and another failed": closed("CANCELLED", of("VOIDED", "FAILED"))},
		"EXPIRED":   {"nobody paid": closed("EXPIRED", of()), "a hold was let go": closed("EXPIRED", of("VOIDED")), "a retry was planned": retried(closed("EXPIRED", of("FAILED")))},
	}
	for _, headline := range headlines {
		if len(table[headline]) == 0 {
			t.Errorf("no situation for %s", headline)
		}
		for name, s := range table[headline] {
			if got := s.status(); got != headline {
				t.Errorf("%s, %s: got %s", headline, name, got)
			}
		}
	}
}

// drawPayment draws sums that can be together and a set of attempts.
func drawPayment(t *rapid.T) (pay.Payment, []pay.Transaction) {
	amount := rapid.SampledFrom([]int64{0, 0, 1, 50, 99, 100, 101})
	p := pay.Payment{Mode: rapid.SampledFrom([]pay.PaymentMode{"PAYMENT", "WALLET", "SETUP"}).Draw(t, "mode")}
	p.FinalMinor, p.CapturedMinor = amount.Draw(t, "final"), amount.Draw(t, "captured")
	p.HeldMinor, p.InFlightMinor = amount.Draw(t, "held"), amount.Draw(t, "in flight")
	p.RefundedMinor = min(p.CapturedMinor, amount.Draw(t, "refunded"))
	p.ConfirmedMinor = min(p.CapturedMinor, amount.Draw(t, "confirmed"))
	p.Closed = rapid.SampledFrom([]*pay.PaymentStatus{nil, ptr(pay.PaymentCancelled), ptr(pay.PaymentExpired)}).Draw(t, "closed")
	if rapid.Bool().Draw(t, "retry") {
		p.NextRetryAt = &time.Time{}
	}
	attempts := make([]pay.Transaction, rapid.IntRange(0, 4).Draw(t, "attempts"))
	for i := range attempts {
		attempts[i].Status = rapid.SampledFrom(storedStates).Draw(t, "state")
	}
	return p, attempts
}

// TestStatusIsTotal proves that every situation has one headline, the same each
// time, that deriving it changes nothing, and that money received is never
// called a failure.
func TestStatusIsTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, attempts := drawPayment(t)
		before, beforeAttempts := p, slices.Clone(attempts)
		status := pay.DeriveStatus(p, attempts)
		if !slices.Contains(headlines, status) {
			t.Fatalf("headline %q", status)
		}
		if again := pay.DeriveStatus(p, attempts); again != status || !reflect.DeepEqual(p, before) || !reflect.DeepEqual(attempts, beforeAttempts) {
			t.Fatalf("%s, then %s, or the arguments were changed", status, again)
		}
		saved := p.Mode == pay.ModeSetup && slices.ContainsFunc(attempts, func(x pay.Transaction) bool { return x.Status == "CAPTURED" })
		free := (p.Mode != pay.ModeSetup && p.FinalMinor == 0 || saved) && p.Closed == nil
		paid := []pay.PaymentStatus{"PARTIALLY_PAID", "PAID", "CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED"}
		if free && status != pay.PaymentConfirmed {
			t.Fatalf("nothing to collect is %s", status)
		}
		if !free && (p.CapturedMinor > 0) != slices.Contains(paid, status) {
			t.Fatalf("%d captured is %s", p.CapturedMinor, status)
		}
		if p.Closed == nil && slices.Contains([]pay.PaymentStatus{"CANCELLED", "VOIDED", "EXPIRED"}, status) {
			t.Fatalf("an open payment is %s", status)
		}
	})
}

// TestCaptureStatus proves that the facets agree with the amounts.
func TestCaptureStatus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _ := drawPayment(t)
		want := pay.CaptureNone
		switch outstanding := p.FinalMinor - p.CapturedMinor; {
		case p.Mode == pay.ModeSetup && p.Status != pay.PaymentConfirmed:
		case outstanding < 0:
			want = pay.CaptureOver
		case outstanding == 0:
			want = pay.CaptureFull
		case p.CapturedMinor > 0:
			want = pay.CapturePartial
		}
		if got := p.CaptureStatus(); got != want {
			t.Fatalf("%d of %d is %s", p.CapturedMinor, p.FinalMinor, got)
		}
		switch got, room := p.AuthorizationStatus(), p.FinalMinor-p.CapturedMinor; {
		case (got == "NONE") != (p.HeldMinor == 0), (got == "PARTIAL") != (p.HeldMinor > 0 && p.HeldMinor < room):
			t.Fatalf("%d held of %d is %s", p.HeldMinor, room, got)
		}
		if p.CapturableAmount().Minor > p.HeldMinor || p.CapturedMinor+p.CapturableAmount().Minor > max(p.FinalMinor, p.CapturedMinor) {
			t.Fatalf("capturable: %v", p.CapturableAmount())
		}
	})
}

// TestSumUp proves that a payment's amounts are the sums of its attempts'
// amounts, and that a sum beyond the largest amount is an error that changes
// nothing.
func TestSumUp(t *testing.T) {
	t.Parallel()
	fields := []string{"HeldMinor", "CapturedMinor", "ConfirmedMinor", "VoucherMinor", "RefundedMinor", "RefundPendingMinor", "ChargedBackMinor"}
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Int64Range(0, 1000), rapid.SampledFrom([]int64{0, money.MaxMinor / 3, money.MaxMinor}))
		if rapid.Bool().Draw(t, "small") {
			amount = rapid.Int64Range(0, 1000)
		}
		attempts := make([]pay.Transaction, rapid.IntRange(0, 4).Draw(t, "attempts"))
		want := pay.Sums{TotalMinor: 7, DiscountMinor: 2, FinalMinor: 5}
		sums := map[string]int64{}
		for i := range attempts {
			x := &attempts[i]
			x.Status, x.RequestedMinor = rapid.SampledFrom(storedStates).Draw(t, "state"), amount.Draw(t, "requested")
			if slices.Contains([]pay.TransactionStatus{"CREATED", "REQUIRES_ACTION", "PENDING", "UNKNOWN"}, x.Status) {
				sums["InFlightMinor"] += x.RequestedMinor
			}
			for _, name := range fields {
				minor := amount.Draw(t, name)
				reflect.ValueOf(x).Elem().FieldByName(name).SetInt(minor)
				sums[name] += minor
			}
			if rapid.Bool().Draw(t, "fee known") {
				x.FeeMinor, x.FeeIsEstimated = ptr(amount.Draw(t, "fee")), rapid.Bool().Draw(t, "estimated")
				sums["fee"] += *x.FeeMinor
				want.FeeMinor, want.FeeIsEstimated = ptr(sums["fee"]), want.FeeIsEstimated || x.FeeIsEstimated || x.ConfirmedMinor < x.CapturedMinor
			}
		}
		beyond := false
		for name, sum := range sums {
			beyond = beyond || sum > money.MaxMinor
			if name != "fee" {
				reflect.ValueOf(&want).Elem().FieldByName(name).SetInt(sum)
			}
		}
		p := pay.Payment{Sums: pay.Sums{TotalMinor: 7, DiscountMinor: 2, FinalMinor: 5, CapturedMinor: 3, FeeMinor: ptr(int64(1))}}
		before := p
		err := p.SumUp(attempts)
		if (err != nil) != beyond {
			t.Fatalf("sums %v: %v", sums, err)
		}
		if beyond {
			want = before.Sums
		}
		if !reflect.DeepEqual(p.Sums, want) {
			t.Fatalf("got %+v, want %+v", p.Sums, want)
		}
	})
}
