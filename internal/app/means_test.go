package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// formOf is the payer's answer to one field of a form.
func formOf(field, value string) []apptest.Vars {
	return []apptest.Vars{{"parameterId": field, "value": value}}
}

// TestTokenOfForm proves that a token means the same in the form as beside it.
func TestTokenOfForm(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	stored := s.method(t, s.customer, s.sandbox, "tok_approve")
	bad := func(name string, input apptest.Vars) {
		t.Helper()
		full := but(apptest.Vars{"idempotencyKey": name, "gatewayId": s.sandbox}, input)
		for what, x := range map[string]struct {
			more apptest.Vars
			want string
		}{
			"two tokens":       {apptest.Vars{"paymentToken": "tok_approve", "form": formOf("paymentToken", "tok_otp")}, "INVALID_INPUT input.form.0.value"},
			"a card number":    {apptest.Vars{"form": formOf("paymentToken", "4242424242424242")}, "INVALID_INPUT input.form.0.value"},
			"no field":         {apptest.Vars{"form": formOf("nothing", "1")}, "INVALID_INPUT input.form.0.parameterId"},
			"a stored method":  {apptest.Vars{"gatewayId": nil, "paymentMethodId": stored, "form": formOf("paymentToken", "tok_otp")}, "INVALID_INPUT input.form.0.value"},
			"vouchers of none": {apptest.Vars{"voucherCount": 2}, "INVALID_INPUT input.voucherCount"},
		} {
			assertRefused(t, name+" "+what, refusalsOf(t, s.admin, name, but(full, x.more)), x.want)
		}
	}
	payment := s.created(t, "p", apptest.Vars{"orders": one(s.order(1000))}).Payment.ID
	bad("payOrders", apptest.Vars{"orders": one(s.order(1000))})
	bad("processPayment", apptest.Vars{"paymentId": payment})
	for name, input := range map[string]apptest.Vars{"payOrders": {"orders": one(s.order(1000))}, "processPayment": {"paymentId": payment}} {
		input = but(input, apptest.Vars{"gatewayId": s.sandbox})
		got := act(t, s.admin, name, "form", but(input, apptest.Vars{"form": formOf("paymentToken", "tok_hard_decline")}))
		if got.Payment == nil || got.Payment.Status != "FAILED" {
			t.Errorf("%s: %+v", name, got)
		}
		again := act(t, s.admin, name, "form", but(input, apptest.Vars{"paymentToken": "tok_hard_decline"}))
		if !again.Replayed {
			t.Errorf("%s again: %+v", name, again)
		}
	}
}

// TestAnswerOfAction proves that each action takes its own sort of answer, and that
// the sandbox knows a payer's refusal.
func TestAnswerOfAction(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	waits := func(outcome string) string {
		return act(t, s.admin, "payOrders", freshKey(), apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox, "paymentToken": "tok_" + outcome}).Transaction.ID
	}
	for _, outcome := range []string{"redirect", "dropin"} {
		id := waits(outcome)
		for what, x := range map[string]struct {
			answer apptest.Vars
			want   []string
		}{
			"a code":  {apptest.Vars{"code": "123456"}, []string{"REQUIRED input.payload", "INVALID_INPUT input.code"}},
			"nothing": {nil, []string{"REQUIRED input.payload"}},
			"null":    {apptest.Vars{"payload": nullValue{}}, []string{"REQUIRED input.payload"}},
			"a list":  {apptest.Vars{"payload": []int{1}}, []string{"INVALID_INPUT input.payload"}},
			"both":    {apptest.Vars{"code": "1", "payload": apptest.Vars{}}, []string{"INVALID_INPUT input.code"}},
		} {
			assertRefused(t, outcome+" "+what, refusalsOf(t, s.admin, "completeTransaction", but(apptest.Vars{"idempotencyKey": "k", "transactionId": id}, x.answer)), x.want...)
		}
		refused := act(t, s.admin, "completeTransaction", freshKey(), apptest.Vars{"transactionId": id, "payload": apptest.Vars{"error": "access_denied", "cancelled": "?"}})
		if refused.Payment == nil || refused.Payment.Status != "FAILED" {
			t.Errorf("%s refused: %+v", outcome, refused)
		}
		if got := act(t, s.admin, "completeTransaction", freshKey(), apptest.Vars{"transactionId": waits(outcome), "payload": apptest.Vars{}}); got.Payment == nil || got.Payment.Status != "PAID" {
			t.Errorf("%s: %+v", outcome, got)
		}
	}
	assertRefused(t, "otp", refusalsOf(t, s.admin, "completeTransaction", apptest.Vars{"idempotencyKey": "k", "transactionId": waits("otp"), "payload": apptest.Vars{}}),
		"REQUIRED input.code", "INVALID_INPUT input.payload")
}

// nullValue is written as null, where a Vars without the key would leave it out.
type nullValue struct{}

