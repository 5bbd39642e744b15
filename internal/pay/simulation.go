package pay

import (
	"cmp"
	"time"

	"github.com/google/uuid"
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
	// SimulateRefundSucceeded and SimulateRefundFailed are about one of our refunds;
	// a failure after the success is money that came back.
	SimulateRefundSucceeded SimulatedFact = "REFUND_SUCCEEDED"
	SimulateRefundFailed    SimulatedFact = "REFUND_FAILED"
)

// HasAmount says that an amount means something with the fact.
func (f SimulatedFact) HasAmount() bool {
	switch f {
	case SimulateAuthorized, SimulateCaptured, SimulateConfirmed, SimulateRefunded, SimulateChargeback:
		return true
	}
	return false
}

// OfRefund says that the fact is about a refund of the attempt.
func (f SimulatedFact) OfRefund() bool {
	return f == SimulateRefundSucceeded || f == SimulateRefundFailed
}

// Simulation is a fact that a provider of the sandbox is made to report of an
// attempt.
type Simulation struct {
	ID            uuid.UUID
	TransactionID uuid.UUID
	PaymentID     uuid.UUID
	// RefundID is for facts about a refund.
	RefundID *uuid.UUID
	Fact     SimulatedFact
	// AmountMinor is held, captured, settled, given back or charged back in all, in
	// minor units of the attempt's currency; nil for all that can be.
	AmountMinor *int64
	// DeclineType is for FAILED; nil for a hard decline.
	DeclineType *DeclineType
	// WakeAt is when it is reported (UTC).
	WakeAt time.Time
}

// Report changes the state as if the provider had reported the fact, by the rules
// of real reports. It says whether the fact was news.
func (m Simulation) Report(s *State) (changed bool, err error) {
	t := s.Attempt(m.TransactionID)
	switch m.Fact {
	case SimulateRefundSucceeded:
		return s.ApplyRefund(*m.RefundID, RefundFact{To: RefundSucceeded, At: s.at()})
	case SimulateRefundFailed:
		return s.ApplyRefund(*m.RefundID, RefundFact{To: RefundFailed, At: s.at(), Error: &TransactionError{Code: ErrorDeclined, Message: "The provider refused, as was simulated."}})
	case SimulateRefunded:
		return s.ExternalRefund(t.ID, m.amount(cmp.Or(t.CapturedMinor, t.RequestedMinor)))
	case SimulateChargeback:
		return s.ChargeBack(t.ID, DisputeStep{}, m.amount(cmp.Or(t.CapturedMinor, t.RequestedMinor)))
	case SimulateConfirmed:
		return s.ApplyFact(t.ID, m.fact(*t))
	}
	f := m.fact(*t).Believable(t.RequestedAmount())
	f.At = s.at() // the provider's clock is ours
	return s.ApplyFact(t.ID, f)
}

// amount is the one that was named, or the whole, in minor units.
func (m Simulation) amount(whole int64) int64 {
	if m.AmountMinor == nil {
		return whole
	}
	return *m.AmountMinor
}

// fact is what a connector would have made of the provider's report.
func (m Simulation) fact(t Transaction) Fact {
	f := Fact{To: TransactionStatus(m.Fact)}
	switch m.Fact {
	case SimulateAuthorized, SimulateCaptured:
		f.AmountMinor = m.amount(t.RequestedMinor)
	case SimulateConfirmed:
		f.AmountMinor = m.amount(cmp.Or(t.CapturedMinor, t.RequestedMinor))
	case SimulateFailed:
		kind := HardDecline
		if m.DeclineType != nil {
			kind = *m.DeclineType
		}
		f.Error = &TransactionError{Code: ErrorDeclined, Message: "The provider declined, as was simulated.", DeclineType: &kind}
	case SimulateDropped:
		f.Error = &TransactionError{Code: ErrorNotCompleted, Message: "The payer left, as was simulated."}
	case SimulateCancelled:
		f.Error = &TransactionError{Code: ErrorCancelled, Message: "The attempt was called off, as was simulated."}
	}
	return f
}
