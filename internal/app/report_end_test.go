package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestReportLeavesHold proves that a report of a capture takes from the hold what was
// captured and nothing else, also one that tells what is known: what else is asked for
// waits for its own answer, and what is held still can be captured or released.
func TestReportLeavesHold(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	begun := func(key, operation string) string {
		return s.started(t, key, "tok_approve", apptest.Vars{"capture": false, "metadata": []apptest.Vars{{"key": "sandbox." + operation, "value": "pending"}}}).Transaction.ID
	}
	amounts := func(id string) string {
		_, bare, _ := pay.SplitID(id)
		return rowsOf(t, s.api.Database.DB, `SELECT concat_ws(' ', t.status, t.held_minor, t.captured_minor,
			(SELECT string_agg(kind || ' ' || status, ', ' ORDER BY created_at) FROM operations o WHERE o.tenant_id = t.tenant_id AND o.transaction_id = t.id)) FROM transactions t WHERE id = '`+bare.String()+`'`)[0]
	}
	captured := func(id string, minor int64) {
		simulate(t, s.admin, id, "CAPTURED", apptest.Vars{"amount": apptest.Vars{"minorUnits": minor, "currency": "EUR"}})
	}
	second := begun("second", "capture")
	act(t, s.admin, "captureTransaction", "first", apptest.Vars{"transactionId": second, "amount": minor(300)})
	captured(second, 300)
	act(t, s.admin, "captureTransaction", "other", apptest.Vars{"transactionId": second, "amount": minor(700)})
	captured(second, 300)
	if got := amounts(second); got != "CAPTURED 700 300 CAPTURE SUCCEEDED, CAPTURE PENDING" {
		t.Errorf("told again while the second capture is under way: %s", got)
	}
	captured(second, 1000)
	if got := amounts(second); got != "CAPTURED 0 1000 CAPTURE SUCCEEDED, CAPTURE SUCCEEDED" {
		t.Errorf("told of the second: %s", got)
	}
	released := begun("released", "void")
	act(t, s.admin, "captureTransaction", "part", apptest.Vars{"transactionId": released, "amount": minor(600)})
	act(t, s.admin, "voidTransaction", "void", apptest.Vars{"transactionId": released})
	captured(released, 600)
	if got := amounts(released); got != "CAPTURED 400 600 CAPTURE SUCCEEDED, VOID PENDING" {
		t.Errorf("told again while the rest is being released: %s", got)
	}
	captured(released, 1000)
	if got := amounts(released); got != "CAPTURED 0 1000 CAPTURE SUCCEEDED, VOID FAILED" {
		t.Errorf("captured instead of released: %s", got)
	}
	last := begun("last", "capture")
	act(t, s.admin, "captureTransaction", "final", apptest.Vars{"transactionId": last, "amount": minor(600), "final": true})
	captured(last, 600)
	if got := amounts(last); got != "CAPTURED 0 600 CAPTURE SUCCEEDED" {
		t.Errorf("the last capture: %s", got)
	}
	early := s.started(t, "early", "tok_pending", apptest.Vars{"capture": false}).Transaction.ID
	captured(early, 600)
	simulate(t, s.admin, early, "AUTHORIZED", nil)
	if got := amounts(early); got != "CAPTURED 400 600" {
		t.Errorf("the capture is told before the hold: %s", got)
	}
}

// TestSettlementOfNothing proves that a file which says that money came disagrees with
// an attempt that ended without, whichever was first.
func TestSettlementOfNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	failed := s.started(t, "failed", "tok_hard_decline", nil)
	if got := reconcile(t, s.admin, "1", s.sandbox, settledLine(s.externalID(t, failed.Transaction.ID), 1000)); got.outcomes() != "DISCREPANCY" || !slices.Equal(got.Lines[0].Payment.Attention, []string{"AMOUNT_MISMATCH"}) {
		t.Errorf("a failed attempt: %+v", got)
	}
	pending := s.started(t, "pending", "tok_pending", nil)
	line := settledLine(s.externalID(t, pending.Transaction.ID), 1000)
	reconcile(t, s.admin, "2", s.sandbox, line)
	simulate(t, s.admin, pending.Transaction.ID, "FAILED", nil)
	if got := reconcile(t, s.admin, "2", s.sandbox, line); got.outcomes() != "DISCREPANCY" || !slices.Contains(got.Lines[0].Payment.Attention, "AMOUNT_MISMATCH") {
		t.Errorf("an attempt that failed later: %+v", got)
	}
	manual := s.manualGateway(nil)
	slip := act(t, s.teller(t), "submitManualPayment", "slip", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": manual, "transactionReference": "Slip 1"})
	reconcile(t, s.admin, "3", manual, settledLine(" SLIP 1", 1000)) // as banks write
	act(t, s.admin, "rejectManualPayment", "no", apptest.Vars{"transactionId": slip.Transaction.ID, "reason": "no"})
	if got := reconcile(t, s.admin, "3", manual, settledLine(" SLIP 1", 1000)); got.outcomes() != "DISCREPANCY" {
		t.Errorf("a slip that was rejected: %+v", got)
	}
}

