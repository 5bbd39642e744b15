package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
	"github.com/paygraph/paygraph/internal/webhook"
)

const (
	// maxMessage is how many bytes a message has at most.
	maxMessage = 64 << 10
	// renderTimeout is how long a message may take to be made.
	renderTimeout = 5 * time.Second
)

// wakeDelivery makes one try to send what is due, outside any transaction, and records
// what came of it. Who ends in between has sent a message that is sent again: receivers
// know it by its id.
func (s *Service) wakeDelivery(ctx context.Context, c caller, id uuid.UUID) error {
	d, e, err := s.takeDelivery(ctx, c, id)
	if err != nil || d == nil {
		return err
	}
	event, err := first(c.rows.Events(ctx, []uuid.UUID{d.EventID}))
	if err == nil && event == nil {
		err = fmt.Errorf("event of webhook delivery %s is missing", d.GlobalID())
	}
	if err != nil {
		return err
	}
	began := time.Now()
	attempt := pay.WebhookAttempt{DeliveryID: d.ID, At: s.clock()}
	answer, err := s.tell(ctx, c, d, *e, *event, attempt.At)
	if err != nil {
		return err
	}
	attempt.DurationMs = int(time.Since(began).Milliseconds())
	attempt.StatusCode, attempt.Failure, attempt.Response = answer.Status, answer.Failure, answer.Excerpt
	// It was sent: that is recorded also while the program ends.
	ctx, cancel := outlive(ctx)
	defer cancel()
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
		if e.IsEnabled() {
			due, to = d, e
			return nil
		}
		d.Park()
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

// tell makes one try. That the message cannot be made is one that failed.
func (s *Service) tell(ctx context.Context, c caller, d *pay.WebhookDelivery, e pay.WebhookEndpoint, event pay.PaymentEvent, at time.Time) (answer webhook.Answer, err error) {
	keys, err := s.signingKeys(e)
	if err != nil {
		return answer, err
	}
	if body, fault := s.message(ctx, c, *d, e, event); fault != nil {
		failure := pay.WebhookFailurePayload
		answer = webhook.Answer{Failure: &failure, Cause: fault}
	} else if err := s.keepMessage(ctx, c, d, body); err != nil {
		return answer, err
	} else {
		if store.HoldsTx(ctx) {
			panic("service: webhook sent inside a transaction")
		}
		answer = s.sender.Send(ctx, webhook.Message{URL: e.URL, ID: d.GlobalID(), At: at, Body: []byte(*d.Payload), Secrets: keys})
	}
	if answer.Cause != nil {
		s.log.InfoContext(ctx, "a webhook was not delivered", "delivery", d.GlobalID(), "failure", *answer.Failure, "error", answer.Cause)
	}
	return answer, nil
}

// message is what is sent: what was sent before, or what the endpoint's selection shows
// of the event now.
func (s *Service) message(ctx context.Context, c caller, d pay.WebhookDelivery, e pay.WebhookEndpoint, event pay.PaymentEvent) ([]byte, error) {
	if d.Payload != nil {
		return []byte(*d.Payload), nil
	}
	ctx, cancel := context.WithTimeout(asReader(ctx, c.Actor), renderTimeout)
	defer cancel()
	data, err := s.render(ctx, e.Payload, event.GlobalID())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{string(event.Type), event.CreatedAt.UTC(), data})
	if err == nil && len(body) > maxMessage {
		err = fmt.Errorf("message has %d bytes; at most %d are sent", len(body), maxMessage)
	}
	return body, err
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
		now, was := s.clock(), *e
		if e.Answered(a.Failure, now); was.IsEnabled() && !e.IsEnabled() {
			e.Version, e.UpdatedAt, disabled = e.Version+1, now, e
		}
		if !reflect.DeepEqual(was, *e) {
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
		s.log.ErrorContext(ctx, "a webhook endpoint was disabled: somebody must look", "endpoint", disabled.GlobalID(), "reason", *disabled.DisabledReason)
	}
	return err
}
