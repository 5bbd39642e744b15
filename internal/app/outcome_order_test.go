package app_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestVoucher proves that vouchers are counted apart: amount and number of
// vouchers are on the attempt, and food vouchers pay for food only, over
// however many payments.
func TestVoucher(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	gift := s.make.Gateway(apptest.Vars{"name": "Gift", "methodType": "VOUCHER", "kind": "VOUCHER"})
	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			outcome         string
			count           any
			amount          int64
			shown           int
			held            int64
			payment, failed string
		}{
			{outcome: "approve", amount: owed, shown: 1, payment: "PAID"},
			{outcome: "approve", count: 3, amount: owed, shown: 3, payment: "PAID"},
			{outcome: "partial", count: 2, amount: 500, shown: 2, payment: "PARTIALLY_PAID"},
			{outcome: "soft_decline", count: 2, payment: "FAILED"},
			{outcome: "authorize", count: 2, held: owed, payment: "AUTHORIZED"},
		} {
			order := s.order(owed)
			got := s.pay(t, fmt.Sprint("gift-", c.outcome, c.count), but(s.whole("tok_"+c.outcome, order),
				apptest.Vars{"gatewayId": gift, "voucherCount": c.count}))
			if got.Payment == nil || got.Payment.Status != c.payment || got.Payment.PaidVoucherAmount.MinorUnits != c.amount ||
				got.Payment.PaidAmount.MinorUnits != c.amount || got.Transaction.VoucherAmount.MinorUnits != c.amount {
				t.Fatalf("%+v: got %+v", c, got)
			}
			if n := got.Transaction.VoucherCount; (n != nil) != (c.amount > 0) || n != nil && *n != c.shown {
				t.Errorf("%+v: voucherCount %v", c, n)
			}
		}
	})
	t.Run("no vouchers at another gateway", func(t *testing.T) {
		t.Parallel()
		got := s.pay(t, "no-voucher", but(s.whole("", s.order(5)), apptest.Vars{"voucherCount": 2}))
		if !slices.Equal(got.refused(), []string{"INVALID_INPUT"}) || !slices.Equal(got.Errors[0].Path, []string{"input", "voucherCount"}) {
			t.Errorf("got %+v", got)
		}
	})
	for _, count := range []int{0, -1, 1001} {
		t.Run(fmt.Sprint("INVALID_INPUT for ", count), func(t *testing.T) {
			t.Parallel()
			got := s.pay(t, fmt.Sprint("gift", count), but(s.whole("", s.order(5)), apptest.Vars{"gatewayId": gift, "voucherCount": count}))
			if !slices.Equal(got.refused(), []string{"INVALID_INPUT"}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestFoodVoucher proves that meal vouchers pay no more than an order's food,
// over all payments: those that are paid, held or under way count, those that
// were declined do not.
func TestFoodVoucher(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	meal := s.make.Gateway(apptest.Vars{"name": "Meal", "methodType": "VOUCHER", "kind": "VOUCHER", "isFoodOnly": true})
	order := s.lunch(t)
	pay := func(key, outcome string, minor int64) receipt {
		return s.pay(t, key, apptest.Vars{"gatewayId": meal, "paymentToken": "tok_" + outcome, "orders": partsOf([]string{order}, []int64{minor})})
	}
	tooMuch := func(key string, minor, room int64) {
		t.Helper()
		got := pay(key, "approve", minor)
		if !slices.Equal(got.refused(), []string{"VOUCHER_NOT_ELIGIBLE"}) || got.Errors[0].Maximum.MinorUnits != room {
			t.Errorf("%s: got %+v, want at most %d", key, got, room)
		}
	}
	status := func(got receipt, want string) {
		t.Helper()
		if got.Payment == nil || got.Payment.Status != want {
			t.Fatalf("got %+v, want %s", got, want)
		}
	}
	tooMuch("all", 2500, 1000)
	status(pay("declined", "soft_decline", 1000), "FAILED")
	status(pay("first", "approve", 600), "PAID")
	tooMuch("second", 401, 400)
	status(pay("held", "authorize", 300), "AUTHORIZED")
	tooMuch("third", 101, 100)
	status(pay("lost", "timeout_declined", 100), "PROCESSING")
	tooMuch("nothing left", 1, 0)
	status(pay("lost", "timeout_declined", 100), "FAILED") // it gives its food back
	status(pay("last", "partial", 100), "PARTIALLY_PAID")
	tooMuch("end", 51, 50)
	whole := s.pay(t, "rest by card", s.whole("", order)) // 2500 − 600 − 300 − 50
	status(whole, "PAID")
	if whole.Payment.PaidAmount.MinorUnits != 1550 {
		t.Errorf("the rest was %d, want 1550", whole.Payment.PaidAmount.MinorUnits)
	}
}

// lunch adds an order of 25.00, of which 10.00 are food.
func (s *shop) lunch(t *testing.T) string {
	t.Helper()
	return s.orderOf(t, apptest.Vars{"lines": []apptest.Vars{
		{"productName": "Lunch", "unitAmount": apptest.Vars{"minorUnits": 1000}, "isFood": true},
		{"productName": "Apron", "unitAmount": apptest.Vars{"minorUnits": 1500}},
	}})
}

func (s *shop) orderOf(t *testing.T, fields apptest.Vars) string {
	t.Helper()
	got := apptest.Do[struct {
		CreateOrder struct {
			Order  *struct{ ID string }
			Errors []refusalSeen
		}
	}](t, s.admin, `mutation($input: CreateOrderInput!) { createOrder(input: $input) { order { id } errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"order": but(apptest.Vars{"customerId": s.customer}, fields)}})
	if got.CreateOrder.Order == nil {
		t.Fatalf("create order: %+v", got.CreateOrder.Errors)
	}
	return got.CreateOrder.Order.ID
}

// invoice bills an order.
func (s *shop) invoice(t *testing.T, number, order string) string {
	t.Helper()
	got := apptest.Do[struct {
		CreateInvoice struct {
			Invoice *struct{ ID string }
			Errors  []refusalSeen
		}
	}](t, s.admin, `mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { id } errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"invoice": apptest.Vars{"number": number, "orderId": order}}})
	if got.CreateInvoice.Invoice == nil {
		t.Fatalf("create invoice: %+v", got.CreateInvoice.Errors)
	}
	return got.CreateInvoice.Invoice.ID
}

// TestInvoiceFollowsOrder proves that an invoice that bills an order has the
// order's money in every state, also when it is made while a payment of the
// order is under way.
func TestInvoiceFollowsOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i, outcomes := range [][]string{
		{"approve"}, {"partial", "approve"}, {"authorize"}, {"timeout"}, {"soft_decline", "approve"}, {"otp"},
	} {
		t.Run(fmt.Sprint(outcomes), func(t *testing.T) {
			t.Parallel()
			early, late := s.order(1001), s.order(77)
			number := fmt.Sprint("before ", i)
			s.invoice(t, number, early)
			for j, outcome := range outcomes {
				key, input := fmt.Sprint("invoice-", i, j), but(s.whole("tok_"+outcome, early, late), apptest.Vars{"gatewayId": s.sandbox})
				got := s.pay(t, key, input)
				if got.Payment == nil {
					t.Fatalf("refused: %+v", got.Errors)
				}
				if j == 0 {
					s.invoice(t, fmt.Sprint("during ", i), late)
				}
				s.pay(t, key, input) // what was unknown arrives only now
				for _, a := range s.seePayment(t, got.Payment.ID).Allocations {
					if a.Invoice == nil {
						t.Fatalf("after %s: no invoice for order %s", outcome, a.Order.ID)
					}
					want := a.Order
					if want.ID = a.Invoice.ID; *a.Invoice != want {
						t.Errorf("after %s: invoice %+v, order %+v", outcome, *a.Invoice, a.Order)
					}
				}
			}
		})
	}
}

// TestLinesAreTaken proves that a payment of whole orders takes over their
// lines and discounts, and that a payment of a part does not claim any.
func TestLinesAreTaken(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	discounted := s.orderOf(t, apptest.Vars{
		"lines":     []apptest.Vars{{"productName": "Lunch", "quantity": 2, "unitAmount": apptest.Vars{"minorUnits": 1000}}},
		"discounts": []apptest.Vars{{"discountName": "Guest", "type": "PERCENOFF", "value": 10}},
	})
	for _, c := range []struct {
		name                   string
		input                  apptest.Vars
		lines                  int
		total, discount, final int64
	}{
		{"part", apptest.Vars{"gatewayId": s.gateway, "orders": partsOf([]string{discounted}, []int64{800})}, 0, 800, 0, 800},
		{"rest", s.whole("", discounted), 0, 1000, 0, 1000},
		{"whole", s.whole("", s.lunch(t), s.lunch(t)), 4, 5000, 0, 5000},
		{"with an order without lines", s.whole("", s.lunch(t), s.order(100)), 0, 2600, 0, 2600},
		{"discounted", s.whole("", s.orderOf(t, apptest.Vars{
			"lines":     []apptest.Vars{{"productName": "Lunch", "quantity": 3, "unitAmount": apptest.Vars{"minorUnits": 333}}},
			"discounts": []apptest.Vars{{"discountName": "Guest", "type": "PERCENOFF", "value": 10}},
		})), 1, 999, 100, 899},
	} {
		got := s.pay(t, "lines-"+c.name[:4], c.input).Payment
		if got == nil || len(got.Lines) != c.lines || got.TotalAmount.MinorUnits != c.total || got.DiscountAmount.MinorUnits != c.discount ||
			got.FinalAmount.MinorUnits != c.final || got.Status != "PAID" {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c)
		}
	}
}
