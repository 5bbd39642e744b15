package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// SimulatedFact is what a provider can be made to report in the sandbox.
type SimulatedFact string

// The facts.
const (
	SimulatePending    SimulatedFact = "PENDING"
	SimulateAuthorized SimulatedFact = "AUTHORIZED"
	SimulateCaptured   SimulatedFact = "CAPTURED"
	SimulateFailed     SimulatedFact = "FAILED"
	SimulateDropped    SimulatedFact = "DROPPED"
	SimulateCancelled  SimulatedFact = "CANCELLED"
	SimulateVoided     SimulatedFact = "VOIDED"
	SimulateExpired    SimulatedFact = "EXPIRED"
	SimulateConfirmed  SimulatedFact = "CONFIRMED"
	// SimulateRefunded: somebody gave money back in the provider's dashboard.
	SimulateRefunded SimulatedFact = "REFUNDED"
	// SimulateChargeback: the payer's bank took money back.
	SimulateChargeback SimulatedFact = "CHARGEBACK"
)

// SimulateTransactionInput is what a provider reports of an attempt.
type SimulateTransactionInput struct {
	TransactionID string
	Fact          SimulatedFact
	// Amount is held, captured, settled, given back or charged back in all; left
	// out, all that can be.
	Amount *pay.MoneyInput
	// DeclineType is for FAILED; left out, a hard decline.
	DeclineType *pay.DeclineType
}

// Simulated is the attempt after a simulated fact.
type Simulated struct {
	Payment     pay.Payment
	Transaction pay.Transaction
	// Changed says that the fact was news.
	Changed bool
}

// SimulateTransaction records a fact as if the provider had reported it: by the
// rules of real reports, at any time, any number of times and in any order. For
// callers with payments:write in the sandbox, but no customer.
func (s *Service) SimulateTransaction(ctx context.Context, in SimulateTransactionInput) (Simulated, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Simulated{}, err
	}
	at := pay.At("input")
	if c.Environment != pay.Sandbox {
		return Simulated{}, refused(pay.Refuse(pay.CodeForbiddenAction, at, "Only the sandbox simulates: in the live environment providers report what happened."))
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, at.Then("transactionId"))
	if err != nil {
		return Simulated{}, err
	}
	minor, err := positive(in.Amount, t.Currency, at.Then("amount"))
	if err != nil {
		return Simulated{}, err
	}
	if in.DeclineType != nil && in.Fact != SimulateFailed {
		return Simulated{}, refused(pay.Refuse(pay.CodeInvalidInput, at.Then("declineType"), "Only FAILED has a decline type."))
	}
	if minor != nil && !in.Fact.hasAmount() {
		return Simulated{}, refused(pay.Refuse(pay.CodeInvalidInput, at.Then("amount"), "%s has no amount.", in.Fact))
	}
	a, changed, refund := c.Actor, false, pay.NewID()
	a.ID = gatewayActor
	state, err := s.change(ctx, a, t.PaymentID, func(_ context.Context, state *pay.State) (err error) {
		x := state.Attempt(t.ID)
		if !state.Traits[x.GatewayID].Charges {
			return refused(pay.Refuse(pay.CodeGatewayUnavailable, at.Then("transactionId"), "No provider reports about a manual payment."))
		}
		switch in.Fact {
		case SimulateRefunded:
			changed, err = state.ExternalRefund(t.ID, refund, all(minor, x.CapturedMinor))
		case SimulateChargeback:
			changed, err = state.ChargeBack(t.ID, all(minor, x.CapturedMinor))
		case SimulateConfirmed:
			if minor != nil && *minor > x.CapturedMinor {
				return refused(above(*x))
			}
			changed, err = state.ApplyFact(t.ID, in.fact(*x, minor))
		default:
			changed, err = state.ApplyFact(t.ID, believable(in.fact(*x, minor), x.RequestedAmount()))
		}
		if err == nil && !changed {
			err = errUnchanged
		}
		return err
	})
	if err != nil {
		return Simulated{}, err
	}
	shown := c.shown(Paid{Payment: state.Payment, Transaction: *state.Attempt(t.ID)})
	return Simulated{Payment: shown.Payment, Transaction: shown.Transaction, Changed: changed}, nil
}

// hasAmount says that an amount means something with the fact.
func (f SimulatedFact) hasAmount() bool {
	switch f {
	case SimulateAuthorized, SimulateCaptured, SimulateConfirmed, SimulateRefunded, SimulateChargeback:
		return true
	}
	return false
}

// all is the amount that was named, or the whole.
func all(minor *int64, whole int64) int64 {
	if minor == nil {
		return whole
	}
	return *minor
}

// above refuses to settle more than was captured: nothing could be recorded of it.
func above(t pay.Transaction) *pay.Error {
	e := pay.Refuse(pay.CodeAmountMismatch, pay.At("input", "amount"), "%s was captured; no more can be confirmed.", t.Amount())
	e.Maximum = ptr(t.Amount())
	return e
}

// fact is what a connector would have made of the provider's report.
func (in SimulateTransactionInput) fact(t pay.Transaction, minor *int64) pay.Fact {
	f := pay.Fact{To: pay.TransactionStatus(in.Fact)}
	switch in.Fact {
	case SimulateAuthorized, SimulateCaptured:
		f.AmountMinor = all(minor, t.RequestedMinor)
	case SimulateConfirmed:
		f.AmountMinor = all(minor, t.CapturedMinor)
	case SimulateFailed:
		kind := pay.HardDecline
		if in.DeclineType != nil {
			kind = *in.DeclineType
		}
		f.Error = &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The provider declined, as was simulated.", DeclineType: &kind}
	case SimulateDropped:
		f.Error = &pay.TransactionError{Code: pay.ErrorNotCompleted, Message: "The payer left, as was simulated."}
	case SimulateCancelled:
		f.Error = &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The attempt was called off, as was simulated."}
	}
	return f
}
