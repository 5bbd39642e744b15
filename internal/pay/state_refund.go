package pay

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// RefundPart is what one attempt gives back of a refund.
type RefundPart struct {
	TransactionID uuid.UUID
	AmountMinor   int64
	Method        RefundMethod
}

// refundable is what an attempt may still give back.
func (t Transaction) refundable() int64 {
	return max(0, t.CapturedMinor-t.RefundedMinor-t.RefundPendingMinor-t.ChargedBackMinor)
}

// RefundWish is what somebody wants back.
type RefundWish struct {
	// AmountMinor is nil for all that may be given back.
	AmountMinor *int64
	// TransactionID limits it to one attempt.
	TransactionID *uuid.UUID
	// Method is nil for the original one, where there is one.
	Method *RefundMethod
}

// PlanRefund divides a wish over the attempts, the newest capture first, or
// refuses it. Maximum is the most that could be wished for.
func (s *State) PlanRefund(w RefundWish) (parts []RefundPart, maximum int64, refusal *Error) {
	sources := s.refundSources(w)
	for _, t := range sources {
		maximum += t.refundable()
	}
	switch {
	case w.TransactionID != nil && len(sources) == 0:
		return nil, 0, Refuse(CodeNotRefundable, input("transactionId"), "The attempt captured nothing.")
	case s.Payment.CapturedMinor == 0:
		return nil, 0, Refuse(CodeNotRefundable, input("paymentId"), "Nothing was captured.")
	case maximum == 0:
		return nil, 0, s.exceeds(0)
	}
	if w.AmountMinor != nil && *w.AmountMinor > maximum {
		return nil, maximum, s.exceeds(maximum)
	}
	maximum = s.unspent(maximum)
	wanted := maximum
	if w.AmountMinor != nil {
		wanted = *w.AmountMinor
	}
	if wanted > maximum || maximum == 0 {
		return nil, maximum, s.spent(maximum)
	}
	for _, t := range sources {
		part := RefundPart{TransactionID: t.ID, AmountMinor: min(wanted, t.refundable())}
		if part.AmountMinor == 0 {
			continue
		}
		if part.Method, refusal = s.refundMethod(t, w.Method, part.AmountMinor); refusal != nil {
			return nil, maximum, refusal
		}
		parts, wanted = append(parts, part), wanted-part.AmountMinor
	}
	return parts, maximum, nil
}

// mayRefund refuses when nothing can be given back in any way, and says the most
// that can.
func (s *State) mayRefund() (maximum int64, refusal *Error) {
	manual, credit := RefundManual, RefundStoreCredit
	for _, method := range []*RefundMethod{nil, &manual, &credit} {
		if _, maximum, refusal = s.PlanRefund(RefundWish{Method: method}); refusal == nil {
			return maximum, nil
		}
	}
	_, maximum, refusal = s.PlanRefund(RefundWish{})
	return maximum, refusal
}

func (s *State) exceeds(maximum int64) *Error {
	e := Refuse(CodeRefundExceedsRefundable, input("amount"), "At most %s can be given back.", s.money(maximum))
	e.Maximum = &money.Money{Minor: maximum, Currency: s.Payment.Currency}
	return e
}

// unspent is how much of minor units is still there of what a WALLET payment
// bought; other payments bought no store credit.
func (s *State) unspent(minor int64) int64 {
	if s.Payment.Mode != ModeWallet {
		return minor
	}
	return min(minor, s.BalanceMinor)
}

func (s *State) spent(maximum int64) *Error {
	e := Refuse(CodeNotRefundable, input("amount"), "The customer spent the store credit that the payment bought; %s is left of it.", s.money(maximum))
	e.Maximum = s.money(maximum)
	return e
}

// refundSources are the attempts that captured, the newest capture first.
func (s *State) refundSources(w RefundWish) []Transaction {
	var list []Transaction
	for _, t := range s.Attempts {
		if t.CapturedMinor > 0 && (w.TransactionID == nil || *w.TransactionID == t.ID) {
			list = append(list, t)
		}
	}
	slices.Reverse(list) // attempts stand oldest first; equal times keep the newer first
	slices.SortStableFunc(list, func(a, b Transaction) int {
		if a.CapturedAt == nil || b.CapturedAt == nil {
			return 0
		}
		return b.CapturedAt.Compare(*a.CapturedAt)
	})
	return list
}

