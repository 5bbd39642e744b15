package pay

import "time"

// CheckoutLinkLife is how long a checkout link counts at least from when it was read. It
// ends at a midnight in UTC, so that a payment has the same link for a day.
const CheckoutLinkLife = 7 * 24 * time.Hour

// CheckoutLinkEnd is when a link ends that is read now (UTC).
func CheckoutLinkEnd(now time.Time) time.Time {
	const day = 24 * time.Hour
	return now.UTC().Truncate(day).Add(day + CheckoutLinkLife)
}

// IsOpenToPayer says that nothing of the payment itself keeps its payer from its page, save
// that all of it may be paid or held: TakesPayer.
func (p Payment) IsOpenToPayer(now time.Time) bool {
	switch {
	case p.Closed != nil, p.CancelRequestedAt != nil, !p.IsActive, p.RefundedMinor+p.RefundPendingMinor > 0:
		return false
	case p.CapturedMinor == 0 && p.ExpiresAt != nil && !now.Before(*p.ExpiresAt):
		return false
	case p.Mode == ModeSetup:
		return p.Status != PaymentConfirmed
	}
	return p.FinalMinor > 0
}

// TakesPayer says whether a payer can still do something for the payment: pay what is left, act
// for an attempt that waits for it, or wait for one to end, or for the approval of money that
// they told to have paid, however much is paid or held beside it. Where another payment paid an
// order or invoice of it there is only that to wait for.
func (s *State) TakesPayer() bool {
	p := s.Payment
	switch {
	case !p.IsOpenToPayer(s.Now):
		return false
	case p.Mode == ModeSetup || s.pendingApprovalMinor() > 0:
		return true
	case p.CapturedMinor+p.HeldMinor >= p.FinalMinor:
		return false
	}
	_, refusal := s.MayProcess(false)
	return refusal == nil || refusal.Code != CodeOrderAlreadyPaid && refusal.Code != CodeInvoiceAlreadyPaid
}

// PaidOtherwise says that nothing is owed any more on anything that the payment is for.
func (s *State) PaidOtherwise() bool {
	return s.debtsAll(func(d Debt) bool { return d.OutstandingMinor() == 0 })
}

// AskedOtherwise says that all which is still owed on what the payment is for is asked for or
// held already, by other payments where none of its own attempts is under way.
func (s *State) AskedOtherwise() bool {
	return s.subjectsClaimed() && s.debtsAll(func(d Debt) bool { return d.PayableMinor() == 0 })
}

// Wrong codes of a payment's payer, however many attempts they are spread over: MaxWrongCodes
// within WrongCodesFor, and nothing is tried for them on the checkout page any more. Without
// it a code could be guessed at five tries an attempt, and every attempt sends a message
// that somebody pays for.
const (
	MaxWrongCodes = 2 * MaxActionTries
	WrongCodesFor = 15 * time.Minute
)

// TriedTooOften says whether that many wrong codes came, and how long it is until others
// are taken.
func TriedTooOften(attempts []Transaction, now time.Time) (wait time.Duration, tooOften bool) {
	tries, newest := 0, time.Time{}
	for _, t := range attempts {
		if t.ActionTries == 0 || now.Sub(t.CreatedAt) >= WrongCodesFor && now.Sub(t.UpdatedAt) >= WrongCodesFor {
			continue
		}
		tries += t.ActionTries
		if t.UpdatedAt.After(newest) {
			newest = t.UpdatedAt
		}
	}
	return newest.Add(WrongCodesFor).Sub(now), tries >= MaxWrongCodes
}
