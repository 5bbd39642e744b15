package pay

import (
	"time"

	"github.com/google/uuid"
)

// TakeAttempt lets an attempt be asked about again, which may never have been sent: it
// takes its lease, and says no while somebody else has it. It says no as well when an
// answer came meanwhile: one that was not sent, and has failed, must not be sent after all.
func (s *State) TakeAttempt(id uuid.UUID) bool {
	t := s.Attempt(id)
	return t != nil && t.Status == TransactionCreated && t.take(s.Now)
}

// TakeOperation is TakeAttempt for an operation.
func (s *State) TakeOperation(id uuid.UUID) bool {
	o := s.Operation(id)
	return o != nil && o.Status == OperationRequested && o.take(s.Now)
}

// TakeRefund is TakeAttempt for a refund, also for one whose outcome is unknown: a provider
// that knows no keys, and is asked twice at once, gives the money back twice. asked is when
// it was asked for before.
func (s *State) TakeRefund(id uuid.UUID) (asked Asking, ok bool) {
	r := s.Refund(id)
	if r == nil || r.Status != RefundRequested && r.Status != RefundUnknown {
		return Asking{}, false
	}
	asked = r.Asking
	return asked, r.take(s.Now)
}

// WakeAttempt does what an attempt's time demands that its gateway does not have
// to be asked for first: it calls off what the payer left, releases what was held
// too long, or notes that an approval is overdue. asked is the id of what the
// gateway is then asked to do; ok says whether it is.
func (s *State) WakeAttempt(id, asked uuid.UUID) (ok bool) {
	t := s.Attempt(id)
	if t == nil || t.WakeAt == nil || s.Now.Before(*t.WakeAt) || s.Now.Before(t.LeaseUntil) {
		return false
	}
	switch {
	case t.Status == TransactionPendingApproval:
		t.rest() // attention says that it is overdue
		return false
	case t.Status == TransactionRequiresAction && t.ActionExpiresAt != nil && s.Now.Before(*t.ActionExpiresAt):
		t.applyWaits(s.Now) // the process that passed an answer on was killed; the payer may answer again
		return false
	case t.Status == TransactionRequiresAction && s.MayCancelAttempt(id) == nil:
		s.operate(t, asked, OperationDrop, t.RequestedMinor, true)
		t.wait(pendingWaits, s.Now)
		return true
	case t.HeldMinor > 0 && s.MayVoid(id) == nil:
		s.operate(t, asked, OperationExpire, t.HeldMinor, true)
		t.wait(pendingWaits, s.Now)
		return true
	}
	t.Checks++
	t.wait(pendingWaits, s.Now)
	return false
}

// AskLater has an attempt asked about again whose payer's time is over, where the gateway
// did not say that it still waits: it is not called off before. It says no of all others.
func (s *State) AskLater(id uuid.UUID) bool {
	t := s.Attempt(id)
	if t.Status != TransactionRequiresAction || t.WakeAt == nil || s.Now.Before(*t.WakeAt) {
		return false
	}
	t.wait(unknownWaits, s.Now)
	t.Checks++
	return true
}

// IsDue says whether the payment's own time has come: to be attempted or to
// expire.
func (s *State) IsDue() bool {
	at := s.Payment.WakeAt
	return at != nil && !s.Now.Before(*at)
}

// MayAttempt says whether a due payment is to be attempted now.
func (s *State) MayAttempt() bool {
	p := s.Payment
	date := s.scheduled()
	due := p.NextRetryAt != nil && !s.Now.Before(*p.NextRetryAt) || date != nil && !s.Now.Before(*date)
	return due && p.IsActive && p.Closed == nil
}

// scheduled is the date on which an attempt is still to be made; null where there
// is none, or nothing that one could ask for.
func (s *State) scheduled() *time.Time {
	p := s.Payment
	if p.PaymentMethodID == nil || len(s.Attempts) > p.AttemptsBeforeDate {
		return nil
	}
	if _, refusal := s.left(); refusal != nil {
		return nil
	}
	return p.ScheduledFor
}

// WaitsForAttempt says that the payment will be attempted by itself: again, or on
// its date.
func (s *State) WaitsForAttempt() bool {
	return s.Payment.IsActive && s.Payment.Closed == nil && (s.Payment.NextRetryAt != nil || s.scheduled() != nil)
}

// Unattempted notes that a due payment could not even be attempted, and why: its
// method was detached, its gateway disabled. It is not tried again by itself: a
// person must look.
func (s *State) Unattempted(reason string) {
	s.Payment.NextRetryAt, s.Payment.ScheduledFor, s.Payment.AttemptsBeforeDate = nil, nil, 0
	s.Payment.UnattemptedAt = s.at()
	s.note(EventAttemptRefused, nil, s.Payment.FinalMinor-s.Payment.CapturedMinor).Reason = &reason
}

// Retries is the attempt that a due payment makes again; nil where its date has come.
func (s *State) Retries() *Transaction {
	at := s.Payment.NextRetryAt
	if at == nil || s.Now.Before(*at) || len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[len(s.Attempts)-1]
}
