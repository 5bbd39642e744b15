package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type allowedAction struct{ *Resolver }

// AllowedAction resolves the fields of what can be asked for.
func (r *Resolver) AllowedAction() generated.AllowedActionResolver { return allowedAction{r} }

func (payment) AllowedActions(ctx context.Context, p *pay.Payment) ([]pay.AllowedAction, error) {
	return plain(load(ctx).actionsOf.load(ctx, p.ID))
}

func (allowedAction) Reason(_ context.Context, a *pay.AllowedAction) (model.MutationError, error) {
	if a.Refusal == nil {
		return nil, nil
	}
	return refusal(a.Refusal), nil
}

func (allowedAction) Transaction(ctx context.Context, a *pay.AllowedAction) (*pay.Transaction, error) {
	return optionalAttempt(ctx, a.PaymentID, a.TransactionID)
}

func (allowedAction) Refund(ctx context.Context, a *pay.AllowedAction) (*pay.Refund, error) {
	return optionalRefund(ctx, a.PaymentID, a.RefundID)
}

// optionalRefund finds one refund among its payment's, where there may be none.
func optionalRefund(ctx context.Context, payment uuid.UUID, id *uuid.UUID) (*pay.Refund, error) {
	if id == nil {
		return nil, nil
	}
	all, err := load(ctx).refundsOf.load(ctx, payment)
	for i := range all {
		if all[i].ID == *id {
			return &all[i], err
		}
	}
	return nil, err
}

// optionalAttempt is attemptOf where there may be none.
func optionalAttempt(ctx context.Context, payment uuid.UUID, id *uuid.UUID) (*pay.Transaction, error) {
	if id == nil {
		return nil, nil
	}
	return attemptOf(ctx, payment, *id)
}

func (m mutation) CancelPayment(ctx context.Context, input service.PaymentInput) (*model.CancelPaymentPayload, error) {
	closed, err := m.service.CancelPayment(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CancelPaymentPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawPayments, []pay.Payment{closed.Payment})
		}
		return &model.CancelPaymentPayload{Payment: unless(errs, &closed.Payment), Operations: closed.Operations, Replayed: len(errs) == 0 && closed.Replayed, Errors: errs}
	})
}

func (m mutation) UpdatePayment(ctx context.Context, input model.UpdatePaymentInput) (*model.UpdatePaymentPayload, error) {
	p, err := m.service.UpdatePayment(ctx, service.UpdatePayment{PaymentID: input.PaymentID, ExpectedVersion: input.ExpectedVersion,
		IsActive: given(input.IsActive), PaymentMethodID: given(input.PaymentMethodID), BillingAddress: given(input.BillingAddress),
		ScheduledFor: given(input.ScheduledFor)})
	return answer(err, func(errs []model.MutationError) *model.UpdatePaymentPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawPayments, []pay.Payment{p})
		}
		return &model.UpdatePaymentPayload{Payment: unless(errs, &p), Errors: errs}
	})
}

func (m mutation) ResolveAttention(ctx context.Context, input service.ResolveAttentionInput) (*model.ResolveAttentionPayload, error) {
	p, err := m.service.ResolveAttention(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.ResolveAttentionPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawPayments, []pay.Payment{p})
		}
		return &model.ResolveAttentionPayload{Payment: unless(errs, &p), Errors: errs}
	})
}

func (m mutation) CreatePayment(ctx context.Context, input service.CreatePaymentInput) (*model.CreatePaymentPayload, error) {
	created, err := m.service.CreatePayment(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreatePaymentPayload {
		if len(errs) == 0 {
			saw(ctx, (*loaders).sawPayments, []pay.Payment{created.Payment})
		}
		return &model.CreatePaymentPayload{Payment: unless(errs, &created.Payment), Replayed: len(errs) == 0 && created.Replayed, Errors: errs}
	})
}
