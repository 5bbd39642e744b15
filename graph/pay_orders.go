package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

func (q query) PreviewPayment(ctx context.Context, input service.PreviewPaymentInput) (*model.PreviewPayment, error) {
	preview, err := q.service.PreviewPayment(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.PreviewPayment {
		shown := &model.PreviewPayment{Allocations: []model.PreviewAllocation{}, Errors: errs, Gateway: preview.Gateway,
			Lines: orEmpty(preview.Lines), Discounts: orEmpty(preview.Discounts), AvailableMethods: orEmpty(preview.WaysToPay),
			TotalAmount: unless(errs, &preview.TotalAmount), DiscountAmount: unless(errs, &preview.DiscountAmount),
			FinalAmount: unless(errs, &preview.FinalAmount)}
		for _, part := range preview.Parts {
			if part.Order != nil {
				saw(ctx, (*loaders).sawOrders, []pay.Order{*part.Order})
			}
			shown.Allocations = append(shown.Allocations, model.PreviewAllocation{Order: part.Order, Invoice: part.Invoice,
				Subscription: part.Subscription, Amount: part.Amount, OutstandingAfter: part.OutstandingAfter})
		}
		return shown
	})
}

func (m mutation) PayOrders(ctx context.Context, input service.PayOrdersInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.PayOrders(ctx, input))
}
