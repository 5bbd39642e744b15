package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// eatery is a shop with a gateway for meal vouchers.
type eatery struct {
	*shop
	meal string
}

func openEatery(t *testing.T) eatery {
	t.Helper()
	s := openShop(t)
	return eatery{s, s.make.Gateway(apptest.Vars{"name": "Meal", "kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true})}
}

// TestFoodWithoutOrder proves that meal vouchers which pay lines of no order stay out of what
// orders have of them: the checks would count them as missing there for ever.
func TestFoodWithoutOrder(t *testing.T) {
	t.Parallel()
	e := openEatery(t)
	eaten := e.lunch(t)
	if got := act(t, e.admin, "payOrders", "order", apptest.Vars{"orders": part(eaten, minor(400)), "gatewayId": e.meal}); got.Payment == nil || got.Payment.Status != "PAID" {
		t.Fatalf("%+v", got)
	}
	payment := e.created(t, "lines", apptest.Vars{"lines": []apptest.Vars{{"productName": "Soup", "isFood": true, "unitAmount": minor(600)}, {"productName": "Pen", "unitAmount": minor(400)}}}).Payment.ID
	got := act(t, e.admin, "processPayment", "lines", apptest.Vars{"paymentId": payment, "gatewayId": e.meal})
	if got.Payment == nil || got.Payment.PaidAmount.MinorUnits != 600 {
		t.Fatalf("%+v", got)
	}
	checkInvariants(t, e.api.Database.DB)
}

// TestLateFoodVoucher proves that a meal voucher which succeeds late, after another paid the
// food, is surplus like any other money, and that no other voucher pays the food again.
func TestLateFoodVoucher(t *testing.T) {
	t.Parallel()
	e := openEatery(t)
	order := e.lunch(t)
	food := apptest.Vars{"orders": part(order, minor(1000)), "gatewayId": e.meal}
	first := act(t, e.admin, "payOrders", "first", but(food, apptest.Vars{"paymentToken": "tok_soft_decline"}))
	second := act(t, e.admin, "payOrders", "second", food)
	if second.Payment == nil || second.Payment.Status != "PAID" {
		t.Fatalf("%+v", second)
	}
	late := simulate(t, e.admin, first.Transaction.ID, "CAPTURED", nil)
	if late.Payment.Status != "PAID" || !strings.Contains(strings.Join(late.Payment.Attention, " "), "LATE_CAPTURE") {
		t.Errorf("%+v", late.Payment)
	}
	checkInvariants(t, e.api.Database.DB)
	if got := act(t, e.admin, "payOrders", "third", but(food, apptest.Vars{"orders": part(order, minor(100))})).codes(); len(got) != 1 || got[0] != "VOUCHER_NOT_ELIGIBLE" {
		t.Errorf("food is paid a third time: %v", got)
	}
	if got := act(t, e.admin, "refundPayment", "back", apptest.Vars{"paymentId": first.Payment.ID}); got.Payment == nil || got.Payment.Status != "REFUNDED" {
		t.Errorf("%+v", got)
	}
	checkInvariants(t, e.api.Database.DB)
}
