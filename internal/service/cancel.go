package service

import (
	"context"
	"slices"

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
	Payment pay.Payment
	// Operations are what the request asked gateways to release or call off.
	Operations []pay.Operation
	Replayed   bool
}

// CancelPayment closes a payment that has captured nothing: it releases what is
// held, calls off what waits, withdraws what nobody approved. Where a gateway has
// not answered yet the payment stays open until it has; no attempt starts
// meanwhile. It refuses ALREADY_CAPTURED. Customers may cancel their own, unless
// something is held; a slip that waits is for who may withdraw it.
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
		operations, refusal = state.Cancel(func(attempt uuid.UUID) uuid.UUID { return cancelOf(wish.subject, attempt) })
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
	request := wish.subject
	if earlier != nil {
		request = earlier.SubjectID
	}
	result, err := c.closed(ctx, p.ID, request)
	result.Replayed = earlier != nil
	return result, err
}

// cancelOf is the id of what one request to cancel asks about an attempt. It follows
// from the two, so that a repeat finds what the first request asked.
func cancelOf(request, attempt uuid.UUID) uuid.UUID { return uuid.NewSHA1(request, attempt[:]) }

// closed reads the payment and what a request asked of gateways as they stand.
func (c caller) closed(ctx context.Context, paymentID, request uuid.UUID) (ClosedPayment, error) {
	shown, err := c.payments(c.rows.Payments(ctx, []uuid.UUID{paymentID}))
	if err != nil {
		return ClosedPayment{}, err
	}
	operations, err := c.rows.OperationsOf(ctx, []uuid.UUID{paymentID})
	return ClosedPayment{Payment: shown[0], Operations: slices.DeleteFunc(operations, func(o pay.Operation) bool {
		return o.ID != cancelOf(request, o.TransactionID)
	})}, err
}
