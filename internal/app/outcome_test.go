package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
)

// outcomeSeen is all that must be seen after an order of 10.01 was paid with an
// outcome of the sandbox. Amounts are cents.
type outcomeSeen struct {
	payment, transaction string
	// failure is code, kind of decline and whether trying again may help.
	failure   string
	action    string
	order     string
	paid      int64
	held      int64
	inFlight  int64
	attention []string
	// again is what the same request comes to once more.
	again string
}

const owed = 1001

var outcomes = map[string]outcomeSeen{
	sandbox.Approve:     {payment: "PAID", transaction: "CAPTURED", order: "PAID", paid: owed, again: "PAID"},
	sandbox.Authorize:   {payment: "AUTHORIZED", transaction: "AUTHORIZED", order: "UNPAID", held: owed, again: "AUTHORIZED"},
	sandbox.Partial:     {payment: "PARTIALLY_PAID", transaction: "CAPTURED", order: "PARTIALLY_PAID", paid: 500, again: "PARTIALLY_PAID"},
	sandbox.SoftDecline: {payment: "FAILED", transaction: "FAILED", failure: "DECLINED SOFT true", order: "UNPAID", again: "FAILED"},
	sandbox.HardDecline: {payment: "FAILED", transaction: "FAILED", failure: "DECLINED HARD false", order: "UNPAID", again: "FAILED"},
	sandbox.Unsent:      {payment: "FAILED", transaction: "FAILED", failure: "SYSTEM  true", order: "UNPAID", again: "FAILED"},
	sandbox.MissingMethod: {payment: "FAILED", transaction: "FAILED", failure: "MISSING_PAYMENT_METHOD  false",
		order: "UNPAID", again: "FAILED"},
	sandbox.OTP:      {payment: "REQUIRES_ACTION", transaction: "REQUIRES_ACTION", action: "OTP", order: "UNPAID", inFlight: owed, again: "REQUIRES_ACTION"},
	sandbox.Redirect: {payment: "REQUIRES_ACTION", transaction: "REQUIRES_ACTION", action: "REDIRECT", order: "UNPAID", inFlight: owed, again: "REQUIRES_ACTION"},
	sandbox.Dropin:   {payment: "REQUIRES_ACTION", transaction: "REQUIRES_ACTION", action: "DROPIN", order: "UNPAID", inFlight: owed, again: "REQUIRES_ACTION"},
	sandbox.Pending:  {payment: "PROCESSING", transaction: "PENDING", order: "UNPAID", inFlight: owed, again: "PROCESSING"},

	sandbox.Timeout:         unknownOutcome("PAID"),
	sandbox.TimeoutDeclined: unknownOutcome("FAILED"),
	sandbox.TimeoutLost:     unknownOutcome("PAID"), // it never arrived, and is sent again
	sandbox.TimeoutForever:  unknownOutcome("PROCESSING"),
	sandbox.WrongAmount:     unknownOutcome("PROCESSING", "AMOUNT_MISMATCH"),
}

func unknownOutcome(again string, attention ...string) outcomeSeen {
	return outcomeSeen{payment: "PROCESSING", transaction: "UNKNOWN", order: "UNPAID", inFlight: owed,
		attention: append([]string{"UNKNOWN_OUTCOME"}, attention...), again: again}
}

// TestOutcomes proves what every outcome of the sandbox means for payment,
// attempt, order and events, that a repeat of the request asks again where there
// was no result, and that an order is free to be paid again exactly when nothing
// of the first payment can arrive any more.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, outcome := range sandbox.Outcomes() {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			want, ok := outcomes[outcome]
			if !ok {
				t.Fatal("the test does not know what this outcome should be")
			}
			order := s.order(owed)
			input := but(s.whole("tok_"+outcome, order), apptest.Vars{"gatewayId": s.sandbox})
			got := s.pay(t, outcome, input)
			if len(got.Errors) > 0 || got.Replayed {
				t.Fatalf("refused or replayed: %+v", got)
			}
			want.check(t, got)
			want.checkEvents(t, got)
			want.checkOrder(t, s.seeOrder(t, order))
			replayed := s.pay(t, outcome, input)
			if !replayed.Replayed || replayed.Payment.ID != got.Payment.ID || replayed.Payment.Status != want.again {
				t.Errorf("repeated: got %+v, want payment %s with status %s", replayed, got.Payment.ID, want.again)
			}
			s.checkPayableAgain(t, outcome, order)
		})
	}
}

