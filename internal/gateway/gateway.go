// Package gateway is the one interface between payments and the outside world.
// A connector is a folder that implements it for one provider and exports one
// value; what a connector can do beyond describing itself are optional
// interfaces. Connectors receive values and return facts: they never see a
// transaction of the database, and they decide nothing about a payment.
package gateway

import (
	"context"
	"errors"
	"slices"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector speaks to one provider.
type Connector interface {
	// Describe says what the connector is. It is called often and must be cheap.
	Describe() Description
}

// Description is what a connector tells about itself, as data.
type Description struct {
	// Name is what gateways refer to, for example "sandbox".
	Name string
	// Environments are where it may be configured: a simulator must never be
	// reached by real money.
	Environments []pay.Environment
	// Parameters are the settings a merchant makes and the fields a payer fills in.
	Parameters []pay.GatewayParameter
}

// Allows says whether the connector may be configured in the environment.
func (d Description) Allows(e pay.Environment) bool { return slices.Contains(d.Environments, e) }

// Charger is a connector that can be asked for money.
type Charger interface {
	Connector
	// Charge asks the provider to authorize the amount, and to capture it when
	// the request says so. The request's AttemptID is the idempotency key: a
	// second call with the same one must not move money again.
	//
	// A decline is a fact, not an error. An error is ErrNotSent when it is
	// certain that the provider never got the request; any other error means
	// that the outcome is unknown.
	Charge(ctx context.Context, r ChargeRequest) (pay.Fact, error)
	// Lookup asks the provider what became of an attempt, given the same
	// request. It returns ErrNoSuchAttempt when the provider is certain that it
	// never saw it; any other error means that the outcome is still unknown.
	Lookup(ctx context.Context, r ChargeRequest) (pay.Fact, error)
}

// SettingChecker is a connector with a parameter that takes only some values and
// yet has no options to choose from.
type SettingChecker interface {
	Connector
	// CheckSetting says, in a sentence for the merchant, why the parameter does
	// not take the value; it returns "" when it does.
	CheckSetting(parameterID, value string) string
}

// ChargeRequest is one attempt as the provider is to see it.
type ChargeRequest struct {
	// AttemptID is the transaction's id, in UUID text.
	AttemptID string
	Amount    money.Money
	// Capture: take the money at once. Otherwise hold it only.
	Capture bool
	// Token of the payer's form or of a stored method; empty where the gateway
	// needs none.
	Token string
	// Details are the masked details of a stored method, if one pays.
	Details pay.MethodDetails
	// MethodType is the sort of money that the gateway moves.
	MethodType pay.PaymentMethodType
	// VoucherCount is how many vouchers are tendered; zero for other money.
	VoucherCount int
	Description  string
	Metadata     pay.Metadata
	Environment  pay.Environment
	// Settings are the gateway's parameters with the merchant's values.
	Settings pay.GatewayParameters
}

var (
	// ErrNotSent: the request certainly never reached the provider, so trying
	// again cannot charge twice.
	ErrNotSent = errors.New("request was not sent to the gateway")
	// ErrNoSuchAttempt: the provider certainly never saw the attempt.
	ErrNoSuchAttempt = errors.New("gateway knows no such attempt")
)

// Registry holds the connectors of this program by name.
type Registry map[string]Connector

// NewRegistry lists connectors by the name that each gives itself.
func NewRegistry(connectors ...Connector) Registry {
	r := make(Registry, len(connectors))
	for _, c := range connectors {
		r[c.Describe().Name] = c
	}
	return r
}

// Names returns the names of the connectors for an environment, sorted.
func (r Registry) Names(e pay.Environment) []string {
	var names []string
	for name, c := range r {
		if c.Describe().Allows(e) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
