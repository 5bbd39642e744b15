package pay_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// drawDebt draws amounts that the database can hold, small and near each other
// so that the borders between the paid states are met.
func drawDebt(t *rapid.T) pay.Debt {
	amount := rapid.OneOf(rapid.Int64Range(0, 4), rapid.SampledFrom([]int64{money.MaxMinor - 1, money.MaxMinor}))
	d := pay.Debt{Currency: "EUR", TotalMinor: amount.Draw(t, "total"), InFlightMinor: amount.Draw(t, "in flight"),
		HeldMinor: amount.Draw(t, "held"), CapturedMinor: amount.Draw(t, "captured")}
	d.RefundedMinor = min(d.CapturedMinor, amount.Draw(t, "refunded"))
	return d
}

// TestDebt proves that what is owed, paid and overpaid always add up.
func TestDebt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDebt(t)
		net := d.CapturedMinor - d.RefundedMinor
		outstanding, overpaid := d.OutstandingMinor(), d.OverpaidAmount().Minor
		if outstanding < 0 || overpaid < 0 || outstanding-overpaid != d.TotalMinor-net || outstanding > 0 && overpaid > 0 {
			t.Fatalf("outstanding %d, overpaid %d: %+v", outstanding, overpaid, d)
		}
		blocked := d.InFlightAmount().Minor
		if blocked != d.InFlightMinor+d.HeldMinor {
			t.Fatalf("in flight %d: %+v", blocked, d)
		}
		if payable := d.PayableMinor(); payable < 0 || payable > outstanding || payable != 0 && payable+blocked != outstanding || payable == 0 && blocked < outstanding {
			t.Fatalf("payable %d of %d: %+v", payable, outstanding, d)
		}
	})
}

// TestPaidStatus proves that the paid state of an order says the same as its
// amounts, and that an invoice has the state of the order that it bills.
func TestPaidStatus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := pay.Order{Debt: drawDebt(t)}
		if rapid.Bool().Draw(t, "cancelled") {
			o.CancelledAt = &time.Time{}
		}
		net, status := o.CapturedMinor-o.RefundedMinor, o.PaidStatus()
		owed := net < o.TotalMinor
		allowed := map[pay.PaidStatus]bool{
			"UNPAID":         o.CapturedMinor == 0 && owed && o.CancelledAt == nil,
			"PARTIALLY_PAID": net > 0 && owed && o.CancelledAt == nil,
			"PAID":           net == o.TotalMinor && (net > 0 || o.CapturedMinor == 0),
			"OVERPAID":       net > o.TotalMinor,
			"REFUNDED":       o.CapturedMinor > 0 && net == 0,
			"CANCELLED":      owed && o.CancelledAt != nil && (net > 0 || o.CapturedMinor == 0),
		}
		for other, holds := range allowed {
			if holds != (other == status) {
				t.Fatalf("%s, but %s is %v: %+v", status, other, holds, o)
			}
		}
		i := pay.Invoice{Debt: o.Debt, VoidedAt: o.CancelledAt}
		if i.PaidStatus() != status || i.OutstandingAmount() != o.OutstandingAmount() {
			t.Fatalf("the invoice is %s with %v, the order %s with %v", i.PaidStatus(), i.OutstandingAmount(), status, o.OutstandingAmount())
		}
		if o.CancelledAt != nil && o.Outstanding() != 0 || o.CancelledAt == nil && o.Outstanding() != o.OutstandingMinor() {
			t.Fatalf("outstanding %d: %+v", o.Outstanding(), o)
		}
	})
}

// TestFoodVoucherRoom proves that food vouchers never get more room than food.
func TestFoodVoucherRoom(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ food, vouchers, room int64 }{{10, 0, 10}, {10, 4, 6}, {10, 10, 0}, {10, 11, 0}, {0, 0, 0}} {
		if got := (pay.Order{FoodMinor: test.food, VoucherMinor: test.vouchers}).FoodVoucherRoom(); got != test.room {
			t.Errorf("%d of %d food: room for %d, want %d", test.vouchers, test.food, got, test.room)
		}
	}
}

// TestPaymentAmounts proves that the amounts that a payment derives from its
// sums agree with one another.
func TestPaymentAmounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _ := drawPayment(t)
		p.RefundPendingMinor = rapid.Int64Range(0, 3).Draw(t, "refund pending")
		p.ChargedBackMinor = rapid.Int64Range(0, 3).Draw(t, "charged back")
		gone := p.RefundedMinor + p.ChargedBackMinor
		if got := p.NetAmount().Minor; got != p.CapturedMinor-gone {
			t.Fatalf("net %d: %+v", got, p.Sums)
		}
		if got := p.RefundableAmount().Minor; got < 0 || got > 0 && got+gone+p.RefundPendingMinor != p.CapturedMinor || got == 0 && gone+p.RefundPendingMinor < p.CapturedMinor {
			t.Fatalf("refundable %d: %+v", got, p.Sums)
		}
		outstanding, overpaid := p.OutstandingAmount().Minor, p.OverpaidAmount().Minor
		if p.Closed != nil && outstanding != 0 || p.Closed == nil && outstanding-overpaid != p.FinalMinor-p.CapturedMinor {
			t.Fatalf("outstanding %d, overpaid %d: %+v", outstanding, overpaid, p.Sums)
		}
	})
}
