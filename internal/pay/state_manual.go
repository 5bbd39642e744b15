package pay

import (
	"slices"

	"github.com/google/uuid"
)

// MaySubmit refuses a manual payment, and says the most that it may be about.
func (s *State) MaySubmit() (int64, *Error) {
	room, refusal := s.mayStart()
	if refusal != nil {
		return 0, refusal
	}
	if refusal := s.mayCollect(); refusal != nil {
		return 0, refusal
	}
	return s.askable(room, false)
}

// mayCollect refuses money for a payment that only saves a method.
func (s *State) mayCollect() *Error {
	if s.Payment.Mode != ModeSetup {
		return nil
	}
	return wrongState(input("paymentId"), string(s.Payment.Mode), []string{string(ModePayment), string(ModeWallet)}, "A setup collects nothing.")
}

// Submit adds a manual payment that waits for approval; of no amount, about all
// that may be submitted.
func (s *State) Submit(t Transaction) *Error {
	most, refusal := s.MaySubmit()
	if refusal != nil {
		return refusal
	}
	return s.submit(t, most)
}

func (s *State) submit(t Transaction, most int64) *Error {
	if t.RequestedMinor == 0 {
		t.RequestedMinor = most
	}
	if t.RequestedMinor > most {
		e := Refuse(CodeAmountExceedsOutstanding, input("amount"), "At most %s can be submitted.", s.money(most))
		e.Maximum = s.money(most)
		return e
	}
	t.Status, t.SubmittedBy = TransactionPendingApproval, s.by()
	t.wakeAt(s.Now.Add(ApprovalTTL))
	s.addAttempt(t)
	s.Events[len(s.Events)-1].Type = EventManualSubmitted
	return nil
}

// awaits refuses unless the attempt waits for approval.
func (s *State) awaits(t *Transaction) *Error {
	if t.Status != TransactionPendingApproval {
		return wrongState(input("transactionId"), string(t.Status), []string{string(TransactionPendingApproval)}, "The payment waits for no approval.")
	}
	return nil
}

// MayApprove refuses an approval by this actor, and says the most that may be
// approved: what was submitted, as long as that much is still owed. With surplus it is
// all that was submitted: the money is there, whoever paid the orders meanwhile.
func (s *State) MayApprove(id uuid.UUID, surplus bool) (int64, *Error) {
	t, at := s.Attempt(id), input("transactionId")
	if refusal := s.awaits(t); refusal != nil {
		return 0, refusal
	}
	switch {
	case !s.Actor.Has(ScopePaymentsApprove):
		return 0, Refuse(CodeForbiddenAction, at, "The credential may not approve.")
	case t.SubmittedBy != nil && s.Actor.IsPerson(*t.SubmittedBy) && !s.SelfApproval:
		return 0, Refuse(CodeApproverIsSubmitter, at, "Somebody else than the submitter must approve.")
	case s.closing():
		return 0, Refuse(CodePaymentClosed, at, "The payment is closed.")
	case s.isAskedFor(t):
		return 0, inProgress(at, "Another attempt of the payment has asked for it, or holds it.")
	}
	owed, refusal := s.approvable(t)
	switch {
	case !surplus || owed == t.RequestedMinor:
		return owed, refusal
	case !s.subjectsClaimed():
		return t.RequestedMinor, nil
	case owed == 0:
		return 0, inProgress(at, "Another payment for the same is under way.")
	}
	return owed, nil
}

// approvable is what of a manual payment still pays something, or why nothing of it
// does.
func (s *State) approvable(t *Transaction) (int64, *Error) {
	room := min(t.RequestedMinor, s.Payment.FinalMinor-s.Payment.CapturedMinor)
	if room <= 0 {
		e := Refuse(CodeAmountExceedsOutstanding, input("amount"), "All that the payment is for was captured.")
		e.Maximum = s.money(0)
		return 0, e
	}
	most := s.subjectRoom(room, false)
	if most == 0 {
		refusal := s.subjectsTaken(false)
		refusal.Path = input("transactionId")
		return 0, refusal
	}
	return most, nil
}

// subjectsClaimed says that something which is still owed is asked for or held already:
// approved now, the money would pay that, and what comes of the other attempt would be
// collected twice.
func (s *State) subjectsClaimed() bool {
	return slices.ContainsFunc(s.Allocations, func(a PaymentAllocation) bool {
		d, _ := s.debt(a)
		return d != nil && d.PayableMinor() < d.OutstandingMinor()
	})
}

// Approve records that the money of a manual payment arrived. Without surplus it pays
// what is owed or is refused, so that nobody takes a slip twice unknowingly; with it,
// what is beyond that is booked as surplus, for a person to give back.
func (s *State) Approve(id uuid.UUID, minor int64, surplus bool) *Error {
	most, refusal := s.MayApprove(id, surplus)
	if refusal == nil && minor > most {
		refusal = Refuse(CodeAmountExceedsOutstanding, input("amount"), "At most %s can be approved.", s.money(most))
		refusal.Maximum = s.money(most)
	}
	if refusal != nil {
		if all, no := s.MayApprove(id, true); no == nil && !surplus && minor <= all {
			refusal.Message += " If the money arrived all the same, approve it with allowSurplus."
		}
		return refusal
	}
	t := s.Attempt(id)
	if owed, _ := s.approvable(t); minor > owed {
		s.raise(AttentionOverpaid)
	}
	t.Status, t.CapturedMinor, t.CapturedAt, t.ApprovedBy, t.UpdatedAt = TransactionCaptured, minor, s.at(), s.by(), s.Now
	t.rest()
	s.note(EventManualApproved, &t.ID, minor)
	return nil
}

// MayReject refuses a rejection by this actor.
func (s *State) MayReject(id uuid.UUID) *Error {
	if refusal := s.awaits(s.Attempt(id)); refusal != nil {
		return refusal
	}
	if !s.Actor.Has(ScopePaymentsApprove) {
		return Refuse(CodeForbiddenAction, input("transactionId"), "The credential may not reject.")
	}
	return nil
}

// Reject records that a manual payment was not accepted.
func (s *State) Reject(id uuid.UUID, reason string) *Error {
	if refusal := s.MayReject(id); refusal != nil {
		return refusal
	}
	t := s.Attempt(id)
	t.Status, t.RejectedBy, t.RejectionReason, t.UpdatedAt = TransactionRejected, s.by(), &reason, s.Now
	t.rest()
	s.note(EventManualRejected, &t.ID, t.RequestedMinor).Reason = &reason
	return nil
}

// MayWithdraw refuses to take a manual payment back: that is for who submitted
// it and for who may approve.
func (s *State) MayWithdraw(id uuid.UUID) *Error {
	t := s.Attempt(id)
	if refusal := s.awaits(t); refusal != nil {
		return refusal
	}
	if (t.SubmittedBy == nil || !s.Actor.IsPerson(*t.SubmittedBy)) && !s.Actor.Has(ScopePaymentsApprove) {
		return Refuse(CodeForbiddenAction, input("transactionId"), "Only who submitted the payment can withdraw it.")
	}
	return nil
}

// Withdraw takes a manual payment back.
func (s *State) Withdraw(id uuid.UUID) *Error {
	if refusal := s.MayWithdraw(id); refusal != nil {
		return refusal
	}
	s.withdraw(s.Attempt(id))
	return nil
}

func (s *State) withdraw(t *Transaction) {
	t.Status, t.UpdatedAt = TransactionCancelled, s.Now
	t.rest()
	s.note(EventManualWithdrawn, &t.ID, t.RequestedMinor)
}
