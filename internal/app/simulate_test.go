package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// simulated is the answer to simulateTransaction.
type simulated struct {
	Payment     *lived
	Transaction *struct{ ID, Status string }
	Changed     bool
	ReportedAt  *time.Time
	Errors      []apptest.Refusal
}

func simulate(t *testing.T, c *apptest.Client, transaction, fact string, more apptest.Vars) simulated {
	t.Helper()
	return apptest.Do[struct{ SimulateTransaction simulated }](t, c, `mutation($input: SimulateTransactionInput!) { simulateTransaction(input: $input) {
		payment { ...life } transaction { id status } changed reportedAt errors { code message path } } } `+lifeFields,
		apptest.Vars{"input": but(apptest.Vars{"transactionId": transaction, "fact": fact}, more)}).SimulateTransaction
}

// TestSimulate rehearses what providers report, in the wrong order and twice: each
// step of a case is a fact, with what the payment and the attempt are after it. A
// fact with a minus before it must not be news.
func TestSimulate(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for name, steps := range map[string][]string{
		"the straight way": {"AUTHORIZED AUTHORIZED AUTHORIZED", "CAPTURED PAID CAPTURED", "CONFIRMED CONFIRMED CONFIRMED", "REFUNDED REFUNDED REFUNDED"},
		"duplicates":       {"CAPTURED PAID CAPTURED", "-CAPTURED PAID CAPTURED", "REFUNDED REFUNDED REFUNDED", "-REFUNDED REFUNDED REFUNDED", "CHARGEBACK REFUNDED REFUNDED", "-CHARGEBACK REFUNDED REFUNDED"},
		"too early":        {"CONFIRMED PROCESSING PENDING", "-CONFIRMED PROCESSING PENDING", "REFUNDED PROCESSING PENDING", "CHARGEBACK PROCESSING PENDING", "CAPTURED REFUNDED REFUNDED"},
		"hold too late":    {"VOIDED CREATED VOIDED", "-AUTHORIZED CREATED VOIDED", "CAPTURED PAID CAPTURED"},
		"late":             {"CAPTURED PAID CAPTURED", "-AUTHORIZED PAID CAPTURED", "-PENDING PAID CAPTURED", "-FAILED PAID CAPTURED", "-CANCELLED PAID CAPTURED"},
		"late success":     {"FAILED FAILED FAILED", "CAPTURED PAID CAPTURED", "-FAILED PAID CAPTURED"},
		"dropped":          {"DROPPED FAILED DROPPED", "-DROPPED FAILED DROPPED"},
		"expired":          {"AUTHORIZED AUTHORIZED AUTHORIZED", "EXPIRED FAILED EXPIRED"},
		"cancelled":        {"CANCELLED CREATED CANCELLED"},
		"released":         {"AUTHORIZED AUTHORIZED AUTHORIZED", "VOIDED CREATED VOIDED"},
	} {
		begun := act(t, s.admin, "payOrders", strings.ReplaceAll(name, " ", "-"), apptest.Vars{"orders": []apptest.Vars{{"orderId": s.order(1000)}}, "gatewayId": s.sandbox, "paymentToken": "tok_pending"})
		for i, step := range steps {
			fact, news := strings.CutPrefix(step, "-")
			want := strings.Fields(fact)
			got := simulate(t, s.admin, begun.Transaction.ID, want[0], nil)
			if len(got.Errors) > 0 || got.Changed == news || got.Payment.Status != want[1] || got.Transaction.Status != want[2] {
				t.Errorf("%s, step %d, %s: %+v", name, i, step, got)
			}
		}
	}
}

