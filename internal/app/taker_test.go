package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
)

// TestNotTaken proves that a gateway whose provider never takes such a payment is passed
// over by rules, refused where it is named, before there is an attempt, and not said to be
// available: another currency than bKash's, and money that is only to be held.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, openBkash(t))
	s := routingShop{x.shop}
	s.rules(t, apptest.Vars{"name": "bkash", "gatewayId": x.gateway}, apptest.Vars{"name": "rest", "gatewayId": s.sandbox, "priority": 1})

	if got := s.pays(t, nil); got.Payment == nil || got.Payment.Status != "PAID" || got.outcomes() != "bkash CURRENCY, rest CHOSEN" {
		t.Errorf("rules, EUR: %+v: %s", got, got.outcomes())
	}
	taka := func(minor int64) string {
		return x.created(t, uuid.NewString(), apptest.Vars{"amount": x.sum(minor), "customerId": x.customer}).Payment.ID
	}
	process := func(more apptest.Vars) routed {
		return apptest.Do[struct{ ProcessPayment routed }](t, x.admin, `mutation($input: ProcessPaymentInput!) { processPayment(input: $input) `+routedFields+` }`,
			apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": uuid.NewString(), "paymentId": taka(500)}, more)}).ProcessPayment
	}
	if got := process(apptest.Vars{"capture": false}); got.outcomes() != "bkash HOLD, rest CHOSEN" {
		t.Errorf("rules, held: %+v: %s", got, got.outcomes())
	}
	if got := process(nil); got.outcomes() != "bkash CHOSEN, rest WAITING" {
		t.Errorf("rules, taken: %+v: %s", got, got.outcomes())
	}
	refused := func(title string, got routed) {
		t.Helper()
		if got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "GATEWAY_UNAVAILABLE" || !slices.Equal(got.Errors[0].Path, []string{"input", "gatewayId"}) {
			t.Errorf("%s: %+v", title, got)
		}
	}
	refused("named, EUR", s.pays(t, apptest.Vars{"gatewayId": x.gateway}))
	refused("named, held", process(apptest.Vars{"gatewayId": x.gateway, "capture": false}))

	for _, c := range []struct {
		currency string
		capture  bool
		want     []string
	}{{"EUR", true, []string{"CURRENCY"}}, {"BDT", false, []string{"HOLD"}}, {"BDT", true, nil}, {"EUR", false, []string{"CURRENCY", "HOLD"}}} {
		if got := x.standsInTheWay(t, c.currency, c.capture); !slices.Equal(got, c.want) {
			t.Errorf("%s, capture %t: %q, want %q", c.currency, c.capture, got, c.want)
		}
	}
}

// standsInTheWay are the reasons why the provider's gateway is not available, which a
// preview tells as well.
func (x *providerShop) standsInTheWay(t *testing.T, currency string, capture bool) []string {
	t.Helper()
	type way struct {
		wayToPay
		Gateway struct{ ID string }
	}
	const fields = `{ gateway { id } isAvailable reasons { reason code message } }`
	got := apptest.Do[struct {
		AvailablePaymentMethods []way
		PreviewPayment          struct {
			AvailableMethods []way
			Errors           []apptest.Refusal
		}
	}](t, x.admin, `query($currency: CurrencyCode!, $capture: Boolean!, $customer: ID!) {
		availablePaymentMethods(currency: $currency, capture: $capture) `+fields+`
		previewPayment(input: { capture: $capture, customerId: $customer, amount: { minorUnits: 500, currency: $currency } }) { availableMethods `+fields+` errors { message } } }`,
		apptest.Vars{"currency": currency, "capture": capture, "customer": x.customer})
	var all [][]string
	for _, w := range append(got.AvailablePaymentMethods, got.PreviewPayment.AvailableMethods...) {
		if w.Gateway.ID == x.gateway {
			all = append(all, w.reasons())
		}
	}
	if len(all) != 2 || !slices.Equal(all[0], all[1]) {
		t.Fatalf("reasons %q: %+v", all, got)
	}
	return all[0]
}

// TestPageOffersWhatIsTaken proves that the checkout page offers a gateway for the money
// that its provider takes alone.
func TestPageOffersWhatIsTaken(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, openBkash(t))
	for currency, offered := range map[string]bool{"EUR": false, "BDT": true} {
		made := x.created(t, "page-"+currency, apptest.Vars{"amount": apptest.Vars{"minorUnits": 500, "currency": currency}, "customerId": x.customer})
		page := x.visitor(t, checkoutURL(t, x.admin, made.Payment.ID))
		page.open("")
		if page.shown.status != 200 || strings.Contains(page.shown.body, "bKash") != offered {
			t.Errorf("%s: %d, want bKash offered: %t: %s", currency, page.shown.status, offered, page.shown.body)
		}
	}
}

