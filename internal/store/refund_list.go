package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

func (t Tenant) refundsWhere(f pay.RefundFilter) *where {
	w := t.partsWhere()
	g := &group{w: w}
	g.ids("t.id", pay.KindRefund, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	g.ids("t.payment_id", pay.KindPayment, f.PaymentIDs)
	oneOf(g, "t.status", f.Status)
	oneOf(g, "t.method", f.Method)
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
	return w
}

// ListRefunds reads one page of the refunds that match.
func (t Tenant) ListRefunds(ctx context.Context, f pay.RefundFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Refund], error) {
	return listPage(ctx, t, refunds, t.refundsWhere(f), byCreation, sort, p)
}

// CountRefunds counts the refunds that match.
func (t Tenant) CountRefunds(ctx context.Context, f pay.RefundFilter) (int, error) {
	return refunds.count(ctx, t.store, t.refundsWhere(f))
}

// EventsOfTransactions reads the events that are about these attempts, each
// attempt's oldest first.
func (t Tenant) EventsOfTransactions(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentEvent, error) {
	return partsOf(ctx, t, events, "t.transaction_id", ids, " ORDER BY t.seq")
}
