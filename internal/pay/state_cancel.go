package pay

import (
	"slices"

	"github.com/google/uuid"
)

// MayCancel refuses to cancel the payment: what is held is the merchant's to release,
// and a slip is for who may withdraw it.
func (s *State) MayCancel() *Error {
	for _, t := range s.Attempts {
		var refusal *Error
		switch {
		case t.HeldMinor > 0 && s.Actor.Role == RoleCustomer:
			refusal = Refuse(CodeForbiddenAction, nil, "Something is held; only the merchant can release it.")
		case t.Status == TransactionPendingApproval:
			refusal = s.MayWithdraw(t.ID)
		}
		if refusal != nil {
			refusal.Path = input("paymentId")
			return refusal
		}
	}
	return s.mayClose()
}

// mayClose refuses to close the payment, for whatever reason.
func (s *State) mayClose() *Error {
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

// mayEnd refuses unless the attempt is over or can be ended on request.
func (s *State) mayEnd(t Transaction) *Error {
	open := s.openOperation(t.ID)
	switch {
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
	s.note(EventPaymentCancelRequested, nil, s.Payment.FinalMinor)
	return s.callOff(newID, s.withdraw, OperationVoid, OperationCancel), nil
}

// callOff asks to release all that is held or asked for, and ends what waits for
// approval.
func (s *State) callOff(newID func(attempt uuid.UUID) uuid.UUID, end func(*Transaction), release, drop OperationKind) (operations []uuid.UUID) {
	s.Payment.CancelRequestedAt = s.at()
	for i := range s.Attempts {
		t := &s.Attempts[i]
		id := newID(t.ID)
		switch {
		case t.Status == TransactionPendingApproval:
			end(t)
			continue
		case s.openOperation(t.ID) != nil:
			continue
		case t.HeldMinor > 0:
			s.operate(t, id, release, t.HeldMinor, true)
		case t.Status == TransactionRequiresAction:
			s.operate(t, id, drop, t.RequestedMinor, true)
		case t.Status == TransactionPending: // nobody is waited for but the gateway
			s.operate(t, id, OperationCancel, t.RequestedMinor, true)
		default:
			continue
		}
		operations = append(operations, id)
	}
	return operations
}

// Expire closes a payment whose time is over: at once where nothing is held or asked
// for, else as soon as the gateways have released it, which it asks for. Nothing
// happens while the outcome of an attempt is not known, and once money came.
func (s *State) Expire(newID func(attempt uuid.UUID) uuid.UUID) (operations []uuid.UUID, ok bool) {
	p := s.Payment
	if p.ExpiresAt == nil || s.Now.Before(*p.ExpiresAt) || p.CancelRequestedAt != nil || s.isStuckOpen() || s.mayClose() != nil {
		return nil, false
	}
	return s.callOff(newID, s.overdue, OperationExpire, OperationDrop), true
}

// overdue ends a manual payment that nobody approved in the payment's time.
func (s *State) overdue(t *Transaction) {
	t.Status, t.UpdatedAt = TransactionExpired, s.Now
	t.rest()
	s.note(TransactionEvent(TransactionExpired), &t.ID, t.RequestedMinor)
}

// isStuckOpen says that the payment's time is over and a gateway refused to release
// what it holds. It is not asked again and again: a person must look.
func (s *State) isStuckOpen() bool {
	p := s.Payment
	if p.Closed != nil || p.CapturedMinor > 0 || p.HeldMinor == 0 || p.ExpiresAt == nil || s.Now.Before(*p.ExpiresAt) {
		return false
	}
	return slices.ContainsFunc(s.Operations, func(o Operation) bool {
		return o.Kind == OperationExpire && o.Status == OperationFailed && s.Attempt(o.TransactionID).HeldMinor > 0
	})
}
