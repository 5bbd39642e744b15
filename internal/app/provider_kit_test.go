package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/bkash/bkashtest"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// ownReturn is where payers of the shop come back to who did not begin on the page.
const ownReturn = "https://shop.example/back?order=1"

// What providers can be told to do with payments of an amount; all of them pay else.
const (
	paidMinor  = 10000
	lostMinor  = 20000 // the money is taken after the payer came back, and the answer gets lost
	wrongMinor = 30000 // a unit more is told than was asked for
)

// provider is a real provider's connector, with a fake of the provider that keeps books.
type provider struct {
	connector gateway.Charger
	gateway   apptest.Vars
	currency  money.Currency
	// holds: it can hold money.
	holds bool
	// token has the fake do what is wanted of the amount, where only a token tells.
	token func(minor int64) string
	// lose has the answer to a payer's return get lost, where no amount tells.
	lose func(attempt string)
	// leave is the payer who pays on the provider's page, or does not want to, and the
	// address that the provider sends them to.
	leave func(attempt, externalID string, pays bool) string
	// account is what the provider has of an attempt, as decimals.
	account func(attempt string) (held, captured, refunded string)
	// reports are the provider's deliveries about an attempt; nil where it makes none.
	reports func(attempt string, at time.Time) []report
}

// report is a delivery of a provider.
type report struct {
	header http.Header
	body   []byte
}

// parametersOf are a gateway's, in pairs of an id and a value.
func parametersOf(pairs ...string) (list []apptest.Vars) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, apptest.Vars{"parameterId": pairs[i], "value": pairs[i+1]})
	}
	return list
}

// providers are those whose payers go to a page of theirs.
var providers = map[string]func(*testing.T) provider{"PayPal": openPayPal, "bKash": openBkash, "Adyen": openAdyen}

// paypalSigner is what the fake of PayPal signs with; to make one takes a while.
var paypalSigner = sync.OnceValue(func() paypaltest.Signer {
	return paypaltest.NewSigner("messageverificationcerts.sandbox.paypal.com", 2048, time.Now())
})

func openPayPal(t *testing.T) provider {
	s, signer := paypaltest.New(), paypalSigner()
	t.Cleanup(s.Close)
	s.Set("200.00 EUR", paypaltest.Plan{Take: []resttest.Fault{resttest.DropAfter}})
	s.Set("300.00 EUR", paypaltest.Plan{Wrong: true})
	return provider{connector: paypal.New(map[pay.Environment]string{pay.Sandbox: s.URL}, signer.Roots), currency: "EUR", holds: true,
		gateway: apptest.Vars{"name": "PayPal", "connector": "paypal", "methodType": "OTHER", "isPartiallyRefundable": true,
			"parameters": parametersOf(paypal.ClientID, paypaltest.ClientID, paypal.ClientSecret, paypaltest.ClientSecret, paypal.ReturnURL, ownReturn,
				paypal.WebhookID, paypaltest.WebhookID, paypal.WebhookCertificate, signer.PEM)},
		leave: func(_, externalID string, pays bool) string { return s.Leave(externalID, pays) },
		account: func(attempt string) (string, string, string) {
			b := s.Books(attempt)
			return b.Held, b.Captured, b.Refunded
		},
		reports: func(attempt string, at time.Time) (list []report) {
			for _, e := range s.Events() {
				if bytes.Contains(e.Body, []byte(attempt)) {
					list = append(list, report{signer.Sign(e.ID, paypaltest.WebhookID, e.Body, at), e.Body})
				}
			}
			return list
		}}
}

func openBkash(t *testing.T) provider {
	s := bkashtest.New()
	t.Cleanup(s.Close)
	s.Set("200.00", bkashtest.Plan{Execute: []resttest.Fault{resttest.DropAfter}})
	s.Set("300.00", bkashtest.Plan{Wrong: true})
	return bkashAt(s)
}

// bkashAt is a gateway at a fake of bKash's.
func bkashAt(s *bkashtest.Server) provider {
	return provider{connector: bkash.New(map[pay.Environment]string{pay.Sandbox: s.URL}), currency: "BDT",
		gateway: apptest.Vars{"name": "bKash", "connector": "bkash", "methodType": "MOBILE_WALLET", "isPartiallyRefundable": true,
			"parameters": parametersOf(bkash.Username, bkashtest.Username, bkash.Password, bkashtest.Password, bkash.AppKey, bkashtest.AppKey,
				bkash.AppSecret, bkashtest.AppSecret, bkash.ReturnURL, ownReturn)},
		leave: func(_, externalID string, pays bool) string { return s.Leave(externalID, pays) },
		account: func(attempt string) (string, string, string) {
			b := s.Books(attempt)
			return "0", b.Captured, b.Refunded
		}}
}

