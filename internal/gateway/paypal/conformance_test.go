package paypal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// plans has the server show each behaviour. A payer at PayPal approves first, so what is
// taken is taken when the payer is back.
var plans = map[gatewaytest.Behaviour]paypaltest.Plan{
	gatewaytest.ApprovedCaptured:    {},
	gatewaytest.ApprovedHeld:        {},
	gatewaytest.SoftDeclined:        {Status: "DECLINED", Code: "5120"},
	gatewaytest.HardDeclined:        {Status: "DECLINED", Code: "9500"},
	gatewaytest.NeedsRedirect:       {},
	gatewaytest.Pending:             {Status: "PENDING"},
	gatewaytest.TimeoutAfterSuccess: {Take: []resttest.Fault{resttest.DropAfter}},
	gatewaytest.Lost:                {Take: []resttest.Fault{resttest.DropBefore}},
	gatewaytest.NotSent:             {},
	gatewaytest.RateLimited:         {Create: []resttest.Fault{resttest.Limited}},
	gatewaytest.ErrorAfterSuccess:   {Take: []resttest.Fault{resttest.ErrorAfter}},
	gatewaytest.GarbledSuccess:      {Take: []resttest.Fault{resttest.GarbledAfter}},
	gatewaytest.WrongAmount:         {Wrong: true},
	gatewaytest.RedirectPaid:        {},
	gatewaytest.RedirectRefused:     {},
	gatewaytest.CaptureLost:         {Capture: []resttest.Fault{resttest.DropAfter}},
	gatewaytest.CaptureRefused:      {CaptureIssue: "TRANSACTION_REFUSED"},
	gatewaytest.VoidLost:            {Void: []resttest.Fault{resttest.DropAfter}},
	gatewaytest.VoidRefused:         {VoidIssue: "TRANSACTION_REFUSED"},
	gatewaytest.RefundLost:          {Refund: []resttest.Fault{resttest.HalfAfter}},
	gatewaytest.RefundPending:       {RefundStatus: "PENDING"},
	gatewaytest.RefundRefused:       {RefundIssue: "REFUND_NOT_ALLOWED"},
}

// beyond are the behaviours that PayPal has none of: it asks for no code and has no form of
// its own here, nothing is saved, and calling an attempt off needs no answer of PayPal. The
// server finishes at once what it does.
var beyond = []gatewaytest.Behaviour{gatewaytest.NeedsOTP, gatewaytest.NeedsDropin, gatewaytest.CancelLost, gatewaytest.CancelRefused,
	gatewaytest.MethodSaved, gatewaytest.SaveDeclined, gatewaytest.SlowSuccess, gatewaytest.RefundSlow}

// away are those whose payer does not come back by themselves.
var away = []gatewaytest.Behaviour{gatewaytest.NeedsRedirect, gatewaytest.RedirectPaid, gatewaytest.RedirectRefused}

// sum is the amount by which a behaviour is known to the server.
func sum(b gatewaytest.Behaviour) money.Money {
	return money.Money{Minor: int64(700_001 + slices.Index(gatewaytest.Behaviours(), b)), Currency: "EUR"}
}

// till is PayPal with what the program keeps.
type till struct {
	*gatewaytest.Program
	gateway.Completer
	gateway.Capturer
	gateway.Voider
	gateway.Canceller
	gateway.Refunder
}

func settings(changed ...string) pay.GatewayParameters {
	values := map[string]string{paypal.ClientID: paypaltest.ClientID, paypal.ClientSecret: paypaltest.ClientSecret, paypal.ReturnURL: "https://shop.example/back?order=1",
		paypal.WebhookID: paypaltest.WebhookID}
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
func open(t *testing.T) (*paypaltest.Server, till) {
	s := paypaltest.New()
	t.Cleanup(s.Close)
	c := paypal.New(map[pay.Environment]string{pay.Sandbox: s.URL}, nil)
	pays := func(r gateway.ChargeRequest, f pay.Fact) (gateway.Answer, bool) {
		if slices.ContainsFunc(away, func(b gatewaytest.Behaviour) bool { return sum(b) == r.Amount }) {
			return gateway.Answer{}, false
		}
		s.Approve(*f.ExternalID)
		return approved(r.ExternalID), true
	}
	return s, till{&gatewaytest.Program{Charger: c, Payer: pays}, c.(gateway.Completer), c.(gateway.Capturer), c.(gateway.Voider), c.(gateway.Canceller), c.(gateway.Refunder)}
}

// approved is what payers come back with who approved an order.
func approved(order string) gateway.Answer {
	return gateway.Answer{Payload: fmt.Sprintf(`{"order":"1","token":%q,"PayerID":"QYR5Z8XDVJNXQ"}`, order)}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s, c := open(t)
	for b, plan := range plans {
		s.Set(sum(b).Decimal()+" EUR", plan)
	}
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: c,
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			_, ok := plans[b]
			r := gateway.ChargeRequest{Amount: sum(b), Environment: pay.Sandbox, Settings: settings(), MethodType: pay.MethodOther, Description: "Order 1"}
			if b == gatewaytest.NotSent {
				r.Settings = settings(paypal.ClientSecret, "")
			}
			return r, ok
		},
		Takes: takes,
		Act: func(b gatewaytest.Behaviour, r gateway.ChargeRequest, f pay.Fact) gateway.Answer {
			if b == gatewaytest.RedirectRefused {
				return gateway.Answer{Payload: fmt.Sprintf(`{"cancelled":"true","token":%q}`, *f.ExternalID)}
			}
			s.Approve(*f.ExternalID)
			return approved(*f.ExternalID)
		},
		Books: func(r gateway.ChargeRequest) gatewaytest.Books { return gatewaytest.Books(s.Books(r.AttemptID)) },
		Later: func(r gateway.ChargeRequest, d time.Duration) { s.Later(r.AttemptID, d) },
	})
}

// takes says what PayPal takes: whole forints and New Taiwan dollars, and neither dinars
// nor kronas, shillings, pesos of Chile or ariaries.
func takes(m money.Money) bool {
	switch m.Currency {
	case "HUF", "TWD":
		return m.Minor%100 == 0
	case "EUR", "JPY":
		return true
	}
	return false
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
	for _, secret := range []string{paypaltest.ClientSecret, "<secret>", "TOKEN0", "Basic ", "Bearer "} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}
