package paypal_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// paid is an attempt of ten euros that is captured, or held.
func paid(t *testing.T, s *paypaltest.Server, c till, capture bool) gateway.ChargeRequest {
	t.Helper()
	r := request(1000)
	r.Capture = capture
	r = asked(t, c, r)
	s.Approve(r.ExternalID)
	if f, err := c.Complete(t.Context(), r, approved(r.ExternalID)); err != nil || f.AmountMinor != 1000 {
		t.Fatalf("Complete: %s, %v", f.To, err)
	}
	return r
}

func about(r gateway.ChargeRequest, minor int64, final bool) gateway.OperationRequest {
	return gateway.OperationRequest{OperationID: uuid.NewString(), Attempt: r, Amount: money.Money{Minor: minor, Currency: "EUR"}, Final: final}
}

// TestPartsOfAHold proves what an attempt comes to that is captured in parts, and whose rest
// is released, and that a refund is of a capture that has enough left.
func TestPartsOfAHold(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	r := paid(t, s, c, false)
	for _, minor := range []int64{300, 500} {
		f, err := c.Capture(t.Context(), about(r, minor, false))
		if err != nil || f.To != pay.OperationSucceeded || *f.FeeMinor != minor/40 {
			t.Fatalf("Capture of %d: %+v, %v", minor, f, err)
		}
	}
	if f, err := c.Charger.Lookup(t.Context(), r); err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 800 || *f.HeldMinor != 200 {
		t.Errorf("Lookup: %+v, %v", f, err)
	}
	if f, err := c.Capture(t.Context(), about(r, 201, true)); err != nil || f.To != pay.OperationFailed {
		t.Errorf("Capture of more than is held: %+v, %v", f, err)
	}
	if f, err := c.Void(t.Context(), about(r, 200, false)); err != nil || f.To != pay.OperationSucceeded {
		t.Errorf("Void of the rest: %+v, %v", f, err)
	}
	if f, err := c.Charger.Lookup(t.Context(), r); err != nil || f.AmountMinor != 800 || *f.HeldMinor != 0 {
		t.Errorf("Lookup after the void: %+v, %v", f, err)
	}
	if f, err := c.Capture(t.Context(), about(r, 100, true)); err != nil || f.To != pay.OperationFailed || !f.Impossible {
		t.Errorf("Capture after the void: %+v, %v", f, err)
	}
	for _, tt := range []struct {
		minor int64
		want  pay.RefundState
	}{{400, pay.RefundSucceeded}, {300, pay.RefundSucceeded}, {101, pay.RefundFailed}, {100, pay.RefundSucceeded}} {
		if f, err := c.Refund(t.Context(), about(r, tt.minor, false)); err != nil || f.To != tt.want {
			t.Errorf("Refund of %d: %+v, %v", tt.minor, f, err)
		}
	}
	if got := s.Books(r.AttemptID); got != (paypaltest.Books{Held: "0.00", Captured: "8.00", Refunded: "8.00"}) {
		t.Errorf("the server has %+v", got)
	}
}

// TestOperationsWithoutAnswer proves for every way to lose an answer that what is asked
// again is done once.
func TestOperationsWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, fault := range resttest.Faults() {
		if fault == resttest.HalfAfter || fault == resttest.GarbledAfter || fault == resttest.EmptyAfter {
			continue // a void has no answer that could be garbled; the suite has the others
		}
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			faults := []resttest.Fault{fault}
			s.Set("10.00 EUR", paypaltest.Plan{Capture: faults, Void: faults, Refund: faults})
			held, captured := paid(t, s, c, false), paid(t, s, c, true)
			for name, ask := range map[string]func() error{
				"refund": func() error {
					o := about(captured, 400, false)
					_, err := c.Refund(s.Hangs.Until(t.Context()), o)
					if f, err := c.Refund(t.Context(), o); err != nil || f.To != pay.RefundSucceeded {
						t.Errorf("Refund again: %+v, %v", f, err)
					}
					return err
				},
				"capture": func() error {
					o := about(held, 400, false)
					_, err := c.Capture(s.Hangs.Until(t.Context()), o)
					if f, err := c.Capture(t.Context(), o); err != nil || f.To != pay.OperationSucceeded {
						t.Errorf("Capture again: %+v, %v", f, err)
					}
					return err
				},
			} {
				err := ask()
				if err == nil || errors.Is(err, gateway.ErrNotSent) {
					t.Errorf("%s: %v", name, err)
				}
				noSecrets(t, err)
			}
			o := about(held, 600, false)
			if _, err := c.Void(s.Hangs.Until(t.Context()), o); err == nil || errors.Is(err, gateway.ErrNotSent) {
				t.Errorf("void: %v", err)
			}
			if f, err := c.Void(t.Context(), o); err != nil || f.To != pay.OperationSucceeded {
				t.Errorf("Void again: %+v, %v", f, err)
			}
			if got := s.Books(held.AttemptID); got != (paypaltest.Books{Held: "0.00", Captured: "4.00", Refunded: "0.00"}) {
				t.Errorf("of the hold the server has %+v", got)
			}
			if got := s.Books(captured.AttemptID); got != (paypaltest.Books{Held: "0.00", Captured: "10.00", Refunded: "4.00"}) {
				t.Errorf("of the capture the server has %+v", got)
			}
		})
	}
}

// TestCancel proves that what was paid is not called off, and what PayPal has forgotten is.
func TestCancel(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for name, r := range map[string]gateway.ChargeRequest{"captured": paid(t, s, c, true), "held": paid(t, s, c, false)} {
		if f, err := c.Cancel(t.Context(), about(r, 1000, false)); err != nil || f.To != pay.OperationFailed {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	r := asked(t, c, request(1000))
	s.Drop(r.AttemptID)
	if f, err := c.Cancel(t.Context(), about(r, 1000, false)); err != nil || f.To != pay.OperationSucceeded {
		t.Errorf("forgotten: %+v, %v", f, err)
	}
	if _, err := c.Charger.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("Lookup of what is forgotten: %v", err)
	}
}

// TestOperationsLongAfter proves that what PayPal has forgotten the key of is found by our
// id in what the order lists.
func TestOperationsLongAfter(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	held, captured := paid(t, s, c, false), paid(t, s, c, true)
	take, give := about(held, 400, false), about(captured, 400, false)
	for range 2 {
		if f, err := c.Capture(t.Context(), take); err != nil || f.To != pay.OperationSucceeded {
			t.Errorf("Capture: %+v, %v", f, err)
		}
		if f, err := c.Refund(t.Context(), give); err != nil || f.To != pay.RefundSucceeded {
			t.Errorf("Refund: %+v, %v", f, err)
		}
		s.Later(held.AttemptID, 46*24*time.Hour)
	}
	if got := s.Books(held.AttemptID); got.Captured != "4.00" {
		t.Errorf("of the hold the server has %+v", got)
	}
	if got := s.Books(captured.AttemptID); got.Refunded != "4.00" {
		t.Errorf("of the capture the server has %+v", got)
	}
}
