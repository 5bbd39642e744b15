package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	webhookDeliveries = table[pay.WebhookDelivery]{name: "webhook_deliveries"}
	webhookAttempts   = table[pay.WebhookAttempt]{name: "webhook_attempts"}
)

// InsertWebhookDeliveries adds those deliveries that are not there yet.
func (t Tenant) InsertWebhookDeliveries(ctx context.Context, list []pay.WebhookDelivery) error {
	if len(list) == 0 {
		return nil
	}
	_, err := insertRows(ctx, t.store, webhookDeliveries, t.id, list, " ON CONFLICT ON CONSTRAINT webhook_deliveries_once DO NOTHING")
	return err
}

// UpdateWebhookDelivery writes what became of a delivery; what it is of never changes.
func (t Tenant) UpdateWebhookDelivery(ctx context.Context, d pay.WebhookDelivery) error {
	return webhookDeliveries.update(ctx, t.store, t.id, []pay.WebhookDelivery{d}, "status", "tries", "attempts", "wake_at", "payload", "delivered_at")
}

// UnparkWebhookDeliveries has what waited for its endpoint be sent, from a time on.
func (t Tenant) UnparkWebhookDeliveries(ctx context.Context, endpoint uuid.UUID, at time.Time) error {
	const query = "UPDATE webhook_deliveries SET wake_at = $3 WHERE tenant_id = $1 AND endpoint_id = $2 AND status = 'PENDING' AND wake_at IS NULL"
	if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, endpoint, at); err != nil {
		return translate(err, "send webhooks again")
	}
	return nil
}

// CancelWebhookDeliveries ends what waits for an endpoint.
func (t Tenant) CancelWebhookDeliveries(ctx context.Context, endpoint uuid.UUID) error {
	const query = "UPDATE webhook_deliveries SET status = 'CANCELLED', wake_at = NULL WHERE tenant_id = $1 AND endpoint_id = $2 AND status = 'PENDING'"
	if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, endpoint); err != nil {
		return translate(err, "cancel webhooks")
	}
	return nil
}

// WebhookDeliveries reads deliveries by id, in any order.
func (t Tenant) WebhookDeliveries(ctx context.Context, ids []uuid.UUID) ([]pay.WebhookDelivery, error) {
	return webhookDeliveries.byID(ctx, t, ids)
}

// WebhookDeliveryForUpdate locks one delivery until the transaction ends.
func (t Tenant) WebhookDeliveryForUpdate(ctx context.Context, id uuid.UUID) ([]pay.WebhookDelivery, error) {
	return webhookDeliveries.lock(ctx, t, id)
}

// ListWebhookDeliveries reads one page of the deliveries that match, newest first.
func (t Tenant) ListWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter, p pay.Page) (pay.Rows[pay.WebhookDelivery], error) {
	return listPage(ctx, t, webhookDeliveries, t.deliveriesWhere(f), byCreation, pay.NewestFirst, p)
}

// CountWebhookDeliveries counts the deliveries that match.
func (t Tenant) CountWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter) (int, error) {
	return webhookDeliveries.count(ctx, t.store, t.deliveriesWhere(f))
}

func (t Tenant) deliveriesWhere(f pay.WebhookDeliveryFilter) *where {
	w := t.where("t")
	g := &group{w: w}
	g.ids("t.id", pay.KindWebhookDelivery, f.IDs)
	if len(f.EndpointIDs) == 1 { // so that an index has them in their order, however many they are
		id, _ := pay.ParseID(pay.KindWebhookEndpoint, f.EndpointIDs[0])
		g.and("t.endpoint_id = ?", id)
	} else {
		g.ids("t.endpoint_id", pay.KindWebhookEndpoint, f.EndpointIDs)
	}
	g.ids("t.payment_id", pay.KindPayment, f.PaymentIDs)
	oneOf(g, "t.status", f.Statuses)
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
	return w
}

// InsertWebhookAttempt adds a try.
func (t Tenant) InsertWebhookAttempt(ctx context.Context, a pay.WebhookAttempt) error {
	return insert(ctx, t.store, webhookAttempts, t.id, []pay.WebhookAttempt{a})
}

// WebhookAttemptsOf reads the tries of deliveries, the first first.
func (t Tenant) WebhookAttemptsOf(ctx context.Context, deliveries []uuid.UUID) ([]pay.WebhookAttempt, error) {
	w := t.where("t")
	w.among("t.delivery_id", deliveries)
	return webhookAttempts.findSome(ctx, t.store, w, " ORDER BY t.delivery_id, t.number")
}

// NotifiedOfPayment notes whether a try to tell the merchant of a payment succeeded, and
// also as that of the checkout's end, where it told of that. The newest try counts.
func (t Tenant) NotifiedOfPayment(ctx context.Context, id uuid.UUID, success bool, at time.Time, closesCheckout bool) error {
	return t.writeOne(ctx, "payments", `UPDATE payments SET
		callback_success = CASE WHEN callback_at > $4 THEN callback_success ELSE $3 END, callback_at = greatest(callback_at, $4),
		close_checkout_success = CASE WHEN $5 AND coalesce(close_checkout_at <= $4, true) THEN $3 ELSE close_checkout_success END,
		close_checkout_at = CASE WHEN $5 THEN greatest(close_checkout_at, $4) ELSE close_checkout_at END
		WHERE tenant_id = $1 AND id = $2`, id, success, at, closesCheckout)
}
