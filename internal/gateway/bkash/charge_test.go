package bkash_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// request is one for an amount of takas.
func request(minor int64) gateway.ChargeRequest {
	return gateway.ChargeRequest{AttemptID: uuid.NewString(), Amount: money.Money{Minor: minor, Currency: "BDT"}, Capture: true,
		CreatedAt: now, Now: now, Environment: pay.Sandbox, Settings: settings()}
}

// asked charges and returns the request with the payment's id.
func asked(t *testing.T, c till, r gateway.ChargeRequest) gateway.ChargeRequest {
	t.Helper()
	f, err := c.Charger.Charge(t.Context(), r)
	if err != nil || f.To != pay.TransactionRequiresAction || f.Action.URL == nil {
		t.Fatalf("Charge: %s, %v", f.To, err)
	}
	r.ExternalID = *f.ExternalID
	return r
}

// TestAmounts proves that amounts are told to bKash, and read from it, as decimals of
// takas, and that nothing but takas is taken.
func TestAmounts(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for minor, want := range map[int64]string{1: "0.01", 100: "1", 1550: "15.50", 123456: "1234.56", money.MaxMinor: "90071992547409.91"} {
		r := request(minor)
		f, err := c.Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != minor {
			t.Errorf("%d: %+v, %v", minor, f, err)
		}
		if got := s.Books(r.AttemptID).Captured; got != want {
			t.Errorf("%d poishas are %s in bKash's books, want %s", minor, got, want)
		}
	}
	for name, change := range map[string]func(*gateway.ChargeRequest){"nothing": func(r *gateway.ChargeRequest) { r.Amount.Minor = 0 },
		"dollars": func(r *gateway.ChargeRequest) { r.Amount.Currency = "USD" }, "a hold": func(r *gateway.ChargeRequest) { r.Capture = false }} {
		r := request(1000)
		change(&r)
		if f, err := c.Charger.Charge(t.Context(), r); err != nil || f.To != pay.TransactionFailed || f.Error.Code != pay.ErrorGeneric {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

// TestCreateWithoutAnswer proves that a payment to which nobody was sent is given up, and
// costs nobody anything.
func TestCreateWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range resttest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			r := request(int64(1001 + i))
			s.Set(r.Amount.Decimal(), bkashtest.Plan{Create: []resttest.Fault{fault}})
			_, err := c.Charger.Charge(s.Hangs.Until(t.Context()), r)
			if !errors.Is(err, gateway.ErrNotSent) {
				t.Errorf("Charge: %v", err)
			}
			noSecrets(t, err)
			if _, err := c.Charger.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
				t.Errorf("Lookup: %v", err)
			}
			if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionCaptured {
				t.Errorf("Charge again: %s, %v", f.To, err)
			}
			if b := s.Books(r.AttemptID); b.Captured != r.Amount.Decimal() {
				t.Errorf("bKash has %+v", b)
			}
		})
	}
}

// TestExecuteWithoutAnswer proves that bKash is queried after an execution without an
// answer, and never asked to execute again before it said that it has not.
func TestExecuteWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range resttest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			r := request(int64(1001 + i))
			s.Set(r.Amount.Decimal(), bkashtest.Plan{Execute: []resttest.Fault{fault}})
			r = asked(t, c, r)
			s.Confirm(r.ExternalID)
			f, err := c.Complete(s.Hangs.Until(t.Context()), r, back(r.ExternalID, "success"))
			if err == nil || errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrWrongAnswer) {
				t.Fatalf("Complete: %s, %v", f.To, err)
			}
			noSecrets(t, err)
			r.Answered, r.AnsweredAt = true, now
			found, err := c.Charger.Lookup(t.Context(), r)
			done := strings.HasSuffix(string(fault), "after")
			if !done {
				if err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
					t.Errorf("Lookup while bKash may be at it: %s, %v", found.To, err)
				}
				r.Now = now.Add(time.Minute)
				found, err = c.Charger.Lookup(t.Context(), r)
				if !errors.Is(err, gateway.ErrNoSuchAttempt) {
					t.Errorf("Lookup: %s, %v", found.To, err)
				}
				r.Again = true
				found, err = c.Charger.Charge(t.Context(), r)
			}
			if err != nil || found.To != pay.TransactionCaptured || found.AmountMinor != r.Amount.Minor || *found.ExternalID2 == "" {
				t.Errorf("%+v, %v", found, err)
			}
			if again, err := c.Charger.Charge(t.Context(), r); err != nil || again.To != pay.TransactionCaptured {
				t.Errorf("Charge once more: %s, %v", again.To, err)
			}
			if n, want := s.Asked("execute"), map[bool]int{true: 1, false: 2}[done]; n != want {
				t.Errorf("bKash was asked to execute %d times, want %d", n, want)
			}
			if b := s.Books(r.AttemptID); b.Captured != r.Amount.Decimal() || b.Payments != 1 {
				t.Errorf("bKash has %+v", b)
			}
		})
	}
}

