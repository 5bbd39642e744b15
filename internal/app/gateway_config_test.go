package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestBadGateways proves that a gateway is configured only with what its
// connector declares, and the sandbox never for real money.
func TestBadGateways(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	gateway := func(fields apptest.Vars) apptest.Vars {
		return changed(apptest.Vars{"name": "Cards", "connector": "sandbox", "methodType": "CARD"}, fields)
	}
	parameters := func(pairs ...string) apptest.Vars {
		var list []apptest.Vars
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, apptest.Vars{"parameterId": pairs[i], "value": pairs[i+1]})
		}
		return gateway(apptest.Vars{"parameters": list})
	}
	taken := s.make.Gateway(apptest.Vars{"referenceId": "G-1"})
	const at = "INVALID_INPUT input."
	refuseEach(t, s.api, s.admin, "createPaymentGateway", []badInput{
		{"unknown connector", gateway(apptest.Vars{"connector": "nonsense"}), []string{at + "connector"}},
		{"connector in upper case", gateway(apptest.Vars{"connector": "SANDBOX"}), []string{at + "connector"}},
		{"unknown parameter", parameters("nonsense", "x"), []string{at + "parameters.0.parameterId"}},
		{"parameter of the payer's form", parameters("outcome", "approve", "otpPhone", "1"), []string{at + "parameters.1.parameterId"}},
		{"no such option", parameters("outcome", "maybe"), []string{at + "parameters.0.value"}},
		{"long value and NUL", parameters("statementDescriptor", strings.Repeat("x", 10_001), "latencyMilliseconds", "\x00"),
			[]string{at + "parameters.0.value", at + "parameters.1.value"}},
		{"parameter twice", parameters("outcome", "otp", "statementDescriptor", "x", "outcome", "otp"), []string{at + "parameters.2.parameterId"}},
		{"latency of a fraction", parameters("latencyMilliseconds", "1.5"), []string{at + "parameters.0.value"}},
		{"latency in words", parameters("latencyMilliseconds", "slow"), []string{at + "parameters.0.value"}},
		{"negative latency", parameters("latencyMilliseconds", "-1"), []string{at + "parameters.0.value"}},
		{"latency beyond all patience", parameters("latencyMilliseconds", "10001"), []string{at + "parameters.0.value"}},
		{"empty latency", parameters("latencyMilliseconds", ""), []string{at + "parameters.0.value"}},
		{"by hand though it moves money", gateway(apptest.Vars{"kind": "MANUAL"}), []string{at + "kind"}},
		{"online though nobody can be asked", gateway(apptest.Vars{"connector": "manual"}), []string{at + "kind"}},
		{"vouchers though nobody can be asked", gateway(apptest.Vars{"connector": "manual", "kind": "VOUCHER"}), []string{at + "kind"}},
		{"currency twice", gateway(apptest.Vars{"currencies": []string{"EUR", "USD", "EUR"}}), []string{at + "currencies.2"}},
		{"countries twice", gateway(apptest.Vars{"countries": []string{"PT", "PT", "ES", "ES"}}), []string{at + "countries.1", at + "countries.3"}},
		{"currencies of the past", gateway(apptest.Vars{"currencies": []string{"EUR", "HRK", "BGN"}, "minimumAmount": apptest.Vars{"minorUnits": 1, "currency": "LTL"}}),
			[]string{at + "minimumAmount.currency", at + "currencies.1", at + "currencies.2"}},
		{"minimum in a currency that it does not take", gateway(apptest.Vars{"currencies": []string{"BRL"}, "minimumAmount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}),
			[]string{at + "minimumAmount.currency"}},
		{"minimum in the company's currency, not taken", gateway(apptest.Vars{"currencies": []string{"BRL"}, "minimumAmount": minor(1)}), []string{at + "minimumAmount.currency"}},
		{"empty name", gateway(apptest.Vars{"name": ""}), []string{at + "name"}},
		{"blank name", gateway(apptest.Vars{"name": " \u00a0\t"}), []string{at + "name"}},
		{"long name and label", gateway(apptest.Vars{"name": strings.Repeat("x", 201), "methodLabel": strings.Repeat("x", 101)}), []string{at + "name", at + "methodLabel"}},
		{"food only without vouchers", gateway(apptest.Vars{"isFoodOnly": true}), []string{at + "isFoodOnly"}},
		{"negative minimum", gateway(apptest.Vars{"minimumAmount": minor(-1)}), []string{at + "minimumAmount"}},
		{"minimum of nothing", gateway(apptest.Vars{"minimumAmount": apptest.Vars{}}), []string{at + "minimumAmount"}},
		{"unknown legacy type", gateway(apptest.Vars{"legacyType": 3}), []string{at + "legacyType"}},
		{"taken reference", gateway(apptest.Vars{"referenceId": "G-1", "name": "Other"}), []string{"DUPLICATE_REFERENCE input.referenceId existing=" + taken}},
	})
	real := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	refuseEach(t, s.api, real, "createPaymentGateway", []badInput{
		{"sandbox for real money", gateway(nil), []string{at + "connector"}},
		{"pictures of localhost for real payers", gateway(apptest.Vars{"connector": "manual", "kind": "MANUAL", "image": "http://localhost/a.png", "checkoutImage": "HTTP://localhost/a.png",
			"icon": "http://localhost:8080/a.png", "requestAffiliationUrl": "http://localhost/"}), []string{at + "image", at + "checkoutImage", at + "icon", at + "requestAffiliationUrl"}},
	})
	s.make.Gateway(apptest.Vars{"image": "http://localhost/a.png"}) // a rehearsal may have them
	manual := create(t, real, "createPaymentGateway", "paymentGateway", apptest.Vars{"name": "Bank", "connector": "manual", "kind": "MANUAL", "methodType": "BANK_TRANSFER"})
	refuseEach(t, s.api, real, "updatePaymentGateway", []badInput{
		{"picture of localhost", apptest.Vars{"id": manual, "icon": "http://localhost/a.png"}, []string{at + "icon"}}})
	refuseEach(t, s.api, real, "submitManualPayment", []badInput{{"evidence on localhost", apptest.Vars{"idempotencyKey": "k", "gatewayId": manual,
		"orders": one(absent(pay.KindOrder)), "transactionReference": "T-1", "evidenceUrl": "http://localhost/slip.pdf"}, []string{at + "evidenceUrl"}}})
}

// TestParametersAreNamed proves that who gives a parameter wrongly is told which there are, and
// that what was sent in place of one is not repeated.
func TestParametersAreNamed(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for want, ids := range map[string][]string{
		"The connector has no merchant parameter of this name. It has: outcome, latencyMilliseconds, webhookSecret, accountCheck, statementDescriptor.": {"secretKey"},
		"The parameter outcome is given twice.": {"outcome", "outcome"},
	} {
		var list []apptest.Vars
		for _, id := range ids {
			list = append(list, apptest.Vars{"parameterId": id, "value": "approve"})
		}
		got := apptest.Do[struct {
			CreatePaymentGateway struct{ Errors []apptest.Refusal }
		}](t, s.admin, `mutation($in: CreatePaymentGatewayInput!) { createPaymentGateway(input: $in) { errors { code message path } } }`,
			apptest.Vars{"in": apptest.Vars{"name": "Cards", "connector": "sandbox", "methodType": "CARD", "parameters": list}}).CreatePaymentGateway.Errors
		if len(got) != 1 || got[0].Message != want {
			t.Errorf("%v: %+v, want %q", ids, got, want)
		}
	}
}

// gatewaySeen is what updatePaymentGateway can change.
type gatewaySeen struct {
	Name, Connector, Action                         string
	MethodLabel, Image, RequestAffiliationURL       *string
	MinimumAmount                                   *bound
	IsPartiallyRefundable, IsTokenizable, IsEnabled bool
	Currencies, Countries                           []string
	Parameters                                      []struct {
		ParameterID        string
		TenantDefaultValue *string
	}
	Version int
}

// TestUpdateGateway proves that what is left out of a change stays, that null
// clears what can be null and nothing else, and that a change made on an older
// version is refused with the version now.
func TestUpdateGateway(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	id := s.make.Gateway(apptest.Vars{"methodLabel": "Visa", "image": "https://example.com/a.png", "minimumAmount": minor(50), "currencies": []string{"EUR"},
		"countries": []string{"PT"}, "requestAffiliationUrl": "https://example.com/", "parameters": []apptest.Vars{{"parameterId": "statementDescriptor", "value": "BISTRO"}}})
	update := func(fields apptest.Vars) apptest.Vars { return changed(apptest.Vars{"id": id}, fields) }
	const cannot = "REQUIRED input."
	refuseEach(t, s.api, s.admin, "updatePaymentGateway", []badInput{
		{"version 2 while it is 1", update(apptest.Vars{"expectedVersion": 2, "name": ""}), []string{"VERSION_CONFLICT input.expectedVersion version=1"}},
		{"absent", apptest.Vars{"id": absent(pay.KindGateway), "name": "x"}, []string{"NOT_FOUND input.id"}},
		{"malformed", apptest.Vars{"id": "gw"}, []string{"NOT_FOUND input.id"}},
		{"cleared though needed", update(apptest.Vars{"name": nil, "action": nil, "isPartiallyRefundable": nil, "isTokenizable": nil, "isEnabled": nil}),
			[]string{cannot + "name", cannot + "action", cannot + "isPartiallyRefundable", cannot + "isTokenizable", cannot + "isEnabled"}},
		{"empty name", update(apptest.Vars{"name": ""}), []string{"INVALID_INPUT input.name"}},
		{"negative minimum", update(apptest.Vars{"minimumAmount": minor(-1)}), []string{"INVALID_INPUT input.minimumAmount"}},
		{"unknown parameter", update(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "x", "value": ""}}}), []string{"INVALID_INPUT input.parameters.0.parameterId"}},
		{"no such option", update(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "outcome", "value": "maybe"}}}), []string{"INVALID_INPUT input.parameters.0.value"}},
		{"parameter twice and a wrong latency", update(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "outcome", "value": "otp"}, {"parameterId": "outcome", "value": "otp"},
			{"parameterId": "latencyMilliseconds", "value": "1e3"}}}), []string{"INVALID_INPUT input.parameters.1.parameterId", "INVALID_INPUT input.parameters.2.value"}},
		{"currency of the past", update(apptest.Vars{"currencies": []string{"EUR", "HRK"}}), []string{"INVALID_INPUT input.currencies.1"}},
		{"currencies without the minimum's", update(apptest.Vars{"currencies": []string{"BRL"}}), []string{"INVALID_INPUT input.minimumAmount.currency"}},
		{"minimum in a currency that it does not take", update(apptest.Vars{"minimumAmount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}),
			[]string{"INVALID_INPUT input.minimumAmount.currency"}},
		{"codes twice", update(apptest.Vars{"currencies": []string{"EUR", "EUR"}, "countries": []string{"PT", "ES", "PT"}}),
			[]string{"INVALID_INPUT input.currencies.1", "INVALID_INPUT input.countries.2"}},
	})
	version := 1
	for _, c := range []struct {
		name   string
		fields apptest.Vars
		change func(*gatewaySeen)
	}{
		{"OK nothing", nil, func(*gatewaySeen) {}},
		{"OK expected version", apptest.Vars{"expectedVersion": 1, "name": "Renamed"}, func(g *gatewaySeen) { g.Name = "Renamed" }},
		{"OK cleared", apptest.Vars{"methodLabel": nil, "image": nil, "minimumAmount": nil, "requestAffiliationUrl": nil},
			func(g *gatewaySeen) {
				g.MethodLabel, g.Image, g.MinimumAmount, g.RequestAffiliationURL = nil, nil, nil, nil
			}},
		{"OK empty lists", apptest.Vars{"currencies": []string{}, "countries": []string{}},
			func(g *gatewaySeen) { g.Currencies, g.Countries = []string{}, []string{} }},
		{"OK null lists are empty", apptest.Vars{"currencies": nil, "countries": nil, "parameters": nil}, func(*gatewaySeen) {}},
		{"OK expected version, nothing", apptest.Vars{"expectedVersion": 4, "name": "Renamed", "currencies": []string{}}, func(*gatewaySeen) {}},
		{"OK one parameter", apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "outcome", "value": "otp"}}},
			func(g *gatewaySeen) { otp := "otp"; g.Parameters[0].TenantDefaultValue = &otp }},
		{"OK the same parameter", apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "outcome", "value": "otp"}}}, func(*gatewaySeen) {}},
		{"OK disabled", apptest.Vars{"isEnabled": false, "action": "OTP"}, func(g *gatewaySeen) { g.IsEnabled, g.Action = false, "OTP" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := s.seeGateway(t, id)
			before := fmt.Sprint(plainGateway(want))
			if c.change(&want); fmt.Sprint(plainGateway(want)) != before { // what changes nothing is no new version
				version++
			}
			want.Version = version
			assertRefused(t, "updatePaymentGateway", refusalsOf(t, s.admin, "updatePaymentGateway", update(c.fields)))
			if got := s.seeGateway(t, id); fmt.Sprint(plainGateway(got)) != fmt.Sprint(plainGateway(want)) {
				t.Errorf("got  %v\nwant %v", plainGateway(got), plainGateway(want))
			}
		})
	}
}

func (s till) seeGateway(t *testing.T, id string) gatewaySeen {
	t.Helper()
	return apptest.Do[struct{ Node gatewaySeen }](t, s.admin, `query($id: ID!) { node(id: $id) { ... on PaymentGateway {
		name connector action methodLabel image requestAffiliationUrl minimumAmount { minorUnits currency } isPartiallyRefundable isTokenizable isEnabled
		currencies countries parameters { parameterId tenantDefaultValue } version } } }`, apptest.Vars{"id": id}).Node
}

// plainGateway writes out what pointers point to, so that texts compare.
func plainGateway(g gatewaySeen) []any {
	list := []any{g.Name, g.Connector, g.Action, g.IsPartiallyRefundable, g.IsTokenizable, g.IsEnabled, g.Currencies, g.Countries, g.Version}
	for _, p := range []*string{g.MethodLabel, g.Image, g.RequestAffiliationURL} {
		list = append(list, shown(p))
	}
	if g.MinimumAmount != nil {
		list = append(list, *g.MinimumAmount)
	}
	for _, p := range g.Parameters {
		list = append(list, p.ParameterID+"="+shown(p.TenantDefaultValue))
	}
	return list
}

func shown(text *string) string {
	if text == nil {
		return "null"
	}
	return *text
}
