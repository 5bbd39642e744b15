package pay

import (
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// EarlyKind is what an early report is about.
type EarlyKind string

// The kinds.
const (
	EarlyChargeback EarlyKind = "CHARGEBACK"
	// EarlyConfirmation is the gateway's own word that money was settled, and
	// EarlySettlement a line of its settlement file.
	EarlyConfirmation EarlyKind = "CONFIRMATION"
	EarlySettlement   EarlyKind = "SETTLEMENT"
)

// EarlyReport is a report about captured money that came before the report of the
// capture. It waits on its attempt until the capture is known, so that the end is the
// same in whatever order reports arrive. What was given back is none: that is kept in
// Transaction.ToldRefundedMinor.
type EarlyReport struct {
	Kind EarlyKind `json:"kind"`
	// ID is the settlement line's.
	ID       uuid.UUID      `json:"id"`
	Currency money.Currency `json:"currency"`
	// AmountMinor is how much in all, in minor units of Currency.
	AmountMinor int64  `json:"amountMinor"`
	FeeMinor    *int64 `json:"feeMinor,omitempty"`
	// Dispute is the movement that a CHARGEBACK tells.
	Dispute DisputeStep `json:"dispute,omitzero"`
}

// EarlyReports are the reports that wait on one attempt.
type EarlyReports []EarlyReport

// Scan reads the reports from the text of a JSON column.
func (e *EarlyReports) Scan(src any) error { return scanJSON(src, e) }

// strange says that reports stand which nothing explains: money went back that is not
// known to have come, or was settled by an attempt that is over.
func (t Transaction) strange() bool {
	if t.Disagrees() {
		return true
	}
	for _, x := range t.Early {
		if x.Kind == EarlyChargeback || t.Status.Over() {
			return true
		}
	}
	return false
}

// SettledLine is what a settlement line that had waited came to.
type SettledLine struct {
	ID      uuid.UUID
	Outcome SettlementOutcome
	Message string
}

// keepEarly has a report wait for the capture. It says whether it was news: of the
// same sort only more is, but every settlement line and every step of a dispute counts.
func (s *State) keepEarly(t *Transaction, x EarlyReport) bool {
	for i := range t.Early {
		old := t.Early[i]
		if old.Kind != x.Kind || x.Kind == EarlySettlement && old.ID != x.ID || old.Dispute != x.Dispute {
			continue
		}
		if x.AmountMinor <= old.AmountMinor {
			return false
		}
		t.Early, t.UpdatedAt = slices.Clone(t.Early), s.Now // the attempt as it was has the same list, and would show no change
		t.Early[i].AmountMinor = x.AmountMinor
		s.note(EventReportKept, &t.ID, x.AmountMinor)
		return true
	}
	t.Early, t.UpdatedAt = append(t.Early, x), s.Now
	s.note(EventReportKept, &t.ID, x.AmountMinor)
	return true
}

// takeEarly takes up the reports that waited on attempts whose captures are known now.
// Settlement lines of an attempt that ended without money disagree with it; the other
// reports go on waiting, because its capture may come late.
func (s *State) takeEarly() error {
	for i := range s.Attempts {
		t := &s.Attempts[i]
		list := t.Early
		t.Early = nil
		for _, x := range list {
			if s.waits(*t, x) {
				t.Early = append(t.Early, x)
				continue
			}
			if err := s.takeUp(t, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// waits says that what a report presupposes is still to come.
func (s *State) waits(t Transaction, x EarlyReport) bool {
	if x.Kind == EarlySettlement {
		return s.comesLater(t, x.AmountMinor)
	}
	return t.CapturedMinor == 0
}

func (s *State) takeUp(t *Transaction, x EarlyReport) (err error) {
	switch x.Kind {
	case EarlyChargeback:
		_, err = s.ChargeBack(t.ID, x.Dispute, x.AmountMinor)
	case EarlyConfirmation:
		_, err = s.ApplyFact(t.ID, Fact{To: TransactionConfirmed, AmountMinor: min(x.AmountMinor, t.CapturedMinor), FeeMinor: x.FeeMinor})
	case EarlySettlement:
		line := SettledLine{ID: x.ID}
		line.Outcome, line.Message, err = s.Settle(t.ID, SettlementLine{ID: x.ID, Currency: x.Currency, AmountMinor: x.AmountMinor, FeeMinor: x.FeeMinor})
		s.Settled = append(s.Settled, line)
	}
	return err
}
