package sandbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestSandboxIsNotForRealMoney(t *testing.T) {
	t.Parallel()
	registry := gateway.NewRegistry(sandbox.Connector)
	if got := registry.Names(pay.Live); len(got) != 0 {
		t.Errorf("live connectors %q, want none", got)
	}
	if got := registry.Names(pay.Sandbox); !slices.Equal(got, []string{"sandbox"}) {
		t.Errorf("sandbox connectors %q, want sandbox", got)
	}
}

func TestParametersSayWhoSetsThem(t *testing.T) {
	t.Parallel()
	want := map[string]pay.GatewayParameter{
		"outcome":             {IsMerchant: true},
		"latencyMilliseconds": {IsMerchant: true},
		"webhookSecret":       {IsMerchant: true, IsSecret: true},
		"accountCheck":        {IsMerchant: true},
		"statementDescriptor": {IsMerchant: true, IsVisible: true},
		"otpPhone":            {IsForm: true, IsVisible: true},
		"paymentToken":        {IsForm: true, IsVisible: true},
	}
	got := sandbox.Connector.Describe().Parameters
	if len(got) != len(want) {
		t.Errorf("%d parameters, want %d", len(got), len(want))
	}
	for _, p := range got {
		w := want[p.ParameterID]
		if p.IsMerchant != w.IsMerchant || p.IsForm != w.IsForm || p.IsVisible != w.IsVisible || p.IsSecret != w.IsSecret || p.IsRequired {
			t.Errorf("%s: got %+v, want %+v", p.ParameterID, p, w)
		}
	}
}

func TestMerchantCanChooseEveryOutcome(t *testing.T) {
	t.Parallel()
	var offered []string
	for _, p := range sandbox.Connector.Describe().Parameters {
		if p.ParameterID == sandbox.OutcomeParameter {
			for _, o := range p.Options {
				offered = append(offered, o.ID)
			}
		}
	}
	if !slices.Equal(offered, sandbox.Outcomes()) || len(offered) != 16 || offered[0] != sandbox.Approve {
		t.Errorf("offered %q, want the 16 outcomes %q", offered, sandbox.Outcomes())
	}
}

func TestUnfitRequestIsNeverSent(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*gateway.ChargeRequest){
		"live":                   func(r *gateway.ChargeRequest) { r.Environment = pay.Live },
		"no environment":         func(r *gateway.ChargeRequest) { r.Environment = "" },
		"no attempt id":          func(r *gateway.ChargeRequest) { r.AttemptID = "" },
		"negative amount":        func(r *gateway.ChargeRequest) { r.Amount.Minor = -1 },
		"amount beyond MaxMinor": func(r *gateway.ChargeRequest) { r.Amount.Minor = money.MaxMinor + 1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request()
			spoil(&r)
			if f, err := sandbox.Connector.Charge(t.Context(), r); !errors.Is(err, gateway.ErrNotSent) || f != (pay.Fact{}) {
				t.Errorf("Charge: got %+v, %v; want %v", f, err, gateway.ErrNotSent)
			}
			if f, err := sandbox.Connector.Lookup(t.Context(), r); !errors.Is(err, gateway.ErrNoSuchAttempt) || f != (pay.Fact{}) {
				t.Errorf("Lookup: got %+v, %v; want %v", f, err, gateway.ErrNoSuchAttempt)
			}
		})
	}
}

// slow is a request to a gateway with the latency that the text says.
func slow(latency string) gateway.ChargeRequest {
	r := request()
	r.Settings = pay.GatewayParameters{{ParameterID: sandbox.LatencyParameter, TenantDefaultValue: &latency}}
	return r
}

func TestLatencyIsKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		setting string
		want    time.Duration
	}{
		"unset is none":              {"", 0},
		"zero is none":               {"0", 0},
		"a little":                   {"1", time.Millisecond},
		"the most":                   {"10000", 10 * time.Second},
		"more than the most is none": {"10001", 0},
		"negative is none":           {"-5", 0},
		"a word is none":             {"slow", 0},
		"a unit is none":             {"250ms", 0},
		"a fraction is none":         {"1.5", 0},
		"an overflow is none":        {"99999999999999999999", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				f, err := sandbox.Connector.Charge(t.Context(), slow(tt.setting))
				if err != nil || f.To != pay.TransactionCaptured || time.Since(start) != tt.want {
					t.Errorf("got %s, %v after %s; want CAPTURED after %s", f.To, err, time.Since(start), tt.want)
				}
				start = time.Now()
				if _, err := sandbox.Connector.Lookup(t.Context(), slow(tt.setting)); err != nil || time.Since(start) != 0 {
					t.Errorf("Lookup: %v after %s, want no wait", err, time.Since(start))
				}
			})
		})
	}
}

func TestCallerMayGiveUpOnASlowGateway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
		defer cancel()
		f, err := sandbox.Connector.Charge(ctx, slow("10000"))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, gateway.ErrNotSent) || f != (pay.Fact{}) {
			t.Errorf("got %+v, %v; want %v and no fact", f, err, context.DeadlineExceeded)
		}
		if waited := time.Since(start); waited != 40*time.Millisecond {
			t.Errorf("waited %s, want 40ms", waited)
		}
		if f, err := sandbox.Connector.Lookup(t.Context(), slow("10000")); err != nil || f.To != pay.TransactionCaptured {
			t.Errorf("Lookup: got %s, %v; want CAPTURED", f.To, err)
		}
	})
}

func TestEveryOutcomeHonoursTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, outcome := range sandbox.Outcomes() {
		r := request()
		byToken(&r, outcome)
		if f, err := sandbox.Connector.Charge(ctx, r); !errors.Is(err, context.Canceled) || f != (pay.Fact{}) {
			t.Errorf("%s: Charge gives %+v, %v; want %v", outcome, f, err, context.Canceled)
		}
		if f, err := sandbox.Connector.Lookup(ctx, r); !errors.Is(err, context.Canceled) || f != (pay.Fact{}) {
			t.Errorf("%s: Lookup gives %+v, %v; want %v", outcome, f, err, context.Canceled)
		}
	}
}
