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

	"github.com/paygraph/paygraph/internal/gateway"
)

// Subject is a connector with a way to make it show each behaviour.
type Subject struct {
	Connector gateway.Charger
	// Request returns a request that makes the connector behave so, or false if
	// it cannot show it; that is logged and costs the connector nothing, except
	// that every connector must show one success. It is called often, and from
	// several goroutines.
	//
	// The suite sets AttemptID, afresh for each attempt, and Capture, which is
	// false for ApprovedHeld alone. Where amounts matter it also sets Amount.
	Request func(Behaviour) (gateway.ChargeRequest, bool)
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
)

// Behaviours returns all of them, for subjects that mean to show every one. The
// slice is the caller's own.
func Behaviours() []Behaviour {
	return []Behaviour{ApprovedCaptured, ApprovedHeld, SoftDeclined, HardDeclined, NeedsOTP, NeedsRedirect,
		NeedsDropin, Pending, TimeoutAfterSuccess, Lost, NotSent}
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
		report(t, findings{problems: describe(connector)})
	})
}

func report(t *testing.T, f findings) {
	t.Helper()
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
	unseen   []Behaviour
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

// checks lists the promises of Charger.
func checks() []check {
	list := []check{{"a success is shown", someSuccess}}
	for _, e := range expectations {
		list = append(list, check{string(e.behaviour), e.check})
	}
	return append(list,
		check{"a success behind a timeout is found", timeoutAfterSuccess},
		check{"a lost attempt is not known", lost},
		check{"an attempt that was not sent is not known", notSent},
		check{"a replay charges once", replay},
		check{"replays at the same time charge once", concurrentReplay},
		check{"two attempts are told apart", twoAttempts},
		check{"amounts are exact", exactAmounts},
		check{"a cancelled context gives an error", cancelled},
	)
}
