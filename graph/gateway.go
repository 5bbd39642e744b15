package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

func (q query) PaymentGateways(ctx context.Context, filter *pay.GatewayFilter) ([]pay.PaymentGateway, error) {
	var f pay.GatewayFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs); err != nil {
		return nil, err
	}
	return plain(q.service.ListGateways(needed(ctx), f))
}

func (m mutation) CreatePaymentGateway(ctx context.Context, input service.CreatePaymentGatewayInput) (*model.CreatePaymentGatewayPayload, error) {
	gateway, err := m.service.CreatePaymentGateway(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreatePaymentGatewayPayload {
		return &model.CreatePaymentGatewayPayload{PaymentGateway: unless(errs, &gateway), Errors: errs}
	})
}

func (m mutation) UpdatePaymentGateway(ctx context.Context, input model.UpdatePaymentGatewayInput) (*model.UpdatePaymentGatewayPayload, error) {
	gateway, err := m.service.UpdatePaymentGateway(ctx, service.UpdateGateway{
		ID: input.ID, ExpectedVersion: input.ExpectedVersion,
		Name:                  given(input.Name),
		Action:                given(input.Action),
		MethodLabel:           given(input.MethodLabel),
		Image:                 given(input.Image),
		CheckoutImage:         given(input.CheckoutImage),
		Icon:                  given(input.Icon),
		MinimumAmount:         given(input.MinimumAmount),
		IsPartiallyRefundable: given(input.IsPartiallyRefundable),
		IsTokenizable:         given(input.IsTokenizable),
		RequestAffiliationURL: given(input.RequestAffiliationURL),
		Currencies:            given(input.Currencies),
		Countries:             given(input.Countries),
		IsEnabled:             given(input.IsEnabled),
		Parameters:            input.Parameters,
	})
	return answer(err, func(errs []model.MutationError) *model.UpdatePaymentGatewayPayload {
		return &model.UpdatePaymentGatewayPayload{PaymentGateway: unless(errs, &gateway), Errors: errs}
	})
}

func (m mutation) CheckPaymentGateway(ctx context.Context, input model.CheckPaymentGatewayInput) (*model.CheckPaymentGatewayPayload, error) {
	check, err := m.service.CheckPaymentGateway(ctx, input.ID)
	return answer(err, func(errs []model.MutationError) *model.CheckPaymentGatewayPayload {
		return &model.CheckPaymentGatewayPayload{Check: unless(errs, &check), Errors: errs}
	})
}

func (g paymentGateway) HasAccountCheck(_ context.Context, of *pay.PaymentGateway) (bool, error) {
	return g.service.HasAccountCheck(*of), nil
}

func (g paymentGateway) Capabilities(_ context.Context, of *pay.PaymentGateway) ([]pay.GatewayCapability, error) {
	return g.service.Capabilities(*of), nil
}

func (q query) Connectors(ctx context.Context) ([]service.Connector, error) {
	return plain(q.service.Connectors(ctx))
}

// given tells a field that was left out from one that was set to null.
func given[T any](o graphql.Omittable[T]) service.Optional[T] {
	value, set := o.ValueOK()
	return service.Optional[T]{Set: set, Value: value}
}
