package stripe_test

import (
	"context"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestOperationsThatComeTooLate proves that what cannot be done any more has certainly
// failed, asked for the first time or again.
func TestOperationsThatComeTooLate(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	capture, void, cancel := c.(gateway.Capturer).Capture, c.(gateway.Voider).Void, c.(gateway.Canceller).Cancel
	type operation = func(context.Context, gateway.OperationRequest) (pay.OperationFact, error)
	for name, tt := range map[string]struct {
		method      string
		held        bool
		before, ask operation
		impossible  bool
	}{
		"a capture after another":      {stripetest.PmVisa, true, capture, capture, false},
		"a capture after a void":       {stripetest.PmVisa, true, void, capture, true},
		"a void after a capture":       {stripetest.PmVisa, true, capture, void, false},
		"a cancel of what was paid":    {stripetest.PmVisa, false, nil, cancel, false},
		"a cancel of a debit":          {stripetest.PmDebit, false, nil, cancel, false},
		"a refund of what was not had": {stripetest.PmDebit, false, nil, asOperation(c), false},
		"a refund after all went back": {stripetest.PmVisa, false, asOperation(c), asOperation(c), false},
		"a refund of a hold":           {stripetest.PmVisa, true, nil, asOperation(c), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(tt.method)
			r.Capture = !tt.held
			r.ExternalID = *charged(t, c, r).ExternalID
			about := func(minor int64) gateway.OperationRequest {
				o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: r.Amount}
				o.Amount.Minor = minor
				return o
			}
			if tt.before != nil {
				if f, err := tt.before(t.Context(), about(1230)); err != nil || f.To != pay.OperationSucceeded {
					t.Fatalf("%+v, %v", f, err)
				}
			}
			for _, again := range []bool{false, true} {
				o := about(1234)
				o.Again = again
				if f, err := tt.ask(t.Context(), o); err != nil || f.To != pay.OperationFailed || f.Error == nil || f.Impossible != tt.impossible {
					t.Errorf("again %t: %+v, %v", again, f, err)
				}
			}
		})
	}
}

// asOperation is Refund with the fact of an operation.
func asOperation(c gateway.Charger) func(context.Context, gateway.OperationRequest) (pay.OperationFact, error) {
	return func(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
		f, err := c.(gateway.Refunder).Refund(ctx, r)
		return pay.OperationFact{To: pay.OperationStatus(f.To), Error: f.Error}, err
	}
}

// TestWhatIsNotKnownIsNotAskedFor proves that nothing is sent about an intent without an
// id: there is no other way to name it.
func TestWhatIsNotKnownIsNotAskedFor(t *testing.T) {
	t.Parallel()
	s := stripetest.New(t)
	c := stripe.New(s.URL)
	o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: request(stripetest.PmVisa), Amount: request(stripetest.PmVisa).Amount}
	setup := o
	setup.Attempt.Amount.Minor = 0
	_, capture := c.(gateway.Capturer).Capture(t.Context(), o)
	_, void := c.(gateway.Voider).Void(t.Context(), o)
	_, refund := c.(gateway.Refunder).Refund(t.Context(), o)
	_, cancel := c.(gateway.Canceller).Cancel(t.Context(), setup)
	for what, err := range map[string]error{"capture": capture, "void": void, "refund": refund, "cancel": cancel} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	fils := o
	fils.Attempt.ExternalID, fils.Amount.Currency = "pi_1", "KWD"
	if f, err := c.(gateway.Capturer).Capture(t.Context(), fils); err != nil || f.To != pay.OperationFailed {
		t.Errorf("a capture of single fils: %+v, %v", f, err)
	}
	if f, err := c.(gateway.Refunder).Refund(t.Context(), fils); err != nil || f.To != pay.RefundFailed {
		t.Errorf("a refund of single fils: %+v, %v", f, err)
	}
	if got := s.Requests(); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}
