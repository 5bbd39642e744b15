package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// inspection is one check at work on a connector.
type inspection struct {
	findings
	subject Subject
}

func (in *inspection) problem(format string, args ...any) {
	in.problems = append(in.problems, fmt.Sprintf(format, args...))
}

// request returns a new attempt that is to show the behaviour, or false. Its id
// is random, because real providers remember the ids of earlier runs.
func (in *inspection) request(b Behaviour) (gateway.ChargeRequest, bool) {
	r, ok := in.subject.Request(b)
	if !ok {
		in.unseen = append(in.unseen, b)
		return r, false
	}
	in.shown = append(in.shown, b)
	r.AttemptID = uuid.NewString()
	r.Capture = !b.holds()
	r.Now = time.Now().UTC()
	r.CreatedAt = r.Now
	return r, true
}

// successes are the behaviours that end in money, of those that can be shown.
func (in *inspection) successes() []Behaviour {
	var shown []Behaviour
	for _, b := range []Behaviour{ApprovedCaptured, ApprovedHeld} {
		if _, ok := in.subject.Request(b); ok {
			shown = append(shown, b)
		}
	}
	return shown
}

// made charges as the behaviour demands and wants the attempt to come to a state. The
// request has the provider's id then, as it has for whatever is asked of an attempt later.
func (in *inspection) made(ctx context.Context, b Behaviour, want pay.TransactionStatus) (gateway.ChargeRequest, pay.Fact, bool) {
	r, ok := in.request(b)
	if !ok {
		return r, pay.Fact{}, false
	}
	f, ok := in.mustCharge(ctx, r)
	if ok && f.To != want {
		in.problem("%s: Charge reports %s, want %s", b, f.To, want)
	}
	r.ExternalID = text(f.ExternalID)
	return r, f, ok && f.To == want
}

// unable notes once what the subject cannot show.
func (in *inspection) unable(what Behaviour) {
	if !slices.Contains(in.unseen, what) {
		in.unseen = append(in.unseen, what)
	}
}

// later lets time pass at the provider, and for the request.
func (in *inspection) later(r gateway.ChargeRequest, by time.Duration) gateway.ChargeRequest {
	r.Now = r.Now.Add(by)
	if in.subject.Later == nil {
		in.unable("time that passes")
	} else {
		in.subject.Later(r, by)
	}
	return r
}

// books compares what the provider has of an attempt. A sum that is left out is none.
func (in *inspection) books(r gateway.ChargeRequest, want Books) {
	if in.subject.Books == nil {
		in.unable("the provider's books")
		return
	}
	got := in.subject.Books(r)
	for _, sum := range []struct{ what, got, want string }{{"held", got.Held, want.Held}, {"captured", got.Captured, want.Captured}, {"given back", got.Refunded, want.Refunded}} {
		if !sameSum(sum.got, sum.want) {
			in.problem("the provider has %s %s %s in its books, want %s", sum.got, r.Amount.Currency, sum.what, sum.want)
		}
	}
}

func sameSum(a, b string) bool {
	x, y := new(big.Rat), new(big.Rat)
	for text, sum := range map[string]*big.Rat{a: x, b: y} {
		if _, ok := sum.SetString(text); text != "" && !ok {
			return false
		}
	}
	return a == b || x.Cmp(y) == 0
}

// charge asks for the money and checks what holds for every answer.
func (in *inspection) charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	f, err := in.subject.Connector.Charge(ctx, r)
	in.exclusive("Charge", f, err)
	if errors.Is(err, gateway.ErrNotSent) {
		// Whoever hears ErrNotSent charges elsewhere at once.
		if found, err := in.lookup(context.WithoutCancel(ctx), r); err == nil {
			in.problem("Charge says %q, but Lookup finds the attempt as %s", gateway.ErrNotSent, found.To)
		}
	}
	return f, err
}

// lookup asks what became of the attempt and checks what holds for every answer.
func (in *inspection) lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	f, err := in.subject.Connector.Lookup(ctx, r)
	in.exclusive("Lookup", f, err)
	return in.orReported(ctx, r, f, err)
}

// learn is lookup as the program does it where no answer ever came: what only the same
// request tells is asked for by that.
func (in *inspection) learn(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	f, err := in.subject.Connector.Lookup(ctx, r)
	if errors.Is(err, gateway.ErrOnlySame) {
		r.Same = true
		return in.charge(ctx, r)
	}
	in.exclusive("Lookup", f, err)
	return in.orReported(ctx, r, f, err)
}

// orReported is what the provider reported of what the connector leaves open.
func (in *inspection) orReported(ctx context.Context, r gateway.ChargeRequest, f pay.Fact, err error) (pay.Fact, error) {
	if in.open(err) && ctx.Err() == nil {
		for _, report := range in.subject.Reported(r) {
			if report.Fact != nil {
				f, err = *report.Fact, nil
			}
		}
	}
	return f, err
}

// open says that the connector's error leaves to reports what became of an attempt.
func (in *inspection) open(err error) bool {
	return in.subject.Reported != nil && err != nil && !errors.Is(err, gateway.ErrNoSuchAttempt)
}

// exclusive: a fact beside an error would be dropped, and its money with it.
func (in *inspection) exclusive(call string, f pay.Fact, err error) {
	if err != nil && f != (pay.Fact{}) {
		in.problem("%s returns a %s fact beside the error %q", call, f.To, err)
	}
}

// same checks that a second answer does not contradict the first. Where the
// provider had not decided, it may have moved on meanwhile, but not to other
// money.
func (in *inspection) same(what string, first, second pay.Fact) {
	if id := text(first.ExternalID); id != "" && id != text(second.ExternalID) {
		in.problem("%s has external id %q after %q: that is other money", what, text(second.ExternalID), id)
	}
	if first.To == pay.TransactionPending || first.To == pay.TransactionRequiresAction {
		return
	}
	if second.To != first.To {
		in.problem("%s is %s after %s", what, second.To, first.To)
	}
	if second.AmountMinor != first.AmountMinor {
		in.problem("%s has %d minor units after %d", what, second.AmountMinor, first.AmountMinor)
	}
}

// text is what s points to; a missing text and an empty one are the same to the
// suite, for an id that is empty is none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
