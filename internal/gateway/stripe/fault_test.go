package stripe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// patience is how long an answer is waited for: where one hangs not for long, and else for
// as long as a busy machine may need.
func patience(k stripetest.Kind) time.Duration {
	if k == stripetest.HangAfter {
		return 300 * time.Millisecond
	}
	return 10 * time.Second
}

// within asks once, for as long as the patience with a fault lasts.
func within[T any](t *testing.T, k stripetest.Kind, ask func(context.Context) (T, error)) (T, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience(k))
	defer cancel()
	f, err := ask(ctx)
	if err != nil && strings.Contains(err.Error(), "4242") {
		t.Errorf("an error tells Stripe's text: %v", err)
	}
	return f, err
}

// paid does with an attempt what the program does: it asks for the money and, as long as
// the outcome is open, what became of it; it sends again what never arrived. later is how
// much time passes at Stripe between.
func paid(t *testing.T, s *stripetest.Server, c gateway.Charger, r gateway.ChargeRequest, kind stripetest.Kind, later time.Duration) pay.Fact {
	t.Helper()
	f, err := within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) })
	if errors.Is(err, gateway.ErrNotSent) {
		return pay.Fact{To: pay.TransactionFailed}
	}
	for range 6 {
		if err == nil {
			return f
		}
		if later > 0 {
			s.Later(r.AttemptID, later)
			r.Now = r.Now.Add(later)
		}
		f, err = within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) })
		if errors.Is(err, gateway.ErrNoSuchAttempt) {
			r.Again = true
			f, err = within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) })
		}
	}
	t.Errorf("the outcome is never known: %v", err)
	return f
}

// TestFaultsOfACharge breaks each step of a charge in every way, soon and long after, and
// wants the money to have moved once or not at all, just as the program is told.
func TestFaultsOfACharge(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, operation := range []string{"create", "confirm", "retrieve", "search"} {
		for _, kind := range stripetest.Kinds() {
			for _, later := range []time.Duration{0, 40 * time.Minute, 30 * time.Hour} {
				t.Run(fmt.Sprintf("%s, %s, %s later", operation, kind, later), func(t *testing.T) {
					t.Parallel()
					r := request(stripetest.PmVisa)
					if operation == "retrieve" || operation == "search" { // so that it is looked up
						r.Token = stripetest.PmConfirmLost
					}
					s.Break(stripetest.Fault{Kind: kind, Operation: operation, Attempt: r.AttemptID, Times: 1})
					f := paid(t, s, c, r, kind, later)
					want := stripetest.Books{Held: "0.00", Captured: "0.00", Refunded: "0.00", Intents: s.Books(r.AttemptID).Intents}
					switch f.To {
					case pay.TransactionCaptured:
						want.Captured, want.Intents = "12.34", 1
					case pay.TransactionFailed:
					default:
						t.Errorf("it comes to %s", f.To)
					}
					if got := s.Books(r.AttemptID); got != want {
						t.Errorf("the program was told %s, and Stripe has %s", f.To, got)
					}
				})
			}
		}
	}
}

// done does with an operation what the program does, and says whether it was done.
func done[F any](t *testing.T, s *stripetest.Server, kind stripetest.Kind, r gateway.OperationRequest, ask func(context.Context, gateway.OperationRequest) (F, error)) (f F, isDone bool) {
	t.Helper()
	f, err := within(t, kind, func(ctx context.Context) (F, error) { return ask(ctx, r) })
	if errors.Is(err, gateway.ErrNotSent) {
		return f, false
	}
	for range 6 {
		if err == nil {
			return f, true
		}
		r.Again = true
		f, err = within(t, kind, func(ctx context.Context) (F, error) { return ask(ctx, r) })
		s.Later(r.Attempt.AttemptID, 10*time.Hour) // until Stripe forgets an error that it kept
	}
	t.Errorf("the outcome is never known: %v", err)
	return f, false
}

// TestFaultsOfOperations breaks captures, voids and refunds in every way.
func TestFaultsOfOperations(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	type operation = func(context.Context, gateway.OperationRequest) (pay.OperationFact, error)
	refund := func(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
		f, err := c.(gateway.Refunder).Refund(ctx, r)
		return pay.OperationFact{To: pay.OperationStatus(f.To)}, err
	}
	for _, tt := range []struct {
		name    string
		breaks  []string
		ask     operation
		capture bool
		want    stripetest.Books
	}{
		{"capture", []string{"capture", "retrieve"}, c.(gateway.Capturer).Capture, false, stripetest.Books{Held: "0.00", Captured: "12.34", Refunded: "0.00", Intents: 1}},
		{"void", []string{"cancel", "retrieve"}, c.(gateway.Voider).Void, false, stripetest.Books{Held: "0.00", Captured: "0.00", Refunded: "0.00", Intents: 1}},
		{"refund", []string{"refund", "refunds"}, refund, true, stripetest.Books{Held: "0.00", Captured: "12.34", Refunded: "12.34", Intents: 1}},
	} {
		for _, breaks := range tt.breaks {
			for _, kind := range stripetest.Kinds() {
				t.Run(tt.name+" "+breaks+" "+string(kind), func(t *testing.T) {
					t.Parallel()
					r := request(stripetest.PmVisa)
					r.Capture = tt.capture
					made, err := c.Charge(t.Context(), r)
					if err != nil {
						t.Fatal(err)
					}
					r.ExternalID = *made.ExternalID
					before := s.Books(r.AttemptID)
					s.Break(stripetest.Fault{Kind: kind, Operation: breaks, Attempt: r.AttemptID, Times: 1})
					f, isDone := done(t, s, kind, gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount, Again: breaks == "retrieve"}, tt.ask)
					want := before
					if isDone && f.To == pay.OperationSucceeded {
						want = tt.want
					}
					if got := s.Books(r.AttemptID); got != want {
						t.Errorf("the program was told %q (done: %t), and Stripe has %s", f.To, isDone, got)
					}
				})
			}
		}
	}
}