// TestQueryWithoutAnswer proves that nothing is executed, and nothing said, while bKash
// does not tell what there is.
func TestQueryWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range append(resttest.Faults(), resttest.Limited) {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			r := request(int64(1001 + i))
			s.Set(r.Amount.Decimal(), bkashtest.Plan{Query: []resttest.Fault{fault, fault, fault}})
			r = asked(t, c, r)
			s.Confirm(r.ExternalID)
			if _, err := c.Complete(s.Hangs.Until(t.Context()), r, back(r.ExternalID, "success")); !errors.Is(err, gateway.ErrNotSent) {
				t.Errorf("Complete: %v", err)
			}
			r.Answered = true
			for call, err := range map[string]error{"Lookup": second(c.Charger.Lookup(s.Hangs.Until(t.Context()), r)), "Charge": second(c.Charger.Charge(s.Hangs.Until(t.Context()), r))} {
				if err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) || errors.Is(err, gateway.ErrNotSent) {
					t.Errorf("%s: %v", call, err)
				}
				noSecrets(t, err)
			}
			if n := s.Asked("execute"); n != 0 {
				t.Errorf("bKash was asked to execute %d times", n)
			}
		})
	}
}

// TestRefusedExecution proves what the codes of a refused execution come to, also where its
// answer was lost and bKash leaves the payment as it was: then nothing is known, and the
// payment is not executed again.
func TestRefusedExecution(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for i, tt := range []struct {
		code string
		want pay.TransactionErrorCode
		kind pay.DeclineType
	}{{"2023", pay.ErrorDeclined, pay.SoftDecline}, {"2014", pay.ErrorDeclined, pay.SoftDecline}, {"2057", pay.ErrorDeclined, pay.HardDecline}, {"2064", pay.ErrorGeneric, ""}} {
		r := request(int64(2001 + i))
		s.Set(r.Amount.Decimal(), bkashtest.Plan{Code: tt.code, Stays: true})
		f, err := c.Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionFailed || f.Error.Code != tt.want || *f.Error.External.Code != tt.code || f.ExternalID == nil {
			t.Errorf("%s: %+v, %v", tt.code, f, err)
			continue
		}
		if tt.kind != "" && (*f.Error.DeclineType != tt.kind || f.Error.Retryable != (tt.kind == pay.SoftDecline)) {
			t.Errorf("%s: %+v", tt.code, f.Error)
		}
	}
	lost := request(3001)
	s.Set(lost.Amount.Decimal(), bkashtest.Plan{Code: "2023", Stays: true, Execute: []resttest.Fault{resttest.DropAfter}})
	unknown := request(3002)
	s.Set(unknown.Amount.Decimal(), bkashtest.Plan{Code: "2020", Stays: true})
	for name, r := range map[string]gateway.ChargeRequest{"lost": lost, "a code that says nothing": unknown} {
		if _, err := c.Charge(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Charge(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrNoSuchAttempt) {
			t.Errorf("%s, again: %v", name, err)
		}
		if b := s.Books(r.AttemptID); b.Captured != "0" || b.Payments != 1 {
			t.Errorf("%s: bKash has %+v", name, b)
		}
	}
}

// TestPayerWhoDoesNotConfirm proves that nothing is executed without the payer's
// confirmation, and who is taken for somebody who does not want to pay.
func TestPayerWhoDoesNotConfirm(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	r, other := asked(t, c, request(1000)), asked(t, c, request(1000))
	s.Confirm(other.ExternalID)
	for name, payload := range map[string]string{"no JSON": "x", "nothing": "{}", "not so": `{"status":"success"}`, "another payment": `{"paymentID":"` + other.ExternalID + `","status":"success"}`} {
		if f, err := c.Complete(t.Context(), r, gateway.Answer{Payload: payload}); !errors.Is(err, gateway.ErrWrongAnswer) {
			t.Errorf("%s: %s, %v", name, f.To, err)
		}
	}
	for _, status := range []string{"cancel", "failure"} {
		f, err := c.Complete(t.Context(), r, back(r.ExternalID, status))
		if err != nil || f.To != pay.TransactionFailed || f.Error.Code != pay.ErrorCancelled {
			t.Errorf("%s: %+v, %v", status, f, err)
		}
	}
	for status, want := range map[string]pay.TransactionErrorCode{"Cancelled": pay.ErrorCancelled, "Expired": pay.ErrorCancelled, "Failed": pay.ErrorDeclined} {
		s.End(r.ExternalID, status)
		if f, err := c.Charger.Lookup(t.Context(), r); err != nil || f.To != pay.TransactionFailed || f.Error.Code != want {
			t.Errorf("%s: %+v, %v", status, f, err)
		}
	}
	s.End(r.ExternalID, "Something new")
	if f, err := c.Charger.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("an unknown status: %+v, %v", f, err)
	}
	if n := s.Asked("execute"); n != 0 {
		t.Errorf("bKash was asked to execute %d times", n)
	}
}

