// Package sandbox is a connector that moves no money. What becomes of an
// attempt is written in the request itself, so that tests, demonstrations and
// integrators can rehearse every branch of a payment at will.
//
// The outcome is taken from the first of these that is there; a name that is not
// among Outcomes fails the attempt, with a message that lists them:
//
//  1. a token that begins with "tok_": "tok_soft_decline", or with a suffix that
//     makes the token of a stored method unique, "tok_soft_decline.7f3a";
//  2. the metadata under "sandbox.outcome";
//  3. the gateway's merchant parameter "outcome";
//  4. otherwise the attempt is approved.
//
// The connector remembers nothing: every answer, Lookup's too, follows from the
// request. So it gives the same answers after a restart and from any number of
// processes. The price is that it cannot tell an attempt that it was never
// asked for from one that it answered: Lookup says of both what Charge would
// have come to. For the same reason an attempt that waits for the payer, or is
// pending, stays so however often it is looked up, unless the request says that the
// payer has answered.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is the sandbox. It may be used from any goroutine.
var Connector gateway.Charger = connector{}

type connector struct{}

// Charge answers as the request's outcome says, after the gateway's latency.
// A context that ends before that gives its error: as with a real provider, the
// outcome is then unknown, and Lookup has it. A request that is not for
// pay.Sandbox, has no attempt id or asks for less than one minor unit or more
// than money.MaxMinor is ErrNotSent.
func (connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if err := wait(ctx, latency(r.Settings)); err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox charge: %w", err)
	}
	if err := refuse(r); err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox charge: %w: %w", gateway.ErrNotSent, err)
	}
	return choose(r).charge(r)
}

// Lookup says what Charge came to, given the same request. It never waits. What
// Charge refuses to send is ErrNoSuchAttempt.
func (connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if err := ctx.Err(); err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox lookup: %w", err)
	}
	saving := r.Amount.Minor == 0
	if saving {
		r.Amount.Minor, r.Capture = 1, true
	}
	if err := refuse(r); err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox lookup: %w: %w", gateway.ErrNoSuchAttempt, err)
	}
	asked := choose(r)
	if r.Answered { // what Complete came to
		asked = completion(r)
	}
	f, err := asked.lookup(r)
	if saving {
		f = saved(r, f)
	}
	return f, err
}

// refuse says what keeps the request from being rehearsed. The environment is
// checked here once more: a live payment that ends up here by a wrong setting
// must not be taken for paid.
func refuse(r gateway.ChargeRequest) error {
	switch {
	case r.Environment != pay.Sandbox:
		return fmt.Errorf("environment %q is not %s", r.Environment, pay.Sandbox)
	case r.AttemptID == "":
		return errors.New("request has no attempt id")
	case r.Amount.Minor < 1 || r.Amount.Minor > money.MaxMinor:
		return fmt.Errorf("amount of %d minor units cannot be charged", r.Amount.Minor)
	}
	return nil
}

// maxLatency bounds what a merchant can make a request wait, so that a mistyped
// setting does not look like a broken server.
const maxLatency = 10_000

// latency is how long Charge waits; a value out of range means not at all.
func latency(settings pay.GatewayParameters) time.Duration {
	d, _ := parseLatency(settings.Value(LatencyParameter))
	return d
}

func parseLatency(text string) (time.Duration, bool) {
	milliseconds, err := strconv.Atoi(text)
	if err != nil || milliseconds < 0 || milliseconds > maxLatency {
		return 0, false
	}
	return time.Duration(milliseconds) * time.Millisecond, true
}

// CheckSetting refuses a latency that Charge would not keep, and a secret that nothing
// could be checked with.
func (connector) CheckSetting(_ pay.Environment, parameterID, value string) string {
	if _, ok := parseSecret(value); parameterID == SecretParameter && value != "" && !ok {
		return "The secret must be " + SecretPrefix + " and 24 to 64 bytes in Base64."
	}
	if _, ok := parseLatency(value); parameterID == LatencyParameter && !ok {
		return fmt.Sprintf("The latency must be a whole number of milliseconds, 0 to %d.", maxLatency)
	}
	return ""
}

// wait returns nil after d, or the context's error as soon as it is done. Without
// a wait there is no timer: select takes either of two ready channels, so one
// that is ready at once could win over a context that is done.
func wait(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
