package pay

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Providers tell how much they gave back of an attempt in all. Our own refunds explain it
// as far as the gateway saw them; what is beyond was given back by somebody else, as in
// the provider's dashboard, and is booked as external refunds. A total tells no time, and
// comes before, between and after what is told of our refunds. So nothing is decided once
// and for all when it comes: the highest is kept, and what is external is worked out anew
// from it whenever it rises, a refund changes or more is captured. What is booked follows
// from what is known, not from the order in which that came.

// ExternalRefund records that a gateway gave back minor units in all of an attempt, and
// says whether more than was known. Totals only grow: less is an older report.
func (s *State) ExternalRefund(id uuid.UUID, minor int64) (bool, error) {
	t := s.Attempt(id)
	if t == nil {
		return false, missing("transaction", id)
	}
	if minor < 0 || minor > money.MaxMinor {
		return false, fmt.Errorf("gateway gave back %d of transaction %s", minor, id)
	}
	if minor <= t.ToldRefundedMinor {
		return false, nil
	}
	t.ToldRefundedMinor, t.UpdatedAt = minor, s.Now
	return s.countExternal(t), nil
}

// countExternal books what was given back of an attempt beyond our refunds, and takes back
// what one of them explains after all. It says whether that was news. A person must look
// at what cannot be booked, because so much was not captured or has gone back otherwise,
// and at what is booked in doubt: beside a refund of ours that failed, though the total may
// have counted it.
func (s *State) countExternal(t *Transaction) bool {
	events := len(s.Events)
	s.callOffExternal(t, 0)
	external, sure := s.external(*t)
	booked := s.bookedExternal(*t)
	if more := min(external-booked, t.CapturedMinor-t.RefundedMinor-t.RefundPendingMinor); more > 0 {
		s.bookExternal(t, more)
		booked += more
	}
	was := t.UnexplainedMinor
	if t.UnexplainedMinor = external - min(sure, booked); t.UnexplainedMinor > was {
		kind := EventReportMismatch
		if t.CapturedMinor == 0 {
			kind = EventReportKept
		}
		s.note(kind, &t.ID, t.ToldRefundedMinor)
		s.raise(AttentionAmountMismatch)
	}
	return len(s.Events) > events
}

// external is what the totals of an attempt say that was given back beyond our refunds, in
// minor units: those that succeeded, if only once, or still may. sure is the same if the
// totals had counted those too that failed. A total from before a refund was asked for did
// not count it.
func (s *State) external(t Transaction) (external, sure int64) {
	var ours, asked int64
	for _, r := range s.Refunds {
		if r.TransactionID != t.ID || r.IsExternal || r.Method != RefundOriginal {
			continue
		}
		external, sure = max(external, r.ToldBeforeMinor-ours), max(sure, r.ToldBeforeMinor-asked)
		asked += r.AmountMinor
		if r.Status.Open() || r.SucceededOnce {
			ours += r.AmountMinor
		}
	}
	return max(external, t.ToldRefundedMinor-ours), max(sure, t.ToldRefundedMinor-asked)
}

// bookedExternal is what external refunds of an attempt stand for, whether it came again
// since or not, in minor units.
func (s *State) bookedExternal(t Transaction) (minor int64) {
	for _, r := range s.Refunds {
		if r.TransactionID == t.ID && r.IsExternal && r.Status != RefundCancelled {
			minor += r.AmountMinor
		}
	}
	return minor
}

func (s *State) bookExternal(t *Transaction, minor int64) {
	id := NewID()
	r := Refund{ID: id, BatchID: id, PaymentID: s.Payment.ID, TransactionID: t.ID, Currency: s.Payment.Currency, AmountMinor: minor,
		Method: RefundOriginal, Status: RefundSucceeded, IsExternal: true, SucceededOnce: true, CreatedBy: ActorGateway,
		CreatedAt: s.Now, UpdatedAt: s.Now, SucceededAt: s.at()}
	s.Refunds = append(s.Refunds, r)
	s.giveBack(&r, t, minor)
	t.UpdatedAt = s.Now
	s.noteRefund(r)
}

// callOffExternal takes back external refunds, the newest first, that stand for more than
// was given back beyond our refunds, because one of ours turned out to be the same money,
// and makes room for a refund of ours of so many minor units: where not all fits into what
// was captured, ours do, whichever were told first.
func (s *State) callOffExternal(t *Transaction, ours int64) {
	external, _ := s.external(*t)
	for i := len(s.Refunds) - 1; i >= 0 && (s.bookedExternal(*t) > external || t.CapturedMinor-t.RefundedMinor < ours); i-- {
		r := &s.Refunds[i]
		if r.TransactionID != t.ID || !r.IsExternal || r.Status != RefundSucceeded {
			continue
		}
		r.Status, r.SucceededAt, r.UpdatedAt, t.UpdatedAt = RefundCancelled, nil, s.Now, s.Now
		s.giveBack(r, t, -r.AmountMinor)
		s.noteRefund(*r).Reason = new("It is the money of another refund.")
	}
}
