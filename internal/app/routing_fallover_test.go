package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// soft declines softly.
func (b *bank) soft(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	kind := pay.SoftDecline
	return b.enter(r, pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorDeclined, Message: "Not now.", DeclineType: &kind}}), nil
}

// inTurn does one thing after the other, and the last for ever.
func (b *bank) inTurn(replies ...reply) reply {
	var mu sync.Mutex
	n := 0
	return func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		mu.Lock()
		does := replies[min(n, len(replies)-1)]
		n++
		mu.Unlock()
		return does(ctx, r)
	}
}

func (b *bank) takes(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return b.take(r, r.Amount.Minor), nil
}

func unreached(context.Context, gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{}, gateway.ErrNotSent
}

// TestFallsOver proves what leads to another gateway and what does not: soft declines and
// gateways that cannot be reached do, once each and in the order of the rules; hard declines
// and unknown outcomes do not, and one that turns out to have failed charges nothing by
// itself. Whatever happens, the money is taken once.
func TestFallsOver(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	b := s.bank
	limited := func(context.Context, gateway.ChargeRequest) (pay.Fact, error) {
		return pay.Fact{}, gateway.ErrRateLimited
	}
	hard := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return b.decline(r), nil }
	lost := func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { return pay.Fact{}, errLost }
	for _, c := range []struct {
		name     string
		replies  []reply
		statuses string
		outcomes string
		paid     int64
	}{
		{"soft", []reply{b.soft, b.takes}, "FAILED CAPTURED", "first SOFT_DECLINE, second CHOSEN, third WAITING", 1000},
		{"unreached", []reply{unreached, b.takes}, "FAILED CAPTURED", "first NOT_SENT, second CHOSEN, third WAITING", 1000},
		{"limited", []reply{limited, b.soft, b.takes}, "FAILED FAILED CAPTURED", "first NOT_SENT, second SOFT_DECLINE, third CHOSEN", 1000},
		{"nowhere", []reply{b.soft}, "FAILED FAILED FAILED", "first SOFT_DECLINE, second SOFT_DECLINE, third CHOSEN", 0},
		{"hard", []reply{hard, b.takes}, "FAILED", "first CHOSEN, second WAITING, third WAITING", 0},
		{"hard after soft", []reply{b.soft, hard, b.takes}, "FAILED FAILED", "first SOFT_DECLINE, second CHOSEN, third WAITING", 0},
		{"unknown", []reply{lost, b.takes}, "UNKNOWN", "first CHOSEN, second WAITING, third WAITING", 0},
		{"unknown after soft", []reply{b.soft, lost, b.takes}, "FAILED UNKNOWN", "first SOFT_DECLINE, second CHOSEN, third WAITING", 0},
	} {
		token := "tok_" + strings.ReplaceAll(c.name, " ", "_")
		b.on(token, b.inTurn(c.replies...), lost)
		before := b.money()
		got := s.pays(t, wishing(token))
		if got.Payment == nil || got.statuses() != c.statuses || got.outcomes() != c.outcomes || got.Payment.PaidAmount.MinorUnits != c.paid || b.money()-before != c.paid {
			t.Fatalf("%s: %s, %s: %+v", c.name, got.statuses(), got.outcomes(), got)
		}
		last := got.Payment.Transactions[len(got.Payment.Transactions)-1]
		if n := len(got.Payment.Transactions); last.ID != got.Transaction.ID || got.Transaction.Routing.Fallback != n-1 ||
			n > 1 && got.Transaction.Routing.FallbackOf.ID != got.Payment.Transactions[n-2].ID {
			t.Errorf("%s: the answer is about %+v", c.name, got.Transaction)
		}
		charges, _ := b.asked(token)
		keys := map[string]bool{}
		for _, charge := range charges {
			keys[charge.AttemptID] = true
		}
		if len(charges) != len(got.Payment.Transactions) || len(keys) != len(charges) {
			t.Errorf("%s: %d charges under %d keys for %d attempts", c.name, len(charges), len(keys), len(got.Payment.Transactions))
		}
	}
}

