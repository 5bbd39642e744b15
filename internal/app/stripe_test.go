package app_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/pay"
)

// stripeShop is a shop with a gateway at a Stripe of its own.
type stripeShop struct {
	*shop
	stripe  *stripetest.Server
	clock   *movingClock
	gateway string
}

func openStripeShop(t *testing.T) *stripeShop {
	t.Helper()
	x := &stripeShop{stripe: stripetest.New(t), clock: &movingClock{}}
	bank := newBank()
	x.shop = openShop(t, x.clock.option(), app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, bank, stripe.New(x.stripe.URL))))
	x.gateway = x.make.Gateway(stripeGateway(stripetest.Key, "https://shop.example/back"))
	return x
}

func stripeGateway(key, back string) apptest.Vars {
	return apptest.Vars{"name": "Stripe", "connector": "stripe", "methodType": "CARD", "isTokenizable": true, "isPartiallyRefundable": true, "parameters": []apptest.Vars{
		{"parameterId": "secretKey", "value": key}, {"parameterId": "publishableKey", "value": strings.Replace(key, "sk_", "pk_", 1)},
		{"parameterId": "webhookSecret", "value": stripetest.WebhookSecret}, {"parameterId": "returnUrl", "value": back}}}
}

// attempt is our id of an attempt as Stripe has it.
func (x *stripeShop) attempt(t *testing.T, transaction string) string {
	t.Helper()
	id, ok := pay.ParseID(pay.KindTransaction, transaction)
	if !ok {
		t.Fatalf("%q is no transaction", transaction)
	}
	return id.String()
}

// pays pays 100.00 with a method of Stripe's.
func (x *stripeShop) pays(t *testing.T, method string, more apptest.Vars) receipt {
	t.Helper()
	got := x.pay(t, uuid.NewString(), but(apptest.Vars{"orders": one(x.order(10000)), "gatewayId": x.gateway, "paymentToken": method}, more))
	if got.Transaction == nil {
		t.Fatalf("pay with %s: %+v", method, got.Errors)
	}
	return got
}

// has compares what Stripe has of an attempt.
func (x *stripeShop) has(t *testing.T, transaction, held, captured, refunded string) {
	t.Helper()
	want := stripetest.Books{Held: held, Captured: captured, Refunded: refunded, Intents: 1}
	if got := x.stripe.Books(x.attempt(t, transaction)); got != want {
		t.Errorf("Stripe has %s, want %s", got, want)
	}
}

// delivers has Stripe report all that happened so far, and returns the statuses of the
// answers.
func (x *stripeShop) delivers(t *testing.T, change func([]byte) []byte) (statuses []int) {
	t.Helper()
	path := webhookPath(t, x.admin, x.gateway)
	for _, e := range x.stripe.Events() {
		header := e.Sign(stripetest.WebhookSecret, x.clock.now())
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.api.URL+path, bytes.NewReader(change(bytes.Clone(e.Body))))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		statuses = append(statuses, response.StatusCode)
	}
	return statuses
}

// TestStripeSettings proves that keys of the other environment are refused where they are
// given, and that what is secret of them is never shown.
func TestStripeSettings(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	const value = "INVALID_INPUT input.parameters."
	refuseEach(t, x.api, x.admin, "createPaymentGateway", []badInput{
		{"live keys in a rehearsal", stripeGateway(stripetest.LiveKey, "https://shop.example/"), []string{value + "0.value", value + "1.value"}},
		{"a page that anybody can read", stripeGateway(stripetest.Key, "http://shop.example/"), []string{value + "3.value"}},
		{"no keys at all", apptest.Vars{"name": "Stripe", "connector": "stripe", "methodType": "CARD"},
			[]string{"REQUIRED input.parameters", "REQUIRED input.parameters"}},
	})
	live := x.api.Client(x.api.Token(t, auth.Grant{Environment: pay.Live}))
	refuseEach(t, x.api, live, "createPaymentGateway", []badInput{
		{"test keys for real money", stripeGateway(stripetest.Key, "https://shop.example/"), []string{value + "0.value", value + "1.value"}}})
	refuseEach(t, x.api, x.admin, "updatePaymentGateway", []badInput{
		{"a live key later", apptest.Vars{"id": x.gateway, "parameters": []apptest.Vars{{"parameterId": "secretKey", "value": stripetest.LiveKey}}}, []string{value + "0.value"}}})
	shown := x.admin.Send(t, `{ paymentGateways { name parameters { parameterId tenantDefaultValue isSet } } }`, nil).Body
	if strings.Contains(shown, stripetest.Key) || strings.Contains(shown, stripetest.WebhookSecret) || !strings.Contains(shown, "pk_test_") {
		t.Errorf("shown: %s", shown)
	}
}

