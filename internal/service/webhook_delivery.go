package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// dispatchBatch is how many events one endpoint is given deliveries of in one transaction.
const dispatchBatch = 500

// DispatchWebhooks gives the new events of all companies their places in their logs, and
// each endpoint a delivery of every event that it is to be told of. For the job engine.
func (s *Service) DispatchWebhooks(ctx context.Context) error {
	if err := s.PlaceEvents(ctx); err != nil {
		return err
	}
	for {
		behind, err := s.store.BehindEndpoints(ctx)
		if err != nil || len(behind) == 0 {
			return err
		}
		for _, e := range behind {
			if failed := s.dispatch(ctx, e); failed != nil {
				err = errors.Join(err, fmt.Errorf("webhook endpoint %s: %w", pay.FormatID(pay.KindWebhookEndpoint, e.ID), failed))
			}
		}
		if err != nil { // one that cannot be served must not be tried without end
			return err
		}
	}
}

// dispatch gives an endpoint its next deliveries, and moves it on, in one transaction: so
// that it has one of each event, and none is left out.
func (s *Service) dispatch(ctx context.Context, behind pay.BehindEndpoint) error {
	ctx = asProgram(ctx, behind.TenantID)
	rows := s.store.For(pay.Actor{TenantID: behind.TenantID})
	return s.store.InTx(ctx, func(ctx context.Context) error {
		e, err := first(rows.WebhookEndpointForUpdate(ctx, behind.ID))
		if err != nil || e == nil || !e.IsEnabled() {
			return err
		}
		f := pay.PaymentEventFilter{}
		if len(e.EventTypes) > 0 {
			f.Types = e.EventTypes
		}
		page, err := rows.EventLog(ctx, f, e.Position, dispatchBatch)
		if err != nil || page.End == e.Position {
			return err
		}
		now := s.clock()
		fresh := make([]pay.WebhookDelivery, len(page.List))
		for i, event := range page.List {
			fresh[i] = pay.NewWebhookDelivery(e.ID, event.PaymentEvent, now)
		}
		if err := rows.InsertWebhookDeliveries(ctx, fresh); err != nil {
			return err
		}
		e.Position = page.End
		return rows.UpdateWebhookEndpoint(ctx, *e)
	})
}

// ReplayWebhookDelivery has a message sent again, whatever became of it. For callers with
// gateways:admin.
func (s *Service) ReplayWebhookDelivery(ctx context.Context, id string) (replayed pay.WebhookDelivery, err error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return replayed, err
	}
	at := pay.At("input", "id")
	key, _ := pay.ParseID(pay.KindWebhookDelivery, id)
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		d, e, err := c.lockDelivery(ctx, key)
		switch {
		case err != nil:
			return err
		case d == nil:
			return pay.Errors{notFound("webhook delivery", at)}
		case !e.IsEnabled():
			return pay.Errors{pay.Refuse(pay.CodeInvalidState, at, "Its endpoint is deleted, or disabled: enable it first.")}
		}
		d.Replay(s.clock())
		replayed = *d
		return c.rows.UpdateWebhookDelivery(ctx, *d)
	})
	return replayed, err
}

// WebhookAttemptsOf reads the tries of deliveries, the first first. For callers with
// gateways:admin.
func (s *Service) WebhookAttemptsOf(ctx context.Context, deliveries []uuid.UUID) ([]pay.WebhookAttempt, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) ([]pay.WebhookAttempt, error) { return c.rows.WebhookAttemptsOf(ctx, deliveries) })
}

// ListWebhookDeliveries reads one page of the deliveries that match, newest first. For
// callers with gateways:admin.
func (s *Service) ListWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter, p pay.Page) (pay.Rows[pay.WebhookDelivery], error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (pay.Rows[pay.WebhookDelivery], error) { return c.rows.ListWebhookDeliveries(ctx, f, p) })
}

// CountWebhookDeliveries counts the deliveries that match.
func (s *Service) CountWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter) (int, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (int, error) { return c.rows.CountWebhookDeliveries(ctx, f) })
}
