package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

var (
	completer = sandbox.Connector.(gateway.Completer)
	saver     = sandbox.Connector.(gateway.Saver)
	rightCode = gateway.Answer{Code: sandbox.RightCode}
)

// completing is a request whose attempt waits for the payer; metadata says what
// comes then, where it is not empty.
func completing(token, metadata string) gateway.ChargeRequest {
	r := request()
	r.Token = token
	if metadata != "" {
		r.Metadata = pay.Metadata{{Key: sandbox.CompletionKey, Value: metadata}}
	}
	return r
}

func TestAnswersAreJudged(t *testing.T) {
	t.Parallel()
	cancelled := gateway.Answer{Payload: `{"cancelled": true}`}
	tests := map[string]struct {
		token  string
		answer gateway.Answer
		want   pay.TransactionStatus
		err    error
	}{
		"right code":                     {"tok_otp", rightCode, "CAPTURED", nil},
		"right code of a unique token":   {"tok_otp.7f3a", rightCode, "CAPTURED", nil},
		"wrong code":                     {"tok_otp", gateway.Answer{Code: "123457"}, "", gateway.ErrWrongAnswer},
		"right code with spaces":         {"tok_otp", gateway.Answer{Code: " 123456"}, "", gateway.ErrWrongAnswer},
		"no code":                        {"tok_otp", gateway.Answer{}, "", gateway.ErrWrongAnswer},
		"no code but a payload":          {"tok_otp", gateway.Answer{Payload: "{}"}, "", gateway.ErrWrongAnswer},
		"wrong code before the outcome":  {"tok_otp.hard_decline", gateway.Answer{Code: "0"}, "", gateway.ErrWrongAnswer},
		"redirect came back":             {"tok_redirect", gateway.Answer{Payload: `{"state":"done"}`}, "CAPTURED", nil},
		"redirect with nothing":          {"tok_redirect", gateway.Answer{}, "CAPTURED", nil},
		"redirect cancelled":             {"tok_redirect", cancelled, "FAILED", nil},
		"redirect not cancelled":         {"tok_redirect", gateway.Answer{Payload: `{"cancelled":false}`}, "CAPTURED", nil},
		"form filled in":                 {"tok_dropin", gateway.Answer{Payload: `{"session":"x"}`}, "CAPTURED", nil},
		"form cancelled":                 {"tok_dropin", gateway.Answer{Payload: `{"session":"x","cancelled":true}`}, "FAILED", nil},
		"cancelled whatever was to come": {"tok_redirect.pending", cancelled, "FAILED", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := completer.Complete(t.Context(), completing(tt.token, ""), tt.answer)
			if !errors.Is(err, tt.err) || f.To != tt.want || errors.Is(err, gateway.ErrNotSent) {
				t.Errorf("got %s, %v; want %s, %v", f.To, err, tt.want, tt.err)
			}
			if failed := tt.want == pay.TransactionFailed; failed != (f.Error != nil) || failed && f.Error.Code != pay.ErrorCancelled {
				t.Errorf("error %s", shown(f.Error))
			}
		})
	}
}

// TestCompletionComesToEveryOutcome proves that an attempt that waited for the
// payer can go every way in which another can, and keeps its external id.
func TestCompletionComesToEveryOutcome(t *testing.T) {
	t.Parallel()
	for outcome, want := range outcomes {
		for name, r := range map[string]gateway.ChargeRequest{
			"suffix": completing("tok_otp."+outcome, ""), "suffix before metadata": completing("tok_redirect."+outcome, "no_such"),
			"metadata": completing("tok_otp", outcome), "metadata with a unique token": completing("tok_dropin.7f3a", outcome),
		} {
			r.Amount.Minor = 1235
			f, err := completer.Complete(t.Context(), r, rightCode)
			want.charge.check(t, outcome+" by "+name, f, err)
			if err == nil && (f.ExternalID == nil || *f.ExternalID != *charge(t, r, sandbox.OTP).ExternalID) {
				t.Errorf("%s by %s: external id %s", outcome, name, shown(f.ExternalID))
			}
		}
	}
	f, err := completer.Complete(t.Context(), completing("tok_otp", "aprove"), rightCode)
	if err != nil || f.To != pay.TransactionFailed || f.AmountMinor != 0 {
		t.Errorf("a mistyped outcome: got %+v, %v", f, err)
	}
}

func TestUnfitCompletionIsNeverSent(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*gateway.ChargeRequest){
		"live":          func(r *gateway.ChargeRequest) { r.Environment = pay.Live },
		"no attempt id": func(r *gateway.ChargeRequest) { r.AttemptID = "" },
	} {
		r := completing("tok_otp", "")
		spoil(&r)
		if f, err := completer.Complete(t.Context(), r, rightCode); !errors.Is(err, gateway.ErrNotSent) || f != (pay.Fact{}) {
			t.Errorf("Complete, %s: got %+v, %v", name, f, err)
		}
		if f, err := saver.Save(t.Context(), r); !errors.Is(err, gateway.ErrNotSent) || f != (pay.Fact{}) {
			t.Errorf("Save, %s: got %+v, %v", name, f, err)
		}
	}
}

