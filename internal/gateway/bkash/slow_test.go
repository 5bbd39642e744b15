package bkash_test

import (
	"errors"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/pay"
)

// isOpen fails where an error claims more than that nothing is known.
func isOpen(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrNoSuchAttempt) || errors.Is(err, gateway.ErrWrongAnswer) {
		t.Errorf("%s: %v", what, err)
	}
}

// TestExecutionThatComesLate proves that an attempt whose execution bKash is still at, after
// it answered 502, is not executed again within a minute, and has not failed whatever bKash
// says to a second execution after that.
func TestExecutionThatComesLate(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"2029", "2023", "2117", "2064", "2060"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			s.Set("10.00", bkashtest.Plan{Late: true, Busy: code})
			r := asked(t, c, request(1000))
			s.Confirm(r.ExternalID)
			isOpen(t, "Complete", second(c.Complete(t.Context(), r, back(r.ExternalID, "success"))))
			r.Answered, r.AnsweredAt = true, now
			for _, passed := range []time.Duration{0, 30 * time.Second, 59 * time.Second} {
				r.Now = now.Add(passed)
				isOpen(t, "Lookup", second(c.Charger.Lookup(t.Context(), r)))
				isOpen(t, "Charge", second(c.Charger.Charge(t.Context(), r)))
			}
			unknown := r
			unknown.AnsweredAt, unknown.Now = time.Time{}, now.Add(time.Hour)
			isOpen(t, "Lookup of what was answered nobody knows when", second(c.Charger.Lookup(t.Context(), unknown)))
			if n := s.Asked("execute"); n != 1 {
				t.Errorf("bKash was asked to execute %d times", n)
			}
			r.Now = now.Add(time.Minute)
			if _, err := c.Charger.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
				t.Errorf("Lookup a minute later: %v", err)
			}
			r.Again = true
			f, err := c.Charger.Charge(t.Context(), r)
			if isOpen(t, "Charge a minute later", err); f.To != "" {
				t.Errorf("%+v", f)
			}
			s.Finish(r.AttemptID)
			for call, ask := range map[string]func() (pay.Fact, error){"Lookup": func() (pay.Fact, error) { return c.Charger.Lookup(t.Context(), r) },
				"Charge": func() (pay.Fact, error) { return c.Charger.Charge(t.Context(), r) }} {
				if f, err := ask(); err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 1000 {
					t.Errorf("%s: %+v, %v", call, f, err)
				}
			}
			if b := s.Books(r.AttemptID); b.Captured != "10" || b.Payments != 1 {
				t.Errorf("bKash has %+v", b)
			}
		})
	}
}

// TestCompletedAgainWhileBKashIsAtIt proves that a duplicate is no decline either where the
// process that executed first was killed, and the payer comes back once more.
func TestCompletedAgainWhileBKashIsAtIt(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	s.Set("10.00", bkashtest.Plan{Late: true})
	r := asked(t, c, request(1000))
	s.Confirm(r.ExternalID)
	for range 2 {
		isOpen(t, "Complete", second(c.Complete(t.Context(), r, back(r.ExternalID, "success"))))
	}
	s.Finish(r.AttemptID)
	if f, err := c.Complete(t.Context(), r, back(r.ExternalID, "success")); err != nil || f.To != pay.TransactionCaptured {
		t.Errorf("Complete: %+v, %v", f, err)
	}
}

// TestRefundThatComesLate proves that a part is not given back twice where bKash is still at
// the first request for it, each time that it is asked for.
func TestRefundThatComesLate(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	s.Set("10.00", bkashtest.Plan{LateRefund: true})
	r := paid(t, s, c, 1000)
	o := about(r, 300)
	isOpen(t, "Refund", second(c.Refund(t.Context(), o)))
	o.Again, o.AskedAt = true, now
	for _, passed := range []time.Duration{0, 30 * time.Second, 59 * time.Second} {
		o.Attempt.Now = now.Add(passed)
		isOpen(t, "Refund again", second(c.Refund(t.Context(), o)))
	}
	unknown := o
	unknown.AskedAt, unknown.Attempt.Now = time.Time{}, now.Add(time.Hour)
	isOpen(t, "Refund that was asked for nobody knows when", second(c.Refund(t.Context(), unknown)))
	if n := s.Asked("refund"); n != 1 {
		t.Errorf("bKash was asked for the refund %d times", n)
	}
	s.Finish(r.AttemptID)
	if f, err := c.Refund(t.Context(), o); err != nil || f.To != pay.RefundSucceeded {
		t.Errorf("Refund: %+v, %v", f, err)
	}
	if b := s.Books(r.AttemptID); b.Refunded != "3" {
		t.Errorf("bKash has %+v", b)
	}
}
