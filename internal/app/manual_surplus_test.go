package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// overtaken is a slip for an order of 10.00, of which another payment paid so much
// before anybody decided about the slip.
func (c counter) overtaken(t *testing.T, paid int64) (slip, other lifeStep, order string) {
	t.Helper()
	order = c.order(1000)
	slip = c.submit(t, apptest.Vars{"orders": one(order)})
	other = act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": part(order, minor(paid)), "gatewayId": c.sandbox})
	if slip.Payment == nil || other.Payment == nil || other.Payment.Status != "PAID" {
		t.Fatalf("%+v %+v", slip, other)
	}
	return slip, other, order
}

// stands compares the order, what its payment needs a person for, and the payment's books.
func (c counter) stands(t *testing.T, step, payment, order, want string) {
	t.Helper()
	p := c.lifeOf(t, payment)
	got := fmt.Sprint(c.paidStates(t, []string{order}), "; ", p.Status, " ", strings.Join(p.Attention, " "), "; ", c.books(t, apptest.Vars{"paymentIds": []string{payment}}))
	if got != want {
		t.Errorf("%s: %s, want %s", step, got, want)
	}
	checkInvariants(t, c.api.Database.DB)
}

// TestSlipOvertaken proves that money of a slip whose order was paid otherwise meanwhile is
// refused until the approver says to take it, is surplus then and no payment of the order,
// needs a person, and goes back without touching what paid the order.
func TestSlipOvertaken(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for name, back := range map[string]apptest.Vars{"by hand": {"manualReference": "out-1"}, "as store credit": {"method": "STORE_CREDIT"}} {
		slip, other, order := c.overtaken(t, 1000)
		if got := c.approve(t, slip, nil); !slices.Equal(got.codes(), []string{"ORDER_ALREADY_PAID"}) || !strings.Contains(got.Errors[0].Message, "allowSurplus") {
			t.Errorf("unasked: %+v", got)
		}
		if got := c.approve(t, slip, apptest.Vars{"allowSurplus": true, "amount": minor(1001)}); !slices.Equal(got.codes(), []string{"AMOUNT_EXCEEDS_OUTSTANDING"}) {
			t.Errorf("more than was submitted: %+v", got)
		}
		c.stands(t, "refused", slip.Payment.ID, order, "PAID 0; PENDING_APPROVAL ; ")
		if got := c.approve(t, slip, apptest.Vars{"allowSurplus": true, "expectedAmount": minor(1000)}); got.Payment == nil || got.Transaction.Status != "CAPTURED" {
			t.Fatalf("approve: %+v", got)
		}
		c.stands(t, "approved", slip.Payment.ID, order, "OVERPAID 1000; PAID OVERPAID; GATEWAY_CLEARING 1000, SUSPENSE -1000")
		if got := act(t, c.admin, "refundPayment", c.key(), but(apptest.Vars{"paymentId": slip.Payment.ID}, back)); got.Payment == nil {
			t.Fatalf("%s: %+v", name, got)
		}
		books := map[string]string{"by hand": "GATEWAY_CLEARING 1000, PAYOUTS -1000", "as store credit": "GATEWAY_CLEARING 1000, STORE_CREDIT -1000"}[name]
		c.stands(t, name, slip.Payment.ID, order, "PAID 0; REFUNDED ; "+books)
		c.stands(t, "the other", other.Payment.ID, order, "PAID 0; PAID ; CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000")
	}
}

// TestSlipOvertakenInPart proves that what is still owed is paid first, and that of several
// orders each takes what it is owed.
func TestSlipOvertakenInPart(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	slip, _, order := c.overtaken(t, 600)
	if got := c.approve(t, slip, nil); !slices.Equal(got.codes(), []string{"AMOUNT_EXCEEDS_OUTSTANDING"}) || got.Errors[0].Maximum.MinorUnits != 400 {
		t.Errorf("unasked: %+v", got)
	}
	c.approve(t, slip, apptest.Vars{"allowSurplus": true})
	c.stands(t, "in part", slip.Payment.ID, order, "OVERPAID 600; PAID OVERPAID; CUSTOMER_RECEIVABLE -400, GATEWAY_CLEARING 1000, SUSPENSE -600")
	act(t, c.admin, "refundPayment", c.key(), apptest.Vars{"paymentId": slip.Payment.ID, "amount": minor(600), "manualReference": "out"})
	c.stands(t, "given back", slip.Payment.ID, order, "PAID 0; PARTIALLY_REFUNDED ; CUSTOMER_RECEIVABLE -400, GATEWAY_CLEARING 1000, PAYOUTS -600")

	orders := c.make.Orders(c.customer, 500, 500)
	both := c.submit(t, apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}})
	act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": one(orders[0]), "gatewayId": c.sandbox})
	c.approve(t, both, apptest.Vars{"allowSurplus": true})
	c.stands(t, "the order that was paid", both.Payment.ID, orders[0], "OVERPAID 500; PAID OVERPAID; CUSTOMER_RECEIVABLE -500, GATEWAY_CLEARING 1000, SUSPENSE -500")
	c.stands(t, "the order that was not", both.Payment.ID, orders[1], "PAID 0; PAID OVERPAID; CUSTOMER_RECEIVABLE -500, GATEWAY_CLEARING 1000, SUSPENSE -500")
}

