package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type method struct{ *Resolver }

// PaymentMethod resolves the fields of stored methods that are not columns.
func (r *Resolver) PaymentMethod() generated.PaymentMethodResolver { return method{r} }

func (customer) PaymentMethods(ctx context.Context, c *pay.Customer, includeDetached bool) ([]pay.PaymentMethod, error) {
	if includeDetached {
		return plain(load(ctx).allMethodsOf.load(ctx, c.ID))
	}
	return plain(load(ctx).methodsOf.load(ctx, c.ID))
}

func (method) Customer(ctx context.Context, m *pay.PaymentMethod) (*pay.Customer, error) {
	return load(ctx).customers.load(ctx, m.CustomerID)
}

func (method) Gateway(ctx context.Context, m *pay.PaymentMethod) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, m.GatewayID)
}

func (m mutation) CreatePaymentMethod(ctx context.Context, input service.CreatePaymentMethodInput) (*model.CreatePaymentMethodPayload, error) {
	stored, err := m.service.CreatePaymentMethod(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreatePaymentMethodPayload {
		return &model.CreatePaymentMethodPayload{PaymentMethod: unless(errs, &stored), Errors: errs}
	})
}

func (m mutation) UpdatePaymentMethod(ctx context.Context, input model.UpdatePaymentMethodInput) (*model.UpdatePaymentMethodPayload, error) {
	changed, err := m.service.UpdatePaymentMethod(ctx, service.UpdateMethod{PaymentMethodID: input.PaymentMethodID,
		Label: given(input.Label), IsDefault: given(input.IsDefault)})
	return answer(err, func(errs []model.MutationError) *model.UpdatePaymentMethodPayload {
		return &model.UpdatePaymentMethodPayload{PaymentMethod: unless(errs, &changed), Errors: errs}
	})
}

func (m mutation) DetachPaymentMethod(ctx context.Context, input service.DetachPaymentMethodInput) (*model.DetachPaymentMethodPayload, error) {
	detached, err := m.service.DetachPaymentMethod(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.DetachPaymentMethodPayload {
		return &model.DetachPaymentMethodPayload{PaymentMethod: unless(errs, &detached), Errors: errs}
	})
}

func (q query) AvailablePaymentMethods(ctx context.Context, country *string, currency *money.Currency, amount *int64, orderIds []string, customerID *string, capture bool) ([]service.AvailablePaymentMethod, error) {
	return plain(q.service.AvailablePaymentMethods(ctx, service.AvailableQuery{Country: country, Currency: currency, AmountMinor: amount,
		OrderIDs: orderIds, CustomerID: customerID, Capture: capture}))
}

type unavailableReason struct{ *Resolver }

// UnavailableReason resolves the code of a reason, which is that of a refusal.
func (r *Resolver) UnavailableReason() generated.UnavailableReasonResolver {
	return unavailableReason{r}
}

func (unavailableReason) Code(_ context.Context, r *service.UnavailableReason) (model.ErrorCode, error) {
	return model.ErrorCode(r.Code), nil
}
