package sandbox_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// shows says which outcome makes the sandbox show a behaviour.
var shows = map[gatewaytest.Behaviour]string{
	gatewaytest.ApprovedCaptured:    sandbox.Approve,
	gatewaytest.ApprovedHeld:        sandbox.Approve,
	gatewaytest.SoftDeclined:        sandbox.SoftDecline,
	gatewaytest.HardDeclined:        sandbox.HardDecline,
	gatewaytest.NeedsOTP:            sandbox.OTP,
	gatewaytest.NeedsRedirect:       sandbox.Redirect,
	gatewaytest.NeedsDropin:         sandbox.Dropin,
	gatewaytest.Pending:             sandbox.Pending,
	gatewaytest.TimeoutAfterSuccess: sandbox.Timeout,
	gatewaytest.Lost:                sandbox.TimeoutLost,
	gatewaytest.NotSent:             sandbox.Unsent,
}

func TestEveryBehaviourIsShown(t *testing.T) {
	t.Parallel()
	for _, b := range gatewaytest.Behaviours() {
		if shows[b] == "" {
			t.Errorf("no outcome shows %q", b)
		}
	}
}

// sources are the ways to ask for an outcome.
var sources = map[string]func(r *gateway.ChargeRequest, outcome string){
	"asked by token":     byToken,
	"asked by metadata":  byMetadata,
	"asked by parameter": byParameter,
}

func byToken(r *gateway.ChargeRequest, outcome string) { r.Token = sandbox.TokenPrefix + outcome }

func byMetadata(r *gateway.ChargeRequest, outcome string) {
	r.Metadata = pay.Metadata{{Key: "shop", Value: "7"}, {Key: sandbox.MetadataKey, Value: outcome}}
}

func byParameter(r *gateway.ChargeRequest, outcome string) {
	r.Settings = append(r.Settings, pay.GatewayParameter{ParameterID: sandbox.OutcomeParameter, TenantDefaultValue: &outcome})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, ask := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.Run(t, gatewaytest.Subject{
				Connector: sandbox.Connector,
				Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
					r := request()
					ask(&r, shows[b])
					return r, true
				},
			})
		})
	}
}

func TestVouchersConform(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: sandbox.Connector,
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			r := request()
			r.MethodType, r.VoucherCount = pay.MethodVoucher, 3
			byToken(&r, shows[b])
			return r, true
		},
	})
}

// attempt is an attempt id in UUID text.
const attempt = "0198b2c4-7d1e-7a00-8000-000000000001"

// request asks to capture 12.34 EUR from a card, and for no outcome.
func request() gateway.ChargeRequest {
	return gateway.ChargeRequest{AttemptID: attempt, Amount: money.Money{Minor: 1234, Currency: "EUR"}, Capture: true,
		MethodType: pay.MethodCard, Environment: pay.Sandbox}
}
