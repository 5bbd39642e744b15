package pay

import "time"

// retryWaits are the waits before a soft decline is tried again by itself.
var retryWaits = []time.Duration{time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 5 * 24 * time.Hour, 7 * 24 * time.Hour}

// MaxRetries bounds the automatic retries of one payment.
const MaxRetries = 5

// planRetry schedules the same attempt again after a soft decline of the stored
// method, while the payment has retries left. What the payer offered otherwise, such
// as a voucher or a token for once, is not taken a second time. While the payment is
// not active its retry waits.
func (s *State) planRetry() {
	p := &s.Payment
	if p.Closed != nil || p.PaymentMethodID == nil || p.CapturedMinor >= p.FinalMinor && p.Mode != ModeSetup {
		p.NextRetryAt = nil
	}
	if len(s.Attempts) == 0 || p.NextRetryAt != nil || p.RetriesLeft == 0 || p.Closed != nil || !p.IsActive || p.PaymentMethodID == nil {
		return
	}
	newest := s.Attempts[len(s.Attempts)-1]
	soft := newest.Status == TransactionFailed && newest.DeclineType != nil && *newest.DeclineType == SoftDecline && newest.PaymentMethodID != nil
	if !soft || newest.UpdatedAt != s.Now || len(s.Attempts) >= MaxAttempts {
		return
	}
	at := s.Now.Add(retryWaits[min(p.RetriesMade, len(retryWaits)-1)])
	p.NextRetryAt, p.RetriesLeft, p.RetriesMade = &at, p.RetriesLeft-1, p.RetriesMade+1
	s.note(EventRetryScheduled, &newest.ID, newest.RequestedMinor)
}

// planWake sets when the program has to do something about the payment itself.
func (s *State) planWake() {
	p := &s.Payment
	p.WakeAt = nil
	if p.Closed != nil {
		if s.cameLate() {
			p.WakeAt = s.at() // the company may want it given back
		}
		return
	}
	var times []*time.Time
	if p.IsActive {
		times = append(times, p.NextRetryAt, s.scheduled())
	}
	if p.CapturedMinor == 0 && p.ExpiresAt != nil && !s.isStuckOpen() {
		expires := *p.ExpiresAt
		if !s.Now.Before(expires) { // something without a result is in the way
			expires = s.Now.Add(time.Minute)
		}
		times = append(times, &expires)
	}
	for _, at := range times {
		if at != nil && (p.WakeAt == nil || at.Before(*p.WakeAt)) {
			p.WakeAt = at
		}
	}
}

// cameLate says that this change found money on a payment that is closed.
func (s *State) cameLate() bool {
	return s.Payment.Closed != nil && s.Payment.CapturedMinor > s.sums.CapturedMinor
}
