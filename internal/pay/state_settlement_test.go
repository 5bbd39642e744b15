package pay_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// settledWorld is a payment of 10 minor units with one attempt that captured so many.
func settledWorld(t *testing.T, captured int64) (*pay.State, uuid.UUID) {
	t.Helper()
	s := exploration{final: 10, attempts: 1}.newWorld()
	if err := s.Begin(); err != nil {
		t.Fatal(err)
	}
	id := number('t', 1)
	if refusal, err := s.StartAttempt(pay.Transaction{ID: id, GatewayID: gatewayOf, Status: pay.TransactionCreated, RequestedMinor: 10}); refusal != nil || err != nil {
		t.Fatal(refusal, err)
	}
	if captured > 0 {
		if _, err := s.ApplyFact(id, pay.Fact{To: pay.TransactionCaptured, AmountMinor: captured}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Conclude(); err != nil {
		t.Fatal(err)
	}
	return fork(s), id
}

// settleAll settles lines of these amounts, each in a change of its own, and checks
// after each what must always hold.
func settleAll(t *testing.T, s *pay.State, id uuid.UUID, amounts []int64) *pay.State {
	t.Helper()
	for _, minor := range amounts {
		before := *s.Attempt(id)
		outcome, message, err := s.Settle(id, pay.SettlementLine{Currency: "EUR", AmountMinor: minor})
		if err != nil || message == "" {
			t.Fatalf("settle %d: %q, %v", minor, message, err)
		}
		if err := s.Conclude(); err != nil {
			t.Fatalf("settle %d: %v", minor, err)
		}
		after := *s.Attempt(id)
		switch {
		case after.ConfirmedMinor > after.CapturedMinor || after.CapturedMinor != before.CapturedMinor || after.RefundedMinor != before.RefundedMinor:
			t.Fatalf("%v: %d confirmed of %d captured", amounts, after.ConfirmedMinor, after.CapturedMinor)
		case after.ConfirmedMinor < before.ConfirmedMinor:
			t.Fatalf("%v: %d was confirmed, then %d", amounts, before.ConfirmedMinor, after.ConfirmedMinor)
		case before.ReconciliationStatus == pay.Discrepancy && after.ReconciliationStatus != pay.Discrepancy:
			t.Fatalf("%v: a discrepancy vanished", amounts)
		case outcome == pay.SettlementAlreadyConfirmed && len(s.Events) > 0:
			t.Fatalf("%v: what was known left a trace", amounts)
		case (outcome == pay.SettlementConfirmed || outcome == pay.SettlementAlreadyConfirmed) && minor != after.CapturedMinor:
			t.Fatalf("%v: %d of %d came to %s", amounts, minor, after.CapturedMinor, outcome)
		}
		s = fork(s)
	}
	return s
}

// TestSettleInAnyOrder proves that lines come to the same end in every order, and
// that what is confirmed never exceeds what was captured and is never undone, with
// refunds and gateways' own reports in between.
func TestSettleInAnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		captured := random.Int64N(11)
		amounts := make([]int64, 1+random.IntN(5))
		for i := range amounts {
			amounts[i] = 1 + random.Int64N(12)
			if random.IntN(2) == 0 && captured > 0 {
				amounts[i] = captured
			}
		}
		reported := random.Int64N(captured + 1)
		end := func() (pay.Transaction, pay.Payment) {
			s, id := settledWorld(t, captured)
			if reported > 0 {
				if _, err := s.ApplyFact(id, pay.Fact{To: pay.TransactionConfirmed, AmountMinor: reported}); err != nil {
					t.Fatal(err)
				}
			}
			s = settleAll(t, fork(s), id, amounts)
			return *s.Attempt(id), s.Payment
		}
		a, p := end()
		random.Shuffle(len(amounts), func(i, j int) { amounts[i], amounts[j] = amounts[j], amounts[i] })
		b, q := end()
		if a.ConfirmedMinor != b.ConfirmedMinor || a.ReconciliationStatus != b.ReconciliationStatus || p.ReconciliationStatus != q.ReconciliationStatus || p.Status != q.Status {
			t.Fatalf("%v of %d: %d %s %s in one order, %d %s %s in another", amounts, captured, a.ConfirmedMinor, a.ReconciliationStatus, p.Status, b.ConfirmedMinor, b.ReconciliationStatus, q.Status)
		}
	}
}

// TestSettleKeepsFacts proves that a later capture or refund leaves what was
// confirmed, that a line with the new sum confirms it, and what a line of another
// currency does.
func TestSettleKeepsFacts(t *testing.T) {
	t.Parallel()
	s, id := settledWorld(t, 4)
	s = settleAll(t, s, id, []int64{4})
	if _, err := s.ApplyFact(id, pay.Fact{To: pay.TransactionCaptured, AmountMinor: 7}); err != nil {
		t.Fatal(err)
	}
	if err := s.Conclude(); err != nil || s.Payment.ConfirmedMinor != 4 || s.Payment.ReconciliationStatus != pay.PartiallyReconciled {
		t.Fatalf("after more was captured: %+v, %v", s.Payment.Sums, err)
	}
	s = settleAll(t, fork(s), id, []int64{7})
	if s.Payment.ConfirmedMinor != 7 || s.Payment.ReconciliationStatus != pay.Reconciled {
		t.Fatalf("after the sum was settled: %+v", s.Payment.Sums)
	}
	fee := int64(2)
	outcome, _, err := s.Settle(id, pay.SettlementLine{Currency: money.Currency("USD"), AmountMinor: 7, FeeMinor: &fee})
	if err != nil || outcome != pay.SettlementDiscrepancy || s.Attempt(id).FeeMinor != nil || s.Attempt(id).ConfirmedMinor != 7 {
		t.Errorf("another currency: %s, %v", outcome, err)
	}
	if _, _, err := s.Settle(number('t', 9), pay.SettlementLine{}); err == nil {
		t.Error("an attempt that is not there was settled")
	}
}