// TestFaultsOfSaving breaks each step of saving a method.
func TestFaultsOfSaving(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, operation := range []string{"customer", "setup", "confirm setup", "retrieve setup"} {
		for _, kind := range stripetest.Kinds() {
			t.Run(operation+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				r := request(stripetest.PmVisa)
				r.Amount.Minor = 0
				s.Break(stripetest.Fault{Kind: kind, Operation: operation, Attempt: r.AttemptID, Times: 1})
				f, err := within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.(gateway.Saver).Save(ctx, r) })
				for range 4 {
					if err == nil || errors.Is(err, gateway.ErrNotSent) {
						break
					}
					if f, err = within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) }); errors.Is(err, gateway.ErrNoSuchAttempt) {
						r.Again = true
						f, err = within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.(gateway.Saver).Save(ctx, r) })
					}
				}
				switch {
				case errors.Is(err, gateway.ErrNotSent), f.To == pay.TransactionFailed && kind == stripetest.Refused:
				case err != nil || f.To != pay.TransactionCaptured || f.SavedToken == nil:
					t.Errorf("it comes to %s, %v", f.To, err)
				}
			})
		}
	}
}

// TestOutOfReach proves that a Stripe that cannot be reached was not asked.
func TestOutOfReach(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmVisa)
	r.ExternalID = "pi_1"
	s.Close()
	if _, err := c.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("Lookup: %v", err)
	}
	about := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
	_, capture := c.(gateway.Capturer).Capture(t.Context(), about)
	_, refund := c.(gateway.Refunder).Refund(t.Context(), about)
	r.ExternalID = ""
	_, charge := c.Charge(t.Context(), r)
	for what, err := range map[string]error{"capture": capture, "refund": refund, "charge": charge} {
		if !errors.Is(err, gateway.ErrNotSent) {
			t.Errorf("%s: %v, want %v", what, err, gateway.ErrNotSent)
		}
	}
}

// TestPaidIsNeverDenied proves that no failure of a Lookup is taken for an attempt that
// never arrived, when it was paid.
func TestPaidIsNeverDenied(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, operation := range []string{"create", "retrieve", "search"} {
		for _, kind := range stripetest.Kinds() {
			r := request(stripetest.PmConfirmLost)
			ignore(c.Charge(t.Context(), r)) // nothing hangs yet
			s.Break(stripetest.Fault{Kind: kind, Operation: operation, Attempt: r.AttemptID, Times: 1})
			if operation == "search" {
				s.Later(r.AttemptID, 30*time.Hour)
				r.Now = r.Now.Add(30 * time.Hour)
			}
			f, err := within(t, kind, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) })
			if errors.Is(err, gateway.ErrNoSuchAttempt) || err == nil && f.To != pay.TransactionCaptured {
				t.Errorf("%s, %s: %s, %v", operation, kind, f.To, err)
			}
		}
	}
}

// TestErrorThatIsKept proves that an error that Stripe gives under a key for a day does not
// hide for a day what was done.
func TestErrorThatIsKept(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for operation, ask := range map[string]func(context.Context, gateway.OperationRequest) (pay.OperationFact, error){
		"capture": c.(gateway.Capturer).Capture, "cancel": c.(gateway.Voider).Void, "refund": asOperation(c)} {
		r := request(stripetest.PmVisa)
		r.Capture = operation == "refund"
		r.ExternalID = *charged(t, c, r).ExternalID
		s.Break(stripetest.Fault{Kind: stripetest.ErrorAfter, Operation: operation, Attempt: r.AttemptID, Times: 1})
		o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
		if f, err := ask(t.Context(), o); err == nil {
			t.Errorf("%s: %+v, want an error", operation, f)
		}
		o.Again = true
		if f, err := ask(t.Context(), o); err != nil || f.To != pay.OperationSucceeded {
			t.Errorf("%s again: %+v, %v", operation, f, err)
		}
	}
}

// TestAnswersOfBefore proves that an answer that Stripe gives again under its key is not
// taken for how things are.
func TestAnswersOfBefore(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	away := request(stripetest.PmRedirect)
	s.Act(*charged(t, c, away).ExternalID, true)
	if f := charged(t, c, away); f.To != pay.TransactionCaptured {
		t.Errorf("a charge of what was paid since: %s", f.To)
	}
	r := request(stripetest.PmRefundPending)
	r.ExternalID = *charged(t, c, r).ExternalID
	o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
	f, err := c.(gateway.Refunder).Refund(t.Context(), o)
	if err != nil || f.To != pay.RefundPending {
		t.Fatalf("%+v, %v", f, err)
	}
	s.Settle(*f.ExternalID, true)
	if f, err = c.(gateway.Refunder).Refund(t.Context(), o); err != nil || f.To != pay.RefundSucceeded {
		t.Errorf("a refund that arrived since: %+v, %v", f, err)
	}
}
