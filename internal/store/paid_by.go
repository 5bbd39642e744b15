package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// OrdersPaidBy reads the visible orders that payments pay, by payment.
func (t Tenant) OrdersPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Order, error) {
	return paid(ctx, t, ordersPaidBy, "order_id", paymentIDs)
}

// InvoicesPaidBy reads the visible invoices that payments pay, by payment.
func (t Tenant) InvoicesPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Invoice, error) {
	return paid(ctx, t, invoicesPaidBy, "invoice_id", paymentIDs)
}

// paid reads what payments pay, in the order of their allocations, by payment. Rows that many
// payments pay are repeated, so those that may be long are read apart, each once.
func paid[T any](ctx context.Context, t Tenant, r *relation[T], column string, paymentIDs []uuid.UUID) (map[uuid.UUID][]T, error) {
	if r.table.selection(ctx).long {
		return paidApart(ctx, t, r.table, column, paymentIDs, r.visible(t))
	}
	f, err := r.read(ctx, t, paymentIDs)
	if err != nil {
		return nil, err
	}
	return f.byKey(), nil
}

// paidApart reads which payments pay which rows, and then the rows.
func paidApart[T any](ctx context.Context, t Tenant, tb table[T], column string, paymentIDs []uuid.UUID, w *where) (map[uuid.UUID][]T, error) {
	pairs, err := t.paidPairs(ctx, column, paymentIDs)
	if err != nil {
		return nil, err
	}
	var subjects []uuid.UUID
	row := map[uuid.UUID]*T{}
	for _, p := range pairs {
		if _, known := row[p.SubjectID]; !known {
			row[p.SubjectID] = nil
			subjects = append(subjects, p.SubjectID)
		}
	}
	w.among("t.id", subjects)
	rows, err := tb.find(ctx, t.store, w, "")
	if err != nil {
		return nil, err
	}
	for i, id := range ids(rows) {
		row[id] = &rows[i]
	}
	found := make(map[uuid.UUID][]T, len(paymentIDs))
	for _, p := range pairs {
		if r := row[p.SubjectID]; r != nil { // visible
			found[p.PaymentID] = append(found[p.PaymentID], *r)
		}
	}
	return found, nil
}

// paidPair is a payment and an order or invoice that it pays.
type paidPair struct{ PaymentID, SubjectID uuid.UUID }

func (t Tenant) paidPairs(ctx context.Context, column string, paymentIDs []uuid.UUID) (pairs []paidPair, err error) {
	w := t.where("t")
	w.among("t.payment_id", paymentIDs)
	w.and("t." + column + " IS NOT NULL")
	query := "SELECT t.payment_id, t." + column + " AS subject_id FROM payment_allocations t" + w.String() +
		fmt.Sprintf(" ORDER BY t.payment_id, t.position LIMIT %d", maxRows+1)
	if err := t.store.reader(ctx).SelectContext(ctx, &pairs, query, w.args...); err != nil {
		return nil, translate(err, "read what payments pay")
	}
	return pairs, fewEnough(len(pairs), "payment_allocations")
}