// TestSettlementBeforeCaptures proves that lines wait for the captures that they are
// about, and that two captures of one amount may be settled by lines that look alike.
func TestSettlementBeforeCaptures(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	fee := func(line apptest.Vars, units int64) apptest.Vars {
		return but(line, apptest.Vars{"fee": apptest.Vars{"minorUnits": units, "currency": "EUR"}})
	}
	for name, c := range map[string]struct {
		captures []int64
		lines    []int64
		fee      int64
	}{"one each": {[]int64{4000, 6000}, []int64{4000, 6000}, 20}, "all in one": {[]int64{4000, 6000}, []int64{10_000}, 10}, "other order": {[]int64{4000, 6000}, []int64{6000, 4000}, 20}} {
		key := fmt.Sprintf("%d-%d", c.lines[0], len(c.lines))
		held := s.held(t, key)
		id := s.externalID(t, held.Transaction.ID)
		for i, units := range c.lines {
			if got := reconcile(t, s.admin, fmt.Sprint("line-", key, i), s.sandbox, fee(settledLine(id, units), 10)); got.outcomes() != "WAITING" {
				t.Errorf("%s, before: %s", name, got.outcomes())
			}
		}
		for i, units := range c.captures {
			act(t, s.admin, "captureTransaction", fmt.Sprint("capture-", key, i), apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(units)})
		}
		got := reconcile(t, s.admin, fmt.Sprint("line-", key, 0), s.sandbox, fee(settledLine(id, c.lines[0]), 10))
		if p := got.Lines[0].Payment; got.outcomes() != "CONFIRMED" || p.Status != "CONFIRMED" || p.FeeIsEstimated || p.ProcessingFee.MinorUnits != c.fee {
			t.Errorf("%s, after: %+v", name, p)
		}
	}
	twice := s.held(t, "twice")
	for i := range 2 {
		act(t, s.admin, "captureTransaction", fmt.Sprint("half-", i), apptest.Vars{"transactionId": twice.Transaction.ID, "amount": minor(5000)})
	}
	line := fee(settledLine(s.externalID(t, twice.Transaction.ID), 5000), 10)
	if got := reconcile(t, s.admin, "alike", s.sandbox, line, line); got.outcomes() != "CONFIRMED CONFIRMED" || got.Lines[1].Payment.Status != "CONFIRMED" || got.Lines[1].Payment.ProcessingFee.MinorUnits != 20 {
		t.Errorf("two lines that look alike: %+v", got)
	}
}

