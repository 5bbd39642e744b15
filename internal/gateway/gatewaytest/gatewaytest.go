// Package gatewaytest holds what every connector must keep, as one suite. The
// rest of the program trusts connectors with exactly these promises: where one
// is broken, a payer pays twice or goods leave without money.
//
// A connector's own test runs it against the provider's test environment or a
// fake of it:
//
//	gatewaytest.Run(t, gatewaytest.Subject{Connector: acme.Connector, Request: request})
package gatewaytest

import (
	"context"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Subject is a connector with a way to make it show each behaviour.
type Subject struct {
	Connector gateway.Charger
	// Request returns a request that makes the connector behave so, or false if
	// it cannot show it; that is logged and costs the connector nothing, except
	// that every connector must show one success. It is called often, and from
	// several goroutines.
	//
	// The suite sets AttemptID, CreatedAt and Now, afresh for each attempt, and Capture,
	// which is false for behaviours that hold money first. Where amounts matter it also
	// sets Amount.
	Request func(Behaviour) (gateway.ChargeRequest, bool)

	// What follows may be nil; what then cannot be checked is logged.

	// Takes says whether the provider takes an amount; nil is every one. What it does not
	// take must fail, and not leave the outcome open; and the connector must say the same,
	// as a gateway.Taker.
	Takes func(money.Money) bool
	// Act plays the payer who visits where the action of the fact sends them, and pays or
	// refuses as the behaviour says. It returns what the payer comes back with. Without it
	// the answer is an empty object.
	Act func(Behaviour, gateway.ChargeRequest, pay.Fact) gateway.Answer
	// Books says what the provider itself has of an attempt, by its own account and not
	// through the connector.
	Books func(gateway.ChargeRequest) Books
	// Later lets time pass at the provider for what concerns one attempt, so that it
	// forgets idempotency keys.
	Later func(gateway.ChargeRequest, time.Duration)
	// Finish has the provider finish what it is still at for one attempt.
	Finish func(gateway.ChargeRequest)
	// Reported says what the provider has reported by webhook of an attempt, and of what
	// was asked about it, in order and as the connector reads it. It is for providers that
	// say later what comes of a request, or that cannot be asked what became of an attempt:
	// what the connector leaves open is looked for there.
	Reported func(gateway.ChargeRequest) []pay.Report
}

// Books are sums as the provider's own account has them: decimals in whole units of the
// currency, such as "12.34", read as the payer's statement would have them. That shows
// amounts that the connector gets wrong by the same power of ten both ways.
type Books struct {
	Held, Captured, Refunded string
}

// Behaviour is one way in which an attempt can go.
type Behaviour string

// The behaviours.
const (
	// ApprovedCaptured takes the whole amount.
	ApprovedCaptured Behaviour = "approved and captured"
	// ApprovedHeld holds the whole amount, as capture is not asked.
	ApprovedHeld Behaviour = "approved and held"
	// SoftDeclined is refused, but may pass later.
	SoftDeclined Behaviour = "soft decline"
	// HardDeclined is refused for good.
	HardDeclined Behaviour = "hard decline"
	// NeedsOTP, NeedsRedirect and NeedsDropin wait for the payer.
	NeedsOTP      Behaviour = "needs a one-time password"
	NeedsRedirect Behaviour = "needs a redirect"
	NeedsDropin   Behaviour = "needs the provider's form"
	// Pending has no result yet.
	Pending Behaviour = "pending"
	// TimeoutAfterSuccess took the money, but the answer got lost: Charge fails
	// with an unknown outcome and Lookup finds the success.
	TimeoutAfterSuccess Behaviour = "timeout after success"
	// Lost is a request that got lost on its way: Charge fails with an unknown
	// outcome and Lookup is gateway.ErrNoSuchAttempt.
	Lost Behaviour = "lost"
	// NotSent certainly never left: Charge is gateway.ErrNotSent.
	NotSent Behaviour = "not sent"
	// RateLimited was turned away because there were too many: Charge is
	// gateway.ErrRateLimited. Sent again it passes.
	RateLimited Behaviour = "rate limited"
	// ErrorAfterSuccess took the money and answered with an error of its own, and
	// GarbledSuccess with what nobody can read. Both are as TimeoutAfterSuccess.
	ErrorAfterSuccess Behaviour = "error after success"
	GarbledSuccess    Behaviour = "garbled answer after success"
	// SlowSuccess is answered with an error while the provider is still at it, and takes the
	// money when Subject.Finish says so. RefundSlow is captured, and its first refund is
	// answered and made so.
	SlowSuccess Behaviour = "success after the answer was lost"
	RefundSlow  Behaviour = "refund after the answer was lost"
	// WrongAmount is answered with another amount than was asked.
	WrongAmount Behaviour = "wrong amount"
	// RedirectPaid and RedirectRefused need a redirect, from which the payer comes back
	// having paid, or not.
	RedirectPaid    Behaviour = "redirect that is paid"
	RedirectRefused Behaviour = "redirect that is refused"
	// CaptureLost and CaptureRefused are held; the answer to the first capture gets lost
	// after it was done, or it is refused.
	CaptureLost    Behaviour = "capture with a lost answer"
	CaptureRefused Behaviour = "capture that is refused"
	// VoidLost and VoidRefused are the same for releasing what is held, CancelLost and
	// CancelRefused for calling off an attempt that needs a redirect.
	VoidLost      Behaviour = "void with a lost answer"
	VoidRefused   Behaviour = "void that is refused"
	CancelLost    Behaviour = "cancel with a lost answer"
	CancelRefused Behaviour = "cancel that is refused"
	// RefundLost, RefundPending and RefundRefused are captured; what is said of refunds is
	// what their names say.
	RefundLost    Behaviour = "refund with a lost answer"
	RefundPending Behaviour = "refund that is pending"
	RefundRefused Behaviour = "refund that is refused"
	// MethodSaved and SaveDeclined save a method, for an amount of zero.
	MethodSaved  Behaviour = "method saved"
	SaveDeclined Behaviour = "saving declined"
)

// holds says that the behaviour begins with a hold.
func (b Behaviour) holds() bool {
	switch b {
	case ApprovedHeld, CaptureLost, CaptureRefused, VoidLost, VoidRefused:
		return true
	}
	return false
}

// Behaviours returns all of them, for subjects that mean to show every one. The
// slice is the caller's own.
func Behaviours() []Behaviour {
	return []Behaviour{ApprovedCaptured, ApprovedHeld, SoftDeclined, HardDeclined, NeedsOTP, NeedsRedirect,
		NeedsDropin, Pending, TimeoutAfterSuccess, Lost, NotSent, RateLimited, ErrorAfterSuccess, GarbledSuccess, WrongAmount,
		RedirectPaid, RedirectRefused, CaptureLost, CaptureRefused, VoidLost, VoidRefused, CancelLost, CancelRefused,
		RefundLost, RefundPending, RefundRefused, MethodSaved, SaveDeclined, SlowSuccess, RefundSlow}
}

// Run fails t for every promise that the connector breaks. It runs parallel
// subtests, so t may be parallel itself.
func Run(t *testing.T, subject Subject) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report(t, c.inspect(t.Context(), subject))
		})
	}
	RunDescription(t, subject.Connector)
}

