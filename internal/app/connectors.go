package app

import (
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/bkash"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
)

// Connectors lists every connector of the program: a new one is a folder and a
// line here.
func Connectors() gateway.Registry {
	return gateway.NewRegistry(
		sandbox.Connector,
		manual.Connector,
		stripe.Connector,
		adyen.Connector,
		paypal.Connector,
		bkash.Connector,
	)
}
