package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type refund struct{ *Resolver }

// Refund resolves the fields of refunds that are not columns.
func (r *Resolver) Refund() generated.RefundResolver { return refund{r} }

func (q query) Refund(ctx context.Context, id string) (*pay.Refund, error) {
	list, err := q.service.Refunds(needed(ctx), pay.ParseIDs(pay.KindRefund, []string{id}))
	saw(ctx, (*loaders).sawRefunds, list)
	return first(list, err)
}

func (refund) Payment(ctx context.Context, r *pay.Refund) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, r.PaymentID)
}

func (refund) Transaction(ctx context.Context, r *pay.Refund) (*pay.Transaction, error) {
	return attemptOf(ctx, r.PaymentID, r.TransactionID)
}

// paidBack shows what became of a request about refunds.
func paidBack(ctx context.Context) func(service.Refunded, error) (*model.RefundsPayload, error) {
	return func(back service.Refunded, err error) (*model.RefundsPayload, error) {
		return answer(err, func(errs []model.MutationError) *model.RefundsPayload {
			payload := &model.RefundsPayload{Payment: unless(errs, &back.Payment), Refunds: []pay.Refund{}, Errors: errs}
			if len(errs) == 0 {
				payload.Refunds, payload.Operation, payload.Replayed = back.Refunds, back.Operation, back.Replayed
				saw(ctx, (*loaders).sawPayments, []pay.Payment{back.Payment})
				saw(ctx, (*loaders).sawRefunds, back.Refunds)
			}
			return payload
		})
	}
}

func (m mutation) RefundPayment(ctx context.Context, input service.RefundPaymentInput) (*model.RefundsPayload, error) {
	return paidBack(ctx)(m.service.RefundPayment(ctx, input))
}

func (m mutation) CancelRefund(ctx context.Context, input service.CancelRefundInput) (*model.RefundsPayload, error) {
	return paidBack(ctx)(m.service.CancelRefund(ctx, input))
}

func (q query) PreviewRefund(ctx context.Context, input service.RefundPaymentInput) (*model.PreviewRefund, error) {
	preview, err := q.service.PreviewRefund(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.PreviewRefund {
		shown := &model.PreviewRefund{Amount: unless(errs, &preview.Amount), MaximumAmount: preview.Maximum,
			Parts: []model.PreviewRefundPart{}, Errors: errs}
		for _, part := range preview.Parts {
			saw(ctx, (*loaders).sawTransactions, []pay.Transaction{part.Transaction})
			shown.Parts = append(shown.Parts, model.PreviewRefundPart{Transaction: part.Transaction, Amount: part.Amount, Method: part.Method})
		}
		return shown
	})
}
