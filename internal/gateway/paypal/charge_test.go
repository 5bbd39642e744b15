package paypal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// request is one for an amount of euros, to be captured.
func request(minor int64) gateway.ChargeRequest {
	return gateway.ChargeRequest{AttemptID: uuid.NewString(), Amount: money.Money{Minor: minor, Currency: "EUR"}, Capture: true,
		CreatedAt: now, Now: now, Environment: pay.Sandbox, Settings: settings()}
}

// asked charges and returns the request with the order's id.
func asked(t *testing.T, c till, r gateway.ChargeRequest) gateway.ChargeRequest {
	t.Helper()
	f, err := c.Charger.Charge(t.Context(), r)
	if err != nil || f.To != pay.TransactionRequiresAction {
		t.Fatalf("Charge: %s, %v", f.To, err)
	}
	r.ExternalID = *f.ExternalID
	return r
}

// TestCreateWithoutAnswer proves that an order whose answer was lost is found by the key,
// and that one that was never made is not taken for one that was.
func TestCreateWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range resttest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			r := request(int64(1000 + i))
			s.Set(r.Amount.Decimal()+" EUR", paypaltest.Plan{Create: []resttest.Fault{fault}})
			f, err := c.Charger.Charge(s.Hangs.Until(t.Context()), r)
			if err == nil || errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrNoSuchAttempt) {
				t.Fatalf("Charge: %s, %v", f.To, err)
			}
			noSecrets(t, err)
			made := strings.HasSuffix(string(fault), "after")
			found, err := c.Charger.Lookup(t.Context(), r)
			switch {
			case made && (err != nil || found.To != pay.TransactionRequiresAction):
				t.Errorf("Lookup of an order that was made: %s, %v", found.To, err)
			case !made && !errors.Is(err, gateway.ErrNoSuchAttempt):
				t.Errorf("Lookup of an order that was not made: %s, %v", found.To, err)
			}
			r.Again = !made
			again, err := c.Charger.Charge(t.Context(), r)
			if err != nil || again.To != pay.TransactionRequiresAction || made && *again.ExternalID != *found.ExternalID {
				t.Errorf("Charge again: %s, %v", again.To, err)
			}
			if n := s.Orders(r.AttemptID); n != 1 {
				t.Errorf("%d orders were made", n)
			}
		})
	}
}

// TestTakeWithoutAnswer proves that money that was taken is found, and that what was not
// taken is taken once, by Charge, when the payer is long gone.
func TestTakeWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range resttest.Faults() {
		for _, capture := range []bool{true, false} {
			t.Run(string(fault), func(t *testing.T) {
				t.Parallel()
				s, c := open(t)
				r := request(int64(1000 + i))
				r.Capture = capture
				s.Set(r.Amount.Decimal()+" EUR", paypaltest.Plan{Take: []resttest.Fault{fault}})
				r = asked(t, c, r)
				s.Approve(r.ExternalID)
				f, err := c.Complete(s.Hangs.Until(t.Context()), r, approved(r.ExternalID))
				if err == nil || errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrWrongAnswer) {
					t.Fatalf("Complete: %s, %v", f.To, err)
				}
				noSecrets(t, err)
				want := pay.TransactionAuthorized
				if capture {
					want = pay.TransactionCaptured
				}
				r.Answered = true
				found, err := c.Charger.Lookup(t.Context(), r)
				if !strings.HasSuffix(string(fault), "after") {
					if !errors.Is(err, gateway.ErrNoSuchAttempt) {
						t.Errorf("Lookup: %s, %v", found.To, err)
					}
					r.Again = true
					found, err = c.Charger.Charge(t.Context(), r)
				}
				if err != nil || found.To != want || found.AmountMinor != r.Amount.Minor {
					t.Errorf("%s of %d, %v", found.To, found.AmountMinor, err)
				}
				books := s.Books(r.AttemptID)
				if books.Captured+books.Held != map[bool]string{true: r.Amount.Decimal() + "0.00", false: "0.00" + r.Amount.Decimal()}[capture] {
					t.Errorf("the server has %+v", books)
				}
			})
		}
	}
}

