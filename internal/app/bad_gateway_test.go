package app_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestPayBadGateways proves that a payment only goes through a gateway that
// takes it, and only with a stored method of the payer.
func TestPayBadGateways(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order, food := s.make.Order(s.customer, 1000), s.foodOrder(t)
	off := s.make.Gateway(nil)
	offMethod := s.method(t, s.customer, off)
	create(t, s.admin, "updatePaymentGateway", "paymentGateway", apptest.Vars{"id": off, "isEnabled": false})
	dollars := s.make.Gateway(apptest.Vars{"currencies": []string{"USD", "GBP"}})
	spain := s.make.Gateway(apptest.Vars{"countries": []string{"ES"}})
	least := s.make.Gateway(apptest.Vars{"minimumAmount": apptest.Vars{"decimal": "10.01"}})
	byHand := s.make.Gateway(apptest.Vars{"connector": "manual", "kind": "MANUAL", "methodType": "CASH"})
	meal := s.make.Gateway(apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true})
	mine, theirs := s.method(t, s.customer, s.card), s.method(t, s.other, s.card)
	with := func(fields apptest.Vars) apptest.Vars {
		input := apptest.Vars{"orders": one(order)}
		maps.Copy(input, fields)
		return input
	}
	const gateway, method = " input.gatewayId", " input.paymentMethodId"
	refuseEach(t, s.api, s.admin, "payOrders", []badInput{{"neither gateway nor method", but(with(nil), apptest.Vars{"idempotencyKey": "none"}), []string{"REQUIRED input"}}})
	s.refuseAll(t, []badInput{
		{"gateway and method", with(apptest.Vars{"gatewayId": s.card, "paymentMethodId": mine}), []string{"INVALID_INPUT input"}},
		{"disabled", with(apptest.Vars{"gatewayId": off}), []string{"GATEWAY_UNAVAILABLE" + gateway}},
		{"method of a disabled gateway", with(apptest.Vars{"paymentMethodId": offMethod}), []string{"GATEWAY_UNAVAILABLE" + method}},
		{"other currencies", with(apptest.Vars{"gatewayId": dollars}), []string{"GATEWAY_UNAVAILABLE" + gateway}},
		{"other countries", with(apptest.Vars{"gatewayId": spain}), []string{"GATEWAY_UNAVAILABLE" + gateway}},
		{"below the minimum", with(apptest.Vars{"gatewayId": least}), []string{"AMOUNT_TOO_SMALL input.orders min=1001EUR"}},
		{"by hand", with(apptest.Vars{"gatewayId": byHand}), []string{"GATEWAY_UNAVAILABLE" + gateway}},
		{"absent gateway", with(apptest.Vars{"gatewayId": absent(pay.KindGateway)}), []string{"NOT_FOUND" + gateway}},
		{"method's id as gateway", with(apptest.Vars{"gatewayId": mine}), []string{"NOT_FOUND" + gateway}},
		{"malformed gateway", with(apptest.Vars{"gatewayId": "gw_1' OR '1'='1"}), []string{"NOT_FOUND" + gateway}},
		{"absent method", with(apptest.Vars{"paymentMethodId": absent(pay.KindMethod)}), []string{"NOT_FOUND" + method}},
		{"malformed method", with(apptest.Vars{"paymentMethodId": ""}), []string{"NOT_FOUND" + method}},
		{"method of another customer", with(apptest.Vars{"paymentMethodId": theirs}), []string{"PAYMENT_METHOD_INVALID" + method}},
		{"voucher for an order without food", with(apptest.Vars{"gatewayId": meal}), []string{"VOUCHER_NOT_ELIGIBLE input.orders.0.amount max=0EUR"}},
		{"voucher for more than the food", with(apptest.Vars{"gatewayId": meal, "orders": one(food)}), []string{"VOUCHER_NOT_ELIGIBLE input.orders.0.amount max=700EUR"}},
		{"voucher for one cent more than the food", with(apptest.Vars{"gatewayId": meal, "orders": part(food, apptest.Vars{"minorUnits": 701})}),
			[]string{"VOUCHER_NOT_ELIGIBLE input.orders.0.amount max=700EUR"}},
		{"order and gateway", apptest.Vars{"gatewayId": "gw_", "orders": one("ord_")}, []string{"NOT_FOUND input.orders.0.orderId", "NOT_FOUND" + gateway}},
	})
}

