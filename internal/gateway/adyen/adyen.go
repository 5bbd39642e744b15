// Package adyen is the connector to Adyen's Checkout API, version 71.
//
// Its requests are plain net/http, and only the signature of notifications is checked with
// Adyen's own library: what the payer's browser gives must be handed on whole, the library
// would drop what its types do not know, and its 92,000 generated lines cost 11 seconds of
// processor time to compile, of which the helper for signatures needs half a second.
//
// Adyen answers with a result where it can, and with "received" where it cannot: captures,
// releases and refunds are pending until a notification says what came of them. It cannot
// be asked what became of a payment by our id. An answer that got lost is found in the
// notification, and by sending the same request again: see Lookup. So a gateway needs its
// notifications.
//
// What protects from doing something twice is the idempotency key, which is our id. Adyen
// promises to remember keys for 7 days at least, per company account and region, and to
// answer what it answered at first. What is older is not sent again.
package adyen

import (
	"fmt"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is Adyen. It may be used from any goroutine.
var Connector gateway.Charger = New("")

// connector keeps nothing but its connections to Adyen: the key comes with each request.
type connector struct {
	http *http.Client
	// url takes the place of Adyen's own address, for tests.
	url string
}

var (
	_ gateway.Completer      = connector{}
	_ gateway.Capturer       = connector{}
	_ gateway.Voider         = connector{}
	_ gateway.Canceller      = connector{}
	_ gateway.Refunder       = connector{}
	_ gateway.Saver          = connector{}
	_ gateway.Receiver       = connector{}
	_ gateway.SettingChecker = connector{}
	_ gateway.SettingNeeder  = connector{}
	_ gateway.Taker          = connector{}
	_ gateway.AccountChecker = connector{}
	_ gateway.Scripter       = connector{}
)

// New returns a connector to another address than Adyen's, for tests; "" is Adyen's. It is
// no setting, or who can change settings could have keys sent anywhere.
func New(url string) gateway.Charger {
	return connector{url: url, http: rest.HTTPClient()}
}

const (
	testURL = "https://checkout-test.adyen.com/v71"
	// A merchant's address for real money begins with a prefix of its own.
	liveScheme, liveRest = "https://", "-checkout-live.adyenpayments.com/checkout/v71"
)

// keyLife is for how long an idempotency key is relied on: a day less than Adyen promises.
const keyLife = 6 * 24 * time.Hour

var errSettings = fmt.Errorf("%w, or are of another environment", gateway.ErrSettings)

// account is a merchant's account at Adyen.
type account struct {
	http           *http.Client
	url, key, name string
	settings       pay.GatewayParameters
	environment    pay.Environment
}

// account speaks for the merchant of the settings. Settings that belong to another
// environment are not used, even if they were saved somehow.
func (c connector) account(settings pay.GatewayParameters, e pay.Environment) (account, error) {
	a := account{http: c.http, url: testURL, key: settings.Value(APIKey), name: settings.Value(MerchantAccount), settings: settings, environment: e}
	prefix := settings.Value(LivePrefix)
	for id, value := range map[string]string{APIKey: a.key, MerchantAccount: a.name, LivePrefix: prefix,
		ReturnURL: settings.Value(ReturnURL), RedirectMethod: settings.Value(RedirectMethod)} {
		isNeeded := id != RedirectMethod && (id != LivePrefix || e == pay.Live)
		if value == "" && isNeeded || value != "" && check(e, id, value) != "" {
			return account{}, errSettings
		}
	}
	if e != pay.Live && e != pay.Sandbox {
		return account{}, errSettings
	}
	if e == pay.Live {
		a.url = liveScheme + prefix + liveRest
	}
	if c.url != "" {
		a.url = c.url
	}
	return a, nil
}
