package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestBadMethods proves that a stored method is a token of its gateway with
// masked details: a card number is refused wherever it stands, and what does
// not belong together is not stored.
func TestBadMethods(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	wallet := s.make.Gateway(apptest.Vars{"methodType": "MOBILE_WALLET"})
	plain := s.make.Gateway(apptest.Vars{"isTokenizable": false})
	taken := create(t, s.admin, "createPaymentMethod", "paymentMethod",
		apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok", "referenceId": "M-1"})
	method := func(fields apptest.Vars) apptest.Vars {
		return changed(apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok_approve"}, fields)
	}
	card := func(fields apptest.Vars) apptest.Vars { return method(apptest.Vars{"card": fields}) }
	const number, at = "4111 1111-1111 1111", "INVALID_INPUT input."
	cases := []badInput{
		{"number as token", method(apptest.Vars{"token": "4111111111111111"}), []string{at + "token"}},
		{"number in the token", method(apptest.Vars{"token": "tok_" + number}), []string{at + "token"}},
		{"number as label and holder", method(apptest.Vars{"label": number, "holderName": "Ana " + number}), []string{at + "label", at + "holderName"}},
		{"number as reference", method(apptest.Vars{"referenceId": number}), []string{at + "referenceId"}},
		{"number as holder's address", method(apptest.Vars{"holderEmail": "4111111111111111@example.com"}), []string{at + "holderEmail"}},
		{"number as brand", card(apptest.Vars{"brand": number}), []string{at + "card.brand"}},
		{"number as product", card(apptest.Vars{"product": number}), []string{at + "card.product"}},
		{"number as last four", card(apptest.Vars{"lastFour": "4111111111111111"}), []string{at + "card.lastFour"}},
		{"number as brand of a wallet", method(apptest.Vars{"gatewayId": wallet, "account": apptest.Vars{"brand": number}}), []string{at + "account.brand"}},
		{"last five", card(apptest.Vars{"lastFour": "11111"}), []string{at + "card.lastFour"}},
		{"month 13", card(apptest.Vars{"expirationMonth": 13}), []string{at + "card.expirationMonth"}},
		{"month 0", card(apptest.Vars{"expirationMonth": 0}), []string{at + "card.expirationMonth"}},
		{"year of two digits", card(apptest.Vars{"expirationYear": 34}), []string{at + "card.expirationYear"}},
		{"empty token", method(apptest.Vars{"token": ""}), []string{at + "token"}},
		{"card and account", method(apptest.Vars{"card": apptest.Vars{}, "account": apptest.Vars{}}), []string{at[:len(at)-1]}},
		{"card at a wallet", method(apptest.Vars{"gatewayId": wallet, "card": apptest.Vars{}}), []string{at + "card"}},
		{"account at a card gateway", method(apptest.Vars{"account": apptest.Vars{}}), []string{at + "account"}},
		{"gateway that stores none", method(apptest.Vars{"gatewayId": plain}), []string{"GATEWAY_UNAVAILABLE input.gatewayId"}},
		{"absent customer and gateway", method(apptest.Vars{"customerId": absent(pay.KindCustomer), "gatewayId": absent(pay.KindGateway)}),
			[]string{"NOT_FOUND input.customerId", "NOT_FOUND input.gatewayId"}},
		{"taken reference", method(apptest.Vars{"referenceId": "M-1"}), []string{"DUPLICATE_REFERENCE input.referenceId existing=" + taken}},
	}
	refuseEach(t, s.api, s.admin, "createPaymentMethod", cases)
	t.Run("OK no number is stored", func(t *testing.T) {
		for _, text := range []string{number, "4111111111111111"} {
			if tables := tablesWith(t, s.api, text); len(tables) > 0 {
				t.Errorf("%s stands in %v", text, tables)
			}
		}
	})
	t.Run("OK text that only looks long", func(t *testing.T) { // digits that are no card number
		id := create(t, s.admin, "createPaymentMethod", "paymentMethod", method(apptest.Vars{"token": "4111111111111112", "label": "Account 1234"}))
		if !slices.Contains(tablesWith(t, s.api, "4111111111111112"), "payment_methods") || id == "" {
			t.Error("the token was not stored")
		}
	})
}
