package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// Deliver takes a delivery to a gateway's address. What the provider itself reports is
// stored once and then counted; with a nil error it is stored, and is counted later
// where that failed now. The delivery is refused with gateway.ErrForged,
// gateway.ErrNoSecret, gateway.ErrUnreadable, pay.ErrNoEndpoint, pay.ErrContradicted or
// pay.ErrUnavailable.
func (s *Service) Deliver(ctx context.Context, connector, endpoint string, header http.Header, body []byte) error {
	e, receiver, err := s.endpoint(ctx, connector, endpoint)
	if err != nil {
		return err
	}
	actor := e.SystemActor()
	ctx = pay.WithActor(ctx, actor)
	c := caller{Actor: actor, rows: s.store.For(actor)}
	reports, err := s.receive(ctx, c, e, receiver, header, body)
	if err != nil {
		return err
	}
	fresh, err := s.keepReports(ctx, c, e, reports, body)
	if fresh == nil {
		return err
	}
	// The provider may hang up now: what it told is safe.
	ctx, cancel := outlive(ctx)
	defer cancel()
	for _, id := range fresh {
		if err := s.countReport(ctx, c, id); err != nil {
			s.log.ErrorContext(ctx, "counting a provider's report failed; it is tried again", "event", pay.FormatID(pay.KindWebhookEvent, id), "error", err)
		}
	}
	return err
}

// endpoint finds the gateway with the address. That it is another connector's, or one
// that takes no deliveries, looks like an address that nobody has.
func (s *Service) endpoint(ctx context.Context, connector, endpoint string) (pay.Endpoint, gateway.Receiver, error) {
	receiver, ok := s.connectors[connector].(gateway.Receiver)
	id, err := uuid.Parse(endpoint)
	if !ok || err != nil {
		return pay.Endpoint{}, nil, pay.ErrNoEndpoint
	}
	e, err := first(s.store.Endpoint(ctx, id))
	if err != nil {
		return pay.Endpoint{}, nil, err
	}
	if e == nil || e.Connector != connector || !receiver.Describe().Allows(e.Environment) {
		return pay.Endpoint{}, nil, pay.ErrNoEndpoint
	}
	return *e, receiver, nil
}

// receive has the connector check a delivery and read it.
func (s *Service) receive(ctx context.Context, c caller, e pay.Endpoint, receiver gateway.Receiver, header http.Header, body []byte) (reports []pay.Report, err error) {
	g, err := first(c.rows.Gateways(ctx, []uuid.UUID{e.GatewayID}))
	if err == nil && g == nil {
		err = pay.ErrNoEndpoint
	}
	if err != nil {
		return nil, err
	}
	settings, err := s.opened(*g)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrNoSecret, err)
	}
	d := gateway.Delivery{Header: header, Body: body, Settings: settings, Environment: e.Environment, Now: s.clock()}
	err = s.asked(ctx, receiver, "receive", func(context.Context) (_ string, err error) {
		reports, err = receiver.Receive(d)
		return "RECEIVED", err
	})
	if errors.Is(err, gateway.ErrForged) || errors.Is(err, gateway.ErrNoSecret) {
		return nil, err
	}
	for i := range reports {
		if err == nil && !reports[i].Clean() {
			err = errors.New("an id of the report is none")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrUnreadable, err)
	}
	return reports, nil
}

// keepReports stores what is new in one transaction, and returns its ids. An event
// that came before changes nothing: the same content is a repeat, and other content is
// flagged and refused with pay.ErrContradicted.
func (s *Service) keepReports(ctx context.Context, c caller, e pay.Endpoint, reports []pay.Report, body []byte) (fresh []uuid.UUID, err error) {
	rows := make([]store.NewWebhookEvent, len(reports))
	for i, r := range reports {
		row := pay.WebhookEvent{ID: pay.NewID(), GatewayID: e.GatewayID, EventID: r.EventID, Report: r, ReceivedAt: s.clock()}
		row.Await(row.ReceivedAt)
		rows[i] = store.NewWebhookEvent{WebhookEvent: row, Body: s.seals.Seal(body, deliveryPlace(row.ID))}
	}
	var contradicted bool
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		fresh, contradicted = nil, false
		for _, row := range rows {
			isNew, err := c.rows.InsertWebhookEvent(ctx, row)
			if err != nil {
				return err
			}
			if isNew {
				fresh = append(fresh, row.ID)
				continue
			}
			other, err := s.contradicts(ctx, c, row.WebhookEvent)
			if err != nil {
				return err
			}
			contradicted = contradicted || other
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrCommitUnknown):
		return nil, fmt.Errorf("%w: %w", pay.ErrUnavailable, err) // sent again, it shows whether it is there
	case err != nil:
		return nil, err
	case contradicted:
		return fresh, pay.ErrContradicted
	}
	return fresh, nil
}

// contradicts says whether an event that came again says something else, and flags it.
func (s *Service) contradicts(ctx context.Context, c caller, again pay.WebhookEvent) (bool, error) {
	was, err := first(c.rows.WebhookEventOfGateway(ctx, again.GatewayID, again.EventID))
	if err == nil && was == nil {
		err = fmt.Errorf("webhook event of gateway %s is missing", again.GatewayID)
	}
	if err != nil {
		return false, err
	}
	other, err := was.Contradicts(again.Report)
	if err != nil || !other {
		return false, err
	}
	s.log.WarnContext(ctx, "a webhook event came again with other content", "event", was.GlobalID())
	return true, c.rows.ContradictWebhookEvent(ctx, was.ID, again.ReceivedAt)
}

// settingsOf are the gateway's parameters with their secrets, for its connector alone. One
// that cannot be opened is left out: the connector then says that it could not ask, which
// is certain, while an error here would leave an attempt without an answer.
func (s *Service) settingsOf(g pay.PaymentGateway) pay.GatewayParameters {
	list, err := s.opened(g)
	if err != nil {
		s.log.Error("secrets of a gateway cannot be opened", "gateway", g.GlobalID(), "error", err)
		return g.Parameters
	}
	return list
}

// opened are the gateway's parameters with their secrets.
func (s *Service) opened(g pay.PaymentGateway) (pay.GatewayParameters, error) {
	list := append(pay.GatewayParameters{}, g.Parameters...)
	for i, p := range list {
		if !p.IsSecret || !p.IsSet() {
			continue
		}
		if s.seals == nil {
			return nil, errNoSeals
		}
		text, err := s.seals.Open(p.Sealed, secretPlace(g.ID, p.ParameterID))
		if err != nil {
			return nil, fmt.Errorf("parameter %s of gateway %s: %w", p.ParameterID, g.ID, err)
		}
		list[i].TenantDefaultValue, list[i].Sealed = ptr(string(text)), nil
	}
	return list, nil
}

// errNoSeals: this server was given no key to keep secrets with.
var errNoSeals = errors.New("server has no key for secrets")

// secretPlace names where a gateway's secret lies.
func secretPlace(gateway uuid.UUID, parameter string) string {
	return "gateway_parameters.sealed_value " + gateway.String() + " " + parameter
}

// deliveryPlace names where the delivery of an event lies.
func deliveryPlace(event uuid.UUID) string { return "webhook_events.body " + event.String() }
