package pay

import (
	"fmt"
	"maps"

	"github.com/google/uuid"
)

// Settle compares a settlement line with what its attempt captured, and says what
// the line comes to, in a code and in words.
//
// A line carries the amount of a charge before fees and before refunds, as the
// charge lines of gateways' settlement files do: refunds are lines of their own
// there. So it agrees when it is all that the attempt captured, or one of several
// captures, whatever went back. One that comes before the capture waits for it.
//
// What was confirmed is never undone, and never above what was captured. A line that
// disagrees leaves a discrepancy behind it until a person has seen to it.
func (s *State) Settle(id uuid.UUID, l SettlementLine) (SettlementOutcome, string, error) {
	t := s.Attempt(id)
	if t == nil {
		return "", "", missing("transaction", id)
	}
	if l.Currency != t.Currency {
		s.disagree(t, nil)
		return SettlementDiscrepancy, fmt.Sprintf("%s was settled; the attempt is in %s.", l.Amount(), t.Currency), nil
	}
	if s.comesLater(*t, l.AmountMinor) {
		s.keepEarly(t, EarlyReport{Kind: EarlySettlement, ID: l.ID, Currency: l.Currency, AmountMinor: l.AmountMinor, FeeMinor: l.FeeMinor})
		return SettlementWaiting, "What it settles is not known to be captured yet.", nil
	}
	if t.CapturedMinor == 0 {
		s.disagree(t, &l.AmountMinor)
		return SettlementDiscrepancy, "The attempt ended without money.", nil
	}
	if l.AmountMinor == t.CapturedMinor && t.ConfirmedMinor == t.CapturedMinor && t.ReconciliationStatus == Reconciled {
		if t.actualFee(l.FeeMinor) {
			s.note(EventFeeRecorded, &t.ID, *l.FeeMinor)
		}
		return SettlementAlreadyConfirmed, "Another line settled the same amount before.", nil
	}
	if total, ok := s.agrees(*t, l.AmountMinor); ok {
		return s.confirm(t, total, l.FeeMinor)
	}
	t.ConfirmedMinor = max(t.ConfirmedMinor, min(l.AmountMinor, t.CapturedMinor))
	if l.FeeMinor != nil && (t.FeeMinor == nil || t.FeeIsEstimated) {
		t.FeeMinor, t.FeeIsEstimated = l.FeeMinor, true
	}
	s.disagree(t, &l.AmountMinor)
	return SettlementDiscrepancy, fmt.Sprintf("%s was settled; %s was captured.", l.Amount(), t.Amount()), nil
}

// agrees says that a line of minor units settles all that the attempt captured, or some
// of its captures, and how much is confirmed with it in all.
func (s *State) agrees(t Transaction, minor int64) (total int64, ok bool) {
	if minor == t.CapturedMinor {
		return minor, true
	}
	total = t.confirmedByCaptures() + minor
	return total, total <= t.CapturedMinor && s.areCaptures(&t, total) && s.areCaptures(&t, minor)
}

// comesLater says that a line of minor units may be about captures still to come.
func (s *State) comesLater(t Transaction, minor int64) bool {
	if t.CapturedMinor == 0 {
		return !t.Status.Over()
	}
	_, now := s.agrees(t, minor)
	return !now && t.HeldMinor > 0 && t.confirmedByCaptures()+minor <= t.CapturedMinor+t.HeldMinor
}

// confirmedByCaptures is what lines confirmed that agreed; what disagreed confirmed no
// single capture.
func (t Transaction) confirmedByCaptures() int64 {
	if t.ReconciliationStatus == Discrepancy {
		return 0
	}
	return t.ConfirmedMinor
}

// confirm records that minor units in all were settled.
func (s *State) confirm(t *Transaction, minor int64, fee *int64) (SettlementOutcome, string, error) {
	more := max(minor, t.ConfirmedMinor) - t.ConfirmedMinor
	partly := t.ConfirmedMinor > 0 && t.ReconciliationStatus != Discrepancy
	t.ConfirmedMinor, t.UpdatedAt = t.ConfirmedMinor+more, s.Now
	if partly && fee != nil && t.FeeMinor != nil && !t.FeeIsEstimated {
		both := *t.FeeMinor + *fee // each capture has its own
		fee, t.FeeIsEstimated = &both, true
	}
	t.actualFee(fee)
	s.note(TransactionEvent(TransactionConfirmed), &t.ID, more)
	if t.ReconciliationStatus == Discrepancy {
		return SettlementDiscrepancy, "Another line settled another amount before.", nil
	}
	t.ReconciliationStatus = reconciled(t.ConfirmedMinor, t.CapturedMinor)
	return SettlementConfirmed, fmt.Sprintf("%s of %s captured is settled.", t.ConfirmedAmount(), t.Amount()), nil
}

// areCaptures says whether an amount is that of some of the attempt's captures
// together. A settlement file may list each capture by itself.
func (s *State) areCaptures(t *Transaction, minor int64) bool {
	sums := map[int64]bool{0: true}
	for _, o := range s.Operations {
		if o.TransactionID != t.ID || o.Kind != OperationCapture || o.Status != OperationSucceeded || len(sums) > maxCaptureSums {
			continue
		}
		for sum := range maps.Clone(sums) {
			sums[sum+o.AmountMinor] = true
		}
	}
	return minor > 0 && sums[minor]
}

// maxCaptureSums bounds the work on an attempt with very many captures.
const maxCaptureSums = 4096

// disagree notes that a settlement says something else than was captured; minor
// is nil where it is not even in the payment's currency.
func (s *State) disagree(t *Transaction, minor *int64) {
	t.ReconciliationStatus, t.UpdatedAt = Discrepancy, s.Now
	s.note(EventSettlementDiscrepancy, &t.ID, 0).AmountMinor = minor
	s.raise(AttentionAmountMismatch)
}

// actualFee replaces an estimate by what the gateway kept, and says whether it did.
func (t *Transaction) actualFee(minor *int64) bool {
	if minor == nil || t.FeeMinor != nil && !t.FeeIsEstimated {
		return false
	}
	fee := *minor
	t.FeeMinor, t.FeeIsEstimated = &fee, false
	return true
}
