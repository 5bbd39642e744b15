package store_test

import (
	"context"
	"errors"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// makeWebhooks makes an endpoint with every field set but one, and one that is deleted,
// with deliveries to the first: one of each sort of which the fields exclude each other.
func (w *world) makeWebhooks() {
	endpoint := filled(w.f, func(e *pay.WebhookEndpoint) {
		e.EventTypes, e.DeletedAt = pay.Strings[string]{"PAYMENT_CREATED", "TRANSACTION_CAPTURED"}, nil
	})
	w.endpoints = []pay.WebhookEndpoint{endpoint, bare(endpoint, func(e *pay.WebhookEndpoint) {
		e.ID, e.DisabledReason, e.DisabledAt, e.DeletedAt = pay.NewID(), endpoint.DisabledReason, endpoint.DisabledAt, &endpoint.CreatedAt
	})}
	delivery := filled(w.f, func(d *pay.WebhookDelivery) {
		d.EndpointID, d.EventID, d.PaymentID, d.WakeAt, d.Tries = endpoint.ID, w.events[0].ID, w.events[0].PaymentID, nil, 1
	})
	waiting := func(event pay.PaymentEvent) pay.WebhookDelivery {
		return bare(delivery, func(d *pay.WebhookDelivery) {
			d.ID, d.EventID, d.PaymentID, d.Status, d.Tries, d.Attempts = pay.NewID(), event.ID, event.PaymentID, pay.WebhookPending, 0, 0
		})
	}
	due := waiting(w.events[1])
	due.WakeAt = &due.CreatedAt
	w.deliveries = []pay.WebhookDelivery{delivery, due, waiting(w.payments[1].Events[0])}
	w.tried = filled(w.f, func(a *pay.WebhookAttempt) { a.DeliveryID = delivery.ID })
}

func (w *world) insertWebhooks() {
	w.write(func(ctx context.Context) error {
		return errors.Join(w.rows.InsertWebhookEndpoint(ctx, w.endpoints[0]), w.rows.InsertWebhookEndpoint(ctx, w.endpoints[1]),
			w.rows.InsertWebhookDeliveries(ctx, w.deliveries), w.rows.InsertWebhookAttempt(ctx, w.tried))
	})
}

// thisDelivery is a filter by everything that the first delivery has.
func (w *world) thisDelivery() pay.WebhookDeliveryFilter {
	d := w.deliveries[0]
	return pay.WebhookDeliveryFilter{IDs: []string{d.GlobalID()}, EndpointIDs: []string{pay.FormatID(pay.KindWebhookEndpoint, d.EndpointID)},
		PaymentIDs: []string{pay.FormatID(pay.KindPayment, d.PaymentID)}, Statuses: []pay.WebhookDeliveryStatus{d.Status}, CreatedAt: &pay.DateTimeRange{Gte: &d.CreatedAt}}
}

// webhookReadings are readings about webhooks to companies.
func (w *world) webhookReadings() map[string]func(context.Context, store.Tenant) (int, error) {
	return map[string]func(context.Context, store.Tenant) (int, error){
		"WebhookEndpoints":         by(store.Tenant.WebhookEndpoints, id(w.endpoints)),
		"WebhookEndpointForUpdate": byOne(store.Tenant.WebhookEndpointForUpdate, w.endpoints[0].ID),
		"ListWebhookEndpoints": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListWebhookEndpoints(ctx, whole))
		},
		"CountWebhookEndpoints":    func(ctx context.Context, t store.Tenant) (int, error) { return t.CountWebhookEndpoints(ctx) },
		"WebhookDeliveries":        by(store.Tenant.WebhookDeliveries, id(w.deliveries)),
		"WebhookDeliveryForUpdate": byOne(store.Tenant.WebhookDeliveryForUpdate, w.deliveries[0].ID),
		"WebhookAttemptsOf":        by(store.Tenant.WebhookAttemptsOf, id(w.deliveries)),
		"ListWebhookDeliveries": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListWebhookDeliveries(ctx, w.thisDelivery(), whole))
		},
		"CountWebhookDeliveries": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountWebhookDeliveries(ctx, w.thisDelivery())
		},
		"EventLogEnd": func(ctx context.Context, t store.Tenant) (int, error) {
			end, err := t.EventLogEnd(ctx)
			return int(end), err
		},
		"EventHead": func(ctx context.Context, t store.Tenant) (int, error) {
			head, err := t.EventHead(ctx)
			return int(head.Position), err
		},
	}
}

// webhookUpdates are updates about webhooks to companies.
func (w *world) webhookUpdates() map[string]func(context.Context, store.Tenant) error {
	endpoint, delivery := w.endpoints[0], w.deliveries[0]
	endpoint.Version, delivery.Attempts = 99, 99
	return map[string]func(context.Context, store.Tenant) error{
		"UpdateWebhookEndpoint": func(ctx context.Context, t store.Tenant) error { return t.UpdateWebhookEndpoint(ctx, endpoint) },
		"UpdateWebhookDelivery": func(ctx context.Context, t store.Tenant) error { return t.UpdateWebhookDelivery(ctx, delivery) },
		"UnparkWebhookDeliveries": func(ctx context.Context, t store.Tenant) error {
			return t.UnparkWebhookDeliveries(ctx, endpoint.ID, noon)
		},
		"CancelWebhookDeliveries": func(ctx context.Context, t store.Tenant) error { return t.CancelWebhookDeliveries(ctx, endpoint.ID) },
		"NotifiedOfPayment": func(ctx context.Context, t store.Tenant) error {
			return t.NotifiedOfPayment(ctx, delivery.PaymentID, false, noon.AddDate(10, 0, 0), true)
		},
	}
}

// webhookInserts are inserts of what hangs on webhooks to companies.
func (w *world) webhookInserts() map[string]func(context.Context, store.Tenant) error {
	delivery, try := w.deliveries[1], w.tried
	delivery.ID, delivery.EndpointID, try.Number = pay.NewID(), w.endpoints[1].ID, 77
	return map[string]func(context.Context, store.Tenant) error{
		"InsertWebhookDeliveries": func(ctx context.Context, t store.Tenant) error {
			return t.InsertWebhookDeliveries(ctx, []pay.WebhookDelivery{delivery})
		},
		"InsertWebhookAttempt": func(ctx context.Context, t store.Tenant) error { return t.InsertWebhookAttempt(ctx, try) },
	}
}