// TestSlipPaysWhatIsOwedFirst proves that less money than a slip was for pays what is still
// owed of its orders before any of it is surplus, whichever of them was paid meanwhile, and
// that a late capture of a part does the same.
func TestSlipPaysWhatIsOwedFirst(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for i := range 2 {
		orders := c.make.Orders(c.customer, 2000, 2000)
		slip := c.submit(t, apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}})
		act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": one(orders[i]), "gatewayId": c.sandbox})
		if got := c.approve(t, slip, apptest.Vars{"allowSurplus": true, "amount": minor(3000)}); got.Payment == nil {
			t.Fatalf("%+v", got)
		}
		books := "CUSTOMER_RECEIVABLE -2000, GATEWAY_CLEARING 3000, SUSPENSE -1000"
		c.stands(t, "paid meanwhile", slip.Payment.ID, orders[i], "OVERPAID 1000; PARTIALLY_PAID OVERPAID; "+books)
		c.stands(t, "owed still", slip.Payment.ID, orders[1-i], "PAID 0; PARTIALLY_PAID OVERPAID; "+books)
		act(t, c.admin, "refundPayment", c.key(), apptest.Vars{"paymentId": slip.Payment.ID, "amount": minor(1000), "manualReference": "out"})
		for _, order := range orders {
			c.stands(t, "given back", slip.Payment.ID, order, "PAID 0; PARTIALLY_REFUNDED ; CUSTOMER_RECEIVABLE -2000, GATEWAY_CLEARING 3000, PAYOUTS -1000")
		}
	}
	orders := c.make.Orders(c.customer, 2000, 2000)
	late := act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}, "gatewayId": c.sandbox, "paymentToken": "tok_soft_decline"})
	act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": one(orders[0]), "gatewayId": c.sandbox})
	simulate(t, c.admin, late.Transaction.ID, "CAPTURED", apptest.Vars{"amount": minor(3000)})
	if got := c.paidStates(t, orders); got != "OVERPAID 1000, PAID 0" {
		t.Errorf("a late capture of a part: %s", got)
	}
	checkInvariants(t, c.api.Database.DB)
}

// TestSlipOvertakenByItsOwn proves the same where an earlier attempt of the same payment
// succeeded late, also once somebody has seen to the first surplus, and for a top-up, which
// becomes store credit.
func TestSlipOvertakenByItsOwn(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	begun := c.started(t, c.key(), "tok_hard_decline", nil)
	slips := []lifeStep{c.submit(t, apptest.Vars{"paymentId": begun.Payment.ID, "amount": minor(600)}), c.submit(t, apptest.Vars{"paymentId": begun.Payment.ID})}
	simulate(t, c.admin, begun.Transaction.ID, "CAPTURED", nil)
	if got := c.approve(t, slips[0], nil); !slices.Equal(got.codes(), []string{"AMOUNT_EXCEEDS_OUTSTANDING"}) || !strings.Contains(got.Errors[0].Message, "allowSurplus") {
		t.Errorf("unasked: %+v", got)
	}
	for i, want := range []int64{600, 1000} {
		got := c.approve(t, slips[i], apptest.Vars{"allowSurplus": true})
		if got.Payment == nil || !slices.Contains(got.Payment.Attention, "OVERPAID") || got.Payment.PaidAmount.MinorUnits != 1000+want {
			t.Fatalf("surplus of %d: %+v", want, got)
		}
		seen := apptest.Do[map[string]lifeStep](t, c.admin, `mutation($input: ResolveAttentionInput!) { resolveAttention(input: $input) { payment { ...life } errors { code } } } `+lifeFields,
			apptest.Vars{"input": apptest.Vars{"paymentId": begun.Payment.ID, "reasons": []string{"OVERPAID"}, "note": "they will be called"}})["resolveAttention"]
		if seen.Payment == nil || slices.Contains(seen.Payment.Attention, "OVERPAID") {
			t.Errorf("seen to: %+v", seen)
		}
	}
	if got := c.books(t, nil); got != "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000, GATEWAY_CLEARING 1000, SUSPENSE -1000" {
		t.Errorf("the books say %s", got)
	}
	top := c.created(t, c.key(), apptest.Vars{"mode": "WALLET", "customerId": c.customer, "amount": but(minor(500), apptest.Vars{"currency": "EUR"})})
	failed := act(t, c.admin, "processPayment", c.key(), apptest.Vars{"paymentId": top.Payment.ID, "gatewayId": c.sandbox, "paymentToken": "tok_hard_decline"})
	slip := c.submit(t, apptest.Vars{"paymentId": top.Payment.ID})
	simulate(t, c.admin, failed.Transaction.ID, "CAPTURED", nil)
	if got := c.approve(t, slip, apptest.Vars{"allowSurplus": true}); got.Payment == nil || !slices.Contains(got.Payment.Attention, "OVERPAID") {
		t.Errorf("a top-up: %+v", got)
	}
	if got := c.books(t, apptest.Vars{"paymentIds": []string{top.Payment.ID}}); got != "GATEWAY_CLEARING 500, GATEWAY_CLEARING 500, STORE_CREDIT -1000" {
		t.Errorf("the books of the top-up say %s", got)
	}
	checkInvariants(t, c.api.Database.DB)
}

