package sandbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// says is what one call comes to: a fact, or one of the errors. errAny stands
// for an error that leaves the outcome open.
type says struct {
	to    pay.TransactionStatus
	minor int64
	err   error
}

var errAny = errors.New("any error but the two with a meaning")

func (s says) check(t *testing.T, call string, f pay.Fact, err error) {
	t.Helper()
	meaning := errors.Is(err, gateway.ErrNotSent) || errors.Is(err, gateway.ErrNoSuchAttempt)
	right := errors.Is(err, s.err)
	if s.err == errAny {
		right = err != nil && !meaning
	}
	if !right || f.To != s.to || f.AmountMinor != s.minor {
		t.Errorf("%s: got %s of %d, %v; want %+v", call, f.To, f.AmountMinor, err, s)
	}
}

// outcomes are what Charge and Lookup of 12.35 EUR come to.
var outcomes = map[string]struct{ charge, lookup says }{
	"approve":          {says{"CAPTURED", 1235, nil}, says{"CAPTURED", 1235, nil}},
	"authorize":        {says{"AUTHORIZED", 1235, nil}, says{"AUTHORIZED", 1235, nil}},
	"soft_decline":     {says{"FAILED", 0, nil}, says{"FAILED", 0, nil}},
	"hard_decline":     {says{"FAILED", 0, nil}, says{"FAILED", 0, nil}},
	"otp":              {says{"REQUIRES_ACTION", 0, nil}, says{"REQUIRES_ACTION", 0, nil}},
	"redirect":         {says{"REQUIRES_ACTION", 0, nil}, says{"REQUIRES_ACTION", 0, nil}},
	"dropin":           {says{"REQUIRES_ACTION", 0, nil}, says{"REQUIRES_ACTION", 0, nil}},
	"pending":          {says{"PENDING", 0, nil}, says{"PENDING", 0, nil}},
	"timeout":          {says{"", 0, errAny}, says{"CAPTURED", 1235, nil}},
	"timeout_declined": {says{"", 0, errAny}, says{"FAILED", 0, nil}},
	"timeout_lost":     {says{"", 0, errAny}, says{"", 0, gateway.ErrNoSuchAttempt}},
	"timeout_forever":  {says{"", 0, errAny}, says{"", 0, errAny}},
	"unsent":           {says{"", 0, gateway.ErrNotSent}, says{"", 0, gateway.ErrNoSuchAttempt}},
	"wrong_amount":     {says{"CAPTURED", 1236, nil}, says{"CAPTURED", 1236, nil}},
	"missing_method":   {says{"FAILED", 0, nil}, says{"FAILED", 0, nil}},
	"partial":          {says{"CAPTURED", 617, nil}, says{"CAPTURED", 617, nil}},
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	if len(outcomes) != len(sandbox.Outcomes()) {
		t.Errorf("%d outcomes tested, want all %d", len(outcomes), len(sandbox.Outcomes()))
	}
	for outcome, want := range outcomes {
		for source, ask := range sources {
			t.Run(outcome+" "+source, func(t *testing.T) {
				t.Parallel()
				r := request()
				r.Amount.Minor = 1235
				ask(&r, outcome)
				f, err := sandbox.Connector.Charge(t.Context(), r)
				want.charge.check(t, "Charge", f, err)
				f, err = sandbox.Connector.Lookup(t.Context(), r)
				want.lookup.check(t, "Lookup", f, err)
			})
		}
	}
}

// TestLostIsApprovedWhenSentAgain proves that a rehearsal of a lost request comes
// to an end, for money that is taken, held or only a method to be saved.
func TestLostIsApprovedWhenSentAgain(t *testing.T) {
	t.Parallel()
	r := request()
	byToken(&r, sandbox.TimeoutLost)
	r.Again = true
	f, err := sandbox.Connector.Charge(t.Context(), r)
	says{"CAPTURED", r.Amount.Minor, nil}.check(t, "Charge", f, err)
	r.Capture = false
	f, err = sandbox.Connector.Charge(t.Context(), r)
	says{"AUTHORIZED", r.Amount.Minor, nil}.check(t, "Charge without capture", f, err)
	r.Amount.Minor = 0
	f, err = sandbox.Connector.(gateway.Saver).Save(t.Context(), r)
	says{"CAPTURED", 0, nil}.check(t, "Save", f, err)
}