// refundMethod is the way in which an attempt gives back an amount.
func (s *State) refundMethod(t Transaction, wanted *RefundMethod, minor int64) (RefundMethod, *Error) {
	traits := s.Traits[t.GatewayID]
	method := RefundOriginal
	switch {
	case wanted != nil:
		method = *wanted
	case !traits.Charges: // paid outside any gateway, so it goes back outside
		method = RefundManual
	}
	switch {
	case method == RefundStoreCredit && s.Payment.CustomerID == nil:
		return "", Refuse(CodeNotRefundable, input("method"), "Without a customer there is no store credit.")
	case method == RefundStoreCredit && s.Payment.Mode == ModeWallet:
		return "", Refuse(CodeNotRefundable, input("method"), "The payment bought store credit.")
	case method == RefundOriginal && !traits.Refunds:
		return "", Refuse(CodeNotRefundable, input("method"), "The gateway gives nothing back; choose another method.")
	case method == RefundOriginal && !traits.Gateway.IsPartiallyRefundable && minor < t.CapturedMinor:
		return "", Refuse(CodePartialRefundUnsupported, input("amount"), "The gateway gives back all of an attempt or nothing.")
	}
	return method, nil
}

// Reserve adds refunds that were planned. Those that no gateway has to be asked
// for succeed at once.
func (s *State) Reserve(list []Refund) error {
	for _, r := range list {
		t := s.Attempt(r.TransactionID)
		r.PaymentID, r.Currency, r.Status, r.CreatedBy = s.Payment.ID, s.Payment.Currency, RefundRequested, s.Actor.ID
		r.CreatedAt, r.UpdatedAt = s.Now, s.Now
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
	To         RefundState
	ExternalID *string
	Error      *TransactionError
}

// ApplyRefund records what became of a refund, and says whether that was news.
// Only success moves money; a failure gives the reserved amount free and changes
// nothing that was collected.
func (s *State) ApplyRefund(id uuid.UUID, f RefundFact) (bool, error) {
	r := s.Refund(id)
	if r == nil {
		return false, missing("refund", id)
	}
	if !slices.Contains(refundFacts[r.Status], f.To) {
		return false, nil
	}
	t := s.Attempt(r.TransactionID)
	if t == nil {
		return false, missing("transaction", r.TransactionID)
	}
	was := r.Status
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
		s.giveBack(r, t, r.AmountMinor)
	case was == RefundSucceeded:
		s.giveBack(r, t, -r.AmountMinor)
	}
	r.applyWaits(s.Now)
	s.noteRefund(*r)
	if f.To == RefundFailed || f.To == RefundImpossible {
		s.raise(AttentionRefundFailed)
	}
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

// ExternalRefund records that a gateway gave back minor units in all of an
// attempt, where that is more than our refunds account for: somebody used the
// gateway's own dashboard. Refunds without a result may be part of it.
func (s *State) ExternalRefund(id, refund uuid.UUID, minor int64) (bool, error) {
	t := s.Attempt(id)
	if t == nil {
		return false, missing("transaction", id)
	}
	if minor < 0 || minor > money.MaxMinor {
		return false, fmt.Errorf("gateway gave back %d of transaction %s", minor, id)
	}
	if t.CapturedMinor == 0 {
		return minor > 0 && s.keepEarly(t, EarlyReport{Kind: EarlyRefund, ID: refund, Currency: t.Currency, AmountMinor: minor}), nil
	}
	strange := minor > t.CapturedMinor && !t.IsMismatch
	if strange {
		s.mismatch(t)
	}
	more := min(minor, t.CapturedMinor) - t.RefundedMinor - t.RefundPendingMinor
	if more <= 0 {
		if strange {
			s.note(EventReportMismatch, &t.ID, minor)
		}
		return strange, nil
	}
	r := Refund{ID: refund, BatchID: refund, PaymentID: s.Payment.ID, TransactionID: id, Currency: s.Payment.Currency, AmountMinor: more,
		Method: RefundOriginal, Status: RefundSucceeded, CreatedBy: s.Actor.ID, CreatedAt: s.Now, UpdatedAt: s.Now, SucceededAt: s.at()}
	s.Refunds = append(s.Refunds, r)
	t.RefundedMinor, t.UpdatedAt = t.RefundedMinor+more, s.Now
	s.noteRefund(r)
	return true, nil
}

// MayCancelRefund refuses to call off a refund.
func (s *State) MayCancelRefund(id uuid.UUID) *Error {
	r, at := s.Refund(id), input("refundId")
	switch {
	case r.Status != RefundRequested && r.Status != RefundPending:
		return wrongState(at, string(r.Status), []string{string(RefundRequested), string(RefundPending)}, "Only a refund under way can be called off.")
	case s.Now.Before(r.LeaseUntil):
		return inProgress(at, "The gateway is being asked for the refund.")
	case !s.Traits[s.Attempt(r.TransactionID).GatewayID].CancelsRefunds:
		return Refuse(CodeGatewayUnavailable, at, "The gateway calls off no refund.")
	}
	return nil
}

// AskedRefund notes that a gateway was asked about a refund and had no news. It
// says whether there is anything to wait for.
func (s *State) AskedRefund(id uuid.UUID) bool {
	r := s.Refund(id)
	if r == nil || !r.Status.Open() {
		return false
	}
	r.Checks++
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