// TestOddAmount proves that an amount that a provider has no way to write is refused where
// the gateway is named, and passed over by rules: half forints at PayPal.
func TestOddAmount(t *testing.T) {
	t.Parallel()
	x := openProviderShop(t, openPayPal(t))
	s := routingShop{x.shop}
	s.rules(t, apptest.Vars{"name": "paypal", "gatewayId": x.gateway}, apptest.Vars{"name": "rest", "gatewayId": s.sandbox, "priority": 1})
	process := func(minor int64, more apptest.Vars) routed {
		made := x.created(t, uuid.NewString(), apptest.Vars{"amount": apptest.Vars{"minorUnits": minor, "currency": "HUF"}, "customerId": x.customer})
		return apptest.Do[struct{ ProcessPayment routed }](t, x.admin, `mutation($input: ProcessPaymentInput!) { processPayment(input: $input) `+routedFields+` }`,
			apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": uuid.NewString(), "paymentId": made.Payment.ID}, more)}).ProcessPayment
	}
	if odd, whole := process(550, nil).outcomes(), process(500, nil).outcomes(); odd != "paypal AMOUNT, rest CHOSEN" || whole != "paypal CHOSEN, rest WAITING" {
		t.Errorf("rules: %q of half forints, %q of whole ones", odd, whole)
	}
	if got := process(550, apptest.Vars{"gatewayId": x.gateway}); got.Payment != nil || len(got.Errors) != 1 || got.Errors[0].Code != "GATEWAY_UNAVAILABLE" ||
		!slices.Equal(got.Errors[0].Path, []string{"input", "gatewayId"}) {
		t.Errorf("named: %+v", got)
	}
}

// TestCapabilities proves that what gateways and connectors can do, and which money
// providers take, is data: that of the connectors themselves.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	connectors := app.Connectors()
	connectors["bank"] = newBank() // of shops
	s := openShop(t, app.WithConnectors(connectors))
	got := apptest.Do[struct {
		Connectors []struct {
			Name                                   string
			Environments, Capabilities, Currencies []string
			Parameters                             []struct {
				ParameterID, FriendlyName string
				IsMerchant, IsForm, IsSet bool
			}
		}
		PaymentGateways []struct {
			Connector    string
			Capabilities []string
		}
	}](t, s.admin, `{ connectors { name environments capabilities currencies parameters { parameterId friendlyName isMerchant isForm isSet } } paymentGateways { connector capabilities } }`, nil)
	able := map[string]string{}
	for _, c := range got.Connectors {
		able[c.Name] = strings.Join(c.Capabilities, " ")
		described := connectors[c.Name].Describe()
		if len(c.Currencies) != len(gateway.Currencies(connectors[c.Name])) || len(c.Parameters) != len(described.Parameters) || len(c.Environments) != len(described.Environments) {
			t.Errorf("%+v", c)
		}
		if c.Name == "bkash" && !slices.Equal(c.Currencies, []string{"BDT"}) {
			t.Errorf("bKash takes %q", c.Currencies)
		}
		for _, p := range c.Parameters {
			if p.FriendlyName == "" || p.IsSet || !p.IsMerchant && !p.IsForm {
				t.Errorf("%s: %+v", c.Name, p)
			}
		}
	}
	if len(able) != len(connectors) || able["manual"] != "" || able["bkash"] != "CHARGE COMPLETE CANCEL REFUND ACCOUNT_CHECK" ||
		able["sandbox"] != "CHARGE COMPLETE HOLD CAPTURE CAPTURE_IN_PARTS VOID CANCEL REFUND CANCEL_REFUND SAVE_METHODS WEBHOOKS ACCOUNT_CHECK" ||
		able["stripe"] != "CHARGE COMPLETE HOLD CAPTURE VOID CANCEL REFUND SAVE_METHODS WEBHOOKS ACCOUNT_CHECK SCRIPTED_FORM" {
		t.Errorf("capabilities: %q", able)
	}
	if len(got.PaymentGateways) == 0 {
		t.Error("no gateways")
	}
	for _, g := range got.PaymentGateways {
		if strings.Join(g.Capabilities, " ") != able[g.Connector] {
			t.Errorf("a gateway of %s can %q, want %q", g.Connector, g.Capabilities, able[g.Connector])
		}
	}
}
