package service

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
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
	if earlier != nil {
		return s.replayCancel(ctx, c, p.ID, *earlier)
	}
	if err := s.performAll(ctx, c, operations, false); err != nil {
		return ClosedPayment{}, err
	}
	return c.closed(ctx, p.ID, wish.subject)
}

// replayCancel answers a repeat: the payment as it is now, once what the first request
// asked for has a result or was asked for again.
func (s *Service) replayCancel(ctx context.Context, c caller, payment uuid.UUID, earlier store.IdempotencyKey) (ClosedPayment, error) {
	was, err := c.closed(ctx, payment, earlier.SubjectID)
	if err != nil {
		return ClosedPayment{}, err
	}
	var ids []uuid.UUID
	for _, o := range was.Operations {
		ids = append(ids, o.ID)
	}
	if err := s.askAgain(ctx, c, ids, earlier); err != nil {
		return ClosedPayment{}, err
	}
	result, err := c.closed(ctx, payment, earlier.SubjectID)
	result.Replayed = true
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
