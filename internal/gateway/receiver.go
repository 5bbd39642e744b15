package gateway

import (
	"errors"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// Receiver is a connector whose provider reports by webhook.
type Receiver interface {
	Connector
	// Receive checks that a delivery comes from the provider, before it reads
	// anything of the body, and says what it reports. It asks nobody and keeps
	// nothing. No report is the answer to a genuine delivery about something that
	// no payment follows.
	//
	// ErrForged is a delivery that is not the provider's own, or is stale;
	// ErrNoSecret means that the gateway has nothing to check it with. Any other
	// error is a genuine delivery that the connector does not understand: it is
	// refused, so that the provider sends it again, and people must look.
	Receive(d Delivery) ([]pay.Report, error)
}

// Delivery is one request of a provider to the address of a gateway.
type Delivery struct {
	Header http.Header
	// Body is what was sent, byte for byte: signatures are over exactly that.
	Body []byte
	// Settings are the gateway's parameters with the merchant's values, secrets
	// included.
	Settings    pay.GatewayParameters
	Environment pay.Environment
	// Now is when it came (UTC).
	Now time.Time
}

var (
	// ErrForged: the delivery does not come from the provider, or is stale.
	ErrForged = errors.New("delivery is not the provider's own")
	// ErrNoSecret: the gateway has no secret to check deliveries with.
	ErrNoSecret = errors.New("gateway has no secret to check deliveries with")
	// ErrUnreadable: a delivery that nobody understands.
	ErrUnreadable = errors.New("delivery cannot be read")
)
