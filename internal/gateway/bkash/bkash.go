// Package bkash is the connector for bKash, by its tokenized checkout without an agreement:
// the payer is sent to bKash for every payment. bKash has no library; what is needed are
// six requests, by plain HTTP.
//
// Money is asked for in two steps. A payment is created, which moves nothing, and the payer
// is sent to bKash to confirm it. When the payer is back the payment is executed: only that
// moves the money, and bKash does it once for a payment. Nobody but this connector executes,
// and only a payment whose id the program has.
//
// bKash takes no idempotency key and finds nothing by our id. What follows from that:
//
//   - A payment whose creation got no answer is given up, as nobody was sent there: another
//     one is created. It is ErrNotSent, for no money was asked for.
//   - After an execution without an answer bKash is queried, and asked to execute again only
//     where it says a minute later that it has not: a payment takes it up to half a minute.
//     What it refuses then is no decline, for the first execution may still come; only the
//     payment's own state counts.
//   - Before every refund the refunds that there are get read. Ours are told by their sku,
//     which is our id. One whose answer was lost is asked for again only where it is not
//     among them a minute later.
//
// bKash's own notifications are not taken: they come by way of a cloud's notification
// service, which wants a request of ours before it sends any. What they would tell is asked
// for.
package bkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is bKash. It may be used from any goroutine.
var Connector gateway.Charger = New(map[pay.Environment]string{pay.Live: "https://tokenized.pay.bka.sh", pay.Sandbox: "https://tokenized.sandbox.bka.sh"})

// connector keeps its connections to bKash and the tokens that it got there: bKash grants
// two an hour and then none for an hour.
type connector struct {
	client *rest.Client
	tokens *rest.Tokens
	at     map[pay.Environment]string
}

var (
	_ gateway.Completer      = connector{}
	_ gateway.Canceller      = connector{}
	_ gateway.Refunder       = connector{}
	_ gateway.SettingChecker = connector{}
	_ gateway.Taker          = connector{}
	_ gateway.AccountChecker = connector{}
)

// New returns a connector to bKash at the addresses of the environments: a test has others
// than Connector. They are no settings, or who can change settings could have keys sent
// anywhere.
func New(at map[pay.Environment]string) gateway.Charger {
	return connector{rest.New(Name), &rest.Tokens{}, at}
}

const (
	pathGrant        = "/v1.2.0-beta/tokenized/checkout/token/grant"
	pathCreate       = "/v1.2.0-beta/tokenized/checkout/create"
	pathExecute      = "/v1.2.0-beta/tokenized/checkout/execute"
	pathQuery        = "/v1.2.0-beta/tokenized/checkout/payment/status"
	pathRefund       = "/v2/tokenized-checkout/refund/payment/transaction"
	pathRefunds      = "/v2/tokenized-checkout/refund/payment/status"
	codeDone         = "0000"
	modeNoAgreement  = "0011"
	intentSale       = "sale"
	statusInitiated  = "Initiated"
	statusCompleted  = "Completed"
	statusIncomplete = "Incomplete"
)

var errKeys = errors.New("the user name, the password, the app key or the app secret is missing")

// merchant is who asks bKash.
type merchant struct {
	connector
	base, user, password, key, secret string
	now                               time.Time
}

func (c connector) merchant(r gateway.ChargeRequest) (merchant, error) {
	return c.merchantOf(r.Settings, r.Environment, r.Now)
}

func (c connector) merchantOf(settings pay.GatewayParameters, e pay.Environment, now time.Time) (merchant, error) {
	m := merchant{c, c.at[e], settings.Value(Username), settings.Value(Password), settings.Value(AppKey), settings.Value(AppSecret), now}
	if m.base == "" || m.user == "" || m.password == "" || m.key == "" || m.secret == "" {
		return m, errKeys
	}
	return m, nil
}

// ask sends a request under a token and decodes what came, where bKash did as asked.
// Otherwise the error is a *refusal where bKash said why not, or one of the classes of
// rest.Client.Ask. A token that bKash does not take any more is renewed once: it looks at
// nothing else before.
func (m merchant) ask(ctx context.Context, what, path string, body, into any) (rest.Answer, error) {
	account := rest.AccountOf(m.base, m.user, m.password, m.key, m.secret)
	for again := false; ; again = true {
		token, err := m.tokens.Get(ctx, account, m.now, m.grant)
		if err != nil {
			return rest.Answer{}, fmt.Errorf("bkash %s: %w: %w", what, gateway.ErrNotSent, err)
		}
		answer, err := m.client.Ask(ctx, rest.Request{What: what, Method: http.MethodPost, URL: m.base + path,
			Header: http.Header{"Authorization": {token}, "X-App-Key": {m.key}}, Body: body})
		if err == nil && answer.Status == http.StatusUnauthorized && !again {
			m.tokens.Drop(ctx, account, token)
			continue
		}
		if err == nil {
			err = judge(what, answer, into)
		}
		return answer, err
	}
}

// grant has bKash give a token for the merchant's keys.
func (m merchant) grant(ctx context.Context) (rest.Token, error) {
	answer, err := m.client.Ask(ctx, rest.Request{What: "token", Method: http.MethodPost, URL: m.base + pathGrant,
		Header: http.Header{"Username": {m.user}, "Password": {m.password}}, Body: map[string]string{"app_key": m.key, "app_secret": m.secret}})
	if err != nil {
		return rest.Token{}, err
	}
	var granted struct {
		Code    string `json:"statusCode"`
		Token   string `json:"id_token"`
		Seconds int64  `json:"expires_in"`
	}
	if answer.Status != http.StatusOK || answer.Read(&granted) != nil || granted.Token == "" {
		return rest.Token{}, fmt.Errorf("bkash token: %w", &denial{answer.Status, loggable(granted.Code)})
	}
	return rest.Token{Value: granted.Token, Until: m.now.Add(time.Duration(granted.Seconds) * time.Second)}, nil
}

// word is a code of bKash's that can be logged.
var word = pay.NewPattern(`^[A-Za-z0-9_]+$`, 50)

func loggable(code string) string {
	if word.Matches(code) {
		return code
	}
	return ""
}
