package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

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
	month := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-time.Now().UTC().Day())
	past, pastField := month.AddDate(0, -1, 0), "Month"
	if past.Year() < month.Year() {
		pastField = "Year"
	}
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
		{"last three", card(apptest.Vars{"lastFour": "111"}), []string{at + "card.lastFour"}},
		{"last four letters", card(apptest.Vars{"lastFour": "abcd"}), []string{at + "card.lastFour"}},
		{"expired last month", card(apptest.Vars{"expirationMonth": int(past.Month()), "expirationYear": past.Year()}), []string{at + "card.expiration" + pastField}},
		{"expired long ago", card(apptest.Vars{"expirationMonth": 12, "expirationYear": 2020}), []string{at + "card.expirationYear"}},
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
	t.Run("OK token that is a UUID", func(t *testing.T) { // the groups of which pass for a card number
		create(t, s.admin, "createPaymentMethod", "paymentMethod", method(apptest.Vars{"token": "41111111-1111-4111-8111-1111111111ab"}))
	})
	t.Run("OK card of this month", func(t *testing.T) {
		next := time.Now().UTC().Add(time.Minute) // should the month end meanwhile
		create(t, s.admin, "createPaymentMethod", "paymentMethod", card(apptest.Vars{"expirationMonth": int(next.Month()), "expirationYear": next.Year()}))
	})
}

// TestCardNumbersInFreeText proves that a card number is refused in the texts
// that are free, that the refusal does not repeat it, and that nothing keeps it.
func TestCardNumbersInFreeText(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const number, at = "4111 1111 1111 1111", "INVALID_INPUT input."
	metadata := []apptest.Vars{{"key": "note", "value": "x"}, {"key": "card", "value": "paid with " + number}}
	order := s.make.Order(s.customer, 1000)
	address := apptest.Vars{"name": "Ana", "line1": number, "postalCode": number}
	keyed := []apptest.Vars{{"key": number, "value": "x"}}
	line := apptest.Vars{"productName": "Tea " + number, "productVariant": number, "unitAmount": minor(5),
		"modifiers": []apptest.Vars{{"modifierId": number, "productName": number, "price": minor(1)}}}
	const dashed = "4111-1111-1111-1111" // an idempotency key has no spaces
	texts := apptest.Vars{"description": "Card " + number + " 12/29", "metadata": metadata}
	for mutation, c := range map[string]struct {
		input apptest.Vars
		want  []string
	}{
		"createCustomer": {apptest.Vars{"customer": apptest.Vars{"firstName": number, "lastName": number, "referenceId": number, "phone": number,
			"email": "4111111111111111@example.com", "address": address, "metadata": keyed}},
			[]string{at + "customer.referenceId", at + "customer.firstName", at + "customer.lastName", at + "customer.email", at + "customer.phone",
				at + "customer.address.line1", at + "customer.address.postalCode", at + "customer.metadata.0.key"}},
		"createOrder": {apptest.Vars{"order": changed(texts, apptest.Vars{"customerId": s.customer, "totalAmount": minor(1)})},
			[]string{at + "order.description", at + "order.metadata.1.value"}},
		"createOrders": {apptest.Vars{"orders": []apptest.Vars{{"customerId": s.customer, "lines": []apptest.Vars{line},
			"discounts": []apptest.Vars{{"discountName": number, "discountDescription": number, "amount": minor(1)}}}}},
			[]string{at + "orders.0.lines.0.productName", at + "orders.0.lines.0.productVariant", at + "orders.0.lines.0.modifiers.0.modifierId",
				at + "orders.0.lines.0.modifiers.0.productName", at + "orders.0.discounts.0.discountName", at + "orders.0.discounts.0.discountDescription"}},
		"createProducts": {apptest.Vars{"products": []apptest.Vars{{"name": number, "variant": number, "unitAmount": minor(1)}}},
			[]string{at + "products.0.name", at + "products.0.variant"}},
		"createInvoice": {apptest.Vars{"invoice": changed(texts, apptest.Vars{"number": number, "orderId": order})},
			[]string{at + "invoice.number", at + "invoice.description", at + "invoice.metadata.1.value"}},
		"payOrders": {changed(texts, apptest.Vars{"idempotencyKey": "k", "gatewayId": s.card, "orders": one(order), "billingAddress": address}),
			[]string{at + "description", at + "metadata.1.value", at + "billingAddress.line1", at + "billingAddress.postalCode"}},
		"createBusiness": {apptest.Vars{"name": "٤١١١١١١١١١١١١١١١"}, []string{at + "name"}}, // the same in Arabic digits
		"trustDocuments": {apptest.Vars{"documents": []string{"{ viewer { id } } # " + number}}, []string{at + "documents.0"}},
		"processPayment": {apptest.Vars{"idempotencyKey": dashed, "paymentId": s.make.PayWhole(s.card, s.make.Order(s.customer, 100))}, []string{at + "idempotencyKey"}},
		"refundPayment":  {apptest.Vars{"idempotencyKey": dashed, "paymentId": s.make.PayWhole(s.card, s.make.Order(s.customer, 100))}, []string{at + "idempotencyKey"}},
	} {
		assertRefused(t, mutation, refusalsOf(t, s.admin, mutation, c.input), c.want...)
		answer := s.admin.Send(t, documentOf(t, mutation, "{ errors { message } }"), apptest.Vars{"input": c.input})
		if strings.Contains(answer.Body, "1111") || len(answer.Errors) > 0 {
			t.Errorf("%s repeats the number: %s", mutation, answer.Body)
		}
	}
	assertRefused(t, "payOrders", refusalsOf(t, s.admin, "payOrders", apptest.Vars{"idempotencyKey": dashed, "gatewayId": s.card, "orders": one(order)}), at+"idempotencyKey")
	for _, text := range []string{number, dashed} {
		if tables := tablesWith(t, s.api, text); len(tables) > 0 {
			t.Errorf("the number stands in %v", tables)
		}
	}
	create(t, s.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"referenceId": "4006381333931", "firstName": "(01)34006381333932"}}) // barcodes
	create(t, s.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"metadata": []apptest.Vars{
		{"key": "uuid", "value": "41111111-1111-4111-8111-1111111111ab"}, {"key": "hex", "value": "abc4111111111111111abcdef0123456"}}}})
}

