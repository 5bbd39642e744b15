package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
	"github.com/paygraph/paygraph/internal/webhook"
)

const (
	// dispatchBatch is how many events one endpoint is given deliveries of in one
	// transaction.
	dispatchBatch = 500
	// maxMessage is how many bytes a message has at most.
	maxMessage = 64 << 10
	// renderTimeout is how long a message may take to be made.
	renderTimeout = 5 * time.Second
)

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

// wakeDelivery makes one try to send what is due, outside any transaction, and records
// what came of it. Who ends in between has sent a message that is sent again: receivers
// know it by its id.
func (s *Service) wakeDelivery(ctx context.Context, c caller, id uuid.UUID) error {
	d, e, err := s.takeDelivery(ctx, c, id)
	if err != nil || d == nil {
		return err
	}
	began, at := time.Now(), s.clock()
	event, err := first(c.rows.Events(ctx, []uuid.UUID{d.EventID}))
	if err == nil && event == nil {
		err = fmt.Errorf("event of webhook delivery %s is missing", d.GlobalID())
	}
	if err != nil {
		return err
	}
	body, answer := s.message(ctx, c, *d, *e, *event)
	if answer.Failure == nil {
		keys, err := s.signingKeys(*e)
		if err != nil {
			return err
		}
		if err := s.keepMessage(ctx, c, d, body); err != nil {
			return err
		}
		if store.HoldsTx(ctx) {
			panic("service: webhook sent inside a transaction")
		}
		answer = s.sender.Send(ctx, webhook.Message{URL: e.URL, ID: d.GlobalID(), At: at, Body: []byte(*d.Payload), Secrets: keys})
	}
	if answer.Cause != nil {
		s.log.InfoContext(ctx, "a webhook was not delivered", "delivery", d.GlobalID(), "failure", *answer.Failure, "error", answer.Cause)
	}
	// It was sent: that is recorded also while the program ends.
	ctx, cancel := outlive(ctx)
	defer cancel()
	attempt := pay.WebhookAttempt{DeliveryID: d.ID, At: at, DurationMs: int(time.Since(began).Milliseconds()),
		StatusCode: answer.Status, Failure: answer.Failure, Response: answer.Excerpt}
	return s.recordTry(ctx, c, attempt, event.Type, answer.RetryAfter)
}

// takeDelivery reads a due delivery and its endpoint; nil where nothing is to be sent
// now, which is noted.
func (s *Service) takeDelivery(ctx context.Context, c caller, id uuid.UUID) (due *pay.WebhookDelivery, to *pay.WebhookEndpoint, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		due, to = nil, nil
		d, e, err := c.lockDelivery(ctx, id)
		if err != nil || d == nil || !d.IsDue(s.clock()) {
			return err
		}
		switch {
		case e.DeletedAt != nil:
			d.Cancel()
		case !e.IsEnabled():
			d.Park()
		default:
			due, to = d, e
			return nil
		}
		return c.rows.UpdateWebhookDelivery(ctx, *d)
	})
	return due, to, err
}

// lockDelivery locks a delivery's endpoint and then the delivery; nil where there is none.
func (c caller) lockDelivery(ctx context.Context, id uuid.UUID) (*pay.WebhookDelivery, *pay.WebhookEndpoint, error) {
	d, err := first(c.rows.WebhookDeliveries(ctx, []uuid.UUID{id}))
	if err != nil || d == nil {
		return nil, nil, err
	}
	e, err := first(c.rows.WebhookEndpointForUpdate(ctx, d.EndpointID))
	if err == nil && e == nil {
		err = fmt.Errorf("endpoint of webhook delivery %s is missing", d.GlobalID())
	}
	if err != nil {
		return nil, nil, err
	}
	d, err = first(c.rows.WebhookDeliveryForUpdate(ctx, id))
	return d, e, err
}

