package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// debts are amounts on both sides of every border between the paid states.
func debts() []pay.Debt {
	var all []pay.Debt
	for _, total := range []int64{0, 1, 10} {
		for _, captured := range []int64{0, 1, 9, 10, 11} {
			for _, refunded := range []int64{0, 1, 10, 11} {
				if refunded <= captured {
					all = append(all, pay.Debt{Currency: "EUR", TotalMinor: total, CapturedMinor: captured, RefundedMinor: refunded})
				}
			}
		}
	}
	return all
}

var paidStates = []pay.PaidStatus{pay.Unpaid, pay.PartiallyPaid, pay.FullyPaid, pay.Overpaid, pay.Refunded, pay.Cancelled}

// whole is a page that holds every row of these tests.
var whole = pay.Page{Limit: 1000}

// TestPaidStatusFilter proves that the database and the domain put every order
// and invoice in the same paid state.
func TestPaidStatusFilter(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	f := &filler{t: t}
	customer := filled(f, func(*store.NewCustomer) {})
	var orders []store.NewOrder
	var invoices []store.NewInvoice
	for i, debt := range debts() {
		for _, cancelled := range []bool{false, true} {
			order := store.NewOrder{Fingerprint: []byte{1}, Order: pay.Order{ID: pay.NewID(), CustomerID: customer.ID, Debt: debt,
				SubtotalMinor: debt.TotalMinor, PlacedAt: noon, CreatedAt: noon, UpdatedAt: noon}}
			invoice := store.NewInvoice{Fingerprint: []byte{1}, Invoice: pay.Invoice{ID: pay.NewID(), Number: fmt.Sprint(i, cancelled),
				CustomerID: customer.ID, Debt: debt, IssuedOn: noon, CreatedAt: noon, UpdatedAt: noon}}
			if cancelled {
				order.CancelledAt, invoice.VoidedAt = &noon, &noon
			}
			orders, invoices = append(orders, order), append(invoices, invoice)
		}
	}
	b.write(func(ctx context.Context) error {
		if err := b.rows.InsertCustomers(ctx, []store.NewCustomer{customer}); err != nil {
			return err
		}
		if err := b.rows.InsertOrders(ctx, orders, nil, nil); err != nil {
			return err
		}
		return b.rows.InsertInvoices(ctx, invoices)
	})
	for _, states := range subsets(paidStates) {
		wanted := func(s pay.PaidStatus) bool { return slices.Contains(states, s) }
		gotOrders, err := b.rows.ListOrders(t.Context(), pay.OrderFilter{PaidStatus: states}, pay.NewestFirst, whole)
		matches(t, fmt.Sprint("orders ", states), list(orders, func(o store.NewOrder) pay.Order { return o.Order }), gotOrders.List, err,
			func(o pay.Order) bool { return wanted(o.PaidStatus()) })
		gotInvoices, err := b.rows.ListInvoices(t.Context(), pay.InvoiceFilter{PaidStatus: states}, pay.NewestFirst, whole)
		matches(t, fmt.Sprint("invoices ", states), list(invoices, func(i store.NewInvoice) pay.Invoice { return i.Invoice }), gotInvoices.List, err,
			func(i pay.Invoice) bool { return wanted(i.PaidStatus()) })
	}
}

// TestCaptureStatusFilter proves the same of the capture status of payments.
func TestCaptureStatusFilter(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var payments []pay.Payment
	b.write(func(ctx context.Context) error {
		for i, debt := range debts() {
			p := pay.Payment{ID: pay.NewID(), HumanID: humanID(i), Mode: pay.ModePayment, Currency: "EUR", Status: pay.PaymentConfirmed,
				RefundStatus: "NONE", ReconciliationStatus: "UNRECONCILED", IsActive: true, Version: 1, CreatedAt: noon, UpdatedAt: noon}
			p.TotalMinor, p.FinalMinor, p.CapturedMinor, p.RefundedMinor = debt.TotalMinor, debt.TotalMinor, debt.CapturedMinor, debt.RefundedMinor
			payments = append(payments, p)
		}
		for i, status := range []pay.PaymentStatus{pay.PaymentFailed, pay.PaymentConfirmed} {
			setup := payments[0]
			setup.ID, setup.HumanID, setup.Mode, setup.Status, setup.Sums = pay.NewID(), humanID(len(debts())+i), pay.ModeSetup, status, pay.Sums{}
			payments = append(payments, setup)
		}
		for _, p := range payments {
			if err := b.rows.InsertPayment(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	for _, states := range subsets([]pay.CaptureStatus{pay.CaptureNone, pay.CapturePartial, pay.CaptureFull, pay.CaptureOver}) {
		f := pay.PaymentFilter{CaptureStatus: states}
		got, err := b.rows.ListPayments(t.Context(), f, pay.NewestFirst, whole)
		matches(t, fmt.Sprint("payments ", states), payments, got.List, err, func(p pay.Payment) bool { return slices.Contains(states, p.CaptureStatus()) })
		if n, err := b.rows.CountPayments(t.Context(), f); err != nil || n != len(got.List) {
			t.Errorf("%v: counted %d of %d, %v", states, n, len(got.List), err)
		}
	}
}

// humanID writes i as six letters.
func humanID(i int) string {
	const letters = "ABCDEFGH"
	id := []byte("AAAAAA")
	for at := range id {
		id[at] = letters[i%len(letters)]
		i /= len(letters)
	}
	return string(id)
}

// subsets are the empty list, every single one, and all.
func subsets[T any](values []T) [][]T {
	sets := [][]T{{}, values}
	for _, v := range values {
		sets = append(sets, []T{v})
	}
	return sets
}

// matches fails unless got are exactly the wanted ones of all.
func matches[T any](t *testing.T, what string, all, got []T, err error, wanted func(T) bool) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	var want []uuid.UUID
	for i, id := range ids(all) {
		if wanted(all[i]) {
			want = append(want, id)
		}
	}
	found := ids(got)
	slices.SortFunc(want, compareIDs)
	slices.SortFunc(found, compareIDs)
	if !slices.Equal(want, found) {
		t.Errorf("%s: %d rows, want %d of %d", what, len(found), len(want), len(all))
	}
}

func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }
