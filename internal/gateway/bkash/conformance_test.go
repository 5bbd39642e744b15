package bkash_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// plans has the server show each behaviour. A payer at bKash confirms first, so what is
// taken is taken when the payer is back.
var plans = map[gatewaytest.Behaviour]bkashtest.Plan{
	gatewaytest.ApprovedCaptured:    {},
	gatewaytest.SoftDeclined:        {Code: "2023"},
	gatewaytest.HardDeclined:        {Code: "2037"},
	gatewaytest.NeedsRedirect:       {},
	gatewaytest.TimeoutAfterSuccess: {Execute: []resttest.Fault{resttest.DropAfter}},
	gatewaytest.Lost:                {Execute: []resttest.Fault{resttest.DropBefore}},
	gatewaytest.NotSent:             {},
	gatewaytest.RateLimited:         {Create: []resttest.Fault{resttest.Limited}},
	gatewaytest.ErrorAfterSuccess:   {Execute: []resttest.Fault{resttest.ErrorAfter}},
	gatewaytest.GarbledSuccess:      {Execute: []resttest.Fault{resttest.GarbledAfter}},
	gatewaytest.WrongAmount:         {Wrong: true},
	gatewaytest.RedirectPaid:        {},
	gatewaytest.RedirectRefused:     {},
	gatewaytest.RefundLost:          {Refund: []resttest.Fault{resttest.HalfAfter}},
	gatewaytest.SlowSuccess:         {Late: true},
	gatewaytest.RefundSlow:          {LateRefund: true},
	gatewaytest.RefundPending:       {RefundStatus: "Pending"},
	gatewaytest.RefundRefused:       {RefundCode: "2074"},
}

// beyond are the behaviours that bKash has none of: nothing is held, asked for by a code or
// a form, pending or saved, and calling an attempt off needs no answer of bKash.
var beyond = []gatewaytest.Behaviour{gatewaytest.ApprovedHeld, gatewaytest.NeedsOTP, gatewaytest.NeedsDropin, gatewaytest.Pending,
	gatewaytest.CaptureLost, gatewaytest.CaptureRefused, gatewaytest.VoidLost, gatewaytest.VoidRefused, gatewaytest.CancelLost, gatewaytest.CancelRefused,
	gatewaytest.MethodSaved, gatewaytest.SaveDeclined}

// away are those whose payer does not come back by themselves.
var away = []gatewaytest.Behaviour{gatewaytest.NeedsRedirect, gatewaytest.RedirectPaid, gatewaytest.RedirectRefused}

// sum is the amount by which a behaviour is known to the server.
func sum(b gatewaytest.Behaviour) money.Money {
	return money.Money{Minor: int64(700_001 + slices.Index(gatewaytest.Behaviours(), b)), Currency: "BDT"}
}

// till is bKash with what the program keeps.
type till struct {
	*gatewaytest.Program
	gateway.Completer
	gateway.Canceller
	gateway.Refunder
}

func settings(changed ...string) pay.GatewayParameters {
	values := map[string]string{bkash.Username: bkashtest.Username, bkash.Password: bkashtest.Password, bkash.AppKey: bkashtest.AppKey, bkash.AppSecret: bkashtest.AppSecret,
		bkash.ReturnURL: "https://shop.example/back"}
	for i := 0; i < len(changed); i += 2 {
		values[changed[i]] = changed[i+1]
	}
	var list pay.GatewayParameters
	for id, value := range values {
		list = append(list, pay.GatewayParameter{ParameterID: id, TenantDefaultValue: &value})
	}
	return list
}

// open starts a server and a connector to it.
func open(t *testing.T) (*bkashtest.Server, till) {
	s := bkashtest.New()
	t.Cleanup(s.Close)
	c := bkash.New(map[pay.Environment]string{pay.Sandbox: s.URL})
	pays := func(r gateway.ChargeRequest, _ pay.Fact) (gateway.Answer, bool) {
		if slices.ContainsFunc(away, func(b gatewaytest.Behaviour) bool { return sum(b) == r.Amount }) {
			return gateway.Answer{}, false
		}
		s.Confirm(r.ExternalID)
		return back(r.ExternalID, "success"), true
	}
	return s, till{&gatewaytest.Program{Charger: c, Payer: pays}, c.(gateway.Completer), c.(gateway.Canceller), c.(gateway.Refunder)}
}

// back is what payers come back with.
func back(payment, status string) gateway.Answer {
	return gateway.Answer{Payload: fmt.Sprintf(`{"paymentID":%q,"status":%q,"signature":"x","apiVersion":"1.2.0-beta"}`, payment, status)}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for b, plan := range plans {
		s.Set(sum(b).Decimal(), plan)
	}
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: c,
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			_, ok := plans[b]
			r := gateway.ChargeRequest{Amount: sum(b), Environment: pay.Sandbox, Settings: settings(), MethodType: pay.MethodMobileWallet}
			if b == gatewaytest.NotSent {
				r.Settings = settings(bkash.Password, "")
			}
			return r, ok
		},
		Takes: func(m money.Money) bool { return m.Currency == "BDT" },
		Act: func(b gatewaytest.Behaviour, r gateway.ChargeRequest, f pay.Fact) gateway.Answer {
			if b == gatewaytest.RedirectRefused {
				return back(*f.ExternalID, "cancel")
			}
			s.Confirm(*f.ExternalID)
			return back(*f.ExternalID, "success")
		},
		Finish: func(r gateway.ChargeRequest) { s.Finish(r.AttemptID) },
		Books: func(r gateway.ChargeRequest) gatewaytest.Books {
			b := s.Books(r.AttemptID)
			return gatewaytest.Books{Captured: b.Captured, Refunded: b.Refunded}
		},
	})
	t.Cleanup(func() {
		if n := s.Asked("grant"); n > 2 {
			t.Errorf("%d tokens were asked for; bKash grants two an hour", n)
		}
	})
}

func TestEveryBehaviourIsShownOrNamed(t *testing.T) {
	t.Parallel()
	for _, b := range gatewaytest.Behaviours() {
		if _, shown := plans[b]; shown == slices.Contains(beyond, b) {
			t.Errorf("%q: shown %t", b, shown)
		}
	}
}

// noSecrets fails where an error or a text has what nobody may read.
func noSecrets(t *testing.T, what any) {
	t.Helper()
	text := fmt.Sprint(what)
	for _, secret := range []string{bkashtest.Password, bkashtest.AppKey, bkashtest.AppSecret, "<secret>", "TOKEN0"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}
