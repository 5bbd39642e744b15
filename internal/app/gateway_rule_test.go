package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

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