// message is what is sent: what was sent before, or what the endpoint's selection shows
// of the event now. That it cannot be made is a try that failed.
func (s *Service) message(ctx context.Context, c caller, d pay.WebhookDelivery, e pay.WebhookEndpoint, event pay.PaymentEvent) ([]byte, webhook.Answer) {
	if d.Payload != nil {
		return []byte(*d.Payload), webhook.Answer{}
	}
	ctx, cancel := context.WithTimeout(asReader(ctx, c.Actor), renderTimeout)
	defer cancel()
	data, err := s.render(ctx, e.Payload, event.GlobalID())
	var body []byte
	if err == nil {
		body, err = json.Marshal(struct {
			Type      string          `json:"type"`
			Timestamp time.Time       `json:"timestamp"`
			Data      json.RawMessage `json:"data"`
		}{string(event.Type), event.CreatedAt.UTC(), data})
	}
	if err == nil && len(body) > maxMessage {
		err = fmt.Errorf("message has %d bytes; at most %d are sent", len(body), maxMessage)
	}
	if err != nil {
		failure := pay.WebhookFailurePayload
		return nil, webhook.Answer{Failure: &failure, Cause: err}
	}
	return body, webhook.Answer{}
}

// keepMessage stores a message before it is sent the first time: with every try it must
// be the same.
func (s *Service) keepMessage(ctx context.Context, c caller, d *pay.WebhookDelivery, body []byte) error {
	if d.Payload != nil {
		return nil
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		found, err := first(c.rows.WebhookDeliveryForUpdate(ctx, d.ID))
		if err == nil && found == nil {
			err = fmt.Errorf("webhook delivery %s is missing", d.GlobalID())
		}
		if err != nil {
			return err
		}
		if found.Payload == nil {
			found.Payload = ptr(string(body))
			if err := c.rows.UpdateWebhookDelivery(ctx, *found); err != nil {
				return err
			}
		}
		d.Payload = found.Payload
		return nil
	})
}

// recordTry records a try with what it means for the delivery, its endpoint and its
// payment.
func (s *Service) recordTry(ctx context.Context, c caller, a pay.WebhookAttempt, event pay.EventType, retryAfter time.Duration) error {
	var disabled *pay.WebhookEndpoint
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		disabled = nil
		d, e, err := c.lockDelivery(ctx, a.DeliveryID)
		if err == nil && d == nil {
			err = fmt.Errorf("webhook delivery %s is missing", a.DeliveryID)
		}
		if err != nil {
			return err
		}
		was, enabled := e.FailingSince, e.IsEnabled()
		now := s.clock()
		if a.Failure == nil {
			e.Answered()
		} else {
			e.Refused(*a.Failure, now)
		}
		if enabled && !e.IsEnabled() {
			e.Version, e.UpdatedAt, disabled = e.Version+1, now, e
		}
		if was != e.FailingSince || disabled != nil {
			if err := c.rows.UpdateWebhookEndpoint(ctx, *e); err != nil {
				return err
			}
		}
		d.Tried(a.Failure, retryAfter, now)
		a.Number = d.Attempts
		return errors.Join(c.rows.UpdateWebhookDelivery(ctx, *d), c.rows.InsertWebhookAttempt(ctx, a),
			c.rows.NotifiedOfPayment(ctx, d.PaymentID, a.Failure == nil, a.At, event.ClosesCheckout()))
	})
	if err == nil && disabled != nil {
		s.log.ErrorContext(ctx, "a webhook endpoint was disabled: somebody must look", "endpoint", disabled.GlobalID(), "reason", *disabled.DisabledReason, "failingSince", disabled.FailingSince)
	}
	return err
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
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return nil, err
	}
	return c.rows.WebhookAttemptsOf(ctx, deliveries)
}

// ListWebhookDeliveries reads one page of the deliveries that match, newest first. For
// callers with gateways:admin.
func (s *Service) ListWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter, p pay.Page) (pay.Rows[pay.WebhookDelivery], error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.Rows[pay.WebhookDelivery]{}, err
	}
	return c.rows.ListWebhookDeliveries(ctx, f, p)
}

// CountWebhookDeliveries counts the deliveries that match.
func (s *Service) CountWebhookDeliveries(ctx context.Context, f pay.WebhookDeliveryFilter) (int, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return 0, err
	}
	return c.rows.CountWebhookDeliveries(ctx, f)
}
