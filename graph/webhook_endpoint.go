package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type webhookDelivery struct{ *Resolver }

// WebhookDelivery resolves the fields of deliveries that are not columns.
func (r *Resolver) WebhookDelivery() generated.WebhookDeliveryResolver { return webhookDelivery{r} }

func (q query) WebhookEndpoints(ctx context.Context, first int, after *string) (*page.Connection[pay.WebhookEndpoint], error) {
	return connect(ctx, q.Resolver, connection[pay.WebhookEndpoint]{
		name: "webhookEndpoints", sort: pay.NewestFirst, read: q.service.ListWebhookEndpoints, count: q.service.CountWebhookEndpoints,
		position: func(e pay.WebhookEndpoint) pay.Position { return pay.Position{Keys: []any{e.CreatedAt}, ID: e.ID} },
	}, pageArgs{first: &first, after: after})
}

func (q query) WebhookDeliveries(ctx context.Context, filter *pay.WebhookDeliveryFilter, first int, after *string) (*page.Connection[pay.WebhookDelivery], error) {
	var f pay.WebhookDeliveryFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.EndpointIDs, f.PaymentIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.WebhookDelivery]{
		name: "webhookDeliveries", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.WebhookDelivery], error) {
			rows, err := q.service.ListWebhookDeliveries(ctx, f, p)
			saw(ctx, (*loaders).sawDeliveries, rows.List)
			return rows, err
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountWebhookDeliveries(ctx, f) },
		position: func(d pay.WebhookDelivery) pay.Position { return pay.Position{Keys: []any{d.CreatedAt}, ID: d.ID} },
	}, pageArgs{first: &first, after: after})
}

func (webhookDelivery) Endpoint(ctx context.Context, d *pay.WebhookDelivery) (*pay.WebhookEndpoint, error) {
	return load(ctx).endpoints.load(ctx, d.EndpointID)
}

func (webhookDelivery) Event(ctx context.Context, d *pay.WebhookDelivery) (*pay.PaymentEvent, error) {
	return load(ctx).events.load(ctx, d.EventID)
}

func (webhookDelivery) Payment(ctx context.Context, d *pay.WebhookDelivery) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, d.PaymentID)
}

func (webhookDelivery) Attempts(ctx context.Context, d *pay.WebhookDelivery) ([]pay.WebhookAttempt, error) {
	return plain(load(ctx).triesOf.load(ctx, d.ID))
}

func (m mutation) CreateWebhookEndpoint(ctx context.Context, input model.CreateWebhookEndpointInput) (*model.CreateWebhookEndpointPayload, error) {
	l, err := m.eventLog(ctx)
	if err != nil {
		return nil, err
	}
	after, err := l.after(input.After)
	if err != nil {
		return nil, err
	}
	endpoint, secret, err := m.service.CreateWebhookEndpoint(ctx, service.NewWebhookEndpoint{URL: input.URL, Description: input.Description,
		EventTypes: input.EventTypes, Payload: input.Payload, IsEnabled: input.IsEnabled, After: after})
	return answer(err, func(errs []model.MutationError) *model.CreateWebhookEndpointPayload {
		return &model.CreateWebhookEndpointPayload{WebhookEndpoint: unless(errs, &endpoint), Secret: unless(errs, &secret), Errors: errs}
	})
}

func (m mutation) UpdateWebhookEndpoint(ctx context.Context, input model.UpdateWebhookEndpointInput) (*model.UpdateWebhookEndpointPayload, error) {
	endpoint, err := m.service.UpdateWebhookEndpoint(ctx, service.UpdateWebhookEndpoint{ID: input.ID, ExpectedVersion: input.ExpectedVersion,
		URL: given(input.URL), Description: given(input.Description), EventTypes: given(input.EventTypes), Payload: given(input.Payload),
		IsEnabled: given(input.IsEnabled)})
	return answer(err, func(errs []model.MutationError) *model.UpdateWebhookEndpointPayload {
		return &model.UpdateWebhookEndpointPayload{WebhookEndpoint: unless(errs, &endpoint), Errors: errs}
	})
}

func (m mutation) DeleteWebhookEndpoint(ctx context.Context, input model.DeleteWebhookEndpointInput) (*model.DeleteWebhookEndpointPayload, error) {
	endpoint, err := m.service.DeleteWebhookEndpoint(ctx, input.ID)
	id := endpoint.GlobalID()
	return answer(err, func(errs []model.MutationError) *model.DeleteWebhookEndpointPayload {
		return &model.DeleteWebhookEndpointPayload{DeletedID: unless(errs, &id), Errors: errs}
	})
}

func (m mutation) RotateWebhookSecret(ctx context.Context, input model.RotateWebhookSecretInput) (*model.RotateWebhookSecretPayload, error) {
	endpoint, secret, err := m.service.RotateWebhookSecret(ctx, input.ID)
	return answer(err, func(errs []model.MutationError) *model.RotateWebhookSecretPayload {
		return &model.RotateWebhookSecretPayload{WebhookEndpoint: unless(errs, &endpoint), Secret: unless(errs, &secret), Errors: errs}
	})
}

func (m mutation) ReplayWebhookDelivery(ctx context.Context, input model.ReplayWebhookDeliveryInput) (*model.ReplayWebhookDeliveryPayload, error) {
	delivery, err := m.service.ReplayWebhookDelivery(ctx, input.ID)
	return answer(err, func(errs []model.MutationError) *model.ReplayWebhookDeliveryPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawDeliveries, []pay.WebhookDelivery{delivery})
		}
		return &model.ReplayWebhookDeliveryPayload{WebhookDelivery: unless(errs, &delivery), Errors: errs}
	})
}
