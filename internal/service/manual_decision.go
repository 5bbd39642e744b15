package service

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// ApproveManualPaymentInput says that the money of a manual payment arrived.
type ApproveManualPaymentInput struct {
	IdempotencyKey  string
	TransactionID   string
	Amount          *pay.MoneyInput
	ExpectedVersion *int
	ExpectedAmount  *pay.MoneyInput
	// AllowSurplus books what is not owed any more as surplus.
	AllowSurplus bool
}

// ApproveManualPayment records that the money arrived: all that was submitted, or
// less. What is owed is checked again under lock, and the invoice, the orders and
// the customer's store credit change in the same transaction. Money for what was paid
// otherwise meanwhile is refused, or surplus where the caller allows it. The approver must be
// somebody else than the submitter, unless the company allows otherwise. For
// callers with payments:approve.
func (s *Service) ApproveManualPayment(ctx context.Context, in ApproveManualPaymentInput) (Paid, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	minor, err := positive(in.Amount, t.Currency, pay.At("input", "amount"))
	if err != nil {
		return Paid{}, err
	}
	expected, err := positive(in.ExpectedAmount, t.Currency, pay.At("input", "expectedAmount"))
	if err != nil {
		return Paid{}, err
	}
	wish := content{"transaction": t.ID, "minor": minor, "expected": expected, "version": in.ExpectedVersion, "surplus": in.AllowSurplus}
	return s.decide(ctx, c, opApprove, in.IdempotencyKey, t, wish, func(state *pay.State) (*pay.Error, error) {
		if refusal := unexpected(state, t.ID, in.ExpectedVersion, expected); refusal != nil {
			return refusal, nil
		}
		return state.Approve(t.ID, *cmp.Or(minor, &t.RequestedMinor), in.AllowSurplus), nil
	})
}

// unexpected refuses when the approver looked at something that changed since.
func unexpected(state *pay.State, id uuid.UUID, version *int, minor *int64) *pay.Error {
	if refusal := outdated("The payment", state.Payment.Version, version); refusal != nil {
		return refusal
	}
	if t := state.Attempt(id); minor != nil && *minor != t.RequestedMinor {
		e := pay.Refuse(pay.CodeAmountMismatch, pay.At("input", "expectedAmount"), "%s was submitted.", t.RequestedAmount())
		e.Maximum = ptr(t.RequestedAmount())
		return e
	}
	return nil
}

// RejectManualPaymentInput says why a manual payment is not accepted.
type RejectManualPaymentInput struct {
	IdempotencyKey string
	TransactionID  string
	Reason         string
}

// RejectManualPayment refuses a manual payment. For callers with payments:approve.
func (s *Service) RejectManualPayment(ctx context.Context, in RejectManualPaymentInput) (Paid, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return Paid{}, err
	}
	var faults checks
	faults.text(&in.Reason, 1, 1000, pay.At("input", "reason"))
	if faults.Any() {
		return Paid{}, faults.Err()
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	return s.decide(ctx, c, opReject, in.IdempotencyKey, t, content{"transaction": t.ID, "reason": in.Reason},
		func(state *pay.State) (*pay.Error, error) { return state.Reject(t.ID, in.Reason), nil })
}

// WithdrawManualPayment takes a manual payment back, which is for who submitted it
// and for who may approve.
func (s *Service) WithdrawManualPayment(ctx context.Context, in TransactionInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	return s.decide(ctx, c, opWithdraw, in.IdempotencyKey, t, content{"transaction": t.ID},
		func(state *pay.State) (*pay.Error, error) { return state.Withdraw(t.ID), nil })
}

// decide records what a person decided about an attempt, once for each key.
func (s *Service) decide(ctx context.Context, c caller, operation, key string, t pay.Transaction, wish content, how func(*pay.State) (*pay.Error, error)) (Paid, error) {
	_, earlier, err := s.command(ctx, c, t.PaymentID, intention{operation: operation, key: key, content: wish, subject: pay.NewID()},
		func(_ context.Context, state *pay.State) error {
			refusal, err := how(state)
			return cmp.Or(err, refused(refusal))
		})
	if err != nil {
		return Paid{}, err
	}
	result, err := s.paid(ctx, c, t.ID)
	result.Replayed = earlier != nil
	return result, err
}
