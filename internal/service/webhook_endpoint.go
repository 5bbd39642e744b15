package service

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/webhook"
)

// RenderPayload makes the data of a message: what a selection on PaymentEvent shows of an
// event to who may read payments and nothing more, as JSON. ctx carries whose they are.
// Of an event that is not there it is "null", once the selection proved good. A
// selection that is not good is refused with pay.Errors.
type RenderPayload func(ctx context.Context, selection, eventID string) ([]byte, error)

// WithWebhooks returns the service with what sends messages to companies, and what makes
// them.
func (s *Service) WithWebhooks(sender *webhook.Sender, render RenderPayload) *Service {
	other := *s
	other.sender, other.render = sender, render
	return &other
}

// NewWebhookEndpoint is an endpoint to be made.
type NewWebhookEndpoint struct {
	URL         string
	Description *string
	EventTypes  []string
	Payload     string
	IsEnabled   bool
	// After is the place in the log of events behind which it begins; nil for the end.
	After *int64
}

// secretSize is how many random bytes sign messages.
const secretSize = 32

// CreateWebhookEndpoint makes an endpoint and returns it with its secret, which is not
// shown again. For callers with gateways:admin, as the following are.
func (s *Service) CreateWebhookEndpoint(ctx context.Context, in NewWebhookEndpoint) (pay.WebhookEndpoint, string, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.WebhookEndpoint{}, "", err
	}
	now := s.clock()
	e := pay.WebhookEndpoint{ID: pay.NewID(), URL: in.URL, Description: trimmed(in.Description), EventTypes: in.EventTypes, Payload: in.Payload,
		Version: 1, CreatedBy: c.ID, CreatedAt: now, UpdatedAt: now}
	if !in.IsEnabled {
		e.Disable(pay.WebhookByCaller, now)
	}
	if err := s.checkEndpoint(ctx, c, e, true); err != nil {
		return pay.WebhookEndpoint{}, "", err
	}
	var secret string
	e.SealedSecret, secret = s.makeSecret(e.ID)
	// What happened before is in the log before the endpoint is: it gets its place now.
	head, err := (eventSource{s}).PlaceEventsOf(ctx, c.TenantID)
	if err != nil {
		return pay.WebhookEndpoint{}, "", err
	}
	if e.Position = head; in.After != nil {
		e.Position = *in.After
	}
	if e.Position > head {
		return pay.WebhookEndpoint{}, "", pay.Errors{pay.Refuse(pay.CodeInvalidInput, pay.At("input", "after"), "The cursor lies beyond the newest event.")}
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := room(ctx, c.rows, pay.MaxWebhookEndpoints, "webhook endpoints", c.rows.CountWebhookEndpoints); err != nil {
			return err
		}
		return c.rows.InsertWebhookEndpoint(ctx, e)
	})
	return e, secret, err
}

// makeSecret makes a secret for an endpoint: as it is kept, and as its receiver needs it.
func (s *Service) makeSecret(endpoint uuid.UUID) (sealed []byte, shown string) {
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails
	return s.seals.Seal(secret, endpointSecretPlace(endpoint)), "whsec_" + base64.StdEncoding.EncodeToString(secret)
}

// endpointSecretPlace names where an endpoint's secrets lie.
func endpointSecretPlace(endpoint uuid.UUID) string {
	return "webhook_endpoints.sealed_secret " + endpoint.String()
}

var eventTypeName = pay.NewPattern(`^[A-Z][A-Z_]*$`, 100)

// Limits of an endpoint.
const (
	maxEventTypes = 50
	maxPayload    = 4000
)

// checkEndpoint checks all of an endpoint that callers can set. Where it is sent to is looked
// at only when that is set: what is refused by now must not keep anybody from disabling it.
func (s *Service) checkEndpoint(ctx context.Context, c caller, e pay.WebhookEndpoint, moved bool) error {
	at := pay.At("input")
	var faults checks
	if s.seals == nil {
		faults.Addf(pay.CodeInvalidInput, at, "This server keeps no secrets: its operator must give it a key for them.")
	}
	if fault := s.sender.CheckURL(e.URL, c.Environment == pay.Live); moved && faults.text(&e.URL, 1, 2048, at.Then("url")) && fault != "" {
		faults.Addf(pay.CodeInvalidInput, at.Then("url"), "%s", fault)
	}
	faults.text(e.Description, 0, 200, at.Then("description"))
	checkCodes(&faults, e.EventTypes, maxEventTypes, "types", at.Then("eventTypes"))
	for i, name := range e.EventTypes {
		if !eventTypeName.Matches(name) {
			faults.Addf(pay.CodeInvalidInput, at.Then("eventTypes").Index(i), "A type is written as TRANSACTION_CAPTURED is.")
		}
	}
	if !faults.text(&e.Payload, 1, maxPayload, at.Then("payload")) {
		return faults.Err()
	}
	_, err := s.render(asReader(ctx, c.Actor), e.Payload, pay.FormatID(pay.KindEvent, uuid.Nil))
	for _, fault := range pay.AsErrors(err) {
		faults.Addf(fault.Code, at.Then("payload"), "%s", fault.Message)
	}
	if err != nil && pay.AsErrors(err) == nil {
		return fmt.Errorf("check payload: %w", err)
	}
	return faults.Err()
}

