package pay

import (
	"fmt"

	"github.com/google/uuid"
)

// Settle compares a settlement line with what its attempt captured, and says what
// the line comes to, in a code and in words.
//
// A line carries the amount of the charge before fees and before refunds, as the
// charge lines of gateways' settlement files do: refunds are lines of their own
// there. So it agrees when it is all that the attempt captured, whatever went back.
//
// What was confirmed is never undone, and never above what was captured. Whatever
// the order in which lines arrive, the end is the same: the most that a line
// confirms counts, and one that disagrees leaves a discrepancy behind it.
func (s *State) Settle(id uuid.UUID, l SettlementLine) (SettlementOutcome, string, error) {
	t := s.Attempt(id)
	if t == nil {
		return "", "", missing("transaction", id)
	}
	if l.Currency != t.Currency {
		s.disagree(t, nil)
		return SettlementDiscrepancy, fmt.Sprintf("%s was settled; the attempt is in %s.", l.Amount(), t.Currency), nil
	}
	if l.AmountMinor != t.CapturedMinor {
		t.ConfirmedMinor = max(t.ConfirmedMinor, min(l.AmountMinor, t.CapturedMinor))
		t.actualFee(l.FeeMinor)
		s.disagree(t, &l.AmountMinor)
		return SettlementDiscrepancy, fmt.Sprintf("%s was settled; %s was captured.", l.Amount(), t.Amount()), nil
	}
	if t.ReconciliationStatus == Reconciled && t.ConfirmedMinor == t.CapturedMinor {
		return SettlementAlreadyConfirmed, "Another line settled the same amount before.", nil
	}
	more := t.CapturedMinor - t.ConfirmedMinor
	t.ConfirmedMinor, t.UpdatedAt = t.CapturedMinor, s.Now
	t.actualFee(l.FeeMinor)
	s.note(TransactionEvent(TransactionConfirmed), &t.ID, more)
	if t.ReconciliationStatus == Discrepancy {
		return SettlementDiscrepancy, "Another line settled another amount before.", nil
	}
	t.ReconciliationStatus = Reconciled
	return SettlementConfirmed, fmt.Sprintf("%s was captured and settled.", t.Amount()), nil
}

// disagree notes that a settlement says something else than was captured; minor
// is nil where it is not even in the payment's currency.
func (s *State) disagree(t *Transaction, minor *int64) {
	t.ReconciliationStatus, t.UpdatedAt = Discrepancy, s.Now
	s.note(EventSettlementDiscrepancy, &t.ID, 0).AmountMinor = minor
}

// actualFee replaces an estimate by what the gateway kept.
func (t *Transaction) actualFee(minor *int64) {
	if minor != nil {
		fee := *minor
		t.FeeMinor, t.FeeIsEstimated = &fee, false
	}
}
