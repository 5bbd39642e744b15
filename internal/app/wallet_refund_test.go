package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// topUp buys store credit; metadata tells the sandbox what refunds come to.
func (s *shop) topUp(t *testing.T, key string, units int64, refund string) string {
	t.Helper()
	made := s.created(t, key, apptest.Vars{"mode": "WALLET", "customerId": s.customer, "amount": minor(units),
		"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": refund}}})
	paid := act(t, s.admin, "processPayment", key, apptest.Vars{"paymentId": made.Payment.ID, "gatewayId": s.sandbox})
	if paid.Payment == nil || paid.Payment.Status != "PAID" {
		t.Fatalf("top up: %+v", paid)
	}
	return paid.Payment.ID
}

// credit is the customer's store credit; with units it is set, as if some was spent,
// which the books do not know: when the test ends they are believed.
func (s *shop) credit(t *testing.T, units ...int64) (minor int64) {
	t.Helper()
	if len(units) > 0 {
		t.Cleanup(func() {
			if _, err := s.api.Database.DB.Exec(`UPDATE customer_balances SET balance_minor = (SELECT -sum(minor) FROM ledger_sides WHERE kind = 'STORE_CREDIT')`); err != nil {
				t.Errorf("believe the books: %v", err)
			}
		})
	}
	for _, n := range units {
		if _, err := s.api.Database.DB.ExecContext(t.Context(), `UPDATE customer_balances SET balance_minor = $1`, n); err != nil {
			t.Fatalf("spend: %v", err)
		}
	}
	if err := s.api.Database.DB.GetContext(t.Context(), &minor, `SELECT coalesce(sum(balance_minor), 0)::bigint FROM customer_balances`); err != nil {
		t.Fatalf("read credit: %v", err)
	}
	return minor
}

// TestRefundTopUp proves that store credit that was spent is not given back, and
// that what a refund reserved cannot be spent or reserved again.
func TestRefundTopUp(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	id := s.topUp(t, "a", 1000, "succeed")
	if got := s.credit(t); got != 1000 {
		t.Fatalf("credit %d", got)
	}
	back := func(key, id string, more apptest.Vars) lifeStep {
		return act(t, s.admin, "refundPayment", key, but(apptest.Vars{"paymentId": id}, more))
	}
	s.credit(t, 300)
	over := back("r1", id, apptest.Vars{"amount": minor(301)})
	if !slices.Equal(over.codes(), []string{"NOT_REFUNDABLE"}) || !strings.Contains(over.Errors[0].Message, "3.00 EUR") {
		t.Errorf("more than is left: %+v", over)
	}
	if got := back("r2", id, apptest.Vars{"amount": minor(1001)}); !slices.Equal(got.codes(), []string{"REFUND_EXCEEDS_REFUNDABLE"}) {
		t.Errorf("more than was paid: %+v", got)
	}
	if got := back("r3", id, nil); got.Payment == nil || got.Payment.RefundedAmount.MinorUnits != 300 || s.credit(t) != 0 {
		t.Errorf("all that is left: %+v, credit %d", got, s.credit(t))
	}
	if got := back("r4", id, nil); !slices.Equal(got.codes(), []string{"NOT_REFUNDABLE"}) {
		t.Errorf("nothing left: %+v", got)
	}
	first, second := s.topUp(t, "b", 500, "timeout"), s.topUp(t, "c", 500, "fail")
	s.credit(t, 500)
	lost := back("r5", first, nil)
	if lost.Payment == nil || lost.Payment.RefundedAmount.MinorUnits != 0 || s.credit(t) != 0 {
		t.Errorf("no answer: %+v, credit %d", lost, s.credit(t))
	}
	if got := back("r6", second, nil); !slices.Equal(got.codes(), []string{"NOT_REFUNDABLE"}) {
		t.Errorf("what is reserved is given back again: %+v", got)
	}
	clock.pass(time.Minute)
	s.wakeAll(t)
	if got := s.lifeOf(t, first); got.Status != "REFUNDED" || s.credit(t) != 0 {
		t.Errorf("after the answer: %+v, credit %d", got, s.credit(t))
	}
	s.credit(t, 200)
	if got := back("r7", second, apptest.Vars{"amount": minor(200)}); got.Payment == nil || got.Payment.RefundStatus != "FAILED" || s.credit(t) != 200 {
		t.Errorf("refused by the gateway: %+v, credit %d", got, s.credit(t))
	}
}