// TestUnknownStays proves that an unknown outcome that is found out to be a soft decline ends
// as one: the other gateways are not asked by the program, nor by a repeat of the request.
func TestUnknownStays(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openRoutingShop(t, clock.option())
	s.bank.on("tok_late", func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { return pay.Fact{}, errLost },
		func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return s.bank.soft(ctx, r) })
	input := but(wishing("tok_late"), apptest.Vars{"idempotencyKey": "late", "orders": one(s.order(1000))})
	if got := s.send(t, input); got.statuses() != "UNKNOWN" {
		t.Fatalf("%+v", got)
	}
	clock.pass(10 * time.Minute)
	s.wakeAll(t)
	got := s.send(t, input)
	charges, _ := s.bank.asked("tok_late")
	if !got.Replayed || got.statuses() != "FAILED" || len(charges) != 1 || s.bank.money() != 0 {
		t.Errorf("%s after %d charges: %+v", got.statuses(), len(charges), got)
	}
}

// TestReplayAfterFallover proves that a repeated key is answered with the attempt that took
// over, and that the same request sent many times at once charges once.
func TestReplayAfterFallover(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	s.bank.on("tok_soft", s.bank.inTurn(s.bank.soft, s.bank.takes), nil)
	input := but(wishing("tok_soft"), apptest.Vars{"idempotencyKey": "once", "orders": one(s.order(1000))})
	answers := make([]routed, 12)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.send(t, input) })
	}
	all.Wait()
	again := s.send(t, input)
	if !again.Replayed || again.statuses() != "FAILED CAPTURED" || again.Transaction.ID != again.Payment.Transactions[1].ID {
		t.Fatalf("%s: %+v", again.statuses(), again)
	}
	first := 0
	for _, a := range answers {
		switch {
		case a.Payment == nil:
			if len(a.Errors) != 1 || a.Errors[0].Code != "IDEMPOTENCY_IN_PROGRESS" {
				t.Errorf("%+v", a.Errors)
			}
		case a.Payment.ID != again.Payment.ID || a.Transaction.Status == "CAPTURED" && a.Transaction.ID != again.Transaction.ID:
			t.Errorf("another payment or attempt: %+v", a)
		case !a.Replayed:
			first++
		}
	}
	if charges, _ := s.bank.asked("tok_soft"); first != 1 || len(charges) != 2 || s.bank.money() != 1000 {
		t.Errorf("%d first answers, %d charges, %d taken", first, len(charges), s.bank.money())
	}
	created := slices.IndexFunc(again.Payment.Events.Nodes, func(e struct {
		Type   string
		Reason *string
	}) bool {
		return e.Type == "TRANSACTION_CREATED" && e.Reason != nil && strings.Contains(*e.Reason, "takes over")
	})
	if created < 0 {
		t.Errorf("no event tells of the fallover: %+v", again.Payment.Events.Nodes)
	}
}

// TestManyFallOver proves that payments of several callers that all fall over are each paid
// once.
func TestManyFallOver(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	const callers = 8
	var inputs []apptest.Vars
	for i := range callers {
		token := fmt.Sprintf("tok_many_%d", i)
		s.bank.on(token, s.bank.inTurn(s.bank.soft, s.bank.takes), nil)
		inputs = append(inputs, but(wishing(token), apptest.Vars{"idempotencyKey": token, "orders": one(s.order(1000))}))
	}
	var all sync.WaitGroup
	for _, input := range inputs {
		all.Go(func() {
			if got := s.send(t, input); got.Payment == nil || got.Payment.Status != "PAID" || got.statuses() != "FAILED CAPTURED" {
				t.Errorf("%+v", got)
			}
		})
	}
	all.Wait()
	if s.bank.money() != callers*1000 {
		t.Errorf("%d was taken", s.bank.money())
	}
}

