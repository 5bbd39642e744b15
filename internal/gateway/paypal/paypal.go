// Package paypal is the connector for PayPal: Orders v2 and Payments v2, by plain HTTP. It
// uses no library, because PayPal has none for Go servers and what is needed are ten
// requests, whose answers have to be told apart more finely than a library of others does.
//
// Money is asked for in two steps. An order is created, which moves nothing, and the payer
// is sent to PayPal to approve it. When the payer is back the order is captured or
// authorized: that moves or holds the money, and an order takes it once. Nobody but this
// connector does that, and only for an order whose id the program has; so an order of
// which the program never heard can cost nobody anything.
//
// The first step has our attempt's id as its key. Sent again within PayPal's memory it is
// answered with status 200 and the order that there is; status 201 says that there was
// none. That is how an attempt is found whose answer was lost. Captures and refunds are
// found among what the order lists, by our id in their invoice_id.
package paypal

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is PayPal. It may be used from any goroutine.
var Connector gateway.Charger = New(map[pay.Environment]string{pay.Live: "https://api-m.paypal.com", pay.Sandbox: "https://api-m.sandbox.paypal.com"}, nil)

// connector keeps its connections to PayPal and the tokens that it got there.
type connector struct {
	client *rest.Client
	tokens *rest.Tokens
	at     map[pay.Environment]string
	roots  *x509.CertPool
}

var (
	_ gateway.Completer      = connector{}
	_ gateway.Capturer       = connector{}
	_ gateway.Voider         = connector{}
	_ gateway.Canceller      = connector{}
	_ gateway.Refunder       = connector{}
	_ gateway.Receiver       = connector{}
	_ gateway.SettingChecker = connector{}
	_ gateway.Taker          = connector{}
	_ gateway.AccountChecker = connector{}
)

// New returns a connector to PayPal at the addresses of the environments, which trusts the
// roots for certificates; nil are the system's. A test has others than Connector. They are
// no settings, or who can change settings could have keys sent anywhere.
func New(at map[pay.Environment]string, roots *x509.CertPool) gateway.Charger {
	return connector{rest.New(Name), &rest.Tokens{}, at, roots}
}

// keyLife is for how long the key of the first step is relied on. PayPal keeps it for six
// hours.
const keyLife = 5 * time.Hour

var errKeys = errors.New("the client id or secret is missing")

// merchant is who asks PayPal.
type merchant struct {
	connector
	base, id, secret string
	now              time.Time
}

func (c connector) merchant(r gateway.ChargeRequest) (merchant, error) {
	return c.merchantOf(r.Settings, r.Environment, r.Now)
}

func (c connector) merchantOf(settings pay.GatewayParameters, e pay.Environment, now time.Time) (merchant, error) {
	m := merchant{c, c.at[e], settings.Value(ClientID), settings.Value(ClientSecret), now}
	if m.base == "" || m.id == "" || m.secret == "" {
		return m, errKeys
	}
	return m, nil
}

// question is one request to PayPal.
type question struct {
	what, method, path string
	// key is the idempotency key; PayPal answers what the first request with it came to.
	key  string
	body any
}

// ask sends a question under a token and decodes what came, where PayPal did as asked.
// Otherwise the error is a *refusal where it is certain that PayPal did not, or one of the
// classes of rest.Client.Ask. A token that PayPal does not take any more is renewed once:
// it looks at nothing else before.
func (m merchant) ask(ctx context.Context, q question, into any) (rest.Answer, error) {
	account := rest.AccountOf(m.base, m.id, m.secret)
	for again := false; ; again = true {
		token, err := m.tokens.Get(ctx, account, m.now, m.grant)
		if err != nil {
			return rest.Answer{}, fmt.Errorf("paypal %s: %w: %w", q.what, gateway.ErrNotSent, err)
		}
		answer, err := m.client.Ask(ctx, rest.Request{What: q.what, Method: q.method, URL: m.base + q.path, Header: q.header(token), Body: q.body})
		if err == nil && answer.Status == http.StatusUnauthorized && !again {
			m.tokens.Drop(ctx, account, token)
			continue
		}
		if err == nil {
			err = judge(q.what, answer, into)
		}
		return answer, err
	}
}

func (q question) header(token string) http.Header {
	h := http.Header{"Authorization": {"Bearer " + token}, "Prefer": {"return=representation"}}
	if q.key != "" {
		h.Set("PayPal-Request-Id", q.key)
	}
	return h
}

// grant has PayPal give a token for the client id and secret.
func (m merchant) grant(ctx context.Context) (rest.Token, error) {
	granted, err := m.granted(ctx)
	return granted.token, err
}

// grant is a token and whom it was given to.
type grant struct {
	token rest.Token
	// app is PayPal's id of the merchant's app.
	app string
}

// errDenied: PayPal does not take the client id and secret.
var errDenied = errors.New("client id or secret is refused")

func (m merchant) granted(ctx context.Context) (grant, error) {
	answer, err := m.client.Ask(ctx, rest.Request{What: "token", Method: http.MethodPost, URL: m.base + "/v1/oauth2/token",
		Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(m.id)+":"+url.QueryEscape(m.secret)))}},
		Form:   url.Values{"grant_type": {"client_credentials"}}})
	if err != nil {
		return grant{}, err
	}
	var said struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
		App     string `json:"app_id"`
		Error   string `json:"error"`
	}
	if read := answer.Read(&said); answer.Status == http.StatusUnauthorized && read == nil && said.Error == "invalid_client" {
		return grant{}, fmt.Errorf("paypal token: %w: status %d", errDenied, answer.Status)
	} else if answer.Status != http.StatusOK || read != nil || said.Token == "" {
		return grant{}, fmt.Errorf("paypal token: status %d", answer.Status)
	}
	return grant{rest.Token{Value: said.Token, Until: m.now.Add(time.Duration(said.Seconds) * time.Second)}, said.App}, nil
}
