package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateWebhookEndpoint is a change of an endpoint. A pointer that is set to nil clears.
type UpdateWebhookEndpoint struct {
	ID              string
	ExpectedVersion *int
	URL             Optional[*string]
	Description     Optional[*string]
	EventTypes      Optional[[]string]
	Payload         Optional[*string]
	IsEnabled       Optional[*bool]
}

// UpdateWebhookEndpoint changes an endpoint. It refuses VERSION_CONFLICT when the
// endpoint has another version than expected.
func (s *Service) UpdateWebhookEndpoint(ctx context.Context, in UpdateWebhookEndpoint) (pay.WebhookEndpoint, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.WebhookEndpoint{}, err
	}
	id, _ := pay.ParseID(pay.KindWebhookEndpoint, in.ID)
	was, err := first(c.rows.WebhookEndpoints(ctx, []uuid.UUID{id}))
	if err == nil && was == nil {
		err = errNoEndpoint()
	}
	if err != nil {
		return pay.WebhookEndpoint{}, err
	}
	from := was.URL
	// Checked before, because the payload is checked by reading with it.
	if err := in.apply(was, s); err != nil {
		return pay.WebhookEndpoint{}, err
	}
	if err := s.checkEndpoint(ctx, c, *was, was.URL != from); err != nil {
		return pay.WebhookEndpoint{}, err
	}
	return s.changeEndpoint(ctx, c, in.ID, func(ctx context.Context, e *pay.WebhookEndpoint) error {
		enabled := e.IsEnabled()
		if err := in.apply(e, s); err != nil || enabled || !e.IsEnabled() {
			return err
		}
		return c.rows.UnparkWebhookDeliveries(ctx, e.ID, s.clock())
	})
}

func (in UpdateWebhookEndpoint) apply(e *pay.WebhookEndpoint, s *Service) error {
	at := pay.At("input")
	if conflict := outdated("The endpoint", e.Version, in.ExpectedVersion); conflict != nil {
		return pay.Errors{conflict}
	}
	var faults checks
	in.Description.Value = trimmed(in.Description.Value)
	change(&e.Description, in.Description)
	changeNeeded(&faults, &e.URL, in.URL, at.Then("url"))
	changeNeeded(&faults, &e.Payload, in.Payload, at.Then("payload"))
	if in.EventTypes.Set {
		e.EventTypes = append(pay.Strings[string]{}, in.EventTypes.Value...)
	}
	enabled := e.IsEnabled()
	changeNeeded(&faults, &enabled, in.IsEnabled, at.Then("isEnabled"))
	switch {
	case enabled:
		if !e.IsEnabled() {
			e.Enable()
		}
	default:
		e.Disable(pay.WebhookByCaller, s.clock())
	}
	return faults.Err()
}
