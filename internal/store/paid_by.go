package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// OrdersPaidBy reads the visible orders that payments pay, by payment.
func (t Tenant) OrdersPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Order, error) {
	return paidBy(ctx, t, orders, "order_id", paymentIDs, t.ordersWhere)
}

// InvoicesPaidBy reads the visible invoices that payments pay, by payment.
func (t Tenant) InvoicesPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Invoice, error) {
	return paidBy(ctx, t, invoices, "invoice_id", paymentIDs, t.invoicesWhere)
}

// paidBy reads what payments pay, in the order of their allocations, by payment: rows of a
// table that the allocations name in a column. A payment pays nothing twice. Rows that many
// payments pay are repeated, so those that may be long are read apart, each once.
func paidBy[T any](ctx context.Context, t Tenant, tb table[T], column string, paymentIDs []uuid.UUID, visible func() *where) (map[uuid.UUID][]T, error) {
	chosen := tb.selection(ctx)
	if chosen.long {
		return paidByApart(ctx, t, tb, column, paymentIDs, visible())
	}
	w := visible()
	w.and("a.tenant_id = ?", t.id)
	w.among("a.payment_id", paymentIDs)
	f := found[T]{chosen: chosen, room: w.likely, keyed: true}
	query := "SELECT " + chosen.record("uuid_send(a.payment_id)") + " FROM payment_allocations a JOIN " + tb.name + " t ON t.id = a." + column +
		w.String() + fmt.Sprintf(" ORDER BY a.payment_id, a.position LIMIT %d", maxRows+1)
	if err := f.selectRows(ctx, t.store, query, w.args...); err != nil {
		return nil, translate(err, "read what payments pay in "+tb.name)
	}
	if err := fewEnough(len(f.rows), tb.name); err != nil {
		return nil, err
	}
	return f.byKey(), nil
}

// paidByApart reads which payments pay which rows, and then the rows.
func paidByApart[T any](ctx context.Context, t Tenant, tb table[T], column string, paymentIDs []uuid.UUID, w *where) (map[uuid.UUID][]T, error) {
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

// paid is a payment and an order or invoice that it pays.
type paid struct{ PaymentID, SubjectID uuid.UUID }

func (t Tenant) paidPairs(ctx context.Context, column string, paymentIDs []uuid.UUID) (pairs []paid, err error) {
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
