package pay

import "github.com/google/uuid"

// ResolvedOutcome is what a person found out about an attempt.
type ResolvedOutcome string

// The outcomes.
const (
	ResolvedCaptured   ResolvedOutcome = "CAPTURED"
	ResolvedAuthorized ResolvedOutcome = "AUTHORIZED"
	ResolvedFailed     ResolvedOutcome = "FAILED"
)

// Fact is what the gateway would have reported of the attempt; minor is nil for all
// that was asked for.
func (o ResolvedOutcome) Fact(t Transaction, minor *int64, externalID *string) Fact {
	f := Fact{To: TransactionStatus(o), ExternalID: externalID}
	if o == ResolvedFailed {
		f.Error = &TransactionError{Code: ErrorGeneric, Message: "A person found that no money moved."}
		return f
	}
	f.AmountMinor = t.RequestedMinor
	if minor != nil {
		f.AmountMinor = *minor
	}
	return f
}

// MayResolve refuses to take a person's word for what became of an attempt: only one
// whose outcome is not known has nothing better.
func (s *State) MayResolve(id uuid.UUID) *Error {
	t := s.Attempt(id)
	switch {
	case t.Status != TransactionUnknown:
		return wrongState(input("transactionId"), string(t.Status), []string{string(TransactionUnknown)}, "Only an attempt whose outcome is not known can be resolved.")
	case s.Now.Before(t.LeaseUntil):
		return inProgress(input("transactionId"), "The gateway is being asked about the attempt.")
	case !s.Actor.Has(ScopePaymentsApprove):
		return Refuse(CodeForbiddenAction, input("transactionId"), "The credential may not resolve.")
	}
	return nil
}

// Resolve records what a person found out about an attempt, such as in the gateway's
// own dashboard.
func (s *State) Resolve(id uuid.UUID, f Fact, reason string) (*Error, error) {
	if refusal := s.MayResolve(id); refusal != nil {
		return refusal, nil
	}
	t := s.Attempt(id)
	if f.AmountMinor > t.RequestedMinor {
		e := Refuse(CodeAmountMismatch, input("amount"), "%s was asked for.", t.RequestedAmount())
		e.Maximum = s.money(t.RequestedMinor)
		return e, nil
	}
	s.note(EventTransactionResolved, &t.ID, f.AmountMinor).Reason = &reason
	_, err := s.ApplyFact(id, f)
	t.IsMismatch = false // whatever could not be of the attempt, a person has looked at it now
	return nil, err
}
