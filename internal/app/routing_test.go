package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// routed is what became of a request whose gateway was chosen by rules.
type routed struct {
	Payment *struct {
		ID, Status   string
		PaidAmount   cents
		Transactions []struct{ ID, Status string }
		Events       struct {
			Nodes []struct {
				Type   string
				Reason *string
			}
		}
	}
	Transaction *struct {
		ID, Status string
		Gateway    struct{ ID string }
		Routing    *struct {
			Rule                   string
			RulesVersion, Fallback int
			FallbackOf             *struct{ ID string }
			Candidates             []struct {
				Gateway       struct{ ID string }
				Rule, Outcome string
			}
		}
	}
	Replayed bool
	Errors   []apptest.Refusal
}

const routedFields = `{ payment { id status paidAmount { minorUnits } transactions { id status } events { nodes { type reason } } }
	transaction { id status gateway { id } routing { rule rulesVersion fallback fallbackOf { id } candidates { gateway { id } rule outcome } } }
	replayed errors { code message path } }`

// routing is a shop whose gateways are chosen by rules.
type routingShop struct{ *shop }

// rules sets the whole list.
func (s routingShop) rules(t *testing.T, rules ...apptest.Vars) {
	t.Helper()
	got := apptest.Do[struct {
		SetGatewayRules struct {
			GatewayRules *struct{ Version int }
			Errors       []apptest.Refusal
		}
	}](t, s.admin, `mutation($input: SetGatewayRulesInput!) { setGatewayRules(input: $input) { gatewayRules { version } errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"rules": append([]apptest.Vars{}, rules...)}}).SetGatewayRules
	if got.GatewayRules == nil {
		t.Fatalf("set rules: %+v", got.Errors)
	}
}

// pays pays an order of 10.00 without naming a gateway.
func (s routingShop) pays(t *testing.T, more apptest.Vars) routed {
	t.Helper()
	return s.send(t, but(apptest.Vars{"idempotencyKey": uuid.NewString(), "orders": one(s.order(1000))}, more))
}

func (s routingShop) send(t *testing.T, input apptest.Vars) routed {
	t.Helper()
	return apptest.Do[struct{ PayOrders routed }](t, s.admin, `mutation($input: PayOrdersInput!) { payOrders(input: $input) `+routedFields+` }`,
		apptest.Vars{"input": input}).PayOrders
}

// outcomes are the candidates of a decision as rule and outcome.
func (r routed) outcomes() string {
	var list []string
	if r.Transaction == nil || r.Transaction.Routing == nil {
		return "no decision"
	}
	for _, c := range r.Transaction.Routing.Candidates {
		list = append(list, c.Rule+" "+c.Outcome)
	}
	return strings.Join(list, ", ")
}

// statuses are those of the payment's attempts, oldest first.
func (r routed) statuses() string {
	var list []string
	for _, x := range r.Payment.Transactions {
		list = append(list, x.Status)
	}
	return strings.Join(list, " ")
}

// wishing has the bank do what it does for a token, whichever gateway of it is asked.
func wishing(token string) apptest.Vars {
	return apptest.Vars{"metadata": []apptest.Vars{{"key": "bank", "value": token}}}
}

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

// openRoutingShop has rules first, second and third for as many gateways of the bank.
func openRoutingShop(t *testing.T, options ...app.Option) routingShop {
	t.Helper()
	s := routingShop{openShop(t, options...)}
	var rules []apptest.Vars
	for i, name := range []string{"first", "second", "third"} {
		rules = append(rules, apptest.Vars{"name": name, "gatewayId": s.make.Gateway(apptest.Vars{"name": name, "connector": "bank"}), "priority": i})
	}
	s.rules(t, rules...)
	return s
}

// TestRuleChooses proves that currency, amount, country and method type choose the gateway,
// that what cannot take the payment is passed over with the reason, and that the decision is
// told; and that without a fitting rule nothing is charged.
func TestRuleChooses(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	made := map[string]string{}
	for name, fields := range map[string]apptest.Vars{"small": nil, "dollars": nil, "french": nil, "wallet": {"methodType": "MOBILE_WALLET"},
		"off": {"isEnabled": false}, "dear": {"minimumAmount": apptest.Vars{"minorUnits": 5000, "currency": "EUR"}}, "rest": nil} {
		made[name] = s.make.Gateway(but(apptest.Vars{"name": name}, fields))
	}
	rule := func(name string, more apptest.Vars) apptest.Vars {
		return but(apptest.Vars{"name": name, "gatewayId": made[name]}, more)
	}
	s.rules(t, rule("small", apptest.Vars{"maximumAmount": apptest.Vars{"minorUnits": 999, "currency": "EUR"}}),
		rule("dollars", apptest.Vars{"currencies": []string{"USD"}}), rule("french", apptest.Vars{"countries": []string{"FR"}, "priority": 1}),
		rule("wallet", apptest.Vars{"methodTypes": []string{"MOBILE_WALLET"}}), rule("off", apptest.Vars{"priority": 2}), rule("dear", apptest.Vars{"priority": 3}),
		rule("rest", apptest.Vars{"priority": 4}))
	for _, c := range []struct {
		name, rule, outcomes string
		input                apptest.Vars
	}{
		{"amount", "small", "small CHOSEN, off DISABLED, dear MINIMUM, rest WAITING", apptest.Vars{"orders": one(s.order(999))}},
		{"country", "french", "french CHOSEN, off DISABLED, dear MINIMUM, rest WAITING", apptest.Vars{"billingAddress": apptest.Vars{"country": "FR"}}},
		{"method type", "wallet", "wallet CHOSEN, off DISABLED, dear METHOD_TYPE, rest METHOD_TYPE", apptest.Vars{"methodType": "MOBILE_WALLET"}},
		{"the rest", "rest", "off DISABLED, dear MINIMUM, rest CHOSEN", nil},
		{"large", "dear", "off DISABLED, dear CHOSEN, rest WAITING", apptest.Vars{"orders": one(s.order(5000))}},
	} {
		got := s.pays(t, c.input)
		if got.Payment == nil || got.Payment.Status != "PAID" || got.outcomes() != c.outcomes || got.Transaction.Routing.Rule != c.rule ||
			got.Transaction.Gateway.ID != made[c.rule] || got.Transaction.Routing.RulesVersion != 1 || got.Transaction.Routing.Fallback != 0 {
			t.Errorf("%s: %+v: %s", c.name, got, got.outcomes())
		}
	}
	s.rules(t, rule("dollars", apptest.Vars{"currencies": []string{"USD"}}))
	if got := s.pays(t, nil); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "GATEWAY_UNAVAILABLE" {
		t.Errorf("no rule fits: %+v", got)
	}
	dollars := apptest.Do[struct {
		CreatePayment struct{ Payment struct{ ID string } }
	}](t, s.admin, `mutation($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id } errors { message } } }`, apptest.Vars{"input": apptest.Vars{
		"idempotencyKey": "usd", "customerId": s.customer, "amount": apptest.Vars{"minorUnits": 700, "currency": "USD"}}}).CreatePayment.Payment.ID
	got := apptest.Do[struct{ ProcessPayment routed }](t, s.admin, `mutation($input: ProcessPaymentInput!) { processPayment(input: $input) `+routedFields+` }`,
		apptest.Vars{"input": apptest.Vars{"idempotencyKey": "p", "paymentId": dollars}}).ProcessPayment
	if got.Payment == nil || got.Payment.Status != "PAID" || got.outcomes() != "dollars CHOSEN" {
		t.Errorf("processPayment: %+v: %s", got, got.outcomes())
	}
	s.rules(t)
	if got := s.pays(t, nil); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "REQUIRED" {
		t.Errorf("no rules: %+v", got)
	}
}

// TestWeightsSpread proves that payments spread over gateways by weight: of 120 with 3 to 1,
// between 70 and 110 on the heavier (the true figure is 90, with a deviation of 4.7).
func TestWeightsSpread(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	s.rules(t, apptest.Vars{"name": "heavy", "gatewayId": s.sandbox, "weight": 3}, apptest.Vars{"name": "light", "gatewayId": s.gateway, "weight": 1})
	count := map[string]int{}
	for range 120 {
		count[s.pays(t, nil).Transaction.Routing.Rule]++
	}
	if count["heavy"]+count["light"] != 120 || count["heavy"] < 70 || count["heavy"] > 110 {
		t.Errorf("%v", count)
	}
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

// TestBreakerSpares proves that a gateway that fails too often is passed over and told so,
// that one attempt tries it after the pause, and that it is asked again once it answers; and
// that who names the gateway is served whatever the breaker says.
func TestBreakerSpares(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openRoutingShop(t, clock.option())
	b := s.bank
	b.on("tok_down", b.inTurn(unreached, b.takes, unreached, b.takes, unreached, b.takes, unreached, b.takes, unreached, b.takes), nil)
	for range gateway.BreakerFailures {
		if got := s.pays(t, wishing("tok_down")); got.outcomes() != "first NOT_SENT, second CHOSEN, third WAITING" {
			t.Fatalf("%s", got.outcomes())
		}
	}
	if got := s.pays(t, nil); got.statuses() != "CAPTURED" || got.outcomes() != "first CIRCUIT_OPEN, second CHOSEN, third WAITING" {
		t.Errorf("open: %s", got.outcomes())
	}
	clock.pass(gateway.BreakerPause)
	b.on("tok_probe", b.inTurn(unreached, b.takes), nil)
	if got := s.pays(t, wishing("tok_probe")); got.outcomes() != "first NOT_SENT, second CHOSEN, third WAITING" {
		t.Errorf("the try that failed: %s", got.outcomes())
	}
	if got := s.pays(t, nil); got.outcomes() != "first CIRCUIT_OPEN, second CHOSEN, third WAITING" {
		t.Errorf("open again: %s", got.outcomes())
	}
	clock.pass(gateway.BreakerPause)
	for range 2 {
		if got := s.pays(t, nil); got.outcomes() != "first CHOSEN, second WAITING, third WAITING" {
			t.Errorf("closed: %s", got.outcomes())
		}
	}
}

// TestCrashAfterSoftDecline proves that a process that dies once another gateway took over
// leaves an attempt that is sent under its own key, and that nothing else takes over then.
func TestCrashAfterSoftDecline(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openRoutingShop(t, clock.option())
	s.bank.on("tok_crash", s.bank.inTurn(s.bank.soft, func(context.Context, gateway.ChargeRequest) (pay.Fact, error) { panic("dies") }, s.bank.soft), nil)
	got := s.pays(t, wishing("tok_crash"))
	if got.statuses() != "FAILED UNKNOWN" {
		t.Fatalf("%+v", got)
	}
	clock.pass(time.Hour)
	s.wakeAll(t)
	charges, lookups := s.bank.asked("tok_crash")
	if len(charges) != 3 || charges[1].AttemptID != charges[2].AttemptID || len(lookups) == 0 {
		t.Errorf("%d charges, %d lookups", len(charges), len(lookups))
	}
	var left []string
	if err := s.api.Database.DB.Select(&left, "SELECT status FROM transactions ORDER BY attempt_number"); err != nil || strings.Join(left, " ") != "FAILED FAILED" {
		t.Errorf("%v: %v", left, err)
	}
}

// TestBadGatewayRules proves that wrong rules are refused with the place of each fault, and
// that a list is replaced only if nobody else changed it.
func TestBadGatewayRules(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	manual := s.make.Gateway(apptest.Vars{"name": "Cash", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "CASH", "isTokenizable": false})
	good := apptest.Vars{"name": "a", "gatewayId": s.sandbox}
	list := func(rules ...apptest.Vars) apptest.Vars { return apptest.Vars{"rules": rules} }
	with := func(more apptest.Vars) apptest.Vars { return list(but(good, more)) }
	amount := func(minor int, currency string) apptest.Vars {
		return apptest.Vars{"minorUnits": minor, "currency": currency}
	}
	at := "INVALID_INPUT input.rules.0."
	refuseEach(t, s.api, s.admin, "setGatewayRules", []badInput{
		{"no such gateway", with(apptest.Vars{"gatewayId": absent(pay.KindGateway)}), []string{"NOT_FOUND input.rules.0.gatewayId"}},
		{"manual", with(apptest.Vars{"gatewayId": manual}), []string{at + "gatewayId"}},
		{"no name", with(apptest.Vars{"name": ""}), []string{at + "name"}},
		{"name twice", list(good, good), []string{"INVALID_INPUT input.rules.1.name"}},
		{"priority", with(apptest.Vars{"priority": -1}), []string{at + "priority"}},
		{"weights", list(but(good, apptest.Vars{"weight": 0}), apptest.Vars{"name": "b", "gatewayId": s.sandbox, "weight": 1001}), []string{at + "weight", "INVALID_INPUT input.rules.1.weight"}},
		{"currency twice", with(apptest.Vars{"currencies": []string{"EUR", "EUR"}}), []string{at + "currencies.1"}},
		{"less than the least", with(apptest.Vars{"minimumAmount": amount(5, "EUR"), "maximumAmount": amount(4, "EUR")}), []string{at + "maximumAmount"}},
		{"two currencies", with(apptest.Vars{"minimumAmount": amount(5, "EUR"), "maximumAmount": amount(9, "USD")}), []string{"CURRENCY_MISMATCH input.rules.0.maximumAmount.currency"}},
		{"amount of another currency", with(apptest.Vars{"currencies": []string{"USD"}, "minimumAmount": amount(5, "EUR")}), []string{at + "minimumAmount.currency"}},
		{"too many", list(slices.Repeat([]apptest.Vars{good}, pay.MaxGatewayRules+1)...), []string{"TOO_MANY_ITEMS input.rules"}},
		{"another version", but(with(nil), apptest.Vars{"expectedVersion": 3}), []string{"VERSION_CONFLICT input.expectedVersion"}},
	})
	s.rules(t, good)
	s.rules(t, good) // the same again is no change
	got := apptest.Do[struct {
		GatewayRules struct {
			Version int
			Rules   []struct {
				Name    string
				Gateway struct{ ID string }
				Weight  int
			}
		}
	}](t, s.admin, `{ gatewayRules { version rules { name gateway { id } weight } } }`, nil).GatewayRules
	if got.Version != 1 || len(got.Rules) != 1 || got.Rules[0].Name != "a" || got.Rules[0].Gateway.ID != s.sandbox || got.Rules[0].Weight != 1 {
		t.Errorf("%+v", got)
	}
}