func openAdyen(t *testing.T) provider {
	s := adyentest.New(t)
	return adyenAt(s, adyen.RedirectMethod, adyentest.PageMethod)
}

// adyenAt is a gateway at a fake of Adyen's, with more parameters.
func adyenAt(s *adyentest.Server, more ...string) provider {
	return provider{connector: adyen.New(s.URL), currency: "EUR", holds: true,
		gateway: apptest.Vars{"name": "Adyen", "connector": "adyen", "methodType": "CARD", "isPartiallyRefundable": true,
			"parameters": parametersOf(append(more, adyen.APIKey, adyentest.APIKey, adyen.MerchantAccount, adyentest.Account, adyen.ClientKey, "test_0123456789ABCDEF",
				adyen.HMACKey, adyentest.HMACKey, adyen.ReturnURL, ownReturn)...)},
		token: func(minor int64) string {
			if minor == wrongMinor {
				return adyentest.Token(adyentest.More)
			}
			return ""
		},
		lose: func(attempt string) {
			s.Break(adyentest.Fault{Kind: adyentest.DropAfter, Operation: "step", Attempt: attempt, Times: 1})
		},
		leave: func(attempt, _ string, pays bool) string { return s.Leave(attempt, pays) },
		account: func(attempt string) (string, string, string) {
			b := s.Books(attempt)
			return b.Held, b.Captured, b.Refunded
		},
		reports: func(attempt string, _ time.Time) (list []report) {
			for _, i := range s.Items(attempt) {
				list = append(list, report{http.Header{"Content-Type": {"application/json"}}, adyentest.Body(false, i.Signed(adyentest.HMACKey))})
			}
			return list
		}}
}

// providerShop is a shop with a gateway at a provider of its own.
type providerShop struct {
	*shop
	provider
	clock   *movingClock
	gateway string
}

func openProviderShop(t *testing.T, p provider) *providerShop {
	t.Helper()
	x := &providerShop{provider: p, clock: &movingClock{}}
	x.shop = openCheckoutShop(t, x.clock.option(), app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, newBank(), p.connector)))
	x.gateway = x.make.Gateway(p.gateway)
	return x
}

// attemptSeen is the newest attempt of a payment.
type attemptSeen struct {
	ID, Status string
	ExternalID *string
	Action     *struct{ URL *string }
	Error      *struct{ Code string }
}

// newest reads the newest attempt of a payment, and the payment.
func (x *providerShop) newest(t *testing.T, payment string) (status string, attention []string, a attemptSeen) {
	t.Helper()
	got := apptest.Do[struct {
		Payment struct {
			Status       string
			Attention    []string
			Transactions []attemptSeen
		}
	}](t, x.admin, `query($id: ID!) { payment(by: { id: $id }) { status attention transactions { id status externalId action { url } error { code } } } }`, apptest.Vars{"id": payment}).Payment
	if len(got.Transactions) == 0 {
		t.Fatalf("the payment %s has no attempt", payment)
	}
	return got.Status, got.Attention, got.Transactions[len(got.Transactions)-1]
}

// id is our id of the attempt as the provider has it.
func (a attemptSeen) id(t *testing.T) string {
	t.Helper()
	id, ok := pay.ParseID(pay.KindTransaction, a.ID)
	if !ok {
		t.Fatalf("%q is no transaction", a.ID)
	}
	return id.String()
}

// leaves has the payer of the newest attempt leave the provider's page, and returns the
// address that they are sent to.
func (x *providerShop) leaves(t *testing.T, payment string, pays bool) string {
	t.Helper()
	_, _, a := x.newest(t, payment)
	external := ""
	if a.ExternalID != nil {
		external = *a.ExternalID
	}
	return x.leave(a.id(t), external, pays)
}

