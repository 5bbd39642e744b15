package pay

import "slices"

// FallsOver is the decision with which another gateway may be asked for what an attempt
// failed to get, before that gateway is chosen; nil where none may be. asked is the attempt
// as it was before the fact f about it was recorded.
//
// Only the answer to the first and only request can lead there: a soft decline, or that
// nothing was sent. Nothing may be asked twice at once, so an attempt that anybody else
// asked about, or whose outcome was ever unknown, is left to people and to later requests,
// whatever it comes to. So is what a hard decline, a report or the sweeper ended. A token
// is of one gateway's form, so what was asked for with one is asked for nowhere else.
func (s *State) FallsOver(asked Transaction, f Fact) *Routing {
	x := s.Attempt(asked.ID)
	switch {
	case x == nil, !asked.Routing.HasNext(), asked.Token != nil, asked.PaymentMethodID != nil, !s.isInTime(asked):
		return nil
	case asked.Status != TransactionCreated, asked.Checks > 0, !asked.LeaseUntil.Equal(FirstLease(asked.CreatedAt)):
		return nil
	case x.Status != TransactionFailed, x.IsMismatch, x.AttemptNumber != len(s.Attempts):
		return nil
	}
	why := RoutingOutcome("")
	switch {
	case x.DeclineType != nil && *x.DeclineType == SoftDecline:
		why = RoutingSoftDecline
	case !f.Lease.IsZero():
		why = RoutingNotSent
	default:
		return nil
	}
	next := asked.Routing.Next(asked.ID, why)
	return &next
}

// isInTime says that whoever sent the request may still be waiting for what comes of it.
// The attempts of one request stand one after the other.
func (s *State) isInTime(asked Transaction) bool {
	first := asked.AttemptNumber - 1 - asked.Routing.Fallback
	return first >= 0 && s.Now.Sub(s.Attempts[first].CreatedAt) < FalloverTime
}

// isPaidOtherwise says that less is owed on something that the payment is for than
// attempts ask for on it: another payment of it, which had been given up, was captured late.
func (s *State) isPaidOtherwise() bool {
	return slices.ContainsFunc(s.Allocations, func(a PaymentAllocation) bool {
		d, _ := s.debt(a)
		return d != nil && d.OutstandingMinor() < d.InFlightMinor+d.HeldMinor
	})
}

// FallOver adds the attempt that makes good the failure of another, in the same change as
// that failure: the amount passes from one to the other, and is asked for once at a time.
// It is refused where the payment takes no more attempts; then the failure stands.
func (s *State) FallOver(t Transaction) (*Error, error) {
	// What the failed attempt asked for is free again.
	if err := s.Payment.SumUp(s.Attempts); err != nil {
		return nil, err
	}
	room, refusal := s.mayStart()
	switch {
	case refusal != nil:
		return refusal, nil
	case s.Payment.Mode != ModeSetup && t.RequestedMinor > room:
		return inProgress(input("paymentId"), "Less is left than the attempt asked for."), nil
	case s.isPaidOtherwise(): // what they owe still counts the failed attempt, as it will the new one
		return inProgress(input("paymentId"), "Something that the payment is for was paid otherwise."), nil
	}
	s.addAttempt(t)
	why := "It takes over from a gateway that declined softly or could not be reached."
	s.Events[len(s.Events)-1].Reason = &why
	return nil, nil
}