// TestLookupLongAfter proves that nothing is asked for an order that nobody can have been
// sent to, once PayPal may have forgotten the key.
func TestLookupLongAfter(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	r := request(1000)
	r.Now = now.Add(6 * time.Hour)
	if _, err := c.Charger.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("Lookup: %v", err)
	}
	if n := s.Asked("create"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestPayerWhoDoesNotApprove proves that nothing is taken without the payer's approval, and
// that only who says so is taken for somebody who does not want to pay.
func TestPayerWhoDoesNotApprove(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	r := asked(t, c, request(1000))
	other := asked(t, c, request(1000))
	s.Approve(other.ExternalID)
	for name, payload := range map[string]string{"no JSON": "x", "nothing": "{}", "another order": `{"token":"` + other.ExternalID + `"}`, "not cancelled": `{"cancelled":"false"}`} {
		if f, err := c.Complete(t.Context(), r, gateway.Answer{Payload: payload}); !errors.Is(err, gateway.ErrWrongAnswer) {
			t.Errorf("%s: %s, %v", name, f.To, err)
		}
	}
	for _, payload := range []string{`{"cancelled":true}`, `{"cancelled":"true"}`} {
		f, err := c.Complete(t.Context(), r, gateway.Answer{Payload: payload})
		if err != nil || f.To != pay.TransactionFailed || f.Error.Code != pay.ErrorCancelled {
			t.Errorf("%s: %+v, %v", payload, f, err)
		}
	}
	if n := s.Asked("take"); n != 0 {
		t.Errorf("money was asked for %d times", n)
	}
}

// TestDeclineOfTheInstrument proves what the issues of a refused capture come to. One whose
// answer was lost is declined again, not taken twice.
func TestDeclineOfTheInstrument(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for i, tt := range []struct {
		issue string
		code  pay.TransactionErrorCode
		kind  pay.DeclineType
	}{{"INSTRUMENT_DECLINED", pay.ErrorDeclined, pay.SoftDecline}, {"PAYER_ACCOUNT_RESTRICTED", pay.ErrorDeclined, pay.HardDecline}, {"PAYEE_ACCOUNT_RESTRICTED", pay.ErrorGeneric, ""}} {
		r := request(int64(2000 + i))
		s.Set(r.Amount.Decimal()+" EUR", paypaltest.Plan{Issue: tt.issue, Take: []resttest.Fault{resttest.DropAfter}})
		r = asked(t, c, r)
		s.Approve(r.ExternalID)
		if _, err := c.Complete(t.Context(), r, approved(r.ExternalID)); err == nil {
			t.Errorf("%s: a lost answer is an answer", tt.issue)
		}
		r.Answered = true
		if _, err := c.Charger.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
			t.Errorf("%s: Lookup: %v", tt.issue, err)
		}
		f, err := c.Charger.Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionFailed || f.Error.Code != tt.code || *f.Error.External.Code != tt.issue {
			t.Errorf("%s: %+v, %v", tt.issue, f, err)
			continue
		}
		if tt.kind != "" && (*f.Error.DeclineType != tt.kind || f.Error.Retryable != (tt.kind == pay.SoftDecline)) {
			t.Errorf("%s: %+v", tt.issue, f.Error)
		}
		noSecrets(t, f.Error.Message)
	}
}

// TestPendingCapture proves that a capture without a result yet gets one.
func TestPendingCapture(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	r := request(1000)
	s.Set("10.00 EUR", paypaltest.Plan{Status: "PENDING"})
	r = asked(t, c, r)
	s.Approve(r.ExternalID)
	if f, err := c.Complete(t.Context(), r, approved(r.ExternalID)); err != nil || f.To != pay.TransactionPending {
		t.Fatalf("Complete: %s, %v", f.To, err)
	}
	s.Clear(r.AttemptID)
	f, err := c.Charger.Lookup(t.Context(), r)
	if err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 1000 || f.FeeMinor == nil || *f.FeeMinor != 25 || f.At == nil || *f.Details.Wallet.Brand != "PayPal" {
		t.Errorf("Lookup: %+v, %v", f, err)
	}
}

