package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

type (
	paymentGateway struct{ *Resolver }
	webhookEvent   struct{ *Resolver }
)

// PaymentGateway resolves the fields of gateways that are not columns.
func (r *Resolver) PaymentGateway() generated.PaymentGatewayResolver { return paymentGateway{r} }

// WebhookEvent resolves the fields of webhook events that are not columns.
func (r *Resolver) WebhookEvent() generated.WebhookEventResolver { return webhookEvent{r} }

func (g paymentGateway) WebhookPath(ctx context.Context, of *pay.PaymentGateway) (*string, error) {
	return g.service.WebhookPath(ctx, *of), nil
}

func (q query) WebhookEvents(ctx context.Context, filter *pay.WebhookEventFilter, first int, after *string) (*page.Connection[pay.WebhookEvent], error) {
	var f pay.WebhookEventFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.GatewayIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.WebhookEvent]{
		name: "webhookEvents", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.WebhookEvent], error) {
			rows, err := q.service.ListWebhookEvents(ctx, f, p)
			for _, e := range rows.List {
				load(ctx).gateways.expect(e.GatewayID)
				expectAny(&load(ctx).transactions, e.TransactionID)
			}
			return rows, err
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountWebhookEvents(ctx, f) },
		position: func(e pay.WebhookEvent) pay.Position { return pay.Position{Keys: []any{e.ReceivedAt}, ID: e.ID} },
	}, pageArgs{first: &first, after: after})
}

func (webhookEvent) Gateway(ctx context.Context, e *pay.WebhookEvent) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, e.GatewayID)
}

func (webhookEvent) Transaction(ctx context.Context, e *pay.WebhookEvent) (*pay.Transaction, error) {
	return loadAny(ctx, &load(ctx).transactions, e.TransactionID)
}