// TestStripePays proves that money of each sort goes through Stripe and back, with the keys
// that the gateway keeps sealed.
func TestStripePays(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	whole := x.pays(t, stripetest.PmVisa, nil)
	if whole.Payment.Status != "PAID" {
		t.Errorf("%+v", whole.Payment)
	}
	x.has(t, whole.Transaction.ID, "0.00", "100.00", "0.00")
	back := act(t, x.admin, "refundPayment", "r1", apptest.Vars{"paymentId": whole.Payment.ID, "amount": minor(4000)})
	if len(back.Refunds) != 1 || back.Refunds[0].Status != "SUCCEEDED" {
		t.Errorf("%+v", back)
	}
	x.has(t, whole.Transaction.ID, "0.00", "100.00", "40.00")

	held := x.pays(t, stripetest.PmVisa, apptest.Vars{"capture": false})
	x.has(t, held.Transaction.ID, "100.00", "0.00", "0.00")
	if got := act(t, x.admin, "captureTransaction", "c1", apptest.Vars{"transactionId": held.Transaction.ID, "amount": minor(2500)}); got.Operation == nil || got.Operation.Status != "SUCCEEDED" {
		t.Errorf("%+v", got)
	}
	x.has(t, held.Transaction.ID, "0.00", "25.00", "0.00")

	freed := x.pays(t, stripetest.PmVisa, apptest.Vars{"capture": false})
	if got := act(t, x.admin, "voidTransaction", "v1", apptest.Vars{"transactionId": freed.Transaction.ID}); got.Operation == nil || got.Operation.Status != "SUCCEEDED" {
		t.Errorf("%+v", got)
	}
	x.has(t, freed.Transaction.ID, "0.00", "0.00", "0.00")

	if got := x.pays(t, stripetest.PmStolen, nil); got.Transaction.Status != "FAILED" || got.Transaction.Error.DeclineType == nil || *got.Transaction.Error.DeclineType != "HARD" {
		t.Errorf("%+v", got.Transaction)
	}
	away := x.pays(t, stripetest.PmRedirect, nil)
	if away.Transaction.Status != "REQUIRES_ACTION" || away.Transaction.Action.Type != "REDIRECT" {
		t.Fatalf("%+v", away.Transaction)
	}
	x.stripe.Act(*away.Transaction.ExternalID, true)
	came := act(t, x.admin, "completeTransaction", "d1", apptest.Vars{"transactionId": away.Transaction.ID,
		"payload": apptest.Vars{"payment_intent": *away.Transaction.ExternalID, "redirect_status": "succeeded"}})
	if came.Transaction == nil || came.Transaction.Status != "CAPTURED" {
		t.Errorf("%+v", came)
	}
	x.has(t, away.Transaction.ID, "0.00", "100.00", "0.00")
}

// TestStripeAnswersGetLost proves that a payment whose answer is lost is found paid, and
// one that never arrived is sent again, by the program itself.
func TestStripeAnswersGetLost(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	for _, method := range []string{stripetest.PmConfirmLost, stripetest.PmConfirmNever, stripetest.PmConfirmError, stripetest.PmConfirmGarbled} {
		lost := x.pays(t, method, nil)
		if lost.Transaction.Status != "UNKNOWN" {
			t.Errorf("%s: %s, want UNKNOWN", method, lost.Transaction.Status)
		}
		x.clock.pass(time.Minute)
		x.wakeAll(t)
		x.has(t, lost.Transaction.ID, "0.00", "100.00", "0.00")
	}
	if n := x.count(t, "transactions WHERE status = 'CAPTURED'"); n != 4 {
		t.Errorf("%d attempts are captured, want 4", n)
	}
	if got := x.pays(t, stripetest.PmConfirmLimited, nil); got.Transaction.Status != "FAILED" || got.Transaction.Error.Code != "SYSTEM" {
		t.Errorf("turned away: %+v", got.Transaction)
	}
}

// TestStripeSaves proves that a method is saved in a setup, and pays when nobody is there.
func TestStripeSaves(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	setup := x.created(t, "setup", apptest.Vars{"mode": "SETUP", "customerId": x.customer}).Payment.ID
	got := act(t, x.admin, "processPayment", "save", apptest.Vars{"paymentId": setup, "gatewayId": x.gateway, "paymentToken": stripetest.PmVisa})
	if got.Transaction == nil || got.Transaction.Status != "CAPTURED" {
		t.Fatalf("%+v", got)
	}
	saved := apptest.Do[struct {
		Payment struct{ PaymentMethod *struct{ ID string } }
	}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { paymentMethod { id } } }`, apptest.Vars{"id": setup}).Payment.PaymentMethod
	if saved == nil {
		t.Fatal("no method was saved")
	}
	for _, key := range []string{"first", "second"} {
		paid := x.pay(t, key, apptest.Vars{"orders": one(x.order(10000)), "paymentMethodId": saved.ID})
		if paid.Payment == nil || paid.Payment.Status != "PAID" {
			t.Errorf("%+v", paid.Errors)
		}
	}
}

// TestStripeReports proves that what Stripe reports counts once, however often it comes,
// and that what was changed on its way counts not at all.
func TestStripeReports(t *testing.T) {
	t.Parallel()
	x := openStripeShop(t)
	debit := x.pays(t, stripetest.PmDebit, nil)
	if debit.Transaction.Status != "PENDING" {
		t.Fatalf("%+v", debit.Transaction)
	}
	x.stripe.Settle(*debit.Transaction.ExternalID, true)
	x.stripe.GiveBack(*debit.Transaction.ExternalID, 1000)
	x.stripe.Dispute(*debit.Transaction.ExternalID, 9000)
	forged := x.delivers(t, func(body []byte) []byte { return bytes.Replace(body, []byte("10000"), []byte("10001"), 1) })
	for _, status := range forged[:2] {
		if status != http.StatusUnauthorized {
			t.Errorf("forged deliveries are answered %v", forged)
		}
	}
	if n := x.count(t, "transactions WHERE status = 'CAPTURED'"); n != 0 {
		t.Error("a forged delivery counted")
	}
	for range 2 {
		for _, status := range x.delivers(t, func(body []byte) []byte { return body }) {
			if status != http.StatusOK {
				t.Errorf("a delivery is answered %d", status)
			}
		}
	}
	if n := x.count(t, "transactions WHERE status = 'CAPTURED' AND captured_minor = 10000 AND refunded_minor = 1000 AND charged_back_minor = 9000"); n != 1 {
		t.Error("what was reported is not what happened")
	}
	if n := x.count(t, "refunds WHERE is_external"); n != 1 {
		t.Errorf("%d refunds are booked that were made at Stripe, want 1", n)
	}
}
