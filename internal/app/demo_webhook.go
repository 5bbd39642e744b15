package app

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// webhooks makes an endpoint that takes two of the types of events. Nobody has its
// address, so it is disabled. One that is there is left alone, since endpoints have no
// reference that a second start could name.
func (s *seeder) webhooks(ctx context.Context) error {
	if s.app.seals == nil { // it would have no secret
		return nil
	}
	there, err := s.app.Service.CountWebhookEndpoints(ctx)
	if err != nil || there > 0 {
		return err
	}
	if s.app.payloads.Load() == nil { // makes what checks the payload
		if _, err := s.app.Handler(ctx); err != nil {
			return err
		}
	}
	_, _, err = s.at(oldest).WithWebhooks(nil, s.app.renderPayload).CreateWebhookEndpoint(ctx, service.NewWebhookEndpoint{
		URL: "https://shop.example.com/paygraph", Description: ptr("Kitchen display; enable it with an address of yours"),
		EventTypes: []string{string(pay.TransactionEvent(pay.TransactionCaptured)), string(pay.EventPaymentCancelled)},
		IsEnabled:  false,
		Payload:    "{ id type cursor payment { id humanId status finalAmount { decimal currency } orders { id referenceId } } }",
	})
	return err
}
