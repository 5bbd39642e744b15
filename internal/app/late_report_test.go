package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// started pays an order of 10.00 with a token of the sandbox.
func (s *shop) started(t *testing.T, key, token string, more apptest.Vars) lifeStep {
	t.Helper()
	return act(t, s.admin, "payOrders", key, but(apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": token}, more))
}

// TestOrderOfReports proves that a payment ends the same in whatever order its
// provider's reports arrive.
func TestOrderOfReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	reports := []string{"CAPTURED", "REFUNDED", "CONFIRMED"}
	for i, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		begun := s.started(t, fmt.Sprint("order-", i), "tok_pending", nil)
		for _, n := range order {
			simulate(t, s.admin, begun.Transaction.ID, reports[n], map[bool]apptest.Vars{true: {"amount": minor(400)}}[reports[n] == "REFUNDED"])
		}
		got := s.lifeOf(t, begun.Payment.ID)
		if got.Status != "PARTIALLY_REFUNDED" || got.RefundedAmount.MinorUnits != 400 || got.RefundableAmount.MinorUnits != 600 || len(got.Attention) > 0 || len(got.Refunds) != 1 {
			t.Errorf("%v: %+v", order, got)
		}
	}
	early := s.started(t, "early", "tok_pending", nil)
	if got := simulate(t, s.admin, early.Transaction.ID, "CHARGEBACK", nil); !got.Changed || !slices.Equal(got.Payment.Attention, []string{"AMOUNT_MISMATCH"}) {
		t.Errorf("a chargeback before the capture: %+v", got)
	}
	if got := simulate(t, s.admin, early.Transaction.ID, "CAPTURED", nil); !slices.Equal(got.Payment.Attention, []string{"CHARGEBACK"}) {
		t.Errorf("and then the capture: %+v", got)
	}
}

// TestLateCapture proves that money which comes after an attempt was taken to be
// over is recorded, needs attention, and no longer does once it went back or a
// person has seen to it.
func TestLateCapture(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for name, end := range map[string]func(lifeStep){
		"failed":    func(p lifeStep) { simulate(t, s.admin, p.Transaction.ID, "FAILED", nil) },
		"expired":   func(p lifeStep) { simulate(t, s.admin, p.Transaction.ID, "EXPIRED", nil) },
		"voided":    func(p lifeStep) { simulate(t, s.admin, p.Transaction.ID, "VOIDED", nil) },
		"cancelled": func(p lifeStep) { act(t, s.admin, "cancelPayment", "c", apptest.Vars{"paymentId": p.Payment.ID}) },
	} {
		begun := s.started(t, name, "tok_pending", nil)
		end(begun)
		late := simulate(t, s.admin, begun.Transaction.ID, "CAPTURED", nil)
		if !late.Changed || late.Payment.Status != "PAID" || !slices.Equal(late.Payment.Attention, []string{"LATE_CAPTURE"}) {
			t.Errorf("%s: %+v", name, late)
		}
		if back := act(t, s.admin, "refundPayment", "back-"+name, apptest.Vars{"paymentId": begun.Payment.ID}); back.Payment == nil || len(back.Payment.Attention) > 0 {
			t.Errorf("%s given back: %+v", name, back)
		}
	}
	order := s.order(1000)
	first := act(t, s.admin, "payOrders", "first", apptest.Vars{"orders": one(order), "gatewayId": s.sandbox, "paymentToken": "tok_soft_decline"})
	act(t, s.admin, "payOrders", "second", apptest.Vars{"orders": one(order), "gatewayId": s.sandbox})
	twice := simulate(t, s.admin, first.Transaction.ID, "CAPTURED", nil)
	if !slices.Equal(twice.Payment.Attention, []string{"OVERPAID", "LATE_CAPTURE"}) {
		t.Errorf("an order that was paid twice: %+v", twice.Payment)
	}
	resolve := func(version int, reasons ...string) lifeStep {
		return apptest.Do[map[string]lifeStep](t, s.admin, `mutation($input: ResolveAttentionInput!) { resolveAttention(input: $input) { payment { ...life } errors { code } } } `+lifeFields,
			apptest.Vars{"input": apptest.Vars{"paymentId": first.Payment.ID, "reasons": reasons, "note": "called them", "expectedVersion": version}})["resolveAttention"]
	}
	if got := resolve(twice.Payment.Version-1, "OVERPAID"); !slices.Equal(got.codes(), []string{"VERSION_CONFLICT"}) {
		t.Errorf("an old version: %+v", got)
	}
	if got := resolve(twice.Payment.Version, "CHARGEBACK"); !slices.Equal(got.codes(), []string{"INVALID_STATE"}) {
		t.Errorf("what does not stand: %+v", got)
	}
	seen := resolve(twice.Payment.Version, "OVERPAID", "LATE_CAPTURE")
	if seen.Payment == nil || len(seen.Payment.Attention) > 0 {
		t.Fatalf("seen to: %+v", seen)
	}
	if got := simulate(t, s.admin, first.Transaction.ID, "CHARGEBACK", apptest.Vars{"amount": minor(10)}); !slices.Equal(got.Payment.Attention, []string{"CHARGEBACK"}) {
		t.Errorf("a new fact: %+v", got.Payment)
	}
	resolve(seen.Payment.Version+1, "CHARGEBACK")
	if got := simulate(t, s.admin, first.Transaction.ID, "CHARGEBACK", apptest.Vars{"amount": minor(20)}); !slices.Equal(got.Payment.Attention, []string{"CHARGEBACK"}) {
		t.Errorf("the same again, and more: %+v", got.Payment)
	}
}