// TestReportEndsOperation proves that what was asked for is over once a report says
// that it happened, or cannot any more.
func TestReportEndsOperation(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	begun := func(key, operation string, more apptest.Vars) lifeStep {
		return s.started(t, key, "tok_approve", but(apptest.Vars{"capture": false, "metadata": []apptest.Vars{{"key": "sandbox." + operation, "value": "pending"}}}, more))
	}
	held := begun("void", "void", nil)
	act(t, s.admin, "cancelPayment", "c1", apptest.Vars{"paymentId": held.Payment.ID})
	if got := simulate(t, s.admin, held.Transaction.ID, "VOIDED", nil); got.Payment.Status != "VOIDED" || got.Payment.Transactions[0].Operations[0].Status != "SUCCEEDED" {
		t.Errorf("released: %+v", got.Payment)
	}
	waits := begun("cancel", "cancel", apptest.Vars{"paymentToken": "tok_otp"})
	act(t, s.admin, "cancelPayment", "c2", apptest.Vars{"paymentId": waits.Payment.ID})
	if got := simulate(t, s.admin, waits.Transaction.ID, "CANCELLED", nil); got.Payment.Status != "CANCELLED" {
		t.Errorf("called off: %+v", got.Payment)
	}
	late := begun("late", "cancel", apptest.Vars{"paymentToken": "tok_otp", "capture": true})
	act(t, s.admin, "cancelPayment", "c3", apptest.Vars{"paymentId": late.Payment.ID})
	if got := simulate(t, s.admin, late.Transaction.ID, "CAPTURED", apptest.Vars{"amount": minor(400)}); got.Payment.Status != "PARTIALLY_PAID" || got.Payment.Transactions[0].Operations[0].Status != "FAILED" {
		t.Errorf("captured instead: %+v", got.Payment)
	}
	if got := act(t, s.admin, "processPayment", "rest", apptest.Vars{"paymentId": late.Payment.ID, "gatewayId": s.sandbox, "paymentToken": "tok_otp"}); got.Payment == nil {
		t.Errorf("the payment goes on: %+v", got)
	}
	capture := begun("capture", "capture", nil)
	act(t, s.admin, "captureTransaction", "c4", apptest.Vars{"transactionId": capture.Transaction.ID})
	if got := simulate(t, s.admin, capture.Transaction.ID, "CAPTURED", nil); got.Payment.Transactions[0].Operations[0].Status != "SUCCEEDED" || got.Payment.PaidAmount.MinorUnits != 1000 {
		t.Errorf("captured: %+v", got.Payment)
	}
}

// TestHoldThatStays proves that a hold which a gateway will not release after the
// payment's time needs a person, and is not asked about for ever.
func TestHoldThatStays(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	s.make = s.admin.Make(t)
	made := s.created(t, "made", apptest.Vars{"orders": one(s.order(1000)), "expiresAt": clock.now().Add(time.Hour).Format(time.RFC3339), "metadata": []apptest.Vars{{"key": "sandbox.void", "value": "fail"}}})
	act(t, s.admin, "processPayment", "p", apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": s.sandbox, "capture": false})
	for range 5 {
		clock.pass(time.Hour)
		s.wakeAll(t)
	}
	got := s.lifeOf(t, made.Payment.ID)
	if !slices.Equal(got.Attention, []string{"NOT_RELEASED"}) || len(got.Transactions[0].Operations) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestTopUpChargedBack proves that store credit goes with the money that bought it.
func TestTopUpChargedBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	id := s.topUp(t, "a", 1000, "")
	simulate(t, s.admin, s.lifeOf(t, id).Transactions[0].ID, "CHARGEBACK", apptest.Vars{"amount": minor(400)})
	if got := s.credit(t); got != 600 {
		t.Errorf("%d minor units of store credit are left", got)
	}
	if got := s.books(t, apptest.Vars{"paymentIds": []string{id}}); got != "GATEWAY_CLEARING 600, STORE_CREDIT -600" {
		t.Errorf("the books say %s", got)
	}
}

// TestSettlementOfOverdueSlip proves that a line which waited for a slip disagrees once
// the payment's time is over.
func TestSettlementOfOverdueSlip(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	manual := s.manualGateway(nil)
	made := s.created(t, "made", apptest.Vars{"orders": one(s.order(1000)), "expiresAt": clock.now().Add(10 * time.Minute).Format(time.RFC3339)})
	act(t, s.admin, "submitManualPayment", "slip", apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": manual, "transactionReference": "S-1"})
	if got := reconcile(t, s.admin, "1", manual, settledLine("S-1", 1000)); got.outcomes() != "WAITING" {
		t.Errorf("in time: %+v", got)
	}
	clock.pass(11 * time.Minute)
	s.wakeAll(t)
	if got := reconcile(t, s.admin, "1", manual, settledLine("S-1", 1000)); got.outcomes() != "DISCREPANCY" || got.Lines[0].Payment.Status != "EXPIRED" || !slices.Contains(got.Lines[0].Payment.Attention, "AMOUNT_MISMATCH") {
		t.Errorf("too late: %+v", got)
	}
}