// TestSlipBesideAnother proves that a slip is not approved while another payment asks for
// what is owed, whatever the approver allows: both would pay it.
func TestSlipBesideAnother(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	order := c.order(1000)
	slip := c.submit(t, apptest.Vars{"orders": one(order)})
	other := act(t, c.admin, "payOrders", c.key(), apptest.Vars{"orders": one(order), "gatewayId": c.sandbox, "paymentToken": "tok_otp"})
	for _, allowed := range []bool{false, true} {
		if got := c.approve(t, slip, apptest.Vars{"allowSurplus": allowed}); !slices.Equal(got.codes(), []string{"PAYMENT_IN_PROGRESS"}) {
			t.Errorf("surplus allowed %v: %+v", allowed, got)
		}
	}
	act(t, c.admin, "cancelTransaction", c.key(), apptest.Vars{"transactionId": other.Transaction.ID})
	c.approve(t, slip, apptest.Vars{"allowSurplus": true})
	c.stands(t, "nothing was surplus", slip.Payment.ID, order, "PAID 0; PAID ; CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000")
}

// TestSlipAgainstPayment proves that a slip which is approved at the same time as its order
// is paid at a gateway, and as another slip for it is approved, pays the order once: what
// comes second is refused, or booked as surplus.
func TestSlipAgainstPayment(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for i := range 10 {
		order := c.order(1000)
		slips := []lifeStep{c.submit(t, apptest.Vars{"orders": one(order)}), c.submit(t, apptest.Vars{"orders": one(order)})}
		answers := atOnce(6, func(j int) lifeStep {
			key := fmt.Sprint("race-", i, "-", j)
			if j < 4 {
				return briefly(t, c.admin, "approveManualPayment", key, apptest.Vars{"transactionId": slips[j%2].Transaction.ID, "allowSurplus": true})
			}
			return briefly(t, c.admin, "payOrders", key, apptest.Vars{"orders": one(order), "gatewayId": c.sandbox})
		})
		won(t, answers, "ORDER_ALREADY_PAID", "PAYMENT_IN_PROGRESS", "INVALID_STATE")
		for j, slip := range slips { // a slip that had to wait for the gateway
			if c.lifeOf(t, slip.Payment.ID).Status == "PENDING_APPROVAL" {
				if got := briefly(t, c.admin, "approveManualPayment", fmt.Sprint("after-", i, "-", j), apptest.Vars{"transactionId": slip.Transaction.ID, "allowSurplus": true}); len(got.Errors) > 0 {
					t.Errorf("afterwards: %+v", got)
				}
			}
		}
		charged := won(t, answers[4:], "ORDER_ALREADY_PAID", "PAYMENT_IN_PROGRESS")
		want := fmt.Sprint("OVERPAID ", 1000+1000*charged)
		if got := c.paidStates(t, []string{order}); charged > 1 || got != want {
			t.Errorf("charged %d times, and the order is %s, want %s", charged, got, want)
		}
	}
	var surplus, owed int64
	for _, a := range strings.Split(c.books(t, nil), ", ") {
		fmt.Sscanf(a, "SUSPENSE %d", &surplus)
		fmt.Sscanf(a, "CUSTOMER_RECEIVABLE %d", &owed)
	}
	if owed != -10_000 || surplus > -10_000 {
		t.Errorf("ten orders of 10.00 took %d, and %d is surplus", -owed, -surplus)
	}
	checkInvariants(t, c.api.Database.DB)
}