// TestLateCaptureGoesBack proves that what a closed payment captures is given back by
// itself where the company wants that, once.
func TestLateCaptureGoesBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	late := func(key string) lived {
		begun := s.started(t, key, "tok_pending", nil)
		act(t, s.admin, "cancelPayment", "c"+key, apptest.Vars{"paymentId": begun.Payment.ID})
		simulate(t, s.admin, begun.Transaction.ID, "CAPTURED", nil)
		s.wakeAll(t)
		s.wakeAll(t)
		return s.lifeOf(t, begun.Payment.ID)
	}
	if got := late("kept"); got.Status != "PAID" || len(got.Refunds) > 0 {
		t.Errorf("kept: %+v", got)
	}
	if _, err := s.api.Database.DB.ExecContext(t.Context(), "UPDATE companies SET refunds_late_captures = true"); err != nil {
		t.Fatal(err)
	}
	if got := late("back"); got.Status != "REFUNDED" || len(got.Refunds) != 1 || len(got.Attention) > 0 {
		t.Errorf("given back: %+v", got)
	}
}

// TestStrangeReports proves that a person is told of reports that cannot be, which
// change nothing else.
func TestStrangeReports(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for name, c := range map[string]struct {
		fact   string
		amount int64
		net    int64
	}{"captured": {"CAPTURED", 1001, 1000}, "refunded": {"REFUNDED", 1001, 0}, "charged back": {"CHARGEBACK", 1001, 1000}} {
		paid := s.started(t, fmt.Sprint("strange-", c.fact), "tok_approve", nil)
		got := simulate(t, s.admin, paid.Transaction.ID, c.fact, apptest.Vars{"amount": minor(c.amount)})
		if !slices.Contains(got.Payment.Attention, "AMOUNT_MISMATCH") || got.Payment.PaidAmount.MinorUnits-got.Payment.RefundedAmount.MinorUnits != c.net {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestSimulateRefunds rehearses what becomes of a refund that waits.
func TestSimulateRefunds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	paid := s.started(t, "a", "tok_approve", apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}})
	refund := act(t, s.admin, "refundPayment", "r", apptest.Vars{"paymentId": paid.Payment.ID, "amount": minor(300)}).Refunds[0].ID
	for _, step := range []struct{ fact, status string }{{"REFUND_SUCCEEDED", "PARTIALLY_REFUNDED"}, {"REFUND_FAILED", "PAID"}, {"REFUND_SUCCEEDED", "PARTIALLY_REFUNDED"}} {
		got := simulate(t, s.admin, paid.Transaction.ID, step.fact, apptest.Vars{"refundId": refund})
		if !got.Changed || got.Payment.Status != step.status || got.Payment.RefundPendingAmount.MinorUnits != 0 {
			t.Errorf("%s: %+v", step.fact, got)
		}
	}
	for name, more := range map[string]apptest.Vars{"REFUND_FAILED": nil, "CAPTURED": {"refundId": refund}} {
		if got := simulate(t, s.admin, paid.Transaction.ID, name, more); len(got.Errors) != 1 || got.Errors[0].Code != "INVALID_INPUT" {
			t.Errorf("%s of %v: %+v", name, more, got)
		}
	}
}

// TestResolveWithIDOfAnother proves that a provider's id which another attempt at the gateway
// has is refused where it stands, whatever the outcome is said to be, and names that attempt;
// the attempt can be resolved with its own id after.
func TestResolveWithIDOfAnother(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	paid := s.started(t, "paid", "tok_approve", nil).Transaction.ID
	taken := s.externalID(t, paid)
	for _, outcome := range []string{"CAPTURED", "FAILED"} {
		lost := s.started(t, "lost-"+outcome, "tok_timeout_forever", nil).Transaction.ID
		input := apptest.Vars{"transactionId": lost, "outcome": outcome, "note": "seen in the dashboard", "externalId": taken}
		got := act(t, s.admin, "resolveTransaction", "r-"+outcome, input)
		if !slices.Equal(got.codes(), []string{"DUPLICATE_REFERENCE"}) || strings.Join(got.Errors[0].Path, ".") != "input.externalId" {
			t.Errorf("%s: %+v", outcome, got)
		}
		named := apptest.Do[struct {
			ResolveTransaction struct{ Errors []struct{ ExistingID string } }
		}](t, s.admin, `mutation($input: ResolveTransactionInput!) { resolveTransaction(input: $input) { errors { ... on ConflictError { existingId } } } }`,
			apptest.Vars{"input": but(input, apptest.Vars{"idempotencyKey": "r-" + outcome})}).ResolveTransaction.Errors
		if len(named) != 1 || named[0].ExistingID != paid {
			t.Errorf("%s names %v, want %s", outcome, named, paid)
		}
		if got := act(t, s.admin, "resolveTransaction", "r-"+outcome, but(input, apptest.Vars{"externalId": "own-" + outcome})); len(got.Errors) > 0 || s.externalID(t, lost) != "own-"+outcome {
			t.Errorf("%s by its own id: %+v", outcome, got)
		}
	}
	checkInvariants(t, s.api.Database.DB)
}

