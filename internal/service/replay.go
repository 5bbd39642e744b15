package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// paid reads the payment and attempt as they stand.
func (s *Service) paid(ctx context.Context, c caller, id uuid.UUID) (Paid, error) {
	t, p, err := c.attemptAndPayment(ctx, id)
	if err != nil {
		return Paid{}, err
	}
	return c.shown(Paid{Payment: p, Transaction: t}), nil
}

// replay answers a repeat of an earlier request: the same payment as it is now.
// An attempt that never got an answer is asked about first.
func (s *Service) replay(ctx context.Context, c caller, earlier store.IdempotencyKey) (Paid, error) {
	attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{earlier.PaymentID})
	if err != nil {
		return Paid{}, err
	}
	if len(attempts) == 0 { // of another customer: not theirs to know
		return Paid{}, pay.Errors{keyReused(earlier)}
	}
	return s.answerAgain(ctx, c, newestOf(attempts, attempts[0].ID), earlier)
}

// newestOf is the last of the attempts that were made for the request which made one of
// them: what became of it is what became of the request.
func newestOf(attempts []pay.Transaction, id uuid.UUID) pay.Transaction {
	id = pay.NewestOf(attempts, id)
	return attempts[slices.IndexFunc(attempts, func(t pay.Transaction) bool { return t.ID == id })]
}

// replayAttempt is replay for a request that added an attempt to a payment.
func (s *Service) replayAttempt(ctx context.Context, c caller, earlier store.IdempotencyKey) (Paid, error) {
	t, err := first(c.rows.Transactions(ctx, []uuid.UUID{earlier.SubjectID}))
	if err == nil && t == nil {
		err = fmt.Errorf("transaction %s is missing", earlier.SubjectID)
	}
	if err != nil {
		return Paid{}, err
	}
	if t.Routing.HasNext() { // another gateway may have taken over
		attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{t.PaymentID})
		if err != nil {
			return Paid{}, err
		}
		return s.answerAgain(ctx, c, newestOf(attempts, t.ID), earlier)
	}
	return s.answerAgain(ctx, c, *t, earlier)
}

func (s *Service) answerAgain(ctx context.Context, c caller, t pay.Transaction, earlier store.IdempotencyKey) (Paid, error) {
	// Of an attempt that waits for the payer only the lease of an answer can be the request's own.
	answering := t.Status == pay.TransactionRequiresAction && t.LeaseUntil.Equal(pay.FirstLease(earlier.CreatedAt))
	if err := stillRunning(t.Asking, s.clock(), t.Status == pay.TransactionCreated || answering, earlier); err != nil {
		return Paid{}, err
	}
	result, err := s.refresh(ctx, c, t)
	result.Replayed = true
	return result, err
}

// stillRunning refuses a repeat while the first request may be waiting for its
// answer, and says for how long.
func stillRunning(a pay.Asking, now time.Time, unanswered bool, earlier store.IdempotencyKey) error {
	left := a.LeaseUntil.Sub(now)
	if !unanswered || left <= 0 {
		return nil
	}
	e := pay.Refuse(pay.CodeIdempotencyInProgress, pay.At("input", "idempotencyKey"), "The first request with this key is still running.")
	e.Retryable, e.FirstUsedAt, e.RetryAfter = true, earlier.CreatedAt, left
	return pay.Errors{e}
}

// refreshLive asks about an attempt of a payment that has no result, before
// anything is decided about the payment.
func (s *Service) refreshLive(ctx context.Context, c caller, paymentID uuid.UUID) error {
	attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{paymentID})
	if err != nil {
		return err
	}
	for _, t := range attempts {
		if t.Status == pay.TransactionUnknown || t.Status == pay.TransactionCreated && !s.clock().Before(t.LeaseUntil) {
			if _, err := s.refresh(ctx, c, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// refresh asks the gateway about an attempt that may have moved without us, and
// returns the payment as it is then.
func (s *Service) refresh(ctx context.Context, c caller, t pay.Transaction) (Paid, error) {
	switch t.Status {
	case pay.TransactionCreated, pay.TransactionUnknown, pay.TransactionPending:
	default:
		return s.paid(ctx, c, t.ID)
	}
	w, err := s.readWork(ctx, c, t.ID)
	if err != nil {
		return Paid{}, err
	}
	return s.attempt(ctx, c, w, true)
}