// TestTokens proves that one token serves many requests, also of several at a time, until
// it ends, and that one that is not taken any more is renewed once: bKash grants two an
// hour.
func TestTokens(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	done := make(chan error)
	for range 8 {
		go func() { done <- second(c.Charge(t.Context(), request(1000))) }()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := s.Asked("grant"); n != 1 {
		t.Errorf("%d tokens for many requests", n)
	}
	s.EndTokens()
	r := asked(t, c, request(1000))
	if n := s.Asked("grant"); n != 2 {
		t.Errorf("%d tokens after the first ended early", n)
	}
	r.Now = now.Add(58 * time.Minute)
	if _, err := c.Charger.Lookup(t.Context(), r); err != nil || s.Asked("grant") != 2 {
		t.Errorf("before the end: %v, %d tokens", err, s.Asked("grant"))
	}
	r.Now = now.Add(2 * time.Hour)
	if _, err := c.Charger.Lookup(t.Context(), r); err == nil || s.Asked("grant") != 3 {
		t.Errorf("after the end: %v, %d tokens", err, s.Asked("grant"))
	}
}

// TestNothingIsSent proves what is certain where bKash was not asked.
func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	wrong, live := request(1000), request(1000)
	wrong.Settings = settings(bkash.Password, "another-password")
	live.Environment = pay.Live
	closed := bkash.New(map[pay.Environment]string{pay.Sandbox: "http://127.0.0.1:1"})
	for name, err := range map[string]error{
		"wrong keys":  second(c.Charger.Charge(t.Context(), wrong)),
		"environment": second(c.Charger.Charge(t.Context(), live)),
		"no server":   second(closed.Charge(t.Context(), request(1000))),
	} {
		if !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("%s: %v", name, err)
		}
		noSecrets(t, err)
		if strings.Contains(err.Error(), "another-password") {
			t.Errorf("%s: a secret is in %v", name, err)
		}
	}
	wrong.ExternalID = "TR1"
	if _, err := c.Charger.Lookup(t.Context(), wrong); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("Lookup with wrong keys: %v", err)
	}
	if n := s.Asked("create") + s.Asked("query"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func second[T any](_ T, err error) error { return err }
