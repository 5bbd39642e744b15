package service

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// debts carries what an attempt does to money over to the orders and invoices
// that its payment pays. They must be locked.
type debts struct {
	rows        store.Tenant
	allocations []pay.PaymentAllocation
	orders      []pay.Order
	invoices    []pay.Invoice
}

// move applies the difference between a payment's sums before and after, and
// between its vouchers for food. Sums are spread over the allocations by
// largest remainder, always the same way, so that what is taken back is exactly
// what was put on, and the parts always add up to the whole.
func (d debts) move(ctx context.Context, was, is pay.Sums, foodWas, foodIs int64, now time.Time) error {
	for _, amount := range []struct {
		was, is int64
		into    func(*pay.Order) *int64
		bill    func(*pay.Invoice) *int64
	}{
		{was.InFlightMinor, is.InFlightMinor, func(o *pay.Order) *int64 { return &o.InFlightMinor }, func(i *pay.Invoice) *int64 { return &i.InFlightMinor }},
		{was.HeldMinor, is.HeldMinor, func(o *pay.Order) *int64 { return &o.HeldMinor }, func(i *pay.Invoice) *int64 { return &i.HeldMinor }},
		{was.CapturedMinor, is.CapturedMinor, func(o *pay.Order) *int64 { return &o.CapturedMinor }, func(i *pay.Invoice) *int64 { return &i.CapturedMinor }},
		{was.RefundedMinor, is.RefundedMinor, func(o *pay.Order) *int64 { return &o.RefundedMinor }, func(i *pay.Invoice) *int64 { return &i.RefundedMinor }},
		{foodWas, foodIs, func(o *pay.Order) *int64 { return &o.VoucherMinor }, nil},
	} {
		differences, err := difference(d.allocations, amount.was, amount.is)
		if err != nil {
			return err
		}
		for i, a := range d.allocations {
			d.addToOrder(a, amount.into, differences[i])
			if amount.bill != nil {
				d.addToInvoice(a, amount.bill, differences[i])
			}
		}
	}
	return d.write(ctx, now)
}

func (d debts) addToOrder(a pay.PaymentAllocation, into func(*pay.Order) *int64, difference int64) {
	for i := range d.orders {
		if a.OrderID != nil && d.orders[i].ID == *a.OrderID {
			*into(&d.orders[i]) += difference
		}
	}
}

// addToInvoice finds the invoice by its order: the allocation was read before
// the order was locked, and the invoice may be newer.
func (d debts) addToInvoice(a pay.PaymentAllocation, into func(*pay.Invoice) *int64, difference int64) {
	for i := range d.invoices {
		if a.OrderID != nil && d.invoices[i].OrderID != nil && *d.invoices[i].OrderID == *a.OrderID {
			*into(&d.invoices[i]) += difference
		}
	}
}

// difference is what each allocation's part of an amount changes by.
func difference(list []pay.PaymentAllocation, was, is int64) ([]int64, error) {
	before, err := parts(list, was)
	if err != nil {
		return nil, err
	}
	after, err := parts(list, is)
	if err != nil {
		return nil, err
	}
	for i := range after {
		after[i] -= before[i]
	}
	return after, nil
}

// parts spreads an amount of a payment over its allocations.
func parts(list []pay.PaymentAllocation, amount int64) ([]int64, error) {
	weights := make([]int64, len(list))
	for i, a := range list {
		weights[i] = a.AmountMinor
	}
	return money.Allocate(amount, weights)
}

// foodVouchers is what an attempt has in food vouchers, in any state.
func foodVouchers(g pay.PaymentGateway, t pay.Transaction) int64 {
	if !g.IsFoodOnly {
		return 0
	}
	return t.InFlightMinor() + t.HeldMinor + t.CapturedMinor
}

func (d debts) write(ctx context.Context, now time.Time) error {
	for i := range d.orders {
		d.orders[i].UpdatedAt = now
	}
	for i := range d.invoices {
		d.invoices[i].UpdatedAt = now
	}
	if err := d.rows.UpdateOrderDebts(ctx, d.orders); err != nil {
		return err
	}
	return d.rows.UpdateInvoiceDebts(ctx, d.invoices)
}

// spread writes how much of each allocation the payment has captured and
// refunded, and returns the allocations that changed.
func spread(list []pay.PaymentAllocation, p pay.Payment) ([]pay.PaymentAllocation, error) {
	captured, err := parts(list, p.CapturedMinor)
	if err != nil {
		return nil, err
	}
	refunded, err := parts(list, p.RefundedMinor)
	if err != nil {
		return nil, err
	}
	var changed []pay.PaymentAllocation
	for i, a := range list {
		if a.CapturedMinor != captured[i] || a.RefundedMinor != refunded[i] {
			a.CapturedMinor, a.RefundedMinor = captured[i], refunded[i]
			changed = append(changed, a)
		}
	}
	return changed, nil
}

// subjects are the ids of the orders that allocations pay, ascending: the order
// in which they are locked.
func subjects(list []pay.PaymentAllocation) []uuid.UUID {
	var ids []uuid.UUID
	for _, a := range list {
		if a.OrderID != nil {
			ids = append(ids, *a.OrderID)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}
