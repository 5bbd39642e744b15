package stripe_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestWhatIsToldOfACharge proves what a fact has beside the amount.
func TestWhatIsToldOfACharge(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	f := charged(t, c, request(stripetest.PmVisa))
	if f.FeeMinor == nil || *f.FeeMinor != 12 || f.At == nil || f.ExternalID2 == nil {
		t.Errorf("fee %v, at %v, charge %v", f.FeeMinor, f.At, f.ExternalID2)
	}
	if card := f.Details.Card; card == nil || *card.LastFour != "4242" || *card.Expiration() != "12/34" || *card.Brand != "visa" {
		t.Errorf("%+v", f.Details)
	}
	yen := request(stripetest.PmVisa)
	yen.Amount.Currency = "JPY"
	if f := charged(t, c, yen); f.FeeMinor != nil {
		t.Errorf("a fee of %d yen, which Stripe took in euros", *f.FeeMinor)
	}
	held := request(stripetest.PmVisa)
	held.Capture = false
	f = charged(t, c, held)
	if f.FeeMinor != nil || f.HoldExpiresAt == nil || f.HoldExpiresAt.Sub(held.Now).Round(24*time.Hour) != 7*24*time.Hour {
		t.Errorf("fee %v of a hold until %v", f.FeeMinor, f.HoldExpiresAt)
	}
	held.ExternalID = *f.ExternalID
	o, err := c.(gateway.Capturer).Capture(t.Context(), gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: held, Amount: held.Amount})
	if err != nil || o.FeeMinor == nil || *o.FeeMinor != 12 {
		t.Errorf("%+v, %v", o, err)
	}
}

func charged(t *testing.T, c gateway.Charger, r gateway.ChargeRequest) pay.Fact {
	t.Helper()
	f, err := c.Charge(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLookupMovesNothing proves that a Lookup of what was never sent creates at most an
// intent that nobody has paid, however often and late it is.
func TestLookupMovesNothing(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, age := range []time.Duration{0, time.Hour, 22 * time.Hour, 30 * time.Hour} {
		r := request(stripetest.PmVisa)
		r.CreatedAt = r.Now.Add(-age)
		for range 3 {
			if f, err := c.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
				t.Errorf("%s old: %+v, %v", age, f, err)
			}
		}
		if b := s.Books(r.AttemptID); b.Held != "0.00" || b.Captured != "0.00" || b.Intents > 1 {
			t.Errorf("%s old: %s", age, b)
		}
	}
}

// TestCrashAfterEveryStep plays a program that ended between two steps of a charge and
// takes it up a day and more later, when Stripe has forgotten the keys.
func TestCrashAfterEveryStep(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	for _, age := range []time.Duration{0, time.Hour, 22 * time.Hour, 24 * time.Hour, 30 * time.Hour} {
		for _, reached := range []string{"nothing", "create", "confirm"} {
			r := request(stripetest.PmVisa)
			switch reached {
			case "create":
				s.Break(stripetest.Fault{Kind: stripetest.DropBefore, Operation: "confirm", Attempt: r.AttemptID, Times: 1})
				ignore(c.Charge(t.Context(), r))
			case "confirm":
				s.Break(stripetest.Fault{Kind: stripetest.DropAfter, Operation: "confirm", Attempt: r.AttemptID, Times: 1})
				ignore(c.Charge(t.Context(), r))
			}
			s.Later(r.AttemptID, age)
			r.Now = r.Now.Add(age)
			f, err := c.Lookup(t.Context(), r)
			if (reached == "confirm") != (err == nil) || err != nil && !errors.Is(err, gateway.ErrNoSuchAttempt) {
				t.Errorf("%s, %s later: %s, %v", reached, age, f.To, err)
			}
			r.Again = err != nil
			if f = charged(t, c, r); f.To != pay.TransactionCaptured {
				t.Errorf("%s, %s later: %s", reached, age, f.To)
			}
			if b := s.Books(r.AttemptID); b.Captured != "12.34" || b.Intents != 1 {
				t.Errorf("%s, %s later: %s", reached, age, b)
			}
		}
	}
}

// TestDescriptionThatChanged proves that an attempt is found though its payment was
// described otherwise since, so that the key of the first step is of no use.
func TestDescriptionThatChanged(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmConfirmLost)
	ignore(c.Charge(t.Context(), r))
	r.Description = "Three tickets"
	if f, err := c.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("what cannot be found yet: %+v, %v", f, err)
	}
	if f, err := c.Charge(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNotSent) {
		t.Errorf("what cannot be found yet is charged again: %+v, %v", f, err)
	}
	s.Later(r.AttemptID, 10*time.Minute)
	if f, err := c.Lookup(t.Context(), r); err != nil || f.To != pay.TransactionCaptured {
		t.Errorf("%+v, %v", f, err)
	}
	if b := s.Books(r.AttemptID); b.Captured != "12.34" || b.Intents != 1 {
		t.Error(b)
	}
}

// TestAnothersIntentIsNotBelieved proves that an id of Stripe's that is another attempt's,
// or of the other mode, has a person look.
func TestAnothersIntentIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	theirs, r := charged(t, c, request(stripetest.PmVisa)), request(stripetest.PmVisa)
	r.ExternalID = *theirs.ExternalID
	if f, err := c.Lookup(t.Context(), r); err != nil || f.Attention != pay.AttentionAmountMismatch {
		t.Errorf("%+v, %v", f, err)
	}
	for payload, want := range map[string]error{`{"payment_intent":"pi_other"}`: gateway.ErrWrongAnswer, `[]`: gateway.ErrWrongAnswer, ``: gateway.ErrWrongAnswer} {
		if _, err := c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: payload}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", payload, err, want)
		}
	}
}

