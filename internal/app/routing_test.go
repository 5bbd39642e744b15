package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
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

// TestKeyDecides proves that gateways of equal weight are both chosen, and that the
// idempotency key decides: a preview with the key of a request to come says which gateway
// that asks, however often it is asked, and takes no gateway's turn.
func TestKeyDecides(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	order := s.order(1000)
	rule := func(name, id string) apptest.Vars {
		return apptest.Vars{"name": name, "gatewayId": id, "weight": 7, "methodTypes": []string{"CARD"}}
	}
	s.rules(t, rule("one", s.sandbox), rule("two", s.gateway))
	foretold := func(key string) string {
		got := s.preview(t, apptest.Vars{"orders": one(order), "idempotencyKey": key, "methodType": "CARD"})
		if got.Gateway == nil || len(got.Errors) > 0 {
			t.Fatalf("preview: %+v", got)
		}
		return got.Gateway.ID
	}
	seen := map[string]string{}
	for n := 0; len(seen) < 2 && n < 60; n++ { // 2^-59 that all are the same
		key := fmt.Sprint("key-", n)
		seen[foretold(key)] = key
	}
	if len(seen) != 2 {
		t.Fatalf("one of two gateways of equal weight is always chosen: %v", seen)
	}
	for id, key := range seen {
		if again := foretold(key); again != id {
			t.Errorf("%s: %s, then %s", key, id, again)
		}
		got := s.pays(t, apptest.Vars{"idempotencyKey": key, "methodType": "CARD"})
		if got.Transaction == nil || got.Transaction.Gateway.ID != id {
			t.Errorf("%s: foretold %s, and asked %+v", key, id, got.Transaction)
		}
	}
	if got := s.preview(t, apptest.Vars{"orders": one(order)}); got.Gateway != nil || len(got.Errors) > 0 {
		t.Errorf("no rule fits: %+v", got)
	}
}

// TestRoutingIsMerchants proves that customers, whose payments rules route as well, are not
// told how, that such a payment has no gateway of its own, and that the rules are asked anew
// where it is paid once more.
func TestRoutingIsMerchants(t *testing.T) {
	t.Parallel()
	s := openRoutingShop(t)
	hard := func(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) { return s.bank.decline(r), nil }
	s.bank.on("tok_hard", s.bank.inTurn(hard, s.bank.takes), nil)
	_, id, _ := pay.SplitID(s.customer)
	customer := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleCustomer, Subject: "c", CustomerID: &id}))
	got := apptest.Do[struct{ PayOrders routed }](t, customer, `mutation($input: PayOrdersInput!) { payOrders(input: $input) `+routedFields+` }`,
		apptest.Vars{"input": but(wishing("tok_hard"), apptest.Vars{"idempotencyKey": "c", "orders": one(s.order(1000))})}).PayOrders
	if got.Transaction == nil || got.Transaction.Routing != nil || got.Payment.Status != "FAILED" {
		t.Fatalf("a customer: %+v", got)
	}
	kept := apptest.Do[struct {
		Payment struct {
			SelectedGateway *struct{ ID string }
			Transactions    []struct{ Routing *struct{ Rule string } }
		}
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { selectedGateway { id } transactions { routing { rule } } } }`, apptest.Vars{"id": got.Payment.ID}).Payment
	if kept.SelectedGateway != nil || len(kept.Transactions) != 1 || kept.Transactions[0].Routing == nil || kept.Transactions[0].Routing.Rule != "first" {
		t.Errorf("staff: %+v", kept)
	}
	again := apptest.Do[struct{ ProcessPayment routed }](t, s.admin, `mutation($input: ProcessPaymentInput!) { processPayment(input: $input) `+routedFields+` }`,
		apptest.Vars{"input": apptest.Vars{"idempotencyKey": "again", "paymentId": got.Payment.ID}}).ProcessPayment
	if again.statuses() != "FAILED CAPTURED" || again.outcomes() != "first CHOSEN, second WAITING, third WAITING" {
		t.Errorf("once more: %s, %s", again.statuses(), again.outcomes())
	}
}

// TestFoodRoutes proves that where rules choose for a payment that is there, meal vouchers
// are asked for the food and passed over where there is less of it than was asked for: the
// next gateway pays then. Where nothing is left the refusal says so, whatever the rules have.
func TestFoodRoutes(t *testing.T) {
	t.Parallel()
	s := routingShop{openShop(t)}
	meals := apptest.Vars{"name": "meals", "kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true, "isTokenizable": false}
	s.rules(t, apptest.Vars{"name": "meals", "gatewayId": s.make.Gateway(meals)}, apptest.Vars{"name": "cards", "gatewayId": s.sandbox, "priority": 1})
	lunch := apptest.Vars{"lines": []apptest.Vars{{"productName": "Lunch", "unitAmount": minor(700), "isFood": true}, {"productName": "Pan", "unitAmount": minor(300)}}}
	made, other := s.created(t, "made", apptest.Vars{"orders": one(s.orderOf(t, lunch))}), s.created(t, "other", apptest.Vars{"orders": one(s.orderOf(t, lunch))})
	process := func(key string, more apptest.Vars) routed {
		return apptest.Do[struct{ ProcessPayment routed }](t, s.admin, `mutation($input: ProcessPaymentInput!) { processPayment(input: $input) `+routedFields+` }`,
			apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": strings.ReplaceAll(key, " ", "-"), "paymentId": made.Payment.ID}, more)}).ProcessPayment
	}
	for _, c := range []struct {
		key, outcomes string
		input         apptest.Vars
		paid          int64
	}{
		{"more than the food", "meals FOOD, cards CHOSEN", apptest.Vars{"paymentId": other.Payment.ID, "amount": minor(701)}, 701},
		{"less than the food", "meals CHOSEN, cards WAITING", apptest.Vars{"amount": minor(100)}, 100},
		{"what is left of the food", "meals CHOSEN, cards WAITING", nil, 700},
		{"no food is left", "meals FOOD, cards CHOSEN", nil, 1000},
	} {
		if got := process(c.key, c.input); got.Payment == nil || got.outcomes() != c.outcomes || got.Payment.PaidAmount.MinorUnits != c.paid {
			t.Errorf("%s: %+v: %s", c.key, got, got.outcomes())
		}
	}
	if got := process("nothing is left", nil); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code == "GATEWAY_UNAVAILABLE" {
		t.Errorf("nothing is left: %+v", got)
	}
}