func TestCompletionAndSavingKeepTheLatencyAndTheContext(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){
		"Complete": func(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			return completer.Complete(ctx, r, rightCode)
		},
		"Save": saver.Save,
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			if f, err := ask(t.Context(), slow("250")); err != nil || f.To != pay.TransactionCaptured || time.Since(start) != 250*time.Millisecond {
				t.Errorf("%s: %s, %v after %s, want CAPTURED after 250ms", name, f.To, err, time.Since(start))
			}
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
			defer cancel()
			for _, r := range []gateway.ChargeRequest{slow("250"), request()} { // the latter after the deadline
				if f, err := ask(ctx, r); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, gateway.ErrNotSent) || f != (pay.Fact{}) {
					t.Errorf("%s: got %+v, %v; want %v", name, f, err, context.DeadlineExceeded)
				}
			}
			if waited := time.Since(start); waited != 290*time.Millisecond {
				t.Errorf("%s: waited %s in all, want 290ms", name, waited)
			}
		})
	}
}

// TestRefusedAnswerIsNeverLost proves that an answer which gets lost was a good one, as
// Lookup takes it for.
func TestRefusedAnswerIsNeverLost(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f, err := completer.Complete(ctx, completing("tok_otp", ""), gateway.Answer{Code: "0"}); !errors.Is(err, gateway.ErrWrongAnswer) {
		t.Errorf("a wrong code: %+v, %v", f, err)
	}
	if f, err := completer.Complete(ctx, completing("tok_redirect", ""), gateway.Answer{Payload: `{"cancelled":true}`}); err != nil || f.To != pay.TransactionFailed {
		t.Errorf("a payer who cancelled: %+v, %v", f, err)
	}
	r := completing("tok_otp", "")
	if f, err := completer.Complete(ctx, r, rightCode); !errors.Is(err, context.Canceled) {
		t.Errorf("the right code: %+v, %v", f, err)
	}
	r.Answered = true
	if f, err := sandbox.Connector.Lookup(t.Context(), r); err != nil || f.To != pay.TransactionAuthorized && f.To != pay.TransactionCaptured {
		t.Errorf("asked again: %+v, %v", f, err)
	}
}

// setup is a request to save a method: it asks for no money.
func setup(outcome string) gateway.ChargeRequest {
	r := request()
	r.Amount.Minor, r.Capture = 0, false
	byToken(&r, outcome)
	return r
}

func TestSavingGivesAToken(t *testing.T) {
	t.Parallel()
	tokens := map[string]bool{}
	for _, id := range []string{attempt, attempt[:35] + "2", attempt} {
		r := setup(sandbox.Approve)
		r.AttemptID = id
		f, err := saver.Save(t.Context(), r)
		if err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 0 || f.FeeMinor != nil || f.SavedToken == nil || *f.SavedToken == "" {
			t.Fatalf("got %s, %v; want a token and no money", shown(f), err)
		}
		if *f.SavedToken == r.Token || f.ExternalID == nil || f.Details.Card == nil {
			t.Errorf("got %s; want a token of its own, an external id and the card's details", shown(f))
		}
		tokens[*f.SavedToken] = true
		r.Token, r.Amount.Minor = *f.SavedToken, 1234
		if f, err := sandbox.Connector.Charge(t.Context(), r); err != nil || f.To != pay.TransactionAuthorized {
			t.Errorf("charging the token: %s, %v", f.To, err)
		}
	}
	if len(tokens) != 2 {
		t.Errorf("tokens %v of two attempts, one of them saved twice", tokens)
	}
}

func TestSavingMayFailOrWait(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]says{
		sandbox.SoftDecline: {"FAILED", 0, nil}, sandbox.HardDecline: {"FAILED", 0, nil}, sandbox.MissingMethod: {"FAILED", 0, nil},
		sandbox.OTP: {"REQUIRES_ACTION", 0, nil}, sandbox.Redirect: {"REQUIRES_ACTION", 0, nil}, sandbox.Pending: {"PENDING", 0, nil},
		sandbox.Timeout: {"", 0, errAny}, sandbox.Unsent: {"", 0, gateway.ErrNotSent},
	} {
		f, err := saver.Save(t.Context(), setup(outcome))
		want.check(t, outcome, f, err)
		if f.SavedToken != nil {
			t.Errorf("%s: a token %s of a method that is not saved", outcome, *f.SavedToken)
		}
	}
}