// TestResolveTransaction proves that a person's word ends an outcome that the gateway
// never tells, and no other.
func TestResolveTransaction(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	resolve := func(key, transaction, outcome string, more apptest.Vars) lifeStep {
		return act(t, s.admin, "resolveTransaction", key, but(apptest.Vars{"transactionId": transaction, "outcome": outcome, "note": "seen in the dashboard"}, more))
	}
	for name, c := range map[string]struct {
		outcome, status string
		more            apptest.Vars
	}{"captured": {"CAPTURED", "PAID", nil}, "in part": {"CAPTURED", "PARTIALLY_PAID", apptest.Vars{"amount": minor(400)}}, "held": {"AUTHORIZED", "AUTHORIZED", nil}, "failed": {"FAILED", "FAILED", nil}} {
		begun := s.started(t, fmt.Sprint("lost-", c.outcome, len(name)), "tok_timeout_forever", nil)
		got := resolve(fmt.Sprint("r-", c.outcome, len(name)), begun.Transaction.ID, c.outcome, c.more)
		if got.Payment == nil || got.Payment.Status != c.status || len(got.Payment.Attention) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	known := s.started(t, "known", "tok_approve", nil)
	if got := resolve("k", known.Transaction.ID, "FAILED", nil); !slices.Equal(got.codes(), []string{"INVALID_STATE"}) {
		t.Errorf("a known outcome: %+v", got)
	}
	lost := s.started(t, "lost", "tok_timeout_forever", nil)
	if got := resolve("l", lost.Transaction.ID, "CAPTURED", apptest.Vars{"amount": minor(1001)}); !slices.Equal(got.codes(), []string{"AMOUNT_MISMATCH"}) {
		t.Errorf("too much: %+v", got)
	}
	if got := resolve("f", lost.Transaction.ID, "FAILED", apptest.Vars{"amount": minor(1)}); !slices.Equal(got.codes(), []string{"INVALID_INPUT"}) {
		t.Errorf("an amount of nothing: %+v", got)
	}
}

// TestExpiryCallsOff proves that a payment whose time is over takes nothing more, and
// that what it holds and asks for is released.
func TestExpiryCallsOff(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	s.make = s.admin.Make(t)
	manual := s.manualGateway(nil)
	for name, begin := range map[string]func(id string) lifeStep{
		"nothing": func(id string) lifeStep { return lifeStep{} },
		"an OTP": func(id string) lifeStep {
			return act(t, s.admin, "processPayment", "otp", apptest.Vars{"paymentId": id, "gatewayId": s.sandbox, "paymentToken": "tok_otp"})
		},
		"a hold": func(id string) lifeStep {
			return act(t, s.admin, "processPayment", "hold", apptest.Vars{"paymentId": id, "gatewayId": s.sandbox, "capture": false, "amount": minor(400)})
		},
		"a slip": func(id string) lifeStep {
			return act(t, s.admin, "submitManualPayment", "slip", apptest.Vars{"paymentId": id, "gatewayId": manual, "transactionReference": "S-1", "amount": minor(400)})
		},
	} {
		made := s.created(t, "made-"+strings.ReplaceAll(name, " ", "-"), apptest.Vars{"orders": one(s.order(1000)), "expiresAt": clock.now().Add(time.Hour).Format(time.RFC3339)})
		begun := begin(made.Payment.ID)
		clock.pass(time.Hour + time.Minute)
		if got := act(t, s.admin, "processPayment", "late"+made.Payment.ID, apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": s.sandbox}); !slices.Equal(got.codes(), []string{"PAYMENT_CLOSED"}) {
			t.Errorf("%s, a new attempt: %+v", name, got)
		}
		if name == "an OTP" {
			if got := act(t, s.admin, "completeTransaction", "c", apptest.Vars{"transactionId": begun.Transaction.ID, "code": "123456"}); !slices.Equal(got.codes(), []string{"PAYMENT_CLOSED"}) {
				t.Errorf("%s, the code: %+v", name, got)
			}
		}
		s.wakeAll(t)
		if got := s.lifeOf(t, made.Payment.ID); got.Status != "EXPIRED" || got.AuthorizedAmount.MinorUnits != 0 || got.Orders[0].OutstandingAmount.MinorUnits != 1000 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