// TestNumbersInURLs proves that the number of a card or an account is refused in each URL,
// escaped or not, and that nothing keeps it.
func TestNumbersInURLs(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const at = "INVALID_INPUT input."
	manual := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	order := s.make.Order(s.customer, 100)
	numbers := []string{"?n=4111111111111111", "?n=4111+1111+1111+1111", "4111%201111%201111%201111", "4111%2D1111%2D1111%2D1111", "%34111111111111111", "%2534111111111111111", "4111.1111.1111.1111",
		"?iban=DE89370400440532013000", "DE89%203704%200044%200532%200130%2000"}
	for _, number := range numbers {
		url := "https://cdn.example/a/" + number
		for mutation, c := range map[string]struct {
			input apptest.Vars
			want  []string
		}{
			"createProducts":        {apptest.Vars{"products": []apptest.Vars{{"name": "Tea", "unitAmount": minor(1), "imageUrl": url}}}, []string{at + "products.0.imageUrl"}},
			"createWebhookEndpoint": {apptest.Vars{"url": url}, []string{at + "url"}},
			"submitManualPayment": {apptest.Vars{"idempotencyKey": "k", "orders": one(order), "gatewayId": manual, "transactionReference": "T", "evidenceUrl": url},
				[]string{at + "evidenceUrl"}},
			"createOrders": {apptest.Vars{"orders": []apptest.Vars{{"customerId": s.customer, "lines": []apptest.Vars{{"productName": "Tea", "unitAmount": minor(5), "productImage": url}}}}},
				[]string{at + "orders.0.lines.0.productImage"}},
		} {
			assertRefused(t, mutation+" "+number, refusalsOf(t, s.admin, mutation, c.input), c.want...)
		}
	}
	if tables := tablesWith(t, s.api, "cdn.example"); len(tables) > 0 {
		t.Errorf("a URL stands in %v", tables)
	}
	assertRefused(t, "picture with other numbers", refusalsOf(t, s.admin, "createProducts", apptest.Vars{"products": []apptest.Vars{{"name": "Tea", "unitAmount": minor(1),
		"imageUrl": "https://cdn.example/41111111-1111-4111-8111-1111111111ab/20261126_640x480.jpg?v=1764152000&t=100%25"}}}))
}

// TestAccountNumbersInFreeText proves that an account number is refused in the texts that
// are free, since whoever reads them needs no payments:pii, and that nothing keeps it.
func TestAccountNumbersInFreeText(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const number, at = "DE89 3704 0044 0532 0130 00", "INVALID_INPUT input."
	const dashed = "DE89-3704-0044-0532-0130-00" // an idempotency key has no spaces
	order := s.make.Order(s.customer, 1000)
	texts := apptest.Vars{"description": "Refund to " + number + ".", "metadata": []apptest.Vars{{"key": "account", "value": number}}}
	for mutation, c := range map[string]struct {
		input apptest.Vars
		want  []string
	}{
		"createCustomer": {apptest.Vars{"customer": apptest.Vars{"firstName": number, "referenceId": number, "address": apptest.Vars{"line1": number}}},
			[]string{at + "customer.referenceId", at + "customer.firstName", at + "customer.address.line1"}},
		"createOrder": {apptest.Vars{"order": changed(texts, apptest.Vars{"customerId": s.customer, "totalAmount": minor(1)})},
			[]string{at + "order.description", at + "order.metadata.0.value"}},
		"payOrders":             {apptest.Vars{"idempotencyKey": dashed, "gatewayId": s.card, "orders": one(order)}, []string{at + "idempotencyKey"}},
		"createBusiness":        {apptest.Vars{"name": "ＤＥ８９３７０４００４４０５３２０１３０００"}, []string{at + "name"}},
		"trustDocuments":        {apptest.Vars{"documents": []string{"{ viewer { id } } # " + number}}, []string{at + "documents.0"}},
		"createWebhookEndpoint": {apptest.Vars{"url": "https://a.example/", "description": number}, []string{at + "description"}},
		"createPaymentMethod": {apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": dashed, "label": number, "holderName": "Ana " + number},
			[]string{at + "token", at + "label", at + "holderName"}},
	} {
		assertRefused(t, mutation, refusalsOf(t, s.admin, mutation, c.input), c.want...)
		answer := s.admin.Send(t, documentOf(t, mutation, "{ errors { message } }"), apptest.Vars{"input": c.input})
		if strings.Contains(answer.Body, "DE89") || len(answer.Errors) > 0 {
			t.Errorf("%s repeats the number: %s", mutation, answer.Body)
		}
	}
	for _, text := range []string{number, dashed, "８９３７"} {
		if tables := tablesWith(t, s.api, text); len(tables) > 0 {
			t.Errorf("the number stands in %v", tables)
		}
	}
}
