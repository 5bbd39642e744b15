package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	invoices    = table[pay.Invoice]{name: "invoices"}
	invoiceSort = sortColumns{
		pay.SortCreatedAt: "t.created_at",
		// An invoice that is never due counts as the latest, so that it has a place.
		pay.SortDueOn: "coalesce(t.due_on, 'infinity'::date)",
	}
	invoicesOfCustomer = children{match: "t.customer_id = k.parent_id"}
)

// NewInvoice is an invoice with the hash of the content it is made with.
type NewInvoice struct {
	pay.Invoice
	Fingerprint []byte
}

func (t Tenant) invoicesWhere() *where {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	return w
}

// Invoices reads the visible invoices with these ids, in any order.
func (t Tenant) Invoices(ctx context.Context, ids []uuid.UUID) ([]pay.Invoice, error) {
	w := t.invoicesWhere()
	w.among("t.id", ids)
	return invoices.find(ctx, t.store, w, "")
}

// InvoicesOfOrders reads the visible invoices that bill these orders.
func (t Tenant) InvoicesOfOrders(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Invoice, error) {
	w := t.invoicesWhere()
	w.among("t.order_id", orderIDs)
	return invoices.find(ctx, t.store, w, "")
}

// InvoicesForUpdate locks the visible invoices that bill these orders, and those
// with these ids, in ascending order of id. The orders must be locked before.
func (t Tenant) InvoicesForUpdate(ctx context.Context, orderIDs, ids []uuid.UUID) ([]pay.Invoice, error) {
	w := t.invoicesWhere()
	switch {
	case len(ids) == 0:
		w.among("t.order_id", orderIDs)
	case len(orderIDs) == 0:
		w.among("t.id", ids)
	default: // as few as they are, or no index is worth reading for both
		w.and("(t.order_id = ANY(?) OR t.id = ANY(?))", pq.Array(orderIDs), pq.Array(ids))
	}
	return invoices.find(ctx, t.store, w, " ORDER BY t.id FOR UPDATE")
}

// InvoiceNumbers reads which of the numbers are taken.
func (t Tenant) InvoiceNumbers(ctx context.Context, numbers []string) ([]pay.Invoice, error) {
	w := t.where("t")
	w.and("t.number = ANY(?)", pq.Array(numbers))
	return invoices.find(ctx, t.store, w, "")
}

// ListInvoices reads one page of the invoices that match.
func (t Tenant) ListInvoices(ctx context.Context, f pay.InvoiceFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Invoice], error) {
	w := t.invoicesWhere()
	w.invoice(f)
	return listPage(ctx, t, invoices, w, invoiceSort, sort, p)
}

// CountInvoices counts the invoices that match.
func (t Tenant) CountInvoices(ctx context.Context, f pay.InvoiceFilter) (int, error) {
	w := t.invoicesWhere()
	w.invoice(f)
	return invoices.count(ctx, t.store, w)
}

func (w *where) invoice(f pay.InvoiceFilter) {
	g := &group{w: w}
	g.ids("t.id", pay.KindInvoice, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	oneOf(g, "t.number", f.Numbers)
	g.ids("t.customer_id", pay.KindCustomer, f.CustomerIDs)
	g.ids("t.order_id", pay.KindOrder, f.OrderIDs)
	oneOf(g, paidStatus("voided_at"), f.PaidStatus)
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
}

// InvoicesUnderCustomers reads the same page of invoices, newest first, of each customer.
func (t Tenant) InvoicesUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Invoice], error) {
	return listChildren(ctx, t.store, invoices, t.invoicesWhere(), invoicesOfCustomer, customers, p)
}

// CountInvoicesUnderCustomers counts the invoices of each customer.
func (t Tenant) CountInvoicesUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return countChildren(ctx, t.store, invoices, t.invoicesWhere(), invoicesOfCustomer, customers)
}

// InsertInvoices adds invoices. Payments of the orders that they bill are theirs
// too from now on; the orders must be locked, so that none is added meanwhile.
func (t Tenant) InsertInvoices(ctx context.Context, rows []NewInvoice) error {
	if err := insert(ctx, t.store, invoices, t.id, rows); err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	_, err := t.store.writer(ctx).ExecContext(ctx, `UPDATE payment_allocations a SET invoice_id = i.id FROM invoices i
		WHERE i.tenant_id = $1 AND i.id = ANY($2) AND a.tenant_id = $1 AND a.order_id = i.order_id`, t.id, anyOf(ids))
	if err != nil {
		return translate(err, "give allocations their invoice")
	}
	return nil
}

// UpdateInvoiceDebts writes what payments did to invoices.
func (t Tenant) UpdateInvoiceDebts(ctx context.Context, rows []pay.Invoice) error {
	return invoices.update(ctx, t.store, t.id, rows,
		"in_flight_minor", "held_minor", "captured_minor", "refunded_minor", "updated_at")
}