// TestNamedStays proves that a gateway or stored method that the request names is the only
// one that is asked, whatever the rules say and the gateway answers.
func TestNamedStays(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	s.bank.on("tok_named", s.bank.soft, nil)
	method := s.method(t, s.customer, s.gateway, "tok_named")
	for name, input := range map[string]apptest.Vars{"gateway": but(wishing("tok_named"), apptest.Vars{"gatewayId": s.gateway}), "method": {"paymentMethodId": method}} {
		got := s.pays(t, input)
		if got.Payment == nil || got.statuses() != "FAILED" || got.Transaction.Routing != nil || got.Transaction.Gateway.ID != s.gateway {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if charges, _ := s.bank.asked("tok_named"); len(charges) != 2 {
		t.Errorf("%d charges", len(charges))
	}
	got := s.pays(t, apptest.Vars{"gatewayId": s.gateway, "methodType": "CARD"})
	if got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "INVALID_INPUT" || strings.Join(got.Errors[0].Path, ".") != "input.methodType" {
		t.Errorf("a method type beside a gateway: %+v", got)
	}
}

// TestTokenStays proves that a token goes to no gateway but the one whose form makes such:
// others are passed over, nothing takes over after a decline, and where it could be of
// several the request must say of which.
func TestTokenStays(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	bank := apptest.Vars{"name": "bank", "gatewayId": s.gateway}
	card := apptest.Vars{"name": "card", "gatewayId": s.sandbox, "priority": 1}
	s.rules(t, bank, card, apptest.Vars{"name": "rest", "gatewayId": s.make.Gateway(apptest.Vars{"name": "rest", "connector": "bank"}), "priority": 2})
	for name, brings := range map[string]apptest.Vars{"token": {"paymentToken": "tok_soft_decline"},
		"form": {"form": []apptest.Vars{{"parameterId": "paymentToken", "value": "tok_soft_decline"}}}} {
		got := s.pays(t, brings)
		if got.Payment == nil || got.statuses() != "FAILED" || got.outcomes() != "bank FORM, card CHOSEN, rest FORM" {
			t.Errorf("%s: %+v, %s", name, got, got.outcomes())
		}
	}
	s.rules(t, bank, card, apptest.Vars{"name": "another", "gatewayId": s.make.Gateway(apptest.Vars{"name": "another"}), "priority": 2})
	got := s.pays(t, apptest.Vars{"paymentToken": "tok_approve"})
	if got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "INVALID_INPUT" || strings.Join(got.Errors[0].Path, ".") != "input.paymentToken" {
		t.Errorf("a token of one of two: %+v", got)
	}
	if _, err := s.api.Database.DB.Exec("UPDATE payment_gateways SET is_enabled = false WHERE name = 'another'"); err != nil {
		t.Fatal(err)
	}
	if got := s.pays(t, apptest.Vars{"paymentToken": "tok_approve"}); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "INVALID_INPUT" {
		t.Errorf("a token that may be of one that is disabled now: %+v", got)
	}
	if got := s.pays(t, apptest.Vars{"paymentToken": "tok_approve", "gatewayId": s.sandbox}); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Errorf("named: %+v", got)
	}
	if charges, _ := s.bank.asked("tok_soft_decline"); len(charges) != 0 || s.bank.money() != 0 {
		t.Errorf("the bank was told the token: %v", charges)
	}
}

// TestDisabledBetween proves that a gateway that was disabled while the first one was asked
// does not take over, and that the next one does.
func TestDisabledBetween(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	second := valueOf[string](t, s.api.Database.DB, "SELECT gateway_id::text FROM gateway_rules WHERE name = 'second'")
	disables := func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		_, err := s.api.Database.DB.Exec("UPDATE payment_gateways SET is_enabled = false WHERE id = $1", second)
		if err != nil {
			t.Error(err)
		}
		return s.bank.soft(ctx, r)
	}
	s.bank.on("tok_off", s.bank.inTurn(disables, s.bank.takes), nil)
	if got := s.pays(t, wishing("tok_off")); got.statuses() != "FAILED CAPTURED" || got.outcomes() != "first SOFT_DECLINE, second DISABLED, third CHOSEN" {
		t.Errorf("%s, %s", got.statuses(), got.outcomes())
	}
}
