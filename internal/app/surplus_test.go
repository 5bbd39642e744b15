package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// paidTwice is a late payment of two orders, 10.00 each, of which another payment had
// paid the first.
func (s *shop) paidTwice(t *testing.T) (late, other lifeStep, orders []string) {
	t.Helper()
	orders = []string{s.order(1000), s.order(1000)}
	both := apptest.Vars{"orders": append(one(orders[0]), one(orders[1])...), "gatewayId": s.sandbox, "paymentToken": "tok_hard_decline"}
	late = act(t, s.admin, "payOrders", "both", both)
	other = act(t, s.admin, "payOrders", "first", apptest.Vars{"orders": one(orders[0]), "gatewayId": s.sandbox})
	simulate(t, s.admin, late.Transaction.ID, "CAPTURED", nil)
	return late, other, orders
}

// paidStates are the paid states of orders, with what is overpaid and what is owed.
func (s *shop) paidStates(t *testing.T, orders []string) string {
	t.Helper()
	var list []string
	for _, id := range orders {
		o := apptest.Do[struct {
			Order struct {
				PaidStatus                        string
				OverpaidAmount, OutstandingAmount minorUnits
			}
		}](t, s.admin, `query($id: ID!) { order(id: $id) { paidStatus overpaidAmount { minorUnits } outstandingAmount { minorUnits } } }`, apptest.Vars{"id": id}).Order
		list = append(list, fmt.Sprint(o.PaidStatus, " ", o.OverpaidAmount.MinorUnits-o.OutstandingAmount.MinorUnits))
	}
	return strings.Join(list, ", ")
}

// TestSurplusGoesBackFirst proves that a refund takes what was not owed from the order
// that it came for: an order that was paid is not owed again, and charged again.
func TestSurplusGoesBackFirst(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	late, other, orders := s.paidTwice(t)
	check := func(step, paid, books string) {
		t.Helper()
		if got := s.paidStates(t, orders); got != paid {
			t.Errorf("%s: the orders are %s, want %s", step, got, paid)
		}
		if got := s.books(t, apptest.Vars{"paymentIds": []string{late.Payment.ID}}); got != books {
			t.Errorf("%s: the books say %s, want %s", step, got, books)
		}
		checkInvariants(t, s.api.Database.DB)
	}
	refund := func(payment string, amount int64) {
		t.Helper()
		if got := act(t, s.admin, "refundPayment", fmt.Sprint(payment, amount), apptest.Vars{"paymentId": payment, "amount": minor(amount)}); len(got.Errors) > 0 {
			t.Fatal(got.Errors)
		}
	}
	check("paid twice", "OVERPAID 1000, PAID 0", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 2000, SUSPENSE -1000")
	refund(late.Payment.ID, 400)
	check("a part goes back", "OVERPAID 600, PAID 0", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1600, SUSPENSE -600")
	refund(late.Payment.ID, 600)
	check("and the rest of it", "PAID 0, PAID 0", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000")
	again := act(t, s.admin, "payOrders", "again", apptest.Vars{"orders": one(orders[1]), "gatewayId": s.sandbox})
	if got := again.codes(); again.Transaction != nil || len(got) != 1 || got[0] != "ORDER_ALREADY_PAID" {
		t.Errorf("the order that was paid is charged again: %v, %+v", got, again.Transaction)
	}
	refund(other.Payment.ID, 1000)
	check("the other payment", "REFUNDED -1000, PAID 0", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1000")
}

// TestSurplusOfOnePayment proves the same of a payment that captures twice.
func TestSurplusOfOnePayment(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	first := s.started(t, "a", "tok_hard_decline", nil)
	act(t, s.admin, "processPayment", "b", apptest.Vars{"paymentId": first.Payment.ID, "gatewayId": s.sandbox})
	simulate(t, s.admin, first.Transaction.ID, "CAPTURED", nil)
	for i, want := range []string{"CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 2000, SUSPENSE -1000", "CUSTOMER_RECEIVABLE -1000, GATEWAY_CLEARING 1300, SUSPENSE -300",
		"CUSTOMER_RECEIVABLE -600, GATEWAY_CLEARING 600"} {
		if got := s.books(t, nil); got != want {
			t.Errorf("after %d refunds the books say %s, want %s", i, got, want)
		}
		checkInvariants(t, s.api.Database.DB)
		act(t, s.admin, "refundPayment", fmt.Sprint(i), apptest.Vars{"paymentId": first.Payment.ID, "amount": minor(700)})
	}
}

// TestSurplusMigrated proves that the migration finds the surplus of payments that were
// there before: where it was booked, where none was, and where refunds had been spread
// over all that a payment pays.
func TestSurplusMigrated(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	late, _, _ := s.paidTwice(t)
	act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": late.Payment.ID, "amount": minor(300)})
	text, err := os.ReadFile("../../migrations/0029_surplus.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ before, want string }{
		{"SELECT", "300/1000 0/0 0/0 1000"},
		{`UPDATE payments SET surplus_minor = 0; INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, credit_kind, credit_customer_id, currency, amount_minor, created_at)
			SELECT tenant_id, gen_random_uuid(), id, event_seq, 900, 'SUSPENSE', 'CUSTOMER_RECEIVABLE', customer_id, currency, 700, now() FROM payments WHERE refunded_minor > 0`,
			"300/1000 0/0 0/0 1000"},
		{`UPDATE payment_allocations a SET refunded_minor = 150 FROM payments p WHERE p.id = a.payment_id AND p.refunded_minor > 0;
			UPDATE orders SET refunded_minor = 150`, "150/1000 150/150 0/0 1150"},
	} {
		if _, err := s.api.Database.DB.Exec("ALTER TABLE payment_allocations DROP COLUMN surplus_minor; " + test.before + ";\n" + string(text)); err != nil {
			t.Fatal(err)
		}
		got := rowsOf(t, s.api.Database.DB, `SELECT a.refunded_minor || '/' || a.surplus_minor FROM payment_allocations a ORDER BY a.payment_id, a.position`)
		got = append(got, rowsOf(t, s.api.Database.DB, "SELECT surplus_minor FROM payments WHERE refunded_minor > 0")...)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %s, want %s", test.before, strings.Join(got, " "), test.want)
		}
		checkInvariants(t, s.api.Database.DB)
	}
}
