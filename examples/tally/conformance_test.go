package tally_test

import (
	"testing"

	"github.com/paygraph/paygraph/examples/tally"
	"github.com/paygraph/paygraph/examples/tally/tallytest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// plans has the server show each behaviour that Tally can have; the wallet is called like it.
var plans = map[gatewaytest.Behaviour]tallytest.Plan{
	gatewaytest.ApprovedCaptured:    {},
	gatewaytest.SoftDeclined:        {Reason: "wallet_empty"},
	gatewaytest.HardDeclined:        {Reason: "wallet_closed"},
	gatewaytest.TimeoutAfterSuccess: {Charge: resttest.DropAfter},
	gatewaytest.ErrorAfterSuccess:   {Charge: resttest.ErrorAfter},
	gatewaytest.GarbledSuccess:      {Charge: resttest.GarbledAfter},
	gatewaytest.Lost:                {Charge: resttest.DropBefore},
	gatewaytest.RateLimited:         {Charge: resttest.Limited},
	gatewaytest.NotSent:             {},
	gatewaytest.WrongAmount:         {Wrong: true},
	gatewaytest.RefundLost:          {Refund: resttest.DropAfter},
	gatewaytest.RefundRefused:       {RefundError: "nothing_left"},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s := tallytest.New()
	t.Cleanup(s.Close)
	for b, plan := range plans {
		s.Set(string(b), plan)
	}
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: tally.New(map[pay.Environment]string{pay.Sandbox: s.URL}),
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			_, ok := plans[b]
			key := tallytest.Key
			if b == gatewaytest.NotSent {
				key = "tally_test_another"
			}
			return gateway.ChargeRequest{Amount: money.Money{Minor: 1234, Currency: "EUR"}, Environment: pay.Sandbox, MethodType: pay.MethodMobileWallet,
				Settings: pay.GatewayParameters{{ParameterID: tally.Key, TenantDefaultValue: &key}},
				Form:     map[string]string{tally.Wallet: string(b)}}, ok
		},
		Books: func(r gateway.ChargeRequest) gatewaytest.Books {
			captured, refunded := s.Books(r.AttemptID)
			return gatewaytest.Books{Captured: captured, Refunded: refunded}
		},
	})
}

// TestKeys proves that keys of the other environment are refused where they are given.
func TestKeys(t *testing.T) {
	t.Parallel()
	checker := tally.Connector.(gateway.SettingChecker)
	for e, good := range map[pay.Environment]string{pay.Live: "tally_live_x", pay.Sandbox: "tally_test_x"} {
		for _, key := range []string{"tally_live_x", "tally_test_x", "x"} {
			if why := checker.CheckSetting(e, tally.Key, key); (why == "") != (key == good) {
				t.Errorf("%s in %s: %q", key, e, why)
			}
		}
	}
}
