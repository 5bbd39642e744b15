package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestSlipOfWhatIsPaid proves that who has money in hand for a payment whose order was paid
// otherwise, by another payment or by itself, can record it by saying so, and that nothing that is paid
// gets a new payment.
func TestSlipOfWhatIsPaid(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	order := c.order(1000)
	payment := c.created(t, c.key(), apptest.Vars{"orders": one(order)}).Payment.ID
	other := act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": one(order), "gatewayId": c.sandbox}).Payment.ID
	whole := apptest.Vars{"paymentId": payment, "amount": minor(1000), "allowSurplus": true}
	invoice := create(t, c.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "I-1", "customerId": c.customer, "totalAmount": minor(800)}})
	for name, x := range map[string]struct {
		input  apptest.Vars
		want   string
		hinted bool
	}{
		"unasked":            {apptest.Vars{"paymentId": payment, "amount": minor(1000)}, "ORDER_ALREADY_PAID input.paymentId", true},
		"unasked, its own":   {apptest.Vars{"paymentId": other}, "INVALID_STATE input.paymentId", true},
		"a new payment":      {apptest.Vars{"orders": one(order)}, "ORDER_ALREADY_PAID input.orders.0.orderId", false},
		"allowed for orders": {apptest.Vars{"orders": one(order), "allowSurplus": true}, "INVALID_INPUT input.allowSurplus", false},
		"for an invoice":     {apptest.Vars{"invoiceId": invoice, "amount": minor(800), "allowSurplus": true}, "INVALID_INPUT input.allowSurplus", false},
		"of no amount":       {apptest.Vars{"paymentId": payment, "allowSurplus": true}, "REQUIRED input.amount", false},
		"of too much":        {but(whole, apptest.Vars{"amount": minor(1001)}), "AMOUNT_EXCEEDS_OUTSTANDING input.amount", false},
		"too much, unasked":  {apptest.Vars{"paymentId": payment, "amount": minor(1001)}, "ORDER_ALREADY_PAID input.paymentId", false},
	} {
		got := c.submit(t, x.input)
		if len(got.Errors) != 1 || got.Errors[0].Code+" "+strings.Join(got.Errors[0].Path, ".") != x.want || strings.Contains(got.Errors[0].Message, "with allowSurplus.") != x.hinted {
			t.Errorf("%s: %+v, want %s", name, got, x.want)
		}
	}
	slip := but(whole, apptest.Vars{"gatewayId": c.manual, "transactionReference": "S 1"})
	told := act(t, c.clerk, "submitManualPayment", "told", slip)
	if told.Payment == nil || told.Payment.Status != "PENDING_APPROVAL" {
		t.Fatalf("%+v", told)
	}
	if again := act(t, c.clerk, "submitManualPayment", "told", slip); !again.Replayed || again.Transaction.ID != told.Transaction.ID {
		t.Errorf("once more: %+v", again)
	}
	if got := act(t, c.clerk, "submitManualPayment", "told", but(slip, apptest.Vars{"allowSurplus": false})); !slices.Equal(got.codes(), []string{"IDEMPOTENCY_KEY_REUSED"}) {
		t.Errorf("with the key, and not allowed: %+v", got)
	}
	if got := c.submit(t, whole); !slices.Equal(got.codes(), []string{"PAYMENT_IN_PROGRESS"}) {
		t.Errorf("while it waits: %+v", got)
	}
	c.stands(t, "submitted", payment, order, "PAID 0; PENDING_APPROVAL ; ")
	if got := c.approve(t, told, nil); !slices.Equal(got.codes(), []string{"ORDER_ALREADY_PAID"}) {
		t.Errorf("approved unasked: %+v", got)
	}
	c.approve(t, told, apptest.Vars{"allowSurplus": true})
	c.stands(t, "approved", payment, order, "OVERPAID 1000; PAID OVERPAID; GATEWAY_CLEARING 1000, SUSPENSE -1000")
	c.approve(t, c.submit(t, but(whole, apptest.Vars{"paymentId": other, "amount": minor(300)})), apptest.Vars{"allowSurplus": true})
	c.stands(t, "the one that paid", other, order, "OVERPAID 1300; PAID OVERPAID; CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000, GATEWAY_CLEARING 300, SUSPENSE -300")
}

