package sandbox_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// connector is the sandbox with all that it can do.
var connector = sandbox.Connector.(interface {
	gateway.Capturer
	gateway.Voider
	gateway.Canceller
	gateway.Refunder
	gateway.RefundCanceller
})

// result is what an operation or refund comes to, without the type of its state.
type result struct {
	to         string
	impossible bool
	externalID *string
	failure    *pay.TransactionError
	err        error
}

// operations are what can be asked about an attempt, by the metadata key that
// says what comes of it. A refund is impossible in its state and not beside it.
var operations = map[string]func(context.Context, gateway.OperationRequest) result{
	sandbox.CaptureKey: operation(connector.Capture),
	sandbox.VoidKey:    operation(connector.Void),
	sandbox.CancelKey:  operation(connector.Cancel),

	sandbox.CancelRefundKey: operation(connector.CancelRefund),
	sandbox.RefundKey: func(ctx context.Context, r gateway.OperationRequest) result {
		f, err := connector.Refund(ctx, r)
		if f.To == pay.RefundImpossible {
			return result{string(pay.OperationFailed), true, f.ExternalID, f.Error, err}
		}
		return result{string(f.To), false, f.ExternalID, f.Error, err}
	},
}

func operation(ask func(context.Context, gateway.OperationRequest) (pay.OperationFact, error)) func(context.Context, gateway.OperationRequest) result {
	return func(ctx context.Context, r gateway.OperationRequest) result {
		f, err := ask(ctx, r)
		return result{string(f.To), f.Impossible, f.ExternalID, f.Error, err}
	}
}

// about asks for something about the attempt of request.
func about() gateway.OperationRequest {
	return gateway.OperationRequest{OperationID: "0198b2c4-7d1e-7a00-8000-00000000000a", Attempt: request(), Amount: money.Money{Minor: 1234, Currency: "EUR"}}
}

func TestOperationsComeToWhatTheMetadataSays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		says       string
		again      bool
		to         string
		impossible bool
	}{
		"nothing said":     {"", false, "SUCCEEDED", false},
		"succeeds":         {"succeed", false, "SUCCEEDED", false},
		"fails":            {"fail", false, "FAILED", false},
		"fails again":      {"fail", true, "FAILED", false},
		"pends":            {"pending", false, "PENDING", false},
		"pends for ever":   {"pending", true, "PENDING", false},
		"no answer":        {"timeout", false, "", false},
		"an answer later":  {"timeout", true, "SUCCEEDED", false},
		"impossible":       {"impossible", false, "FAILED", true},
		"mistyped results": {"suceed", false, "FAILED", false},
	}
	for key, ask := range operations {
		for name, tt := range tests {
			t.Run(key+" "+name, func(t *testing.T) {
				t.Parallel()
				r := about()
				r.Again = tt.again
				r.Attempt.Metadata = pay.Metadata{{Key: "sandbox.other", Value: "fail"}}
				if tt.says != "" {
					r.Attempt.Metadata = append(r.Attempt.Metadata, pay.MetadataEntry{Key: key, Value: tt.says})
				}
				got := ask(t.Context(), r)
				if got.to != tt.to || got.impossible != tt.impossible || (got.failure != nil) != (tt.to == "FAILED") {
					t.Errorf("got %+v, want %+v", got, tt)
				}
				if lost := tt.to == ""; lost != (got.err != nil) || errors.Is(got.err, gateway.ErrNotSent) || lost == (got.externalID != nil) {
					t.Errorf("got %+v; an answer that is lost says nothing, another is no error", got)
				}
			})
		}
	}
}

func TestOperationsAreToldApart(t *testing.T) {
	t.Parallel()
	for key, ask := range operations {
		r, other := about(), about()
		other.OperationID = attempt
		first, again, second := ask(t.Context(), r), ask(t.Context(), r), ask(t.Context(), other)
		if first.externalID == nil || !regexp.MustCompile(`^sbo_[0-9a-f]{24}$`).MatchString(*first.externalID) {
			t.Fatalf("%s: external id %s", key, shown(first.externalID))
		}
		if *first.externalID != *again.externalID || *first.externalID == *second.externalID {
			t.Errorf("%s: %s and again %s, another %s", key, *first.externalID, *again.externalID, *second.externalID)
		}
	}
}

func TestOperationsAreNotForRealMoney(t *testing.T) {
	t.Parallel()
	for _, e := range []pay.Environment{pay.Live, ""} {
		for key, ask := range operations {
			r := about()
			r.Attempt.Environment = e
			if got := ask(t.Context(), r); !errors.Is(got.err, gateway.ErrNotSent) || got.to != "" || got.externalID != nil {
				t.Errorf("%s in environment %q: got %+v, want %v", key, e, got, gateway.ErrNotSent)
			}
		}
	}
}

func TestOperationsKeepTheLatencyAndTheContext(t *testing.T) {
	t.Parallel()
	for key, ask := range operations {
		synctest.Test(t, func(t *testing.T) {
			r := about()
			r.Attempt = slow("250")
			start := time.Now()
			if got := ask(t.Context(), r); got.err != nil || time.Since(start) != 250*time.Millisecond {
				t.Errorf("%s: %+v after %s, want 250ms", key, got, time.Since(start))
			}
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
			defer cancel()
			start = time.Now()
			if got := ask(ctx, r); !errors.Is(got.err, context.DeadlineExceeded) || errors.Is(got.err, gateway.ErrNotSent) || got.to != "" || time.Since(start) != 40*time.Millisecond {
				t.Errorf("%s: %+v after %s, want the deadline after 40ms", key, got, time.Since(start))
			}
			r.Attempt = request() // without latency the context counts too
			if got := ask(ctx, r); !errors.Is(got.err, context.DeadlineExceeded) || got.to != "" {
				t.Errorf("%s after the deadline: %+v", key, got)
			}
		})
	}
}
