package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	subscriptions           = table[pay.BillingSubscription]{name: "billing_subscriptions"}
	subscriptionsOfCustomer = children{match: "t.customer_id = k.parent_id"}
)

// NewBillingSubscription is a subscription with the hash of the content it is made
// with.
type NewBillingSubscription struct {
	pay.BillingSubscription
	Fingerprint []byte
}

// IsDuplicateDueDate says that the due date of a subscription has its payment
// already.
func IsDuplicateDueDate(err error) bool { return violates(err, "payment_allocations_due_date") }

func (t Tenant) subscriptionsWhere() *where {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	return w
}

// BillingSubscriptions reads the visible subscriptions with these ids, in any order.
func (t Tenant) BillingSubscriptions(ctx context.Context, ids []uuid.UUID) ([]pay.BillingSubscription, error) {
	w := t.subscriptionsWhere()
	w.among("t.id", ids)
	return subscriptions.find(ctx, t.store, w, "")
}

// SubscriptionForUpdate locks the visible subscription until the transaction ends.
// It is locked before any order, invoice or payment.
func (t Tenant) SubscriptionForUpdate(ctx context.Context, id uuid.UUID) ([]pay.BillingSubscription, error) {
	w := t.subscriptionsWhere()
	w.and("t.id = ?", id)
	return subscriptions.find(ctx, t.store, w, " FOR UPDATE")
}

// ListSubscriptions reads one page of the subscriptions that match, with the state
// that they have now.
func (t Tenant) ListSubscriptions(ctx context.Context, f pay.BillingSubscriptionFilter, now time.Time, p pay.Page) (pay.Rows[pay.BillingSubscription], error) {
	w := t.subscriptionsWhere()
	w.subscription(f, now)
	return listPage(ctx, t, subscriptions, w, byCreation, pay.NewestFirst, p)
}

// CountSubscriptions counts the subscriptions that match.
func (t Tenant) CountSubscriptions(ctx context.Context, f pay.BillingSubscriptionFilter, now time.Time) (int, error) {
	w := t.subscriptionsWhere()
	w.subscription(f, now)
	return subscriptions.count(ctx, t.store, w)
}

func (w *where) subscription(f pay.BillingSubscriptionFilter, now time.Time) {
	g := &group{w: w}
	g.ids("t.id", pay.KindSubscription, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	g.ids("t.customer_id", pay.KindCustomer, f.CustomerIDs)
	if f.Status != nil {
		// As pay.BillingSubscription.StatusAt says it in Go.
		g.and("CASE WHEN t.cancelled_at IS NULL THEN 'ACTIVE' WHEN t.cancelled_at > ? THEN 'ENDING' ELSE 'CANCELLED' END = ANY(?)", now, pq.Array(f.Status))
	}
	g.times("t.next_due_at", f.NextDueAt)
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
}

// SubscriptionsUnderCustomers reads the same page of subscriptions, newest first, of
// each customer.
func (t Tenant) SubscriptionsUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.BillingSubscription], error) {
	return listChildren(ctx, t.store, subscriptions, t.subscriptionsWhere(), subscriptionsOfCustomer, customers, p)
}

// CountSubscriptionsUnderCustomers counts the subscriptions of each customer.
func (t Tenant) CountSubscriptionsUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return countChildren(ctx, t.store, subscriptions, t.subscriptionsWhere(), subscriptionsOfCustomer, customers)
}

// InsertSubscription adds a subscription.
func (t Tenant) InsertSubscription(ctx context.Context, row NewBillingSubscription) error {
	return insert(ctx, t.store, subscriptions, t.id, []NewBillingSubscription{row})
}

// UpdateSubscription writes what changes of a subscription. It must be locked.
func (t Tenant) UpdateSubscription(ctx context.Context, row pay.BillingSubscription) error {
	return subscriptions.update(ctx, t.store, t.id, []pay.BillingSubscription{row},
		"payment_method_id", "price_minor", "automatic_retries", "description", "metadata", "next_due_on", "next_due_at", "cancelled_at", "version", "updated_at")
}
