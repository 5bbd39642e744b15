package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestSettlementBeforeCapture proves that a line which comes before what it settles
// waits for it, for slips as for charges.
func TestSettlementBeforeCapture(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	manual := s.manualGateway(nil)
	slip := act(t, s.teller(t), "submitManualPayment", "slip", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": manual, "transactionReference": "S-1"})
	if got := reconcile(t, s.admin, "bank", manual, settledLine("S-1", 1000)); got.outcomes() != "WAITING" || got.Lines[0].Payment.ReconciliationStatus != "UNRECONCILED" {
		t.Errorf("before the approval: %+v", got)
	}
	act(t, s.admin, "approveManualPayment", "ok", apptest.Vars{"transactionId": slip.Transaction.ID})
	if got := reconcile(t, s.admin, "bank", manual, settledLine("S-1", 1000)); got.outcomes() != "CONFIRMED" || got.Lines[0].Payment.Status != "CONFIRMED" {
		t.Errorf("after it: %+v", got)
	}
	pending := s.started(t, "p", "tok_pending", nil)
	line := settledLine(s.externalID(t, pending.Transaction.ID), 999)
	if got := reconcile(t, s.admin, "wrong", s.sandbox, line); got.outcomes() != "WAITING" {
		t.Errorf("before the capture: %+v", got)
	}
	simulate(t, s.admin, pending.Transaction.ID, "CAPTURED", nil)
	if got := reconcile(t, s.admin, "wrong", s.sandbox, line); got.outcomes() != "DISCREPANCY" || got.Lines[0].Payment.Status != "PAID" || got.Lines[0].Payment.ReconciliationStatus != "DISCREPANCY" {
		t.Errorf("after it: %+v", got)
	}
}

// TestSettlementOfCaptures proves that each of several captures may be settled by a
// line of its own, with its own fee.
func TestSettlementOfCaptures(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	held := s.held(t, "a")
	for key, amount := range map[string]int64{"c1": 6000, "c2": 4000} {
		act(t, s.admin, "captureTransaction", key, apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(amount)})
	}
	id := s.externalID(t, held.Transaction.ID)
	fee := func(line apptest.Vars, units int64) apptest.Vars {
		return but(line, apptest.Vars{"fee": apptest.Vars{"minorUnits": units, "currency": "EUR"}})
	}
	got := reconcile(t, s.admin, "one", s.sandbox, fee(settledLine(id, 4000), 70))
	if got.outcomes() != "CONFIRMED" || got.Lines[0].Payment.ReconciliationStatus != "PARTIAL" || got.Lines[0].Payment.Status != "PAID" {
		t.Errorf("one capture: %+v", got)
	}
	got = reconcile(t, s.admin, "two", s.sandbox, fee(settledLine(id, 6000), 90))
	if p := got.Lines[0].Payment; got.outcomes() != "CONFIRMED" || p.ReconciliationStatus != "RECONCILED" || p.Status != "CONFIRMED" || p.FeeIsEstimated || p.ProcessingFee.MinorUnits != 160 {
		t.Errorf("both: %+v", p)
	}
	if got := reconcile(t, s.admin, "three", s.sandbox, settledLine(id, 5000)); got.outcomes() != "DISCREPANCY" {
		t.Errorf("no capture: %+v", got)
	}
}

// TestFees proves that a fee is an estimate until a settlement tells it, and that a
// line which disagrees or comes again does not spoil it.
func TestFees(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	_, id := s.paidAt(t, "a", 10_000)
	line := settledLine(id, 10_000)
	if got := reconcile(t, s.admin, "plain", s.sandbox, line); !got.Lines[0].Payment.FeeIsEstimated || got.Lines[0].Payment.ProcessingFee.MinorUnits != 165 {
		t.Errorf("no fee said: %+v", got.Lines[0].Payment)
	}
	line["fee"] = apptest.Vars{"minorUnits": 77, "currency": "EUR"}
	if got := reconcile(t, s.admin, "with-fee", s.sandbox, line); got.Lines[0].Payment.FeeIsEstimated || got.Lines[0].Payment.ProcessingFee.MinorUnits != 77 {
		t.Errorf("the fee said: %+v", got.Lines[0].Payment)
	}
	wrong := but(settledLine(id, 9_000), apptest.Vars{"fee": apptest.Vars{"minorUnits": 1, "currency": "EUR"}})
	if got := reconcile(t, s.admin, "wrong", s.sandbox, wrong); got.outcomes() != "DISCREPANCY" || got.Lines[0].Payment.ProcessingFee.MinorUnits != 77 {
		t.Errorf("a line that disagrees: %+v", got.Lines[0].Payment)
	}
	if s.held(t, "h"); s.count(t, "transactions WHERE status = 'AUTHORIZED' AND fee_minor IS NOT NULL") != 0 {
		t.Error("a hold costs nothing")
	}
}
