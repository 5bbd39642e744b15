package bkash_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// paid is an attempt of an amount of takas that was captured.
func paid(t *testing.T, s *bkashtest.Server, c till, minor int64) gateway.ChargeRequest {
	t.Helper()
	r := asked(t, c, request(minor))
	s.Confirm(r.ExternalID)
	if f, err := c.Complete(t.Context(), r, back(r.ExternalID, "success")); err != nil || f.To != pay.TransactionCaptured || *f.Details.Wallet.MaskedAccount != "********575" {
		t.Fatalf("Complete: %+v, %v", f, err)
	}
	return r
}

func about(r gateway.ChargeRequest, minor int64) gateway.OperationRequest {
	return gateway.OperationRequest{OperationID: uuid.NewString(), Attempt: r, Amount: money.Money{Minor: minor, Currency: "BDT"}}
}

// TestRefundWithoutAnswer proves that no refund is made twice, whatever answer was lost.
func TestRefundWithoutAnswer(t *testing.T) {
	t.Parallel()
	for i, fault := range resttest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := open(t)
			minor := int64(1001 + i)
			s.Set(money.Money{Minor: minor, Currency: "BDT"}.Decimal(), bkashtest.Plan{Refund: []resttest.Fault{fault}})
			r := paid(t, s, c, minor)
			o := about(r, 400)
			_, err := c.Refund(s.Hangs.Until(t.Context()), o)
			if err == nil || errors.Is(err, gateway.ErrNotSent) {
				t.Errorf("Refund: %v", err)
			}
			noSecrets(t, err)
			o.Again, o.AskedAt, o.Attempt.Now = true, now, now.Add(time.Minute)
			for range 2 {
				if f, err := c.Refund(t.Context(), o); err != nil || f.To != pay.RefundSucceeded {
					t.Errorf("Refund again: %+v, %v", f, err)
				}
			}
			if b := s.Books(r.AttemptID); b.Refunded != "4" {
				t.Errorf("bKash has %+v", b)
			}
		})
	}
}

// TestRefundsThatBKashDoesNotName proves that where bKash does not tell whose refund one is,
// a second one of the same amount is made when it is asked for, and not when the answer to
// the first was lost: a person must look then.
func TestRefundsThatBKashDoesNotName(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	s.Set("10.01", bkashtest.Plan{NoSKU: true, Refund: []resttest.Fault{resttest.None, resttest.None, resttest.DropAfter, resttest.DropBefore}})
	r := paid(t, s, c, 1001)
	for range 2 {
		if f, err := c.Refund(t.Context(), about(r, 100)); err != nil || f.To != pay.RefundSucceeded {
			t.Errorf("Refund: %+v, %v", f, err)
		}
	}
	lost, never := about(r, 200), about(r, 300)
	for _, o := range []gateway.OperationRequest{lost, never} {
		if _, err := c.Refund(t.Context(), o); err == nil {
			t.Error("a lost answer is an answer")
		}
	}
	for _, o := range []*gateway.OperationRequest{&lost, &never} {
		o.Again, o.AskedAt, o.Attempt.Now = true, now, now.Add(time.Minute)
	}
	for range 2 {
		if f, err := c.Refund(t.Context(), lost); err == nil || errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("Refund whose answer was lost: %+v, %v", f, err)
		}
	}
	if f, err := c.Refund(t.Context(), never); err != nil || f.To != pay.RefundSucceeded {
		t.Errorf("Refund that never arrived: %+v, %v", f, err)
	}
	if b := s.Books(r.AttemptID); b.Refunded != "7" {
		t.Errorf("bKash has %+v", b)
	}
}

// TestRefusedRefunds proves what the codes of a refused refund come to.
func TestRefusedRefunds(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for i, tt := range []struct {
		code string
		want pay.RefundState
	}{{"2071", pay.RefundImpossible}, {"2074", pay.RefundImpossible}, {"2023", pay.RefundFailed}, {"2073", pay.RefundFailed}} {
		minor := int64(2001 + i)
		s.Set(money.Money{Minor: minor, Currency: "BDT"}.Decimal(), bkashtest.Plan{RefundCode: tt.code})
		r := paid(t, s, c, minor)
		if f, err := c.Refund(t.Context(), about(r, 100)); err != nil || f.To != tt.want || *f.Error.External.Code != tt.code {
			t.Errorf("%s: %+v, %v", tt.code, f, err)
		}
	}
	s.Set("30.01", bkashtest.Plan{RefundCode: "2020"})
	if f, err := c.Refund(t.Context(), about(paid(t, s, c, 3001), 100)); err == nil || errors.Is(err, gateway.ErrNotSent) {
		t.Errorf("a code that says nothing: %+v, %v", f, err)
	}
	r := paid(t, s, c, 1000)
	for name, o := range map[string]gateway.OperationRequest{"too much": about(r, 1001), "nothing paid": about(asked(t, c, request(1000)), 100)} {
		if f, err := c.Refund(t.Context(), o); err != nil || f.To != pay.RefundFailed {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

// TestCancel proves that what was paid is not called off.
func TestCancel(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	if f, err := c.Cancel(t.Context(), about(paid(t, s, c, 1000), 1000)); err != nil || f.To != pay.OperationFailed {
		t.Errorf("captured: %+v, %v", f, err)
	}
	r := asked(t, c, request(1000))
	s.Confirm(r.ExternalID)
	if f, err := c.Cancel(t.Context(), about(r, 1000)); err != nil || f.To != pay.OperationSucceeded {
		t.Errorf("confirmed: %+v, %v", f, err)
	}
}
