package adyen_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
)

// broken makes a fault happen once, and returns a context that ends when it hangs.
func broken(t *testing.T, s *adyentest.Server, f adyentest.Fault) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	f.Times, f.Hung = 1, cancel
	s.Break(f)
	return ctx
}

// within asks once. No error may tell a secret, or Adyen's text.
func within[T any](ctx context.Context, t *testing.T, ask func(context.Context) (T, error)) (T, error) {
	t.Helper()
	f, err := ask(ctx)
	for _, secret := range []string{"4242", "secret", adyentest.APIKey, adyentest.HMACKey, adyentest.Account, "adyenjs", "http://"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("an error tells %q: %v", secret, err)
		}
	}
	return f, err
}

// class is what an error says of the outcome.
func class(err error) string {
	switch {
	case err == nil:
		return "answered"
	case errors.Is(err, gateway.ErrOnlySame):
		return "only the same"
	case errors.Is(err, gateway.ErrNoSuchAttempt):
		return "no such attempt"
	case errors.Is(err, gateway.ErrRateLimited):
		return "rate limited"
	case errors.Is(err, gateway.ErrNotSent):
		return "not sent"
	case errors.Is(err, gateway.ErrWrongAnswer):
		return "wrong answer"
	}
	return "open"
}

// classes say what each kind of fault must be told as. What is not among them leaves the
// outcome open.
var classes = map[adyentest.Kind]string{adyentest.Limited: "rate limited", adyentest.Refused: "answered"}

func want(kind adyentest.Kind) string {
	if c := classes[kind]; c != "" {
		return c
	}
	return "open"
}

func isDone(kind adyentest.Kind) bool { return strings.HasSuffix(string(kind), "after") }

// TestFaultsOfACharge breaks a payment in every way. What is told at once must be as certain
// as it sounds, what is asked then must deny nothing, and the same request again takes the
// money once.
func TestFaultsOfACharge(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	for _, kind := range adyentest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := request(adyentest.Visa)
			ctx := broken(t, s, adyentest.Fault{Kind: kind, Operation: "payment", Attempt: r.AttemptID})
			f, err := within(ctx, t, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) })
			if got := class(err); got != want(kind) {
				t.Fatalf("it is told as %s: %v; want %s", got, err, want(kind))
			}
			if kind == adyentest.Refused && (f.To != pay.TransactionFailed || f.Error.Code != pay.ErrorGeneric || *f.Error.External.Code != "167") {
				t.Errorf("a refusal is told as %+v", f)
			}
			if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) }); class(err) != "only the same" {
				t.Errorf("Lookup says %v", err)
			}
			r.Same = true
			if n := len(s.Requests(r.AttemptID)); n != 1 {
				t.Errorf("%d requests: Lookup asked for the money", n)
			}
			if got := len(reported(t, s, r.AttemptID)); (got == 1) != isDone(kind) {
				t.Errorf("%d notifications tell what came of it", got)
			}
			if f, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) }); err != nil || f.To != pay.TransactionCaptured {
				t.Errorf("the same request again comes to %s, %v", f.To, err)
			}
			if b := s.Books(r.AttemptID); b != (adyentest.Books{Held: "0.00", Captured: "12.34", Refunded: "0.00", Payments: 1}) {
				t.Errorf("Adyen has %+v", b)
			}
		})
	}
}

// TestFaultsOfAStep breaks what follows on a redirect in every way.
func TestFaultsOfAStep(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	completer := c.(gateway.Completer)
	for _, kind := range adyentest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := request(adyentest.Redirect)
			if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionRequiresAction || f.ExternalID != nil {
				t.Fatalf("%+v, %v", f, err)
			}
			answer := gateway.Answer{Payload: s.Act(r.AttemptID, true)}
			ctx := broken(t, s, adyentest.Fault{Kind: kind, Operation: "step", Attempt: r.AttemptID})
			_, err := within(ctx, t, func(ctx context.Context) (pay.Fact, error) { return completer.Complete(ctx, r, answer) })
			expected := want(kind)
			if kind == adyentest.Refused {
				expected = "wrong answer"
			}
			if got := class(err); got != expected {
				t.Fatalf("it is told as %s: %v; want %s", got, err, expected)
			}
			r.Answered = true
			if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) }); class(err) != "open" {
				t.Errorf("Lookup says %v", err)
			}
			if f, err := completer.Complete(t.Context(), r, answer); err != nil || f.To != pay.TransactionCaptured || *f.ExternalID == "" {
				t.Errorf("the same answer again comes to %s, %v", f.To, err)
			}
			if b := s.Books(r.AttemptID); b.Captured != "12.34" || b.Payments != 1 {
				t.Errorf("Adyen has %+v", b)
			}
		})
	}
}

