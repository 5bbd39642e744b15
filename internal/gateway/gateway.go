// Package gateway is the one interface between payments and the outside world.
// A connector is a folder that implements it for one provider and exports one
// value; what a connector can do beyond describing itself are optional
// interfaces. Connectors receive values and return facts: they never see a
// transaction of the database, and they decide nothing about a payment.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TokenParameter is the form parameter by which every connector that wants a token of
// the payer's form asks for it; ChargeRequest.Token has its value.
const TokenParameter = "paymentToken"

// ReturnParameter is the merchant's parameter of every connector that sends payers to
// another page: where they come back to who did not begin on the checkout page.
const ReturnParameter = "returnUrl"

// CheckReturn says why a value cannot be the ReturnParameter's in an environment; "" when
// it can. It wants https, so that nobody can read or change what payers come back with. A
// rehearsal may come back to the developer's own machine.
func CheckReturn(e pay.Environment, value string) string {
	u, err := url.Parse(value)
	local := err == nil && e == pay.Sandbox && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !local {
		return "The " + ReturnParameter + " must be an address that begins with https://."
	}
	return ""
}

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
	// MultiCapture: an authorization may be captured in several parts.
	MultiCapture bool
	// NeverHolds: money is always taken at once. A request that does not say Capture fails.
	NeverHolds bool
	// Returns are what the provider puts into the address that payers come back to, by name.
	// Of all that an address has, the checkout page hands on these alone, as an Answer's
	// Payload: an object of texts.
	Returns []string
}

// TraitsOf says what a gateway can do through its connector.
func TraitsOf(c Connector, g pay.PaymentGateway) pay.Traits {
	t := pay.Traits{Gateway: g}
	if c == nil {
		return t
	}
	_, t.Charges = c.(Charger)
	_, t.Completes = c.(Completer)
	_, t.Captures = c.(Capturer)
	_, t.Voids = c.(Voider)
	_, t.Cancels = c.(Canceller)
	_, t.Refunds = c.(Refunder)
	_, t.CancelsRefunds = c.(RefundCanceller)
	_, t.Saves = c.(Saver)
	t.MultiCapture = c.Describe().MultiCapture
	return t
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
	// certain that the provider was not asked for the money; any other error means
	// that the outcome is unknown.
	Charge(ctx context.Context, r ChargeRequest) (pay.Fact, error)
	// Lookup asks the provider what became of an attempt, given the same
	// request. It returns ErrNoSuchAttempt when the provider is certain that it
	// was never asked for the money; any other error means that the outcome is still
	// unknown. It moves no money, whatever else it does to find the attempt.
	//
	// ErrOnlySame is that the provider tells it by the same request alone. Where no
	// answer ever came, Charge is called then with the same request.
	Lookup(ctx context.Context, r ChargeRequest) (pay.Fact, error)
}

// Scripter is a connector whose payers fill in a form that a script of the provider's makes
// in their browser. Pages that run no scripts cannot offer it where it is needed.
type Scripter interface {
	Connector
	// NeedsScript says whether a gateway with these settings, secrets left out, cannot be
	// asked for money without the script.
	NeedsScript(settings pay.GatewayParameters) bool
}

// ChargeRequest is one attempt as the provider is to see it.
type ChargeRequest struct {
	// AttemptID is the transaction's id, in UUID text.
	AttemptID string
	// ExternalID is the attempt's id at the provider, once it gave one.
	ExternalID string
	Amount     money.Money
	// Capture: take the money at once. Otherwise hold it only.
	Capture bool
	// CreatedAt is when the attempt was made; nothing was sent before (UTC). It tells
	// whether the provider can still remember the idempotency key.
	CreatedAt time.Time
	// Now is when the provider is asked, by the program's clock (UTC).
	Now time.Time
	// Again: it was sent before, and Lookup said that it never arrived.
	Again bool
	// Same: it was sent before, and Lookup said ErrOnlySame. What is refused now says
	// nothing of what was done then.
	Same bool
	// Answered: Complete was called, and did not refuse the payer's answer. What came of it
	// may not be known.
	Answered bool
	// AnsweredAt is when nobody waited any more for what came of that (UTC): the answer was
	// handed on before. Zero where Answered is false, or nobody knows.
	AnsweredAt time.Time
	// Action is what the provider had the payer do last; empty where it asked for nothing
	// yet, as far as is known.
	Action pay.CheckoutAction
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
	// ReturnURL is where the payer of an attempt that began on the checkout page comes back
	// to; empty for all others. It is the same however often the attempt is sent.
	ReturnURL string
	// Settings are the gateway's parameters with the merchant's values, secrets
	// included as far as this server can open them.
	Settings pay.GatewayParameters
	// Form are the payer's answers to the gateway's form parameters.
	Form map[string]string
}

