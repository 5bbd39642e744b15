package service

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// countReport counts a stored event once: the event is locked in the transaction in
// which the payment changes. That another attempt has the provider's id is seen
// beforehand, or by the index of those ids where both are told at once.
func (s *Service) countReport(ctx context.Context, c caller, id uuid.UUID) error {
	e, err := first(c.rows.WebhookEvents(ctx, []uuid.UUID{id}))
	if err != nil || e == nil || e.AppliedAt != nil {
		return err
	}
	t, ofTwo, err := c.reportedAttempt(ctx, *e)
	if err != nil {
		return err
	}
	if t == nil {
		return s.postpone(ctx, c, id, func(e *pay.WebhookEvent) { e.CameTo(pay.WebhookOrphan, nil, s.clock()) })
	}
	err = s.countOf(ctx, c, id, *t, ofTwo)
	if store.IsDuplicateExternalID(err) {
		err = s.countOf(ctx, c, id, *t, true)
	}
	return err
}

// countOf counts a stored event of an attempt.
func (s *Service) countOf(ctx context.Context, c caller, id uuid.UUID, t pay.Transaction, ofTwo bool) error {
	a := c.Actor
	a.ID = pay.ActorGateway
	_, err := s.change(ctx, a, t.PaymentID, func(ctx context.Context, state *pay.State) error {
		e, err := first(c.rows.WebhookEventForUpdate(ctx, id))
		if err != nil {
			return err
		}
		if e == nil || e.AppliedAt != nil { // another process was first
			return errUnchanged
		}
		outcome, changed, err := state.Count(t.ID, e.Report, ofTwo)
		if err != nil {
			return err
		}
		e.CameTo(outcome, state.Attempt(t.ID), state.Now)
		if err := c.rows.UpdateWebhookEvent(ctx, *e); err != nil {
			return err
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
	return err
}

// reportedAttempt finds the attempt that an event is about at the event's gateway, by
// any of the ids that the provider told, and says whether they are those of two.
func (c caller) reportedAttempt(ctx context.Context, e pay.WebhookEvent) (t *pay.Transaction, ofTwo bool, err error) {
	var ids []uuid.UUID
	if id, err := uuid.Parse(e.Report.AttemptID); err == nil {
		ids = append(ids, id)
	} else if id, err := c.attemptOfPart(ctx, e.Report); err != nil {
		return nil, false, err
	} else if id != nil {
		ids = append(ids, *id)
	}
	named, err := c.rows.Transactions(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	var external []pay.Transaction
	if e.Report.ExternalID != "" {
		if external, err = c.rows.TransactionsByExternalID(ctx, e.GatewayID, []string{e.Report.ExternalID}); err != nil {
			return nil, false, err
		}
	}
	t, ofTwo = e.Report.ReportedAttempt(e.GatewayID, named, external)
	return t, ofTwo, nil
}

// attemptOfPart is the attempt of the operation or refund that a report names.
func (c caller) attemptOfPart(ctx context.Context, r pay.Report) (*uuid.UUID, error) {
	switch {
	case r.Operation != nil:
		if id, err := uuid.Parse(r.Operation.ID); err == nil {
			o, err := first(c.rows.Operations(ctx, []uuid.UUID{id}))
			if o != nil {
				return &o.TransactionID, nil
			}
			return nil, err
		}
	case r.Refund != nil:
		if id, err := uuid.Parse(r.Refund.ID); err == nil {
			x, err := first(c.rows.Refunds(ctx, []uuid.UUID{id}))
			if x != nil {
				return &x.TransactionID, nil
			}
			return nil, err
		}
	}
	return nil, nil
}

// postpone changes an event that was not counted yet.
func (s *Service) postpone(ctx context.Context, c caller, id uuid.UUID, change func(*pay.WebhookEvent)) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		e, err := first(c.rows.WebhookEventForUpdate(ctx, id))
		if err != nil || e == nil || e.AppliedAt != nil {
			return err
		}
		change(e)
		return c.rows.UpdateWebhookEvent(ctx, *e)
	})
}

// wakeWebhook counts an event that was left undone. What fails is tried again, later
// each time.
func (s *Service) wakeWebhook(ctx context.Context, c caller, id uuid.UUID) error {
	err := s.countReport(ctx, c, id)
	if err == nil {
		return nil
	}
	if later := s.postpone(ctx, c, id, func(e *pay.WebhookEvent) { e.Again(s.clock()) }); later != nil {
		s.log.ErrorContext(ctx, "putting off a provider's report failed", "event", pay.FormatID(pay.KindWebhookEvent, id), "error", later)
	}
	return err
}

// WebhookPath is where the gateway's provider reports to, below the server's address;
// nil where the connector takes no reports, and for callers who may not administer
// gateways: who knows it can send, though not sign.
func (s *Service) WebhookPath(ctx context.Context, g pay.PaymentGateway) *string {
	actor, err := pay.ActorFrom(ctx)
	if _, ok := s.connectors[g.Connector].(gateway.Receiver); !ok || err != nil || actor.RequireStaff(pay.ScopeGatewaysAdmin) != nil {
		return nil
	}
	return ptr(fmt.Sprintf("/webhooks/%s/%s", g.Connector, g.WebhookEndpoint))
}

// ListWebhookEvents reads one page of the events that match, newest first. For callers
// with gateways:admin.
func (s *Service) ListWebhookEvents(ctx context.Context, f pay.WebhookEventFilter, p pay.Page) (pay.Rows[pay.WebhookEvent], error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (pay.Rows[pay.WebhookEvent], error) { return c.rows.ListWebhookEvents(ctx, f, p) })
}

// CountWebhookEvents counts the events that match.
func (s *Service) CountWebhookEvents(ctx context.Context, f pay.WebhookEventFilter) (int, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (int, error) { return c.rows.CountWebhookEvents(ctx, f) })
}