// asReader is who reads payloads: the program, for the tenant, with what a key sees that
// may read payments.
func asReader(ctx context.Context, a pay.Actor) context.Context {
	a.ID, a.Role, a.Scopes, a.CustomerID = pay.ActorSystem, pay.RolePartner, []pay.Scope{pay.ScopePaymentsRead}, nil
	return pay.WithActor(ctx, a)
}

// changeEndpoint changes an endpoint under its lock, and gives it a version more where
// that changes anything.
func (s *Service) changeEndpoint(ctx context.Context, c caller, id string, change func(context.Context, *pay.WebhookEndpoint) error) (e pay.WebhookEndpoint, err error) {
	key, _ := pay.ParseID(pay.KindWebhookEndpoint, id)
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		found, err := first(c.rows.WebhookEndpointForUpdate(ctx, key))
		if err == nil && (found == nil || found.DeletedAt != nil) {
			err = errNoEndpoint()
		}
		if err != nil {
			return err
		}
		e = *found
		if err := change(ctx, &e); err != nil {
			return err
		}
		if reflect.DeepEqual(e, *found) {
			return nil
		}
		e.Version, e.UpdatedAt = e.Version+1, s.clock()
		return c.rows.UpdateWebhookEndpoint(ctx, e)
	})
	return e, err
}

func errNoEndpoint() error {
	return pay.Errors{notFound("webhook endpoint", pay.At("input", "id"))}
}

// DeleteWebhookEndpoint deletes an endpoint for ever. What waits for it is not sent.
func (s *Service) DeleteWebhookEndpoint(ctx context.Context, id string) (pay.WebhookEndpoint, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.WebhookEndpoint{}, err
	}
	return s.changeEndpoint(ctx, c, id, func(ctx context.Context, e *pay.WebhookEndpoint) error {
		e.Delete(s.clock())
		return c.rows.CancelWebhookDeliveries(ctx, e.ID)
	})
}

// RotateWebhookSecret gives an endpoint another secret and returns it, which is not shown
// again. The one before signs too for pay.SecretOverlap.
func (s *Service) RotateWebhookSecret(ctx context.Context, id string) (e pay.WebhookEndpoint, secret string, err error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return e, "", err
	}
	if s.seals == nil {
		return e, "", errNoSeals
	}
	e, err = s.changeEndpoint(ctx, c, id, func(_ context.Context, e *pay.WebhookEndpoint) error {
		var sealed []byte
		sealed, secret = s.makeSecret(e.ID)
		e.Rotate(sealed, s.clock())
		return nil
	})
	return e, secret, err
}

// WebhookEndpoints reads endpoints by id, in any order.
func (s *Service) WebhookEndpoints(ctx context.Context, ids []uuid.UUID) ([]pay.WebhookEndpoint, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) ([]pay.WebhookEndpoint, error) { return c.rows.WebhookEndpoints(ctx, ids) })
}

// ListWebhookEndpoints reads one page of the endpoints, newest first.
func (s *Service) ListWebhookEndpoints(ctx context.Context, p pay.Page) (pay.Rows[pay.WebhookEndpoint], error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (pay.Rows[pay.WebhookEndpoint], error) { return c.rows.ListWebhookEndpoints(ctx, p) })
}

// CountWebhookEndpoints counts the endpoints.
func (s *Service) CountWebhookEndpoints(ctx context.Context) (int, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(c caller) (int, error) { return c.rows.CountWebhookEndpoints(ctx) })
}

// signingKeys are the secrets that sign for an endpoint now.
func (s *Service) signingKeys(e pay.WebhookEndpoint) (keys [][]byte, err error) {
	if s.seals == nil {
		return nil, errNoSeals
	}
	for _, sealed := range e.Secrets(s.clock()) {
		key, failed := s.seals.Open(sealed, endpointSecretPlace(e.ID))
		keys, err = append(keys, key), errors.Join(err, failed)
	}
	if err != nil {
		return nil, fmt.Errorf("secret of webhook endpoint %s: %w", e.GlobalID(), err)
	}
	return slices.Clip(keys), nil
}
