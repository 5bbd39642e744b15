package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// wayToPay is what the tests select of a way to pay.
type wayToPay struct {
	Gateway               struct{ Name string }
	PaymentMethod         *struct{ ID string }
	IsAvailable, IsManual bool
	Reasons               []struct {
		Reason, Code     string
		Minimum, Maximum *struct{ MinorUnits int64 }
	}
	Form []struct {
		ParameterID string
		IsForm      bool
	}
}

func (w wayToPay) reasons() (kinds []string) {
	for _, r := range w.Reasons {
		kinds = append(kinds, r.Reason)
	}
	return kinds
}

func waysToPay(t *testing.T, c *apptest.Client, vars apptest.Vars) map[string]wayToPay {
	t.Helper()
	list := apptest.Do[struct{ AvailablePaymentMethods []wayToPay }](t, c, `query($country: CountryCode, $currency: CurrencyCode, $amount: Int64, $orderIds: [ID!], $customerId: ID) {
		availablePaymentMethods(country: $country, currency: $currency, amount: $amount, orderIds: $orderIds, customerId: $customerId) {
		gateway { name } paymentMethod { id } isAvailable isManual reasons { reason code message minimum { minorUnits } maximum { minorUnits } } form { parameterId isForm } } }`, vars).AvailablePaymentMethods
	ways := map[string]wayToPay{}
	for _, w := range list {
		name := w.Gateway.Name
		if w.PaymentMethod != nil {
			name = w.PaymentMethod.ID
		}
		ways[name] = w
	}
	return ways
}

// TestAvailable proves that every way to pay says all that paying would be refused
// for, and nothing else.
func TestAvailable(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	make := func(name string, more apptest.Vars) string {
		return s.make.Gateway(but(apptest.Vars{"name": name}, more))
	}
	ids := map[string]string{
		"open":    make("open", nil),
		"off":     make("off", apptest.Vars{"isEnabled": false}),
		"dollars": make("dollars", apptest.Vars{"currencies": []string{"USD"}}),
		"abroad":  make("abroad", apptest.Vars{"countries": []string{"JP"}}),
		"large":   make("large", apptest.Vars{"minimumAmount": minor(5000)}),
		"meals":   make("meals", apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true}),
	}
	make("bank", apptest.Vars{"connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	stored := s.method(t, s.customer, ids["open"], "tok_approve")
	order := s.make.Order(s.customer, 1000)
	check := func(title string, got map[string]wayToPay, want map[string][]string) {
		t.Helper()
		for name, reasons := range want {
			w, there := got[name]
			if !there || !slices.Equal(w.reasons(), reasons) || w.IsAvailable != (len(reasons) == 0) || w.IsManual != (name == "bank") {
				t.Errorf("%s: %s is %+v, want %v", title, name, w, reasons)
			}
		}
	}
	got := waysToPay(t, s.admin, apptest.Vars{"orderIds": []string{order}})
	check("an order", got, map[string][]string{"open": nil, "off": {"DISABLED"}, "dollars": {"CURRENCY"}, "abroad": {"COUNTRY"},
		"large": {"MINIMUM"}, "meals": {"FOOD"}, "bank": nil, stored: nil})
	if r := got["large"].Reasons[0]; r.Code != "AMOUNT_TOO_SMALL" || r.Minimum.MinorUnits != 5000 {
		t.Errorf("minimum: %+v", r)
	}
	for _, p := range got["open"].Form {
		if !p.IsForm {
			t.Errorf("form: %+v", got["open"].Form)
		}
	}
	if len(got["open"].Form) == 0 {
		t.Error("no form")
	}
	for name, id := range ids { // what is listed is what paying says
		preview := apptest.Do[struct {
			PreviewPayment struct{ Errors []apptest.Refusal }
		}](t, s.admin,
			`query($input: PreviewPaymentInput!) { previewPayment(input: $input) { errors { code message path } } }`,
			apptest.Vars{"input": apptest.Vars{"orders": one(order), "gatewayId": id}}).PreviewPayment.Errors
		if len(preview) != len(got[name].Reasons) || len(preview) > 0 && preview[0].Code != got[name].Reasons[0].Code {
			t.Errorf("%s: listed with %+v, paying says %+v", name, got[name].Reasons, preview)
		}
	}
	check("dollars in Japan", waysToPay(t, s.admin, apptest.Vars{"country": "JP", "currency": "USD", "amount": 6000}), map[string][]string{
		"open": nil, "dollars": nil, "abroad": nil, "large": nil, "meals": nil, "bank": nil})
	check("more than is owed", waysToPay(t, s.admin, apptest.Vars{"orderIds": []string{order}, "amount": 1001}), map[string][]string{"open": {"AMOUNT"}, "bank": {"AMOUNT"}})
	check("nothing", waysToPay(t, s.admin, apptest.Vars{"amount": 0}), map[string][]string{"open": {"AMOUNT"}})
	check("another currency", waysToPay(t, s.admin, apptest.Vars{"orderIds": []string{order}, "currency": "USD"}), map[string][]string{"open": {"CURRENCY"}})
	other := s.make.Customer()
	check("another's order", waysToPay(t, s.admin, apptest.Vars{"orderIds": []string{s.make.Order(other, 1000)}, "customerId": s.customer}),
		map[string][]string{"open": nil, stored: {"METHOD"}})
	me := asCustomer(t, s.api, s.customer)
	check("the customer", waysToPay(t, me, nil), map[string][]string{"open": nil, "off": {"DISABLED"}, stored: nil})
	for name, vars := range map[string]apptest.Vars{"another's order": {"orderIds": []string{s.make.Order(other, 5)}}, "another": {"customerId": other}} {
		if got := waysToPay(t, me, vars); len(got) != 0 {
			t.Errorf("the customer asks about %s: %+v", name, got)
		}
	}
	act(t, s.admin, "payOrders", "p", apptest.Vars{"orders": one(order), "gatewayId": ids["open"]})
	check("a paid order", waysToPay(t, s.admin, apptest.Vars{"orderIds": []string{order}}), map[string][]string{"open": {"ORDERS"}, "bank": {"ORDERS"}})
}
