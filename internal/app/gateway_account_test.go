package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// accountSeen is the answer to checkPaymentGateway.
type accountSeen struct {
	Check *struct {
		Outcome                                      string
		AccountID, AccountName, Environment, Message *string
		Faults                                       []struct {
			ParameterIDs []string
			Message      string
		}
		CheckedAt      time.Time
		GatewayVersion int
	}
	Errors []apptest.Refusal
}

const checkDocument = `mutation($id: ID!) { checkPaymentGateway(input: { id: $id }) {
	check { outcome accountId accountName environment message faults { parameterIds message } checkedAt gatewayVersion } errors { code message path } } }`

// checks asks about a gateway's account, and looks for secrets in the answer.
func checks(t *testing.T, c *apptest.Client, gateway string) accountSeen {
	t.Helper()
	answer := c.Send(t, checkDocument, apptest.Vars{"id": gateway}).Body
	for _, secret := range []string{stripetest.Key, stripetest.RevokedKey, stripetest.StrangeKey, stripetest.WebhookSecret} {
		if strings.Contains(answer, secret) {
			t.Errorf("%s is in %s", secret, answer)
		}
	}
	return apptest.Do[struct{ CheckPaymentGateway accountSeen }](t, c, checkDocument, apptest.Vars{"id": gateway}).CheckPaymentGateway
}

// keyed gives the gateway another key.
func (x *stripeShop) keyed(t *testing.T, key string) {
	t.Helper()
	create(t, x.admin, "updatePaymentGateway", "paymentGateway", apptest.Vars{"id": x.gateway, "parameters": []apptest.Vars{{"parameterId": "secretKey", "value": key}}})
}

// asked is how often Stripe was asked about the account.
func (x *stripeShop) asked() (n int) {
	for _, r := range x.stripe.Requests() {
		if r.Operation == "balance" {
			n++
		}
	}
	return n
}

// TestAccountCheck proves that a gateway's keys are asked about with the provider, that a
// changed gateway is asked about at once and the same one not again for ten seconds, and
// that a provider which says nothing keeps nobody from anything.
func TestAccountCheck(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	good := checks(t, x.admin, x.gateway)
	if c := good.Check; c == nil || c.Outcome != "VALID" || *c.AccountID != stripetest.AccountID || *c.AccountName != stripetest.AccountName || *c.Environment != "SANDBOX" ||
		c.Message != nil || len(c.Faults) != 0 || c.GatewayVersion != 1 {
		t.Fatalf("%+v", good)
	}
	if again := checks(t, x.admin, x.gateway); x.asked() != 1 || !again.Check.CheckedAt.Equal(good.Check.CheckedAt) {
		t.Errorf("asked %d times at once: %+v", x.asked(), again.Check)
	}
	x.clock.pass(11 * time.Second)
	if later := checks(t, x.admin, x.gateway); x.asked() != 2 || !later.Check.CheckedAt.After(good.Check.CheckedAt) {
		t.Errorf("asked %d times, the second later: %+v", x.asked(), later.Check)
	}
	for key, fault := range map[string]string{stripetest.RevokedKey: "revoked", stripetest.StrangeKey: "LIVE"} {
		x.keyed(t, key)
		bad := checks(t, x.admin, x.gateway).Check
		if bad == nil || bad.Outcome != "INVALID" || len(bad.Faults) != 1 || !slices.Equal(bad.Faults[0].ParameterIDs, []string{"secretKey"}) || !strings.Contains(bad.Faults[0].Message, fault) {
			t.Errorf("%s: %+v", fault, bad)
		}
	}
	x.keyed(t, stripetest.Key)
	x.stripe.Close()
	silent := checks(t, x.admin, x.gateway).Check
	if silent == nil || silent.Outcome != "UNKNOWN" || silent.Message == nil || strings.Contains(*silent.Message, "127.0.0.1") || len(silent.Faults) != 0 || silent.AccountID != nil {
		t.Errorf("unreachable: %+v", silent)
	}
	x.keyed(t, stripetest.RevokedKey) // it is saved all the same
}

// TestAccountCheckRehearsed proves that a dashboard can rehearse each answer in the sandbox,
// what has nobody to ask is told before, and that the changed settings are asked with in one
// document.
func TestAccountCheckRehearsed(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for how, want := range map[string]string{"": "VALID", "valid": "VALID", "wrong_key": "INVALID", "live_key": "INVALID", "closed": "INVALID",
		"unreachable": "UNKNOWN", "garbled": "UNKNOWN", "busy": "UNKNOWN"} {
		parameters := []apptest.Vars{}
		if how != "" {
			parameters = append(parameters, apptest.Vars{"parameterId": "accountCheck", "value": how})
		}
		got := checks(t, s.admin, s.make.Gateway(apptest.Vars{"parameters": parameters}))
		if got.Check == nil || got.Check.Outcome != want || (want == "UNKNOWN") != (got.Check.Message != nil) || (want == "INVALID") != (len(got.Check.Faults) > 0) {
			t.Errorf("%q: %+v, want %s", how, got, want)
		}
	}
	cash := s.make.Gateway(apptest.Vars{"connector": "manual", "kind": "MANUAL", "methodType": "CASH"})
	refuseEach(t, s.api, s.admin, "checkPaymentGateway", []badInput{
		{"nobody to ask", apptest.Vars{"id": cash}, []string{"INVALID_INPUT input.id"}},
		{"absent", apptest.Vars{"id": absent(pay.KindGateway)}, []string{"NOT_FOUND input.id"}},
		{"malformed", apptest.Vars{"id": "gw"}, []string{"NOT_FOUND input.id"}},
	})
	shown := apptest.Do[struct {
		PaymentGateways []struct {
			ID              string
			HasAccountCheck bool
		}
	}](t, s.admin, `{ paymentGateways { id hasAccountCheck } }`, nil)
	for _, g := range shown.PaymentGateways {
		if g.HasAccountCheck == (g.ID == cash) {
			t.Errorf("%+v", g)
		}
	}
	both := apptest.Do[struct {
		CheckPaymentGateway accountSeen
	}](t, s.admin, `mutation($id: ID!) {
		updatePaymentGateway(input: { id: $id, parameters: [{ parameterId: "accountCheck", value: "wrong_key" }] }) { errors { message } }
		checkPaymentGateway(input: { id: $id }) { check { outcome faults { parameterIds message } gatewayVersion } errors { message } }
	}`, apptest.Vars{"id": s.card})
	if c := both.CheckPaymentGateway.Check; c == nil || c.Outcome != "INVALID" || !slices.Equal(c.Faults[0].ParameterIDs, []string{"accountCheck"}) || c.GatewayVersion != 2 {
		t.Errorf("%+v", both)
	}
}
