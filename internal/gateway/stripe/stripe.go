// Package stripe is the connector for Stripe. Money is asked for in two steps, and the
// whole design follows from why:
//
//  1. A PaymentIntent is created, which moves nothing. Its idempotency key is made from
//     our attempt's id, and what the key may be used with is only what cannot change
//     until then.
//  2. The intent is confirmed, which moves the money. An intent is paid at most once,
//     however often and under whatever keys it is confirmed.
//
// After an answer is lost, sending the first step again tells the intent's id, or creates
// an intent that nobody has paid; reading the intent then tells for certain what became of
// the attempt, and nothing was moved by asking. In one step neither would be so: sending
// it again charges the payer if it had never arrived, and looking for our id in Stripe's
// search finds nothing for a minute after it did, so that a charge made elsewhere would be
// the second one.
//
// Stripe may forget an idempotency key after a day. From an hour before that the first
// step is not sent again for an attempt without an intent known: it is searched for by
// our id in the metadata, which by then is found.
//
// Card data never comes here. A payer's browser gives it to Stripe, and what comes here is
// the id of a payment method.
package stripe

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is Stripe. It may be used from any goroutine.
var Connector gateway.Charger = New(stripe.APIURL)

// connector keeps nothing but its connections to Stripe: the key comes with each request.
type connector struct{ backends *stripe.Backends }

var (
	_ gateway.Completer      = connector{}
	_ gateway.Capturer       = connector{}
	_ gateway.Voider         = connector{}
	_ gateway.Canceller      = connector{}
	_ gateway.Refunder       = connector{}
	_ gateway.Saver          = connector{}
	_ gateway.Receiver       = connector{}
	_ gateway.SettingChecker = connector{}
	_ gateway.Taker          = connector{}
	_ gateway.AccountChecker = connector{}
	_ gateway.Scripter       = connector{}
)

// New returns a connector to Stripe's interface at a URL: a test has another one than
// Connector. It is no setting, or who can change settings could have keys sent anywhere.
func New(url string) gateway.Charger {
	return connector{stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL: stripe.String(url),
		// The library's own waits 80 seconds, long after a payment may be asked about again.
		HTTPClient: rest.HTTPClient(),
		// The program decides what is sent again, and when.
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		// Otherwise the library writes Stripe's texts to the standard error, whatever
		// stands in them.
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})}
}

// keyLife is for how long an idempotency key is relied on. Stripe keeps them for a day at
// least.
const keyLife = 23 * time.Hour

// The metadata of what is made at Stripe, by which it is found again.
const (
	attemptKey = "paygraph_attempt"
	captureKey = "paygraph_capture"
	refundKey  = "paygraph_refund"
)

var errKey = errors.New("the secret key is missing, or of another environment")

// client speaks for the merchant of the settings. A key that belongs to another
// environment is not used, even if it was saved somehow: a rehearsal would take real
// money.
func (c connector) client(settings pay.GatewayParameters, e pay.Environment) (*stripe.Client, error) {
	key := settings.Value(SecretKey)
	if key == "" || CheckKey(e, SecretKey, key) != "" {
		return nil, errKey
	}
	return stripe.NewClient(key, stripe.WithBackends(c.backends)), nil
}

// token is what pays: a payment method, and the customer at Stripe who has it where it was
// saved. Stripe lets a saved method be used only together with its customer, and the
// program keeps one text for a method; so the text is both.
type token struct{ customer, method string }

func parseToken(text string) token {
	if customer, method, saved := strings.Cut(text, "/"); saved {
		return token{customer, method}
	}
	return token{method: text}
}

func (t token) String() string { return fmt.Sprintf("%s/%s", t.customer, t.method) }

// isSaved says that the payer need not be there when it pays.
func (t token) isSaved() bool { return t.customer != "" }