// TestSlipOfMoreThanIsOwed proves the same where a part is still owed, and that what is
// closed, or collects nothing, takes no money in hand.
func TestSlipOfMoreThanIsOwed(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	order := c.order(1000)
	payment := c.created(t, c.key(), apptest.Vars{"orders": one(order)}).Payment.ID
	act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": part(order, minor(600)), "gatewayId": c.sandbox})
	input := apptest.Vars{"paymentId": payment, "amount": minor(1000)}
	if got := c.submit(t, input); !slices.Equal(got.codes(), []string{"AMOUNT_EXCEEDS_OUTSTANDING"}) || got.Errors[0].Maximum.MinorUnits != 400 || !strings.Contains(got.Errors[0].Message, "allowSurplus") {
		t.Errorf("unasked: %+v", got)
	}
	c.approve(t, c.submit(t, but(input, apptest.Vars{"allowSurplus": true})), apptest.Vars{"allowSurplus": true})
	c.stands(t, "in part", payment, order, "OVERPAID 600; PAID OVERPAID; CUSTOMER_RECEIVABLE -400, GATEWAY_CLEARING 1000, SUSPENSE -600")

	together := c.created(t, c.key(), apptest.Vars{"orders": one(c.order(1000))}).Payment.ID
	tell := func(amount int64, code string, most int64) lifeStep {
		t.Helper()
		got := c.submit(t, apptest.Vars{"paymentId": together, "amount": minor(amount), "allowSurplus": true})
		if !slices.Equal(got.codes(), slices.DeleteFunc([]string{code}, func(c string) bool { return c == "" })) || code == "AMOUNT_EXCEEDS_OUTSTANDING" && got.Errors[0].Maximum.MinorUnits != most {
			t.Errorf("a slip of %d: %+v, want %q of at most %d", amount, got, code, most)
		}
		return got
	}
	first := tell(600, "", 0)
	tell(500, "AMOUNT_EXCEEDS_OUTSTANDING", 400)
	c.approve(t, first, nil)
	tell(500, "AMOUNT_EXCEEDS_OUTSTANDING", 400)
	second := tell(400, "", 0)
	tell(1, "PAYMENT_IN_PROGRESS", 0)
	c.approve(t, second, nil)
	tell(1, "AMOUNT_EXCEEDS_OUTSTANDING", 0)

	top := c.created(t, c.key(), apptest.Vars{"mode": "WALLET", "customerId": c.customer, "amount": but(minor(500), apptest.Vars{"currency": "EUR"})}).Payment.ID
	act(t, c.admin, "processPayment", c.key(), apptest.Vars{"paymentId": top, "gatewayId": c.sandbox, "paymentToken": "tok_approve"})
	c.approve(t, c.submit(t, apptest.Vars{"paymentId": top, "amount": minor(200), "allowSurplus": true}), apptest.Vars{"allowSurplus": true})
	if got := c.books(t, apptest.Vars{"paymentIds": []string{top}}); got != "GATEWAY_CLEARING 500, GATEWAY_CLEARING 200, STORE_CREDIT -700" {
		t.Errorf("the books of the top-up say %s", got)
	}
	checkInvariants(t, c.api.Database.DB)

	closed := c.created(t, c.key(), apptest.Vars{"orders": one(c.order(1000))}).Payment.ID
	act(t, c.admin, "cancelPayment", c.key(), apptest.Vars{"paymentId": closed})
	setup := c.created(t, c.key(), apptest.Vars{"mode": "SETUP", "customerId": c.customer}).Payment.ID
	for id, code := range map[string]string{closed: "PAYMENT_CLOSED", setup: "INVALID_STATE"} {
		for _, allowed := range []bool{false, true} {
			got := c.submit(t, but(input, apptest.Vars{"paymentId": id, "allowSurplus": allowed}))
			if !slices.Equal(got.codes(), []string{code}) || strings.Contains(got.Errors[0].Message, "allowSurplus") {
				t.Errorf("surplus allowed %v: %+v, want %s", allowed, got, code)
			}
		}
	}
}