// TestSimulateAmounts proves that amounts are taken as a provider's would be, and
// what is refused.
func TestSimulateAmounts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	begin := func(key string) string {
		return act(t, s.admin, "payOrders", key, apptest.Vars{"orders": []apptest.Vars{{"orderId": s.order(1000)}}, "gatewayId": s.sandbox, "paymentToken": "tok_pending"}).Transaction.ID
	}
	part := begin("part")
	if got := simulate(t, s.admin, part, "CAPTURED", apptest.Vars{"amount": minor(400)}); got.Payment.Status != "PARTIALLY_PAID" || got.Payment.PaidAmount.MinorUnits != 400 {
		t.Errorf("capture a part: %+v", got)
	}
	if got := simulate(t, s.admin, part, "REFUNDED", apptest.Vars{"amount": minor(150)}); got.Payment.RefundedAmount.MinorUnits != 150 || got.Payment.Refunds[0].Method != "ORIGINAL" {
		t.Errorf("refund a part: %+v", got)
	}
	if got := simulate(t, s.admin, part, "CHARGEBACK", apptest.Vars{"amount": minor(50)}); !slices.Equal(got.Payment.Attention, []string{"CHARGEBACK"}) || got.Payment.RefundableAmount.MinorUnits != 200 {
		t.Errorf("charge back a part: %+v", got)
	}
	if got := simulate(t, s.admin, begin("wrong"), "CAPTURED", apptest.Vars{"amount": minor(1001)}); got.Transaction.Status != "UNKNOWN" || !slices.Contains(got.Payment.Attention, "AMOUNT_MISMATCH") {
		t.Errorf("more than was asked: %+v", got)
	}
	soft := simulate(t, s.admin, begin("soft"), "FAILED", apptest.Vars{"declineType": "SOFT"})
	if !soft.Changed || soft.Transaction.Status != "FAILED" {
		t.Errorf("soft decline: %+v", soft)
	}
	manual := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	slip := act(t, s.admin, "submitManualPayment", "slip", apptest.Vars{"orders": []apptest.Vars{{"orderId": s.order(1000)}}, "gatewayId": manual, "transactionReference": "1"})
	untouched(t, s.api, func() {
		for _, c := range []struct {
			transaction, fact string
			more              apptest.Vars
			want              string
		}{
			{part, "CONFIRMED", apptest.Vars{"amount": minor(401)}, "AMOUNT_MISMATCH input.amount"},
			{part, "DROPPED", apptest.Vars{"amount": minor(1)}, "INVALID_INPUT input.amount"},
			{part, "CAPTURED", apptest.Vars{"declineType": "SOFT"}, "INVALID_INPUT input.declineType"},
			{part, "CAPTURED", apptest.Vars{"amount": minor(0)}, "AMOUNT_TOO_SMALL input.amount"},
			{absent(pay.KindTransaction), "CAPTURED", nil, "NOT_FOUND input.transactionId"},
			{slip.Transaction.ID, "CAPTURED", nil, "GATEWAY_UNAVAILABLE input.transactionId"},
		} {
			got := simulate(t, s.admin, c.transaction, c.fact, c.more)
			if len(got.Errors) != 1 || got.Errors[0].Code+" "+strings.Join(got.Errors[0].Path, ".") != c.want || got.Payment != nil || got.Changed {
				t.Errorf("%s %v: %+v, want %s", c.fact, c.more, got, c.want)
			}
		}
	})
}

// TestSimulateLive proves that nothing is simulated with real money.
func TestSimulateLive(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, withSandboxEverywhere())
	live := newWorld(t, api, api.Company, pay.Live, "zqlive")
	untouched(t, api, func() {
		got := simulate(t, live.client, live.ids[pay.KindTransaction], "CHARGEBACK", nil)
		if len(got.Errors) != 1 || got.Errors[0].Code != "FORBIDDEN_ACTION" || got.Payment != nil {
			t.Errorf("got %+v", got)
		}
	})
}

// TestSimulateLater proves that a fact with a delay is reported after it, once, and
// by the rules that hold then.
func TestSimulateLater(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	begun := act(t, s.admin, "payOrders", "a", apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_pending"})
	later := func(fact string, seconds int, more apptest.Vars) simulated {
		return simulate(t, s.admin, begun.Transaction.ID, fact, but(apptest.Vars{"delaySeconds": seconds}, more))
	}
	for _, got := range []simulated{later("CAPTURED", 60, nil), later("FAILED", 90, nil), later("CONFIRMED", 120, apptest.Vars{"amount": minor(1001)}), later("REFUNDED", 120, apptest.Vars{"amount": minor(300)})} {
		if len(got.Errors) > 0 || got.Changed || got.ReportedAt == nil || got.Transaction.Status != "PENDING" {
			t.Errorf("ordered: %+v", got)
		}
	}
	for _, step := range []struct {
		pass   time.Duration
		status string
	}{{50 * time.Second, "PROCESSING"}, {15 * time.Second, "PAID"}, {30 * time.Second, "PAID"}, {30 * time.Second, "PARTIALLY_REFUNDED"}} {
		clock.pass(step.pass)
		s.wakeAll(t)
		if got := s.lifeOf(t, begun.Payment.ID); got.Status != step.status {
			t.Errorf("%s later: %+v", step.pass, got)
		}
	}
	if n := s.count(t, "simulations"); n != 0 {
		t.Errorf("%d facts are still to come", n)
	}
	if got := later("CAPTURED", 604_801, nil); len(got.Errors) != 1 || got.Errors[0].Code != "INVALID_INPUT" {
		t.Errorf("too late: %+v", got)
	}
}
