package sandbox_test

import (
	"slices"
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
	gatewaytest.WrongAmount:         sandbox.WrongAmount,
	gatewaytest.RedirectPaid:        sandbox.Redirect,
	gatewaytest.RedirectRefused:     sandbox.Redirect,
	gatewaytest.CaptureLost:         sandbox.Approve,
	gatewaytest.CaptureRefused:      sandbox.Approve,
	gatewaytest.VoidLost:            sandbox.Approve,
	gatewaytest.VoidRefused:         sandbox.Approve,
	gatewaytest.CancelLost:          sandbox.Redirect,
	gatewaytest.CancelRefused:       sandbox.Redirect,
	gatewaytest.RefundLost:          sandbox.Approve,
	gatewaytest.RefundPending:       sandbox.Approve,
	gatewaytest.RefundRefused:       sandbox.Approve,
	gatewaytest.MethodSaved:         sandbox.Approve,
	gatewaytest.SaveDeclined:        sandbox.HardDecline,
}

// follows says what the metadata has to name beside.
var follows = map[gatewaytest.Behaviour]pay.MetadataEntry{
	gatewaytest.RedirectRefused: {Key: sandbox.CompletionKey, Value: sandbox.HardDecline},
	gatewaytest.CaptureLost:     {Key: sandbox.CaptureKey, Value: sandbox.Lose},
	gatewaytest.CaptureRefused:  {Key: sandbox.CaptureKey, Value: sandbox.Fail},
	gatewaytest.VoidLost:        {Key: sandbox.VoidKey, Value: sandbox.Lose},
	gatewaytest.VoidRefused:     {Key: sandbox.VoidKey, Value: sandbox.Fail},
	gatewaytest.CancelLost:      {Key: sandbox.CancelKey, Value: sandbox.Lose},
	gatewaytest.CancelRefused:   {Key: sandbox.CancelKey, Value: sandbox.Fail},
	gatewaytest.RefundLost:      {Key: sandbox.RefundKey, Value: sandbox.Lose},
	gatewaytest.RefundPending:   {Key: sandbox.RefundKey, Value: sandbox.Wait},
	gatewaytest.RefundRefused:   {Key: sandbox.RefundKey, Value: sandbox.Fail},
}

// beyond are the behaviours of a network, which the sandbox has none of, and of slowness.
var beyond = []gatewaytest.Behaviour{gatewaytest.RateLimited, gatewaytest.ErrorAfterSuccess, gatewaytest.GarbledSuccess, gatewaytest.SlowSuccess, gatewaytest.RefundSlow}

// showing is the request that shows a behaviour, or false.
func showing(b gatewaytest.Behaviour, ask func(r *gateway.ChargeRequest, outcome string)) (gateway.ChargeRequest, bool) {
	r := request()
	ask(&r, shows[b])
	if entry, ok := follows[b]; ok {
		r.Metadata = append(r.Metadata, entry)
	}
	return r, shows[b] != ""
}

func TestEveryBehaviourIsShown(t *testing.T) {
	t.Parallel()
	for _, b := range gatewaytest.Behaviours() {
		if (shows[b] == "") != slices.Contains(beyond, b) {
			t.Errorf("no outcome shows %q, or one does that is said to be missing", b)
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
					return showing(b, ask)
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
			r, ok := showing(b, byToken)
			r.MethodType, r.VoucherCount = pay.MethodVoucher, 3
			return r, ok
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
