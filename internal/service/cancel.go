package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// PaymentInput names one payment.
type PaymentInput struct {
	IdempotencyKey string
	PaymentID      string
}

// ClosedPayment is what became of a request to cancel.
type ClosedPayment struct {
	Payment  pay.Payment
	Replayed bool
}

// CancelPayment closes a payment that has captured nothing: it releases what is
// held, calls off what waits, withdraws what nobody approved. Where a gateway has
// not answered yet the payment stays open until it has; no attempt starts
// meanwhile. It refuses ALREADY_CAPTURED. Customers may cancel their own.
func (s *Service) CancelPayment(ctx context.Context, in PaymentInput) (ClosedPayment, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return ClosedPayment{}, err
	}
	p, err := c.visiblePayment(ctx, in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return ClosedPayment{}, err
	}
	if err := s.refreshLive(ctx, c, p.ID); err != nil {
		return ClosedPayment{}, err
	}
	wish := intention{operation: opCancelPayment, key: in.IdempotencyKey, subject: pay.NewID(), content: content{"payment": p.ID}}
	var operations []uuid.UUID
	_, earlier, err := s.command(ctx, c, p.ID, wish, func(_ context.Context, state *pay.State) error {
		var refusal *pay.Error
		operations, refusal = state.Cancel(pay.NewID)
		return refused(refusal)
	})
	if err != nil {
		return ClosedPayment{}, err
	}
	if earlier == nil {
		for _, id := range operations {
			if err := s.perform(ctx, c, id, false); err != nil {
				return ClosedPayment{}, err
			}
		}
	}
	shown, err := c.payments(c.rows.Payments(ctx, []uuid.UUID{p.ID}))
	if err != nil {
		return ClosedPayment{}, err
	}
	return ClosedPayment{Payment: shown[0], Replayed: earlier != nil}, nil
}
