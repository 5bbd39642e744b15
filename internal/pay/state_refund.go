package pay

import (
	"time"

	"github.com/google/uuid"
)

// Reserve adds refunds that were planned. Those that no gateway has to be asked
// for succeed at once.
func (s *State) Reserve(list []Refund) error {
	for _, r := range list {
		t := s.Attempt(r.TransactionID)
		r.PaymentID, r.Currency, r.Status, r.CreatedBy = s.Payment.ID, s.Payment.Currency, RefundRequested, s.Actor.ID
		r.CreatedAt, r.UpdatedAt, r.ToldBeforeMinor = s.Now, s.Now, t.ToldRefundedMinor
		r.Lease(s.Now)
		t.RefundPendingMinor, t.UpdatedAt = t.RefundPendingMinor+r.AmountMinor, s.Now
		s.Refunds = append(s.Refunds, r)
		s.noteRefund(r)
		if r.Method != RefundOriginal {
			if _, err := s.ApplyRefund(r.ID, RefundFact{To: RefundSucceeded}); err != nil {
				return err
			}
		}
	}
	return nil
}

// RefundFact is what a gateway said about a refund.
type RefundFact struct {
	To RefundState
	// At is when it happened by the provider's own clock, if it told. Without it a failure
	// undoes no success.
	At         *time.Time
	ExternalID *string
	Error      *TransactionError
	// Lease is that of Fact.
	Lease time.Time `json:"-"`
}

// ApplyRefund records what became of a refund, and says whether that was news.
// Only success moves money; a failure gives the reserved amount free and changes
// nothing that was collected.
func (s *State) ApplyRefund(id uuid.UUID, f RefundFact) (bool, error) {
	r := s.Refund(id)
	if r == nil {
		return false, missing("refund", id)
	}
	if r.lost(f.Lease) {
		f = RefundFact{To: RefundUnknown}
	}
	t := s.Attempt(r.TransactionID)
	if t == nil {
		return false, missing("transaction", r.TransactionID)
	}
	f.At = toldTime(f.At)
	r.hear(f)
	takes, doubtful := r.takes(f)
	doubtful = doubtful && !t.IsMismatch
	if doubtful {
		s.mismatch(t)
	}
	if !takes {
		if doubtful {
			s.note(EventReportMismatch, &t.ID, r.AmountMinor)
		}
		return s.countExternal(t) || doubtful, nil // a success from before a failure explains a total
	}
	was := r.Status
	r.ToldAt = f.At
	r.Status, r.UpdatedAt, r.LeaseUntil, t.UpdatedAt = f.To, s.Now, s.Now, s.Now
	keep(&r.ExternalID, f.ExternalID)
	r.setError(f.Error)
	if was.Open() && !f.To.Open() {
		t.RefundPendingMinor -= r.AmountMinor
	}
	r.SucceededAt = nil
	switch {
	case f.To == RefundSucceeded:
		r.SucceededAt = s.at()
		s.callOffExternal(t, r.AmountMinor) // it may stand for the same money
		s.giveBack(r, t, r.AmountMinor)
	case was == RefundSucceeded:
		s.giveBack(r, t, -r.AmountMinor)
	}
	r.applyWaits(s.Now)
	s.noteRefund(*r)
	s.endRefundCancel(*r)
	if f.To == RefundFailed || f.To == RefundImpossible {
		s.raise(AttentionRefundFailed)
	}
	s.countExternal(t)
	return true, nil
}

// giveBack moves money that went back, or with a negative amount came again. No
// more can go back than was captured: a report that says so counts some of it
// twice, and a person must look.
func (s *State) giveBack(r *Refund, t *Transaction, minor int64) {
	possible := max(-t.RefundedMinor, min(minor, t.CapturedMinor-t.RefundedMinor))
	if possible != minor {
		s.mismatch(t)
	}
	t.RefundedMinor += possible
	if r.Method == RefundStoreCredit {
		s.CreditMinor += minor
	}
}

// AskedRefund notes that a gateway was asked about a refund and had no news. It
// says whether there is anything to wait for.
func (s *State) AskedRefund(id uuid.UUID) bool {
	r := s.Refund(id)
	if r == nil || !r.Status.Open() {
		return false
	}
	r.Checks++
	r.LeaseUntil = s.Now // which tells when it was asked for last: its provider may still be at it
	r.applyWaits(s.Now)
	return true
}

// applyWaits sets when the program asks about the refund again.
func (r *Refund) applyWaits(now time.Time) {
	switch r.Status {
	case RefundRequested, RefundUnknown:
		r.wait(unknownWaits, now)
	case RefundPending:
		r.wait(pendingWaits, now)
	default:
		r.rest()
	}
}
