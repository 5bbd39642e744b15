package gateway

import (
	"slices"

	"github.com/paygraph/paygraph/internal/money"
)

// Taker is a connector whose provider does not take all money, and which knows that before
// anybody is asked. Nobody is sent to pay what is not taken, and rules pass the gateway
// over; a connector that does not say it fails such attempts, and nothing takes over.
// Whether money can be held is Description.NeverHolds.
type Taker interface {
	Connector
	// Takes says whether the provider can be asked for the amount, which is more than zero.
	// Where it is false, Charge fails. It is called often and must be cheap.
	Takes(m money.Money) bool
}

// Takes says whether the connector's provider can be asked for an amount of more than zero.
// A connector that is no Taker, or not there, does not say otherwise.
func Takes(c Connector, m money.Money) bool {
	taker, ok := c.(Taker)
	return !ok || taker.Takes(m)
}

// wholeUnits is in minor units an amount without decimals in every currency, so that it is
// not taken only where nothing of its currency is.
const wholeUnits = 10_000

// TakesCurrency is Takes of a currency, whatever the amount.
func TakesCurrency(c Connector, currency money.Currency) bool {
	return Takes(c, money.Money{Minor: wholeUnits, Currency: currency})
}

// Currencies are those in use that the connector's provider takes, in alphabetical order:
// all of them where the connector is no Taker. The slice is the caller's own.
func Currencies(c Connector) []money.Currency {
	return slices.DeleteFunc(money.Currencies(), func(currency money.Currency) bool { return !TakesCurrency(c, currency) })
}