// TestSavedMethodNeedsThePayer proves that a saved method whose bank wants to see the payer
// is declined softly: the payer is not there.
func TestSavedMethodNeedsThePayer(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmRedirect)
	r.Amount.Minor = 0
	f, err := c.(gateway.Saver).Save(t.Context(), r)
	if err != nil || f.To != pay.TransactionRequiresAction || f.Action == nil || f.Action.URL == nil {
		t.Fatalf("%+v, %v", f, err)
	}
	s.Act(*f.ExternalID, true)
	r.ExternalID = *f.ExternalID
	f, err = c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: `{"setup_intent":"` + r.ExternalID + `"}`})
	if err != nil || f.To != pay.TransactionCaptured || f.SavedToken == nil {
		t.Fatalf("%+v, %v", f, err)
	}
	paying := request(*f.SavedToken)
	f = charged(t, c, paying)
	if f.To != pay.TransactionFailed || *f.Error.DeclineType != pay.SoftDecline || *f.Error.External.Code != "authentication_required" {
		t.Errorf("%+v", f)
	}
	for _, sent := range s.Requests() {
		if sent.Operation == "confirm" && sent.Form.Get("off_session") != "true" {
			t.Errorf("it is not said that the payer is away: %v", sent.Form)
		}
	}
	cancelled := request(stripetest.PmRedirect)
	cancelled.Amount.Minor = 0
	f, _ = c.(gateway.Saver).Save(t.Context(), cancelled)
	cancelled.ExternalID = *f.ExternalID
	about := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: cancelled}
	for range 2 {
		if o, err := c.(gateway.Canceller).Cancel(t.Context(), about); err != nil || o.To != pay.OperationSucceeded {
			t.Errorf("%+v, %v", o, err)
		}
		about.OperationID = pay.NewID().String()
	}
}

// TestFormOfStripesScript proves what the payer's browser is given where there is no page
// to visit.
func TestFormOfStripesScript(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	f := charged(t, stripe.New(s.URL), request(stripetest.PmScript))
	var data map[string]string
	if err := json.Unmarshal([]byte(f.Action.Data), &data); err != nil || data["publishableKey"] != "pk_test_0123456789" || data["clientSecret"] == "" || len(data) != 2 {
		t.Errorf("%s, %v", f.Action.Data, err)
	}
}

// TestWhyAChargeFailed proves that a decline has Stripe's code and none of its text, and
// that what Stripe refuses at sight is no decline.
func TestWhyAChargeFailed(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	soft, hard := pay.SoftDecline, pay.HardDecline
	for method, want := range map[string]pay.TransactionError{
		stripetest.PmInsufficient: {Code: pay.ErrorDeclined, DeclineType: &soft, External: &pay.ExternalError{Code: new("insufficient_funds")}},
		stripetest.PmStolen:       {Code: pay.ErrorDeclined, DeclineType: &hard, External: &pay.ExternalError{Code: new("stolen_card")}},
		stripetest.PmNone:         {Code: pay.ErrorMissingPaymentMethod, External: &pay.ExternalError{Code: new("resource_missing")}},
	} {
		got := charged(t, c, request(method)).Error
		if got == nil || got.Code != want.Code || (got.DeclineType == nil) != (want.DeclineType == nil) || got.DeclineType != nil && *got.DeclineType != *want.DeclineType ||
			*got.External.Code != *want.External.Code || got.External.Message != nil || got.Retryable != (want.DeclineType == &soft) {
			t.Errorf("%s: %+v", method, got)
		}
	}
	large := request(stripetest.PmVisa)
	large.Amount.Minor = 1e9
	if f := charged(t, c, large); f.To != pay.TransactionFailed || *f.Error.External.Code != "amount_too_large" {
		t.Errorf("%+v", f)
	}
}

// TestDirectDebit proves that a debit has a mandate and takes days.
func TestDirectDebit(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmDebit)
	r.MethodType = pay.MethodDirectDebit
	f := charged(t, c, r)
	if f.To != pay.TransactionPending {
		t.Fatalf("%+v", f)
	}
	confirmed := s.Requests()[1]
	if confirmed.Operation != "confirm" || confirmed.Form.Get("mandate_data[customer_acceptance][type]") != "offline" {
		t.Errorf("%s %v", confirmed.Operation, confirmed.Form)
	}
	s.Settle(*f.ExternalID, true)
	f, err := c.Lookup(t.Context(), r)
	if err != nil || f.To != pay.TransactionCaptured || f.Details.DirectDebit == nil || *f.Details.DirectDebit.MaskedIBAN != "DE** **** 3000" {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestWhatCanNeverBe proves that an attempt that Stripe would refuse, and that a program
// ended before it could ask for, ends as a failure once it is certain that nothing was
// asked for.
func TestWhatCanNeverBe(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	r := request(stripetest.PmVisa)
	r.Amount.Minor = 1e9
	if f, err := c.Lookup(t.Context(), r); err == nil || errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("too soon to say: %+v, %v", f, err)
	}
	r.Now = r.Now.Add(2 * time.Hour)
	if f, err := c.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) {
		t.Errorf("%+v, %v", f, err)
	}
	if f := charged(t, c, r); f.To != pay.TransactionFailed {
		t.Errorf("%+v", f)
	}
}
