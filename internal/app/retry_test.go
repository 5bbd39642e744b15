package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestRetryIsTheSameAttempt proves that a retry asks for what was declined, in the
// same way, and that only what the stored method paid is tried again.
func TestRetryIsTheSameAttempt(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	s.make = s.admin.Make(t)
	good, poor := s.method(t, s.customer, s.sandbox, "tok_approve.9"), s.method(t, s.customer, s.sandbox, "tok_soft_decline.9")
	for name, c := range map[string]struct {
		attempt apptest.Vars
		between apptest.Vars
		status  string
		held    int64
		paid    int64
	}{
		"a part":              {apptest.Vars{"amount": minor(300)}, apptest.Vars{"paymentMethodId": good}, "PARTIALLY_PAID", 0, 300},
		"a hold":              {apptest.Vars{"amount": minor(300), "capture": false}, apptest.Vars{"paymentMethodId": good}, "AUTHORIZED", 300, 0},
		"another card":        {apptest.Vars{"gatewayId": s.sandbox, "paymentToken": "tok_soft_decline"}, nil, "FAILED", 0, 0},
		"the method is gone":  {nil, apptest.Vars{"paymentMethodId": nil}, "FAILED", 0, 0},
		"it was put to sleep": {nil, apptest.Vars{"isActive": false}, "ON_RETRY", 0, 0},
	} {
		made := s.created(t, "made-"+strings.ReplaceAll(name, " ", "-"), apptest.Vars{"orders": one(s.order(1000)), "paymentMethodId": poor, "automaticRetries": 1})
		id := made.Payment.ID
		act(t, s.admin, "processPayment", "p-"+strings.ReplaceAll(name, " ", "-"), but(apptest.Vars{"paymentId": id}, c.attempt))
		if c.between != nil {
			s.update(t, id, c.between)
		}
		clock.pass(2 * time.Hour)
		s.wakeAll(t)
		if got := s.lifeOf(t, id); got.Status != c.status || got.AuthorizedAmount.MinorUnits != c.held || got.PaidAmount.MinorUnits != c.paid {
			t.Errorf("%s: %+v", name, got)
		}
		if c.status == "ON_RETRY" {
			s.update(t, id, apptest.Vars{"isActive": true, "paymentMethodId": good})
			s.wakeAll(t)
			if got := s.lifeOf(t, id); got.Status != "PAID" {
				t.Errorf("%s, and woken: %+v", name, got)
			}
		}
	}
}

// TestVouchersPayFood proves that meal vouchers pay the food of several orders
// together, and nothing else.
func TestVouchersPayFood(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	meal := s.make.Gateway(apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true})
	mixed := s.orderOf(t, apptest.Vars{"lines": []apptest.Vars{{"productName": "Lunch", "unitAmount": minor(700), "isFood": true}, {"productName": "Pan", "unitAmount": minor(300)}}})
	other := s.order(400)
	made := s.created(t, "made", apptest.Vars{"orders": []apptest.Vars{{"orderId": mixed}, {"orderId": other}}})
	if got := act(t, s.admin, "processPayment", "much", apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": meal, "amount": minor(701)}); got.Payment != nil || got.Errors[0].Maximum.MinorUnits != 700 {
		t.Errorf("more than the food: %+v", got)
	}
	paid := act(t, s.admin, "processPayment", "all", apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": meal})
	if paid.Payment == nil || paid.Payment.PaidAmount.MinorUnits != 700 {
		t.Fatalf("the food: %+v", paid)
	}
	rest := act(t, s.admin, "processPayment", "rest", apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": s.sandbox})
	if rest.Payment == nil || rest.Payment.Status != "PAID" || rest.Payment.Orders[0].OutstandingAmount.MinorUnits+rest.Payment.Orders[1].OutstandingAmount.MinorUnits != 0 {
		t.Errorf("the rest: %+v", rest)
	}
}

// TestTimeoutAfterCode proves that an answer which is lost after the payer's code is
// found out.
func TestTimeoutAfterCode(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	begun := s.started(t, "a", "tok_otp.timeout", nil)
	if got := act(t, s.admin, "completeTransaction", "c", apptest.Vars{"transactionId": begun.Transaction.ID, "code": "123456"}); got.Transaction.Status != "UNKNOWN" {
		t.Fatalf("the code: %+v", got)
	}
	clock.pass(time.Minute)
	s.wakeAll(t)
	if got := s.lifeOf(t, begun.Payment.ID); got.Status != "PAID" {
		t.Errorf("asked again: %+v", got)
	}
}