// TestUnknownOutcomeFails proves that a name which the sandbox does not know
// moves no money, wherever it stands, that the payer is told what there is, and
// that metadata names an outcome as a token does.
func TestUnknownOutcomeFails(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	metadata := func(outcome string) apptest.Vars {
		return apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.outcome", "value": outcome}}}
	}
	method := s.method(t, s.customer, s.sandbox, "tok_visa_4242")
	for name, c := range map[string]struct {
		fields  apptest.Vars
		failure string
	}{
		"token":         {apptest.Vars{"paymentToken": "tok_aprove"}, "GENERIC"},
		"stored method": {apptest.Vars{"gatewayId": nil, "paymentMethodId": method}, "GENERIC"},
		"metadata":      {metadata("decline"), "GENERIC"},
		"known":         {metadata("soft_decline"), "DECLINED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order := s.order(owed)
			got := s.pay(t, name, but(but(s.whole("", order), apptest.Vars{"gatewayId": s.sandbox}), c.fields))
			if len(got.Errors) > 0 || got.Transaction.Status != "FAILED" || got.Transaction.Error.Code != c.failure {
				t.Fatalf("got %+v, want it FAILED with %s", got, c.failure)
			}
			lists := strings.Contains(got.Transaction.Error.Message, strings.Join(sandbox.Outcomes(), ", "))
			if lists != (c.failure == "GENERIC") || got.Payment.OutstandingAmount.MinorUnits != owed {
				t.Errorf("error %+v, outstanding %d", got.Transaction.Error, got.Payment.OutstandingAmount.MinorUnits)
			}
			s.make.PayWhole(s.sandbox, order)
		})
	}
}

func (want outcomeSeen) check(t *testing.T, got receipt) {
	t.Helper()
	p, x := got.Payment, got.Transaction
	if p.Status != want.payment || x.Status != want.transaction || !slices.Equal(p.Attention, want.attention) {
		t.Errorf("got payment %s %v, attempt %s; want %s %v, %s", p.Status, p.Attention, x.Status, want.payment, want.attention, want.transaction)
	}
	failure := ""
	if e := x.Error; e != nil {
		kind := ""
		if e.DeclineType != nil {
			kind = *e.DeclineType
		}
		failure = fmt.Sprintf("%s %s %t", e.Code, kind, e.Retryable)
		if p.LastError == nil || p.LastError.Code != e.Code || e.Message == "" {
			t.Errorf("last error %+v, attempt's error %+v", p.LastError, e)
		}
	}
	action := ""
	if x.Action != nil {
		action = x.Action.Type
	}
	if failure != want.failure || action != want.action {
		t.Errorf("got error %q and action %q, want %q and %q", failure, action, want.failure, want.action)
	}
	if got := []int64{p.FinalAmount.MinorUnits, p.PaidAmount.MinorUnits, p.AuthorizedAmount.MinorUnits, p.InFlightAmount.MinorUnits, p.OutstandingAmount.MinorUnits,
		x.RequestedAmount.MinorUnits, x.Amount.MinorUnits, x.AuthorizedAmount.MinorUnits}; !slices.Equal(got,
		[]int64{owed, want.paid, want.held, want.inFlight, owed - want.paid, owed, want.paid, want.held}) {
		t.Errorf("amounts %v do not fit %+v", got, want)
	}
	if (p.PaidAt != nil) != (want.paid == owed) {
		t.Errorf("paidAt %v with %d of %d paid", p.PaidAt, want.paid, owed)
	}
}

// checkEvents: made, attempted, and then what the gateway said.
func (want outcomeSeen) checkEvents(t *testing.T, got receipt) {
	t.Helper()
	var events []string
	for i, e := range got.Payment.Events.Nodes {
		if e.Seq != i+1 {
			t.Errorf("event %d has number %d", i+1, e.Seq)
		}
		events = append(events, e.Type+" "+e.Status)
	}
	expected := []string{"PAYMENT_CREATED CREATED", "TRANSACTION_CREATED PROCESSING", "TRANSACTION_" + want.transaction + " " + want.payment}
	if !slices.Equal(events, expected) {
		t.Errorf("events %v, want %v", events, expected)
	}
}

func (want outcomeSeen) checkOrder(t *testing.T, o orderSeen) {
	t.Helper()
	if o.PaidStatus != want.order || o.PaidAmount.MinorUnits != want.paid || o.InFlightAmount.MinorUnits != want.held+want.inFlight ||
		o.OutstandingAmount.MinorUnits != owed-want.paid {
		t.Errorf("order %+v does not fit %+v", o, want)
	}
}

// checkPayableAgain tries to pay an order once more with a new key.
func (s *shop) checkPayableAgain(t *testing.T, outcome, order string) {
	t.Helper()
	now := s.seeOrder(t, order)
	got := s.pay(t, outcome+"-again", s.whole("", order))
	switch {
	case now.PaidStatus == "PAID":
		if !slices.Equal(got.refused(), []string{"ORDER_ALREADY_PAID"}) || got.Errors[0].Retryable {
			t.Errorf("paid again: %+v, want ORDER_ALREADY_PAID", got)
		}
	case now.InFlightAmount.MinorUnits > 0:
		if !slices.Equal(got.refused(), []string{"PAYMENT_IN_PROGRESS"}) || !got.Errors[0].Retryable {
			t.Errorf("paid again: %+v, want PAYMENT_IN_PROGRESS, retryable", got)
		}
	default: // a refused payment keeps nobody from paying the rest
		if got.Payment == nil || got.Payment.Status != "PAID" || got.Payment.PaidAmount != now.OutstandingAmount || got.Replayed {
			t.Errorf("paid again: %+v, want the %d left PAID", got, now.OutstandingAmount.MinorUnits)
		}
	}
}