func (nullValue) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// TestSetupNeedsAStore proves that a method is saved only where methods are stored,
// and that nothing is collected by it.
func TestSetupNeedsAStore(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	setup := s.created(t, "setup", apptest.Vars{"mode": "SETUP", "customerId": s.customer, "amount": minor(0)}).Payment
	if setup == nil {
		t.Fatal("a setup of zero was refused")
	}
	assertRefused(t, "a setup of more", refusalsOf(t, s.admin, "createPayment", apptest.Vars{"idempotencyKey": "more", "mode": "SETUP", "customerId": s.customer, "amount": minor(1)}),
		"INVALID_INPUT input.amount")
	forgets := s.make.Gateway(apptest.Vars{"name": "Forgets", "isTokenizable": false})
	meals := s.make.Gateway(apptest.Vars{"name": "Meals", "kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true, "isTokenizable": false})
	gifts := s.make.Gateway(apptest.Vars{"name": "Gifts", "kind": "VOUCHER", "methodType": "VOUCHER"})
	for what, x := range map[string]struct {
		input apptest.Vars
		want  string
	}{
		"a gateway that stores none": {apptest.Vars{"gatewayId": forgets}, "GATEWAY_UNAVAILABLE input.gatewayId"},
		"meal vouchers":              {apptest.Vars{"gatewayId": meals}, "GATEWAY_UNAVAILABLE input.gatewayId"},
		"an amount":                  {apptest.Vars{"gatewayId": s.sandbox, "amount": minor(5)}, "INVALID_INPUT input.amount"},
		"vouchers":                   {apptest.Vars{"gatewayId": gifts, "voucherCount": 2}, "INVALID_INPUT input.voucherCount"},
	} {
		assertRefused(t, what, refusalsOf(t, s.admin, "processPayment", but(apptest.Vars{"idempotencyKey": "k", "paymentId": setup.ID}, x.input)), x.want)
	}
	if got := act(t, s.admin, "processPayment", freshKey(), apptest.Vars{"paymentId": setup.ID, "gatewayId": s.sandbox}); got.Payment == nil || got.Payment.Status != "CONFIRMED" {
		t.Errorf("saved: %+v", got)
	}
	// A customer who tops up is who is topped up.
	got := apptest.Do[map[string]lifeStep](t, asCustomer(t, s.api, s.customer), `mutation($input: CreatePaymentInput!) { createPayment(input: $input) { payment { ...life } errors { code message path } } } `+lifeFields,
		apptest.Vars{"input": apptest.Vars{"idempotencyKey": "top-up", "mode": "WALLET", "amount": minor(500)}})["createPayment"]
	if got.Payment == nil {
		t.Errorf("a customer's own top-up: %+v", got)
	}
}

// TestOneRefusalOfAGateway proves that what cannot pay is refused for that alone, at
// the value that names it.
func TestOneRefusalOfAGateway(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	manual := s.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	limited := s.created(t, "p", apptest.Vars{"orders": one(s.order(1000)), "gatewayIds": []string{s.gateway}}).Payment.ID
	stored := s.method(t, s.customer, s.sandbox, "tok_approve")
	open := s.created(t, "q", apptest.Vars{"orders": one(s.order(1000))}).Payment.ID
	process := func(input apptest.Vars) []string {
		return refusalsOf(t, s.admin, "processPayment", but(apptest.Vars{"idempotencyKey": "k"}, input))
	}
	assertRefused(t, "a manual gateway", process(apptest.Vars{"paymentId": open, "gatewayId": manual}), "GATEWAY_UNAVAILABLE input.gatewayId")
	assertRefused(t, "a method of a gateway that is not allowed", process(apptest.Vars{"paymentId": limited, "paymentMethodId": stored}), "GATEWAY_UNAVAILABLE input.paymentMethodId")
	meals := s.make.Gateway(apptest.Vars{"name": "Meals", "kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true})
	order := create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{
		{"productName": "Lunch", "unitAmount": minor(700), "isFood": true}, {"productName": "Book", "unitAmount": minor(900)}}}})
	lunch := s.created(t, "lunch", apptest.Vars{"orders": one(order)}).Payment.ID
	assertRefused(t, "more than the food", process(apptest.Vars{"paymentId": lunch, "gatewayId": meals, "amount": minor(701)}), "VOUCHER_NOT_ELIGIBLE input.amount max=700EUR")
	assertRefused(t, "more than everything", process(apptest.Vars{"paymentId": lunch, "gatewayId": meals, "amount": minor(1601)}), "AMOUNT_EXCEEDS_OUTSTANDING input.amount max=700EUR")
	act(t, s.admin, "processPayment", freshKey(), apptest.Vars{"paymentId": lunch, "gatewayId": meals})
	assertRefused(t, "no food left", process(apptest.Vars{"paymentId": lunch, "gatewayId": meals, "amount": minor(1)}), "VOUCHER_NOT_ELIGIBLE input.amount max=0EUR")
}

// TestProductWins proves that a product's line ignores what is said of it besides.
func TestProductWins(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	soup := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin, `mutation($p: ProductInput!) { createProducts(input: { products: [$p] }) { products { id } } }`,
		apptest.Vars{"p": apptest.Vars{"name": "Soup", "unitAmount": minor(450)}}).CreateProducts.Products[0].ID
	line := apptest.Vars{"productId": soup, "productName": "", "productVariant": string(slices.Repeat([]byte("x"), 501)), "taxRate": "500", "unitAmount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}
	if got := s.created(t, "p", apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{line}}); got.Payment == nil || got.Payment.OutstandingAmount.MinorUnits != 450 {
		t.Errorf("a payment's line: %+v", got)
	}
	create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{line}}})
}

// TestCurrencyOfThePast proves that no way to pay is offered in a currency that
// nothing new can be paid in.
func TestCurrencyOfThePast(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for name, w := range waysToPay(t, s.admin, apptest.Vars{"currency": "HRK"}) {
		if w.IsAvailable || !slices.Equal(w.reasons(), []string{"CURRENCY"}) || w.Reasons[0].Code != "INVALID_INPUT" {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

// freshKey is a key that was never used.
func freshKey() string { return pay.NewID().String() }