// TestFaultsOfOperations breaks captures, releases, refunds and cancels in every way.
func TestFaultsOfOperations(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	type ask = func(context.Context, gateway.OperationRequest) (pay.OperationFact, error)
	refund := func(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
		f, err := c.(gateway.Refunder).Refund(ctx, r)
		return pay.OperationFact{To: pay.OperationStatus(f.To), ExternalID: f.ExternalID, Error: f.Error}, err
	}
	for operation, tt := range map[string]struct {
		ask     ask
		holder  string
		capture bool
		books   adyentest.Books
	}{
		"capture": {c.(gateway.Capturer).Capture, adyentest.Visa, false, adyentest.Books{Held: "0.00", Captured: "10.00", Refunded: "0.00", Payments: 1}},
		"void":    {c.(gateway.Voider).Void, adyentest.Visa, false, adyentest.Books{Held: "0.00", Captured: "0.00", Refunded: "0.00", Payments: 1}},
		"refund":  {refund, adyentest.Visa, true, adyentest.Books{Held: "0.00", Captured: "12.34", Refunded: "10.00", Payments: 1}},
		"cancel":  {c.(gateway.Canceller).Cancel, adyentest.Redirect, true, adyentest.Books{Held: "0.00", Captured: "0.00", Refunded: "0.00", Payments: 1}},
	} {
		for _, kind := range adyentest.Kinds() {
			t.Run(operation+", "+string(kind), func(t *testing.T) {
				t.Parallel()
				o := about(t, c, tt.holder, tt.capture)
				ctx := broken(t, s, adyentest.Fault{Kind: kind, Operation: operation, Attempt: o.Attempt.AttemptID})
				f, err := within(ctx, t, func(ctx context.Context) (pay.OperationFact, error) { return tt.ask(ctx, o) })
				if got := class(err); got != want(kind) || kind == adyentest.Refused && (f.To != pay.OperationFailed || f.Error == nil) {
					t.Fatalf("it is told as %s, %+v: %v; want %s", got, f, err, want(kind))
				}
				var ids []string
				for range 2 {
					o.Again = true
					f, err := tt.ask(t.Context(), o)
					if err != nil || f.To != pay.OperationPending {
						t.Fatalf("asked again: %s, %v", f.To, err)
					}
					ids = append(ids, *f.ExternalID)
				}
				if ids[0] != ids[1] {
					t.Errorf("two ids %v", ids)
				}
				if b := s.Books(o.Attempt.AttemptID); b != tt.books {
					t.Errorf("Adyen has %+v, want %+v", b, tt.books)
				}
			})
		}
	}
}

// about is a request about 10.00 of an attempt that was made.
func about(t *testing.T, c gateway.Charger, holder string, capture bool) gateway.OperationRequest {
	t.Helper()
	r := request(holder)
	r.Capture = capture
	f, err := c.Charge(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if f.ExternalID != nil {
		r.ExternalID = *f.ExternalID
	}
	o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
	o.Amount.Minor = 1000
	return o
}

// TestNothingIsSentWithoutAConnection proves that a server that is not there has certainly
// not been asked.
func TestNothingIsSentWithoutAConnection(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	o := about(t, c, adyentest.Visa, false)
	s.Close()
	c = adyen.New(s.URL) // over an old connection something could have left
	r := request(adyentest.Visa)
	if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) }); class(err) != "not sent" {
		t.Errorf("Charge: %v", err)
	}
	if _, err := within(t.Context(), t, func(ctx context.Context) (pay.OperationFact, error) { return c.(gateway.Capturer).Capture(ctx, o) }); class(err) != "not sent" {
		t.Errorf("Capture: %v", err)
	}
	if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) }); class(err) != "only the same" {
		t.Errorf("Lookup: %v", err)
	}
	saving := r
	saving.Amount.Minor = 0
	if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, saving) }); class(err) != "open" {
		t.Errorf("Lookup of what is saved: %v", err)
	}
}

// TestDeadlinesAreKept proves that a hanging Adyen is waited for as long as the caller says,
// and not as long as the connector would for one who says nothing.
func TestDeadlinesAreKept(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	r := request(adyentest.Visa)
	s.Break(adyentest.Fault{Kind: adyentest.HangAfter, Operation: "payment", Attempt: r.AttemptID, Times: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := within(ctx, t, func(ctx context.Context) (pay.Fact, error) { return adyen.New(s.URL).Charge(ctx, r) })
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > pay.CallDeadline/2 {
		t.Errorf("after %s: %v", took, err)
	}
}

// TestConcurrentCaptures proves that captures under one key count once.
func TestConcurrentCaptures(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	o := about(t, c, adyentest.Visa, false)
	ids := make(chan string, 20)
	for range cap(ids) {
		go func() {
			f, err := c.(gateway.Capturer).Capture(t.Context(), o)
			if err != nil || f.To != pay.OperationPending {
				ids <- fmt.Sprint(f.To, err)
				return
			}
			ids <- *f.ExternalID
		}()
	}
	seen := map[string]bool{}
	for range cap(ids) {
		seen[<-ids] = true
	}
	if b := s.Books(o.Attempt.AttemptID); len(seen) != 1 || b.Captured != "10.00" || len(s.Items(o.Attempt.AttemptID)) != 2 {
		t.Errorf("20 at once come to %v, and Adyen has %+v", seen, b)
	}
}