// TestPayerCountry proves that a gateway is used only where it serves, and that
// the bill's country comes before the customer's and that before the company's,
// which is PT here.
func TestPayerCountry(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	customerOf := map[string]string{"": s.customer}
	for _, country := range []string{"PT", "ES"} {
		customerOf[country] = create(t, s.admin, "createCustomer", "customer",
			apptest.Vars{"customer": apptest.Vars{"address": apptest.Vars{"country": country}}})
	}
	for _, c := range []struct {
		serves         []string
		customer, bill string
		refused        bool
	}{
		{[]string{}, "", "DE", false},
		{[]string{"ES", "PT"}, "", "", false},
		{[]string{"ES"}, "", "", true},
		{[]string{"ES"}, "ES", "", false},
		{[]string{"ES"}, "PT", "", true},
		{[]string{"ES"}, "PT", "ES", false},
		{[]string{"ES"}, "ES", "PT", true},
		{[]string{"ES"}, "ES", "no country", false},
	} {
		t.Run(fmt.Sprintf("%v customer %s bill %s", c.serves, c.customer, c.bill), func(t *testing.T) {
			t.Parallel()
			preview := apptest.Vars{"orders": one(s.make.Order(customerOf[c.customer], 1000)), "gatewayId": s.make.Gateway(apptest.Vars{"countries": c.serves})}
			input := changed(preview, apptest.Vars{"idempotencyKey": strings.ReplaceAll(t.Name(), " ", "-")})
			switch c.bill {
			case "":
			case "no country":
				input["billingAddress"] = apptest.Vars{"city": "Lisboa"}
			default:
				input["billingAddress"], preview["billingCountry"] = apptest.Vars{"country": c.bill}, c.bill
			}
			var want []string
			if c.refused {
				want = []string{"GATEWAY_UNAVAILABLE input.gatewayId"}
			}
			assertRefused(t, "previewPayment", refusalsOf(t, s.admin, "previewPayment", preview), want...)
			assertRefused(t, "payOrders", refusalsOf(t, s.admin, "payOrders", input), want...)
		})
	}
}

// TestPayBadDetails proves that what payOrders takes besides orders and gateway
// is checked, and that references and keys are not used twice.
func TestPayBadDetails(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	orders := s.make.Orders(s.customer, 1000, 1000)
	mine := s.method(t, s.customer, s.card)
	taken := s.make.Pay("first", apptest.Vars{"orders": one(orders[1]), "gatewayId": s.card, "referenceId": "R-1"}).Payment.ID
	with := func(fields apptest.Vars) apptest.Vars {
		input := apptest.Vars{"orders": one(orders[0])}
		if fields["paymentMethodId"] == nil {
			input["gatewayId"] = s.card
		}
		maps.Copy(input, fields)
		return input
	}
	entry := func(key, value string) apptest.Vars { return apptest.Vars{"key": key, "value": value} }
	metadata := func(entries ...apptest.Vars) apptest.Vars { return with(apptest.Vars{"metadata": entries}) }
	var eleven []apptest.Vars
	for _, key := range strings.Split("abcdefghijk", "") {
		eleven = append(eleven, entry(key, ""))
	}
	token := func(text string) apptest.Vars { return with(apptest.Vars{"paymentToken": text}) }
	const at = "INVALID_INPUT input."
	s.refuseAll(t, []badInput{
		{"card number", token("4111111111111111"), []string{at + "paymentToken"}},
		{"card number with spaces", token("4111 1111 1111 1111"), []string{at + "paymentToken"}},
		{"card number in a token", token("tok_5500-0000-0000-0004.x"), []string{at + "paymentToken"}},
		{"empty token", token(""), []string{at + "paymentToken"}},
		{"long token", token(strings.Repeat("x", 256)), []string{at + "paymentToken"}},
		{"token with a NUL", token("tok\x00"), []string{at + "paymentToken"}},
		{"token and method", with(apptest.Vars{"paymentMethodId": mine, "paymentToken": "tok_approve"}), []string{at + "paymentToken"}},
		{"no voucher", with(apptest.Vars{"voucherCount": 0}), []string{at + "voucherCount"}},
		{"1001 vouchers", with(apptest.Vars{"voucherCount": 1001}), []string{at + "voucherCount"}},
		{"empty reference", with(apptest.Vars{"referenceId": ""}), []string{at + "referenceId"}},
		{"long reference", with(apptest.Vars{"referenceId": strings.Repeat("ä", 256)}), []string{at + "referenceId"}},
		{"taken reference", with(apptest.Vars{"referenceId": "R-1"}), []string{"DUPLICATE_REFERENCE input.referenceId existing=" + taken}},
		{"long description", with(apptest.Vars{"description": strings.Repeat("x", 1001)}), []string{at + "description"}},
		{"long address", with(apptest.Vars{"billingAddress": apptest.Vars{"line1": strings.Repeat("x", 201), "city": "a\x00"}}),
			[]string{at + "billingAddress.line1", at + "billingAddress.city"}},
		{"11 entries", metadata(eleven...), []string{"METADATA_LIMIT input.metadata"}},
		{"empty key", metadata(entry("", "x")), []string{"METADATA_LIMIT input.metadata.0.key"}},
		{"long key", metadata(entry("a", ""), entry(strings.Repeat("ä", 41), "")), []string{"METADATA_LIMIT input.metadata.1.key"}},
		{"long value", metadata(entry("a", strings.Repeat("ä", 401))), []string{"METADATA_LIMIT input.metadata.0.value"}},
		{"same key twice", metadata(entry("a", "1"), entry("a", "2")), []string{at + "metadata.1.key"}},
		{"NUL in a key", metadata(entry("a\x00", "")), []string{at + "metadata.0.key"}},
	})
	t.Run("ErrIdempotencyKeyReused", func(t *testing.T) {
		untouched(t, s.api, func() {
			got := refusalsOf(t, s.admin, "payOrders", apptest.Vars{"idempotencyKey": "first", "orders": one(orders[0]), "gatewayId": s.card})
			assertRefused(t, "payOrders", got, "IDEMPOTENCY_KEY_REUSED input.idempotencyKey")
		})
	})
}