// RunDescription fails t for what is wrong with the connector's description. It
// is the part of Run for connectors that cannot charge.
func RunDescription(t *testing.T, connector gateway.Connector) {
	t.Helper()
	t.Run("the description can be relied on", func(t *testing.T) {
		t.Parallel()
		report(t, findings{problems: describe(connector), kept: []Promise{DescriptionSound}})
	})
}

func report(t *testing.T, f findings) {
	t.Helper()
	logShown(t, f.shown)
	logShown(t, f.kept)
	for _, b := range f.unseen {
		t.Logf("the connector cannot show %q", b)
	}
	for _, p := range f.problems {
		t.Error(p)
	}
}

// findings are what one check has to say. They are collected and not reported
// at once, so that this package's own tests can assert that a broken connector
// is caught.
type findings struct {
	problems []string
	// shown are the behaviours that the check looked at, and unseen those that it could not.
	shown, unseen []Behaviour
	// kept are the promises that the check looked at.
	kept []Promise
}

// check is one promise.
type check struct {
	name string
	run  func(context.Context, *inspection)
}

func (c check) inspect(ctx context.Context, subject Subject) findings {
	in := &inspection{subject: subject}
	c.run(ctx, in)
	return in.findings
}

// checks lists the promises of Charger, and of what a connector may do beside.
func checks() []check {
	list := []check{{"a success is shown", someSuccess}}
	for _, e := range expectations {
		list = append(list, check{string(e.behaviour), e.check})
	}
	return append(append(list,
		check{"a success behind a timeout is found", hiddenSuccess(TimeoutAfterSuccess)},
		check{"a success behind an error is found", hiddenSuccess(ErrorAfterSuccess)},
		check{"a success behind a garbled answer is found", hiddenSuccess(GarbledSuccess)},
		check{"a success that comes late is waited for", slowSuccess},
		check{"a lost attempt is not known", lost},
		check{"an attempt that was lost weeks ago is not charged again", forgotten},
		check{"an attempt that was not sent is not known", notSent},
		check{"an attempt that was turned away can be sent again", rateLimited},
		check{"another amount is not believed", wrongAmount},
		check{"a replay charges once", replay},
		check{"a replay long after charges once", lateReplay},
		check{"replays at the same time charge once", concurrentReplay},
		check{"two attempts are told apart", twoAttempts},
		check{"amounts are exact", exactAmounts},
		check{"what is not taken is said beforehand", saidBeforehand},
		check{"a cancelled context gives an error", cancelled},
	), options()...)
}

// options lists the promises of what a connector need not do. One that does not do it
// passes.
func options() []check {
	return []check{
		{"a redirect is completed", completion},
		{"held money is captured once", capture},
		{"held money is released", void},
		{"an attempt is called off", cancel},
		{"captured money is given back once", refund},
		{"a method is saved, and pays", save},
	}
}
