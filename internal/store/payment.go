package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var payments = table[pay.Payment]{name: "payments"}

var paymentSort = sortColumns{
	pay.SortCreatedAt: "t.created_at",
	pay.SortUpdatedAt: "t.updated_at",
	pay.SortAmount:    "t.final_minor",
}

func (t Tenant) paymentsWhere() *where {
	w := t.where("t")
	if t.payment != nil { // whosever it is
		w.and("t.id = ?", *t.payment)
		return w
	}
	t.ofCustomer(w, "t.customer_id")
	return w
}

// Payments reads the visible payments with these ids, in any order.
func (t Tenant) Payments(ctx context.Context, ids []uuid.UUID) ([]pay.Payment, error) {
	w := t.paymentsWhere()
	w.among("t.id", ids)
	return payments.findNested(ctx, t, w, "")
}

// PaymentBy reads the visible payment that the lookup names; the list is empty
// when there is none.
func (t Tenant) PaymentBy(ctx context.Context, by pay.PaymentLookup) ([]pay.Payment, error) {
	w := t.paymentsWhere()
	switch {
	case by.ID != nil:
		w.among("t.id", pay.ParseIDs(pay.KindPayment, []string{*by.ID}))
	case by.HumanID != nil:
		w.and("t.human_id = ?", strings.ToUpper(*by.HumanID)) // people read it out and type it
	case by.ReferenceID != nil:
		w.and("t.reference_id = ?", *by.ReferenceID)
	case by.External != nil:
		w.and(`t.id IN (SELECT x.payment_id FROM transactions x
			WHERE x.tenant_id = t.tenant_id AND x.gateway_id = ANY(?) AND x.external_id = ?)`,
			anyOf(pay.ParseIDs(pay.KindGateway, []string{by.External.GatewayID})), by.External.ExternalID)
	}
	return payments.findNested(ctx, t, w, "")
}

// ListPayments reads one page of the payments that match.
func (t Tenant) ListPayments(ctx context.Context, f pay.PaymentFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Payment], error) {
	w := t.paymentsWhere()
	w.payment(f)
	return listPage(ctx, t, payments, w, paymentSort, sort, p)
}

// CountPayments counts the payments that match.
func (t Tenant) CountPayments(ctx context.Context, f pay.PaymentFilter) (int, error) {
	w := t.paymentsWhere()
	w.payment(f)
	return payments.count(ctx, t.store, w)
}

// An order, invoice or subscription is in a payment at most once, so the joins repeat no row.
var paymentChildren = map[pay.PaymentParent]children{
	pay.OfOrder:    {join: " JOIN payment_allocations a ON a.tenant_id = t.tenant_id AND a.payment_id = t.id", match: "a.order_id = k.parent_id"},
	pay.OfInvoice:  {join: " JOIN payment_allocations a ON a.tenant_id = t.tenant_id AND a.payment_id = t.id", match: "a.invoice_id = k.parent_id"},
	pay.OfCustomer: {match: "t.customer_id = k.parent_id"},
	pay.OfPayment:  {match: "t.parent_payment_id = k.parent_id"},
	pay.OfSubscription: {join: " JOIN payment_allocations a ON a.tenant_id = t.tenant_id AND a.payment_id = t.id",
		match: "a.subscription_id = k.parent_id"},
}

// PaymentsUnder reads the same page of payments, newest first, under each parent.
func (t Tenant) PaymentsUnder(ctx context.Context, of pay.PaymentParent, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
	return listChildren(ctx, t.store, payments, t.paymentsWhere(), paymentChildren[of], parents, p)
}

// CountPaymentsUnder counts the payments under each parent.
func (t Tenant) CountPaymentsUnder(ctx context.Context, of pay.PaymentParent, parents []uuid.UUID) (map[uuid.UUID]int, error) {
	return countChildren(ctx, t.store, payments, t.paymentsWhere(), paymentChildren[of], parents)
}

// PaymentForUpdate locks the visible payment until the transaction ends. Orders and
// invoices that it pays must be locked before.
func (t Tenant) PaymentForUpdate(ctx context.Context, id uuid.UUID) ([]pay.Payment, error) {
	w := t.paymentsWhere()
	w.and("t.id = ?", id)
	return payments.find(ctx, t.store, w, " FOR UPDATE")
}

// InsertPayment adds a payment.
func (t Tenant) InsertPayment(ctx context.Context, p pay.Payment) error {
	return insert(ctx, t.store, payments, t.id, []pay.Payment{p})
}

// UpdatePayment writes what commands and facts change of a payment.
func (t Tenant) UpdatePayment(ctx context.Context, p pay.Payment) error {
	return payments.update(ctx, t.store, t.id, []pay.Payment{p},
		"in_flight_minor", "held_minor", "captured_minor", "confirmed_minor", "voucher_minor", "refunded_minor",
		"refund_pending_minor", "charged_back_minor", "fee_minor", "fee_is_estimated", "surplus_minor",
		"status", "refund_status", "reconciliation_status", "attention", "acknowledged", "closed", "method_type", "method_label",
		"payment_method_id", "is_active", "billing_address", "scheduled_for", "attempts_before_date", "unattempted_at", "next_retry_at", "retries_left", "retries_made",
		"cancel_requested_at", "wake_at", "version", "event_seq", "updated_at", "paid_at")
}
