package pay

import (
	"reflect"
	"time"
)

// Optional is a field of a change: not set means that it stays as it is.
type Optional[T any] struct {
	Set   bool
	Value T
}

// PaymentChange is a change of the four fields that can be edited (S2); pointers
// that are set to nil clear.
type PaymentChange struct {
	IsActive       Optional[bool]
	PaymentMethod  Optional[*PaymentMethod]
	BillingAddress Optional[*Address]
	ScheduledFor   Optional[*time.Time]
}

// MayUpdate refuses any edit of the payment: a closed one is history.
func (s *State) MayUpdate() *Error {
	if s.Payment.Closed != nil {
		return Refuse(CodePaymentClosed, input("paymentId"), "The payment is closed.")
	}
	return nil
}

// Update edits the payment, and says whether anything changed. What pays,
// when, and the address for the bill cannot change while an attempt is under way.
func (s *State) Update(c PaymentChange) (changed bool, refusal *Error) {
	if refusal := s.MayUpdate(); refusal != nil {
		return false, refusal
	}
	p := &s.Payment
	busy := anyIn(s.Attempts, TransactionCreated, TransactionRequiresAction, TransactionPending, TransactionUnknown)
	switch {
	case busy && c.PaymentMethod.Set:
		return false, inProgress(input("paymentMethodId"), "An attempt is under way; what pays cannot change meanwhile.")
	case busy && c.ScheduledFor.Set:
		return false, inProgress(input("scheduledFor"), "An attempt is under way; its date cannot change meanwhile.")
	case busy && c.BillingAddress.Set:
		return false, inProgress(input("billingAddress"), "An attempt is under way; the address cannot change meanwhile.")
	}
	if refusal := s.mayDate(c.ScheduledFor.Value); refusal != nil {
		return false, refusal
	}
	if m := c.PaymentMethod; m.Set && m.Value != nil && !m.Value.Pays(p.CustomerID) {
		return false, Refuse(CodePaymentMethodInvalid, input("paymentMethodId"), "The method was detached, or belongs to another customer.")
	}
	if !s.staysPayable(c) {
		return false, Refuse(CodeRequired, input("paymentMethodId"), "What is attempted without the payer needs a stored method.")
	}
	before := *p
	if c.IsActive.Set {
		p.IsActive = c.IsActive.Value
	}
	if c.PaymentMethod.Set {
		p.PaymentMethodID = nil
		if c.PaymentMethod.Value != nil {
			p.PaymentMethodID = &c.PaymentMethod.Value.ID
		}
	}
	if c.BillingAddress.Set {
		p.BillingAddress = c.BillingAddress.Value
	}
	if c.ScheduledFor.Set {
		p.ScheduledFor, p.AttemptsBeforeDate = c.ScheduledFor.Value, 0
		if p.ScheduledFor != nil {
			p.AttemptsBeforeDate = len(s.Attempts)
		}
	}
	fields := changedFields(before, *p)
	if len(fields) == 0 {
		return false, nil
	}
	s.note(EventPaymentUpdated, nil, p.FinalMinor).ChangedFields = fields
	return true, nil
}

// mayDate refuses a date on which nothing could be attempted; null clears it.
func (s *State) mayDate(date *time.Time) *Error {
	at := input("scheduledFor")
	if date == nil {
		return nil
	}
	if ends := s.Payment.ExpiresAt; ends != nil && !ends.After(*date) {
		return Refuse(CodeInvalidInput, at, "The payment would expire before it is attempted.")
	}
	if !date.After(s.Now) {
		return Refuse(CodeInvalidInput, at, "The date must lie ahead.")
	}
	_, refusal := s.left()
	if refusal != nil {
		refusal.Path = at
	}
	return refusal
}

// staysPayable says that a payment with a date still has a method that pays it then.
func (s *State) staysPayable(c PaymentChange) bool {
	hasMethod, hasDate := s.Payment.PaymentMethodID != nil, s.scheduled() != nil
	if c.PaymentMethod.Set {
		hasMethod = c.PaymentMethod.Value != nil
	}
	if c.ScheduledFor.Set {
		hasDate = c.ScheduledFor.Value != nil
	}
	return hasMethod || !hasDate || !c.PaymentMethod.Set && !c.ScheduledFor.Set
}

// changedFields names the editable fields that differ, as the API's input does.
func changedFields(a, b Payment) (list Strings[string]) {
	sameDate := a.AttemptsBeforeDate == b.AttemptsBeforeDate && (a.ScheduledFor == nil) == (b.ScheduledFor == nil) && (a.ScheduledFor == nil || a.ScheduledFor.Equal(*b.ScheduledFor))
	for _, field := range []struct {
		name string
		same bool
	}{
		{"isActive", a.IsActive == b.IsActive},
		{"paymentMethodId", same(a.PaymentMethodID, b.PaymentMethodID)},
		{"billingAddress", reflect.DeepEqual(a.BillingAddress, b.BillingAddress)},
		{"scheduledFor", sameDate},
	} {
		if !field.same {
			list = append(list, field.name)
		}
	}
	return list
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