// TestTokens proves that one token serves many requests, also of several at a time, until
// it ends, and that one that is not taken any more is renewed once.
func TestTokens(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := c.Charger.Charge(t.Context(), request(1000))
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	r := asked(t, c, request(1000))
	if n := s.Asked("token"); n != 1 {
		t.Errorf("%d tokens for ten requests", n)
	}
	s.EndTokens()
	asked(t, c, request(1000))
	if n := s.Asked("token"); n != 2 {
		t.Errorf("%d tokens after the first ended early", n)
	}
	r.Now = r.Now.Add(10 * time.Hour)
	if _, err := c.Charger.Lookup(t.Context(), r); err != nil {
		t.Error(err)
	}
	if n := s.Asked("token"); n != 3 {
		t.Errorf("%d tokens after the second ended", n)
	}
}

// TestNothingIsSent proves what is certain where PayPal was not asked: wrong keys, no
// server, no address for the environment.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	wrong, live := request(1000), request(1000)
	wrong.Settings = settings(paypal.ClientSecret, "another-secret-0123456789")
	live.Environment = pay.Live
	closed := paypal.New(map[pay.Environment]string{pay.Sandbox: "http://127.0.0.1:1"}, nil)
	for name, err := range map[string]error{
		"wrong keys":  second(c.Charger.Charge(t.Context(), wrong)),
		"environment": second(c.Charger.Charge(t.Context(), live)),
		"no server":   second(closed.Charge(t.Context(), request(1000))),
	} {
		if !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("%s: %v", name, err)
		}
		noSecrets(t, err)
		if strings.Contains(err.Error(), "another-secret") {
			t.Errorf("%s: a secret is in %v", name, err)
		}
	}
	for name, r := range map[string]gateway.ChargeRequest{"wrong keys": wrong, "environment": live} {
		if _, err := c.Charger.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
			t.Errorf("Lookup with %s: %v", name, err)
		}
	}
	if n := s.Asked("create"); n != 0 {
		t.Errorf("%d orders were asked for", n)
	}
}

// TestLimitsAtEveryStep proves that being turned away leaves the action standing.
func TestLimitsAtEveryStep(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	s.Set("10.00 EUR", paypaltest.Plan{Take: []resttest.Fault{resttest.Limited}})
	r := asked(t, c, request(1000))
	s.Approve(r.ExternalID)
	if _, err := c.Complete(t.Context(), r, approved(r.ExternalID)); !errors.Is(err, gateway.ErrRateLimited) || !errors.Is(err, gateway.ErrNotSent) {
		t.Errorf("Complete: %v", err)
	}
	if f, err := c.Complete(t.Context(), r, approved(r.ExternalID)); err != nil || f.To != pay.TransactionCaptured {
		t.Errorf("Complete again: %s, %v", f.To, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestOrderForAnotherAmount proves that nobody is sent to approve another amount than was
// asked for, and that an order of another attempt is not taken.
func TestOrderForAnotherAmount(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	s.Set("20.00 EUR", paypaltest.Plan{Wrong: true})
	if f, err := c.Charger.Charge(t.Context(), request(2000)); err != nil || f.To != pay.TransactionUnknown || f.Attention != pay.AttentionAmountMismatch {
		t.Errorf("another amount: %+v, %v", f, err)
	}
	theirs, ours := asked(t, c, request(1000)), request(1000)
	s.Approve(theirs.ExternalID)
	ours.ExternalID = theirs.ExternalID
	if f, err := c.Complete(t.Context(), ours, approved(ours.ExternalID)); err != nil || f.Attention != pay.AttentionAmountMismatch {
		t.Errorf("another attempt's: %+v, %v", f, err)
	}
	if n := s.Asked("take"); n != 0 {
		t.Errorf("money was asked for %d times", n)
	}
}
