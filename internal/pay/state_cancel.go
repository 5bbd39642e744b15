package pay

import "github.com/google/uuid"

// MayCancel refuses to cancel the payment.
func (s *State) MayCancel() *Error {
	p, at := s.Payment, input("paymentId")
	switch {
	case p.Closed != nil:
		return Refuse(CodePaymentClosed, at, "The payment is closed.")
	case p.CapturedMinor > 0:
		return Refuse(CodeAlreadyCaptured, at, "Money was captured; refund it.")
	case p.Status == PaymentConfirmed:
		return wrongState(at, string(p.Status), []string{string(PaymentCreated), string(PaymentAuthorized), string(PaymentFailed)}, "The payment is complete.")
	}
	for _, t := range s.Attempts {
		if refusal := s.mayEnd(t); refusal != nil {
			refusal.Path = at
			return refusal
		}
	}
	return nil
}

// mayEnd refuses unless the attempt is over or this actor can end it on request:
// what is held is the merchant's to release, and a slip is for who may withdraw it.
func (s *State) mayEnd(t Transaction) *Error {
	open := s.openOperation(t.ID)
	switch {
	case t.HeldMinor > 0 && s.Actor.Role == RoleCustomer:
		return Refuse(CodeForbiddenAction, nil, "Something is held; only the merchant can release it.")
	case t.Status == TransactionPendingApproval:
		return s.MayWithdraw(t.ID)
	case open != nil && open.Kind != OperationCapture:
		return nil // it is being ended
	case t.HeldMinor > 0:
		return s.MayVoid(t.ID)
	case t.Status == TransactionRequiresAction || t.Status == TransactionPending:
		return s.MayCancelAttempt(t.ID)
	case t.Status == TransactionCreated || t.Status == TransactionUnknown:
		return inProgress(nil, "The outcome of an attempt is not known yet.")
	}
	return nil
}

// Cancel closes the payment: at once where nothing is held or asked for, else as
// soon as the gateways have released it. newID makes the id of what is asked about
// an attempt; those that were asked for are returned.
func (s *State) Cancel(newID func(attempt uuid.UUID) uuid.UUID) (operations []uuid.UUID, refusal *Error) {
	if refusal := s.MayCancel(); refusal != nil {
		return nil, refusal
	}
	s.Payment.CancelRequestedAt = s.at()
	s.note(EventPaymentCancelRequested, nil, s.Payment.FinalMinor)
	for i := range s.Attempts {
		t := &s.Attempts[i]
		id := newID(t.ID)
		switch {
		case t.Status == TransactionPendingApproval:
			s.withdraw(t)
			continue
		case s.openOperation(t.ID) != nil:
			continue
		case t.HeldMinor > 0:
			s.operate(t, id, OperationVoid, t.HeldMinor, true)
		case t.Status == TransactionRequiresAction || t.Status == TransactionPending:
			s.operate(t, id, OperationCancel, t.RequestedMinor, true)
		default:
			continue
		}
		operations = append(operations, id)
	}
	return operations, nil
}

// Expire closes a payment whose time is over, unless money is under way or came.
func (s *State) Expire() bool {
	p := s.Payment
	if p.Closed != nil || p.ExpiresAt == nil || s.Now.Before(*p.ExpiresAt) || p.CapturedMinor > 0 || s.live() {
		return false
	}
	s.end(PaymentExpired, EventPaymentExpired)
	return true
}