// begins makes a payment and an attempt through the API.
func (x *providerShop) begins(t *testing.T, minor int64, more apptest.Vars) (payment string) {
	t.Helper()
	payment = x.created(t, uuid.NewString(), apptest.Vars{"amount": x.sum(minor), "customerId": x.customer}).Payment.ID
	input := apptest.Vars{"paymentId": payment, "gatewayId": x.gateway}
	if x.token != nil && x.token(minor) != "" {
		input["paymentToken"] = x.token(minor)
	}
	if got := act(t, x.admin, "processPayment", uuid.NewString(), but(input, more)); got.Transaction == nil {
		t.Fatalf("process: %+v", got.Errors)
	}
	return payment
}

// refusesToHold proves that a hold is refused before anything is made of it.
func (x *providerShop) refusesToHold(t *testing.T) {
	t.Helper()
	payment := x.created(t, uuid.NewString(), apptest.Vars{"amount": x.sum(1000), "customerId": x.customer}).Payment.ID
	got := act(t, x.admin, "processPayment", uuid.NewString(), apptest.Vars{"paymentId": payment, "gatewayId": x.gateway, "capture": false})
	if got.Transaction != nil || len(got.Errors) != 1 || got.Errors[0].Code != "GATEWAY_UNAVAILABLE" {
		t.Errorf("what cannot be held is %+v", got)
	}
}

func (x *providerShop) sum(minor int64) apptest.Vars {
	return apptest.Vars{"minorUnits": minor, "currency": string(x.currency)}
}

// has compares what the provider has of the newest attempt, in minor units.
func (x *providerShop) has(t *testing.T, payment string, held, captured, refunded int64) {
	t.Helper()
	_, _, a := x.newest(t, payment)
	h, c, r := x.account(a.id(t))
	for what, sum := range map[string]struct {
		text string
		want int64
	}{"held": {h, held}, "captured": {c, captured}, "given back": {r, refunded}} {
		if got, err := money.ParseDecimal(sum.text, x.currency); err != nil || got != sum.want {
			t.Errorf("the provider has %s %s, want %d: %v", sum.text, what, sum.want, err)
		}
	}
}

// is compares the state of a payment and of its newest attempt.
func (x *providerShop) is(t *testing.T, payment, status, attempt string) {
	t.Helper()
	if s, _, a := x.newest(t, payment); s != status || a.Status != attempt {
		t.Errorf("the payment is %s and its attempt %s, want %s and %s", s, a.Status, status, attempt)
	}
}

// delivers has the provider report all about the newest attempt of a payment, changed or
// not, and counts the answers with a status.
func (x *providerShop) delivers(t *testing.T, payment string, change func([]byte) []byte, want int) (n int) {
	t.Helper()
	if x.reports == nil {
		return 0
	}
	_, _, a := x.newest(t, payment)
	url := x.api.URL + webhookPath(t, x.admin, x.gateway)
	for _, r := range x.reports(a.id(t), x.clock.now()) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(change(bytes.Clone(r.body))))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = r.header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if n++; response.StatusCode != want {
			t.Errorf("a delivery is answered %d, want %d: %s", response.StatusCode, want, r.body)
		}
	}
	return n
}

func unchanged(body []byte) []byte { return body }

// settles has the provider say all that it says later, and the program ask for the rest.
func (x *providerShop) settles(t *testing.T, payment string) {
	t.Helper()
	x.delivers(t, payment, unchanged, http.StatusOK)
	x.clock.pass(time.Minute)
	x.wakeAll(t)
}

// payload is what the shop hands on of the address that a payer came back to, as its own page
// would: all of it.
func payload(t *testing.T, address string) apptest.Vars {
	t.Helper()
	if !strings.HasPrefix(address, "https://shop.example/back?") || queryOf(t, address).Get("order") != "1" {
		t.Fatalf("the payer is sent to %s", address)
	}
	back := apptest.Vars{}
	for name, values := range queryOf(t, address) {
		back[name] = values[0]
	}
	return back
}

// comesBack opens the address that the provider sends the payer of a page to.
func (p *payer) comesBack(address string) {
	p.t.Helper()
	path, ok := strings.CutPrefix(address, publicURL)
	if !ok {
		p.t.Fatalf("the payer is sent to %s", address)
	}
	p.send(http.MethodGet, path, nil)
}

// fmtMoney writes an amount as pages do.
func (x *providerShop) fmtMoney(minor int64) string {
	return fmt.Sprintf("%s %s", x.currency, money.Money{Minor: minor, Currency: x.currency}.Decimal())
}
