package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	webhookEvents  = table[pay.WebhookEvent]{name: "webhook_events"}
	byReceipt      = sortColumns{pay.SortCreatedAt: "t.received_at"}
	webhookColumns = []string{"wake_at", "checks", "applied_at", "outcome", "transaction_id", "payment_id"}
)

// NewWebhookEvent is an event with the delivery that it came in, sealed.
type NewWebhookEvent struct {
	pay.WebhookEvent
	Body []byte
}

// Endpoint finds the gateway that a provider reports to, of all tenants: nothing else
// than its address says whose a delivery is. The list is empty where there is none.
func (s *Store) Endpoint(ctx context.Context, endpoint uuid.UUID) ([]pay.Endpoint, error) {
	const query = `SELECT g.id AS gateway_id, g.connector, g.tenant_id, n.company_id, n.environment
		FROM payment_gateways g JOIN tenants n ON n.id = g.tenant_id WHERE g.webhook_endpoint = $1`
	var list []pay.Endpoint
	if err := s.reader(ctx).SelectContext(across(ctx), &list, query, endpoint); err != nil {
		return nil, translate(err, "find a webhook endpoint")
	}
	return list, nil
}

// InsertWebhookEvent stores an event, and says whether it is new: a gateway has each
// once, and one that another request is storing is waited for.
func (t Tenant) InsertWebhookEvent(ctx context.Context, e NewWebhookEvent) (bool, error) {
	n, err := insertRows(ctx, t.store, webhookEvents, t.id, []NewWebhookEvent{e}, " ON CONFLICT ON CONSTRAINT webhook_events_once DO NOTHING")
	return n > 0, err
}

// WebhookEvents reads events by id, in any order.
func (t Tenant) WebhookEvents(ctx context.Context, ids []uuid.UUID) ([]pay.WebhookEvent, error) {
	return webhookEvents.byID(ctx, t, ids)
}

// WebhookEventForUpdate locks one event until the transaction ends.
func (t Tenant) WebhookEventForUpdate(ctx context.Context, id uuid.UUID) ([]pay.WebhookEvent, error) {
	return webhookEvents.lock(ctx, t, id)
}

// WebhookEventOfGateway reads the event that a gateway's provider gave an id.
func (t Tenant) WebhookEventOfGateway(ctx context.Context, gatewayID uuid.UUID, eventID string) ([]pay.WebhookEvent, error) {
	w := t.where("t")
	w.and("t.gateway_id = ? AND t.event_id = ?", gatewayID, eventID)
	return webhookEvents.find(ctx, t.store, w, "")
}

// UpdateWebhookEvent writes what became of an event; what came never changes.
func (t Tenant) UpdateWebhookEvent(ctx context.Context, e pay.WebhookEvent) error {
	return webhookEvents.update(ctx, t.store, t.id, []pay.WebhookEvent{e}, webhookColumns...)
}

// ContradictWebhookEvent notes when an event first came with other content.
func (t Tenant) ContradictWebhookEvent(ctx context.Context, id uuid.UUID, at time.Time) error {
	return t.writeOne(ctx, "webhook_events", "UPDATE webhook_events SET contradicted_at = coalesce(contradicted_at, $3) WHERE tenant_id = $1 AND id = $2", id, at)
}

// ListWebhookEvents reads one page of the events that match, newest first.
func (t Tenant) ListWebhookEvents(ctx context.Context, f pay.WebhookEventFilter, p pay.Page) (pay.Rows[pay.WebhookEvent], error) {
	return listPage(ctx, t, webhookEvents, t.webhookWhere(f), byReceipt, pay.NewestFirst, p)
}

// CountWebhookEvents counts the events that match.
func (t Tenant) CountWebhookEvents(ctx context.Context, f pay.WebhookEventFilter) (int, error) {
	return webhookEvents.count(ctx, t.store, t.webhookWhere(f))
}

func (t Tenant) webhookWhere(f pay.WebhookEventFilter) *where {
	w := t.where("t")
	g := &group{w: w}
	g.ids("t.gateway_id", pay.KindGateway, f.GatewayIDs)
	oneOf(g, "t.outcome", f.Outcomes)
	g.times("t.received_at", f.ReceivedAt)
	if f.IsContradicted != nil {
		g.and("(t.contradicted_at IS NOT NULL) = ?", *f.IsContradicted)
	}
	w.conditions = append(w.conditions, g.list...)
	return w
}
