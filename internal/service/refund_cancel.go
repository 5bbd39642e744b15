package service

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// CancelRefundInput names one refund.
type CancelRefundInput struct {
	IdempotencyKey string
	RefundID       string
}

// CancelRefund asks to call off a refund that has no result yet. What became of it is
// said by the operation: until that SUCCEEDED the money may still go back. For callers
// with payments:refund.
func (s *Service) CancelRefund(ctx context.Context, in CancelRefundInput) (Refunded, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsRefund)
	if err != nil {
		return Refunded{}, err
	}
	r, err := visible(ctx, c.rows.Refunds, pay.KindRefund, "refund", in.RefundID, pay.At("input", "refundId"))
	if err != nil {
		return Refunded{}, err
	}
	wish := intention{operation: opCancelRefund, key: in.IdempotencyKey, subject: pay.NewID(), content: content{"refund": r.ID}}
	_, earlier, err := s.command(ctx, c, r.PaymentID, wish, func(_ context.Context, state *pay.State) error {
		return refused(state.CancelRefund(r.ID, wish.subject))
	})
	if err != nil {
		return Refunded{}, err
	}
	id := wish.subject
	if earlier != nil {
		id = earlier.SubjectID
		err = s.askAgain(ctx, c, []uuid.UUID{id}, *earlier)
	} else {
		err = s.perform(ctx, c, id, false)
	}
	if err != nil {
		return Refunded{}, err
	}
	result, err := s.refunded(ctx, c, r.PaymentID, r.BatchID, earlier != nil)
	if err != nil {
		return Refunded{}, err
	}
	result.Refunds = slices.DeleteFunc(result.Refunds, func(x pay.Refund) bool { return x.ID != r.ID })
	result.Operation, err = first(c.operations(c.rows.Operations(ctx, []uuid.UUID{id})))
	return result, err
}