// ReturnTo is where the provider sends the payer back to.
func (r ChargeRequest) ReturnTo() string {
	return cmp.Or(r.ReturnURL, r.Settings.Value(ReturnParameter))
}

// Completer is a connector that takes the payer's answer to an action: a code, or
// what a redirect or a form of the provider came back with.
type Completer interface {
	// Complete hands the answer on and says what became of the attempt.
	// ErrWrongAnswer means that the payer may try again.
	Complete(ctx context.Context, r ChargeRequest, answer Answer) (pay.Fact, error)
}

// Answer is what a payer answered to an action. It is handed on and never stored.
type Answer struct {
	// Code is a one-time password.
	Code string
	// Payload is what a redirect or the provider's form came back with, as JSON.
	Payload string
}

// OperationRequest asks for something about an attempt that the provider has.
// OperationID is the idempotency key: a second call with the same one does
// nothing again, and answers what became of the first.
type OperationRequest struct {
	// OperationID is the operation's or refund's id, in UUID text.
	OperationID string
	// Attempt is what the provider was asked for at first.
	Attempt ChargeRequest
	// RefundID is the refund that is to be called off: the OperationID that the provider
	// was asked for it with. Empty for everything else.
	RefundID string
	// Amount is what to capture, release or give back, or not to give back.
	Amount money.Money
	// Final: a capture after which the rest is released.
	Final bool
	// Again: it was asked for before, and the answer was lost.
	Again bool
	// AskedAt is when nobody waited any more for what came of the last time (UTC): it was
	// asked for before. Zero where Again is false, or nobody knows.
	AskedAt time.Time
}

// Capturer is a connector that takes held money on request.
type Capturer interface {
	Capture(ctx context.Context, r OperationRequest) (pay.OperationFact, error)
}

// Voider is a connector that releases held money on request.
type Voider interface {
	Void(ctx context.Context, r OperationRequest) (pay.OperationFact, error)
}

// Canceller is a connector that calls off attempts that have no result yet.
type Canceller interface {
	Cancel(ctx context.Context, r OperationRequest) (pay.OperationFact, error)
}

// Refunder is a connector that gives captured money back.
type Refunder interface {
	Refund(ctx context.Context, r OperationRequest) (pay.RefundFact, error)
}

// RefundCanceller is a connector that calls off refunds that have no result yet.
type RefundCanceller interface {
	// CancelRefund calls off the refund RefundID. It SUCCEEDED only when no money goes
	// back any more; it FAILED when that is too late or refused.
	CancelRefund(ctx context.Context, r OperationRequest) (pay.OperationFact, error)
}

// Saver is a connector that saves a method without charging it.
type Saver interface {
	// Save checks the method of the request, whose amount is zero. The fact is
	// CAPTURED with a SavedToken once it is saved; it may need the payer's action
	// first.
	Save(ctx context.Context, r ChargeRequest) (pay.Fact, error)
}

var (
	// ErrWrongAnswer: the payer's answer was refused; another one may be right.
	ErrWrongAnswer = errors.New("payer's answer was refused")
	// ErrNotSent: the provider was certainly not asked, or turned the request away
	// before it looked at it, so trying again cannot charge twice.
	ErrNotSent = errors.New("request was not sent to the gateway")
	// ErrSettings: the merchant's settings are missing or cannot be used, so nobody can be asked
	// until the merchant has done something. Of a request that was to be sent it comes beside
	// ErrNotSent; alone it tells nothing of what was sent before.
	ErrSettings = errors.New("settings of the gateway are missing or cannot be used")
	// ErrRateLimited is ErrNotSent because the provider takes no more requests for now.
	ErrRateLimited = fmt.Errorf("gateway takes no more requests now: %w", ErrNotSent)
	// ErrNoSuchAttempt: the provider was certainly never asked for the attempt's money.
	ErrNoSuchAttempt = errors.New("gateway knows no such attempt")
	// ErrOnlySame: the provider cannot be asked about the attempt, but still remembers its
	// idempotency key for certain. The same request under it brings the first answer back,
	// or, if it never arrived, asks for the money for the first time.
	ErrOnlySame = errors.New("gateway tells by the same request only what became of it")
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