func TestWithoutCaptureMoneyIsOnlyHeld(t *testing.T) {
	t.Parallel()
	for outcome, want := range outcomes {
		r := request()
		r.Amount.Minor, r.Capture = 1235, false
		byToken(&r, outcome)
		for call, s := range map[string]says{"Charge": want.charge, "Lookup": want.lookup} {
			if s.to == pay.TransactionCaptured {
				s.to = pay.TransactionAuthorized
			}
			ask := sandbox.Connector.Charge
			if call == "Lookup" {
				ask = sandbox.Connector.Lookup
			}
			f, err := ask(t.Context(), r)
			s.check(t, outcome+": "+call, f, err)
		}
	}
}

func TestStrongestSourceWins(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token, metadata, parameter string
		want                       pay.TransactionStatus
	}{
		"nothing asked is approved":                  {"", "", "", "CAPTURED"},
		"token before metadata":                      {"tok_pending", "otp", "authorize", "PENDING"},
		"metadata before parameter":                  {"", "otp", "authorize", "REQUIRES_ACTION"},
		"parameter at last":                          {"", "", "authorize", "AUTHORIZED"},
		"token with a suffix":                        {"tok_soft_decline.abc", "otp", "", "FAILED"},
		"token with a suffix of several parts":       {"tok_pending.a.b", "", "", "PENDING"},
		"token with an empty suffix":                 {"tok_pending.", "", "", "PENDING"},
		"other token falls through to metadata":      {"src_visa_4242", "otp", "", "REQUIRES_ACTION"},
		"other token falls through to the parameter": {"src_visa_4242", "", "pending", "PENDING"},
		"an outcome without prefix is no token":      {"pending", "", "", "CAPTURED"},
		"another prefix is no token":                 {"src_pending", "", "", "CAPTURED"},
		"a known token hides unknown metadata":       {"tok_pending", "no_such", "", "PENDING"},
		"known metadata hides an unknown parameter":  {"", "otp", "no_such", "REQUIRES_ACTION"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request()
			r.Token = tt.token
			if tt.metadata != "" {
				byMetadata(&r, tt.metadata)
			}
			if tt.parameter != "" {
				byParameter(&r, tt.parameter)
			}
			if f, err := sandbox.Connector.Charge(t.Context(), r); err != nil || f.To != tt.want {
				t.Errorf("got %s, %v; want %s", f.To, err, tt.want)
			}
		})
	}
}

// TestUnknownOutcomeFailsAndListsTheKnown proves that a mistyped name is never
// taken for the default, and that the failure says what could be written instead.
func TestUnknownOutcomeFailsAndListsTheKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ token, metadata, parameter string }{
		"token":                  {"tok_visa_4242", "otp", "pending"},
		"token with a suffix":    {"tok_aprove.7f3a", "", ""},
		"token that goes on":     {"tok_pending_more", "", ""},
		"token in upper case":    {"tok_PENDING", "", ""},
		"prefix of a token":      {"tok_", "pending", ""},
		"metadata":               {"", "no_such", "pending"},
		"metadata with a suffix": {"", "pending.abc", ""},
		"parameter":              {"", "", "no_such"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request()
			r.Token = tt.token
			if tt.metadata != "" {
				byMetadata(&r, tt.metadata)
			}
			if tt.parameter != "" {
				byParameter(&r, tt.parameter)
			}
			for call, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){
				"Charge": sandbox.Connector.Charge, "Lookup": sandbox.Connector.Lookup} {
				f, err := ask(t.Context(), r)
				if err != nil || f.To != pay.TransactionFailed || f.AmountMinor != 0 || f.Error.Retryable {
					t.Errorf("%s: got %+v, %v; want a failure for good", call, f, err)
					continue
				}
				for _, outcome := range sandbox.Outcomes() {
					if !strings.Contains(f.Error.Message, " "+outcome) {
						t.Errorf("%s: %q does not name %s", call, f.Error.Message, outcome)
					}
				}
			}
		})
	}
}

func TestPartialIsHalfRoundedDownAndNeverNothing(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int64]int64{1: 1, 2: 1, 3: 1, 4: 2, 1235: 617, money.MaxMinor: money.MaxMinor / 2} {
		r := request()
		r.Amount.Minor = asked
		byToken(&r, sandbox.Partial)
		if f, err := sandbox.Connector.Charge(t.Context(), r); err != nil || f.AmountMinor != want {
			t.Errorf("half of %d: got %d, %v; want %d", asked, f.AmountMinor, err, want)
		}
	}
}

func TestWrongAmountBeyondRangeIsReportedAllTheSame(t *testing.T) {
	t.Parallel()
	r := request()
	r.Amount.Minor = money.MaxMinor
	byToken(&r, sandbox.WrongAmount)
	if f, err := sandbox.Connector.Charge(t.Context(), r); err != nil || f.AmountMinor != money.MaxMinor+1 {
		t.Errorf("got %d, %v; want %d", f.AmountMinor, err, int64(money.MaxMinor)+1)
	}
}
