package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var webhookEndpoints = table[pay.WebhookEndpoint]{name: "webhook_endpoints"}

// InsertWebhookEndpoint adds an endpoint.
func (t Tenant) InsertWebhookEndpoint(ctx context.Context, e pay.WebhookEndpoint) error {
	return insert(ctx, t.store, webhookEndpoints, t.id, []pay.WebhookEndpoint{e})
}

// UpdateWebhookEndpoint writes an endpoint; who made it and when never changes.
func (t Tenant) UpdateWebhookEndpoint(ctx context.Context, e pay.WebhookEndpoint) error {
	return webhookEndpoints.update(ctx, t.store, t.id, []pay.WebhookEndpoint{e}, "url", "description", "event_types", "payload", "position",
		"disabled_reason", "disabled_at", "failing_since", "sealed_secret", "previous_secret", "previous_secret_until", "version", "updated_at", "deleted_at")
}

// WebhookEndpoints reads endpoints by id, in any order, but none that is deleted.
func (t Tenant) WebhookEndpoints(ctx context.Context, ids []uuid.UUID) ([]pay.WebhookEndpoint, error) {
	w := t.endpointsWhere()
	w.among("t.id", ids)
	return webhookEndpoints.find(ctx, t.store, w, "")
}

// WebhookEndpointForUpdate locks one endpoint until the transaction ends, also one that
// is deleted.
func (t Tenant) WebhookEndpointForUpdate(ctx context.Context, id uuid.UUID) ([]pay.WebhookEndpoint, error) {
	return webhookEndpoints.lock(ctx, t, id)
}

// ListWebhookEndpoints reads one page of the endpoints, newest first.
func (t Tenant) ListWebhookEndpoints(ctx context.Context, p pay.Page) (pay.Rows[pay.WebhookEndpoint], error) {
	return listPage(ctx, t, webhookEndpoints, t.endpointsWhere(), byCreation, pay.NewestFirst, p)
}

// CountWebhookEndpoints counts the endpoints.
func (t Tenant) CountWebhookEndpoints(ctx context.Context) (int, error) {
	return webhookEndpoints.count(ctx, t.store, t.endpointsWhere())
}

func (t Tenant) endpointsWhere() *where {
	w := t.where("t")
	w.and("t.deleted_at IS NULL")
	return w
}

// BehindEndpoints lists endpoints of all tenants that lack deliveries of events, for the
// program itself.
func (s *Store) BehindEndpoints(ctx context.Context) ([]pay.BehindEndpoint, error) {
	const query = `SELECT e.tenant_id, e.id FROM webhook_endpoints e JOIN event_heads h ON h.tenant_id = e.tenant_id
		WHERE e.disabled_reason IS NULL AND e.position < h.position ORDER BY e.tenant_id, e.id LIMIT 1000`
	var list []pay.BehindEndpoint
	if err := s.reader(ctx).SelectContext(across(ctx), &list, query); err != nil {
		return nil, translate(err, "find webhook endpoints that lack deliveries")
	}
	return list, nil
}
