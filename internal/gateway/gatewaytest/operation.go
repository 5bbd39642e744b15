package gatewaytest

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// came is what an operation or a refund comes to.
type came struct {
	to         pay.OperationStatus
	externalID string
	failure    *pay.TransactionError
}

// deed asks for something about an attempt.
type deed struct {
	name string
	ask  func(context.Context, gateway.OperationRequest) (came, error)
}

func operation(name string, ask func(context.Context, gateway.OperationRequest) (pay.OperationFact, error)) deed {
	return deed{name, func(ctx context.Context, r gateway.OperationRequest) (came, error) {
		f, err := ask(ctx, r)
		return came{f.To, text(f.ExternalID), f.Error}, err
	}}
}

// about asks for minor units of the attempt, under an id of its own.
func about(r gateway.ChargeRequest, minor int64) gateway.OperationRequest {
	return gateway.OperationRequest{OperationID: uuid.NewString(), Attempt: r, Amount: money.Money{Minor: minor, Currency: r.Amount.Currency}, Final: true}
}

// capture is about held money: all of it, a part with the rest released, and several
// parts where the connector says that there may be.
func capture(ctx context.Context, in *inspection) {
	capturer, ok := in.subject.Connector.(gateway.Capturer)
	if !ok {
		in.unable("captures")
		return
	}
	d := operation("Capture", capturer.Capture)
	for _, part := range []func(int64) int64{func(whole int64) int64 { return whole }, func(whole int64) int64 { return whole / 3 }} {
		if r, _, ok := in.made(ctx, ApprovedHeld, pay.TransactionAuthorized); ok {
			o := about(r, part(r.Amount.Minor))
			in.once(ctx, d, o)
			in.books(r, Books{Captured: o.Amount.Decimal()})
			if o.Amount.Minor < r.Amount.Minor {
				in.keep(CapturePart)
			}
		}
	}
	if in.subject.Connector.Describe().MultiCapture {
		in.captureParts(ctx, d)
	}
	if r, _, ok := in.made(ctx, CaptureLost, pay.TransactionAuthorized); ok {
		in.lostAnswer(ctx, d, about(r, r.Amount.Minor))
		in.books(r, Books{Captured: r.Amount.Decimal()})
	}
	if r, _, ok := in.made(ctx, CaptureRefused, pay.TransactionAuthorized); ok {
		in.must(ctx, d, about(r, r.Amount.Minor), pay.OperationFailed)
		in.books(r, Books{Held: r.Amount.Decimal()})
	}
}

func (in *inspection) captureParts(ctx context.Context, d deed) {
	r, _, ok := in.made(ctx, ApprovedHeld, pay.TransactionAuthorized)
	if !ok {
		return
	}
	part := r.Amount
	part.Minor /= 3
	o := about(r, part.Minor)
	o.Final = false
	in.once(ctx, d, o)
	rest := money.Money{Minor: r.Amount.Minor - part.Minor, Currency: part.Currency}
	in.books(r, Books{Captured: part.Decimal(), Held: rest.Decimal()})
	in.once(ctx, d, about(r, rest.Minor))
	in.books(r, Books{Captured: r.Amount.Decimal()})
	in.keep(CaptureParts)
}

func void(ctx context.Context, in *inspection) {
	voider, ok := in.subject.Connector.(gateway.Voider)
	if !ok {
		in.unable("voids")
		return
	}
	in.ends(ctx, operation("Void", voider.Void), pay.TransactionAuthorized, ApprovedHeld, VoidLost, VoidRefused)
}

func cancel(ctx context.Context, in *inspection) {
	canceller, ok := in.subject.Connector.(gateway.Canceller)
	if !ok {
		in.unable("cancels")
		return
	}
	in.ends(ctx, operation("Cancel", canceller.Cancel), pay.TransactionRequiresAction, NeedsRedirect, CancelLost, CancelRefused)
}

// ends is about what ends an attempt without money.
func (in *inspection) ends(ctx context.Context, d deed, from pay.TransactionStatus, done, lost, refused Behaviour) {
	if r, _, ok := in.made(ctx, done, from); ok {
		in.once(ctx, d, about(r, r.Amount.Minor))
		in.books(r, Books{})
	}
	if r, _, ok := in.made(ctx, lost, from); ok {
		in.lostAnswer(ctx, d, about(r, r.Amount.Minor))
		in.books(r, Books{})
	}
	if r, _, ok := in.made(ctx, refused, from); ok {
		in.must(ctx, d, about(r, r.Amount.Minor), pay.OperationFailed)
	}
}

// must asks, and wants it to come to a state.
func (in *inspection) must(ctx context.Context, d deed, r gateway.OperationRequest, want pay.OperationStatus) (came, bool) {
	c, err := d.ask(ctx, r)
	if want != pay.OperationPending {
		c = in.reported(r, c)
	}
	switch {
	case err != nil && c != (came{}):
		in.problem("%s returns a %s fact beside the error %q", d.name, c.to, err)
	case err != nil:
		in.problem("%s fails with %q, want %s", d.name, err, want)
	case c.to != want:
		in.problem("%s reports %s, want %s", d.name, c.to, want)
	case (c.to == pay.OperationFailed) != (c.failure != nil):
		in.problem("%s reports %s with the error %v", d.name, c.to, c.failure)
	case c.failure != nil && (c.failure.Code == "" || c.failure.Message == ""):
		in.problem("%s fails without a code or a message", d.name)
	}
	return c, err == nil && c.to == want
}

// once asks for the same again in every way in which that happens: at the same time, at
// once, and when the provider has forgotten the key. It must be done once.
func (in *inspection) once(ctx context.Context, d deed, r gateway.OperationRequest) {
	first, ok := in.must(ctx, d, r, pay.OperationSucceeded)
	if !ok {
		return
	}
	in.sameDeed(d.name+" again", first, in.atOnce(ctx, d, r)...)
	in.repeat(ctx, d, r, first)
}

// repeat asks again now, and long after.
func (in *inspection) repeat(ctx context.Context, d deed, r gateway.OperationRequest, first came) {
	r.Again, r.AskedAt = true, r.Attempt.Now
	if c, ok := in.must(ctx, d, r, pay.OperationSucceeded); ok {
		in.sameDeed(d.name+" again", first, c)
	}
	r.Attempt = in.later(r.Attempt, days)
	if c, ok := in.must(ctx, d, r, pay.OperationSucceeded); ok {
		in.sameDeed(d.name+" long after", first, c)
	}
}

// atOnce has several callers ask at the same time. A provider may turn some away.
func (in *inspection) atOnce(ctx context.Context, d deed, r gateway.OperationRequest) (told []came) {
	var all [replays]came
	var errs [replays]error
	var callers sync.WaitGroup
	for i := range replays {
		callers.Go(func() { all[i], errs[i] = d.ask(ctx, r) })
	}
	callers.Wait()
	for i, c := range all {
		if errs[i] == nil {
			told = append(told, in.reported(r, c))
		}
	}
	return told
}

// reported is what became of what was pending, by what the provider reported since.
func (in *inspection) reported(r gateway.OperationRequest, c came) came {
	if in.subject.Reported == nil || c.to != pay.OperationPending {
		return c
	}
	asked := c.externalID
	for _, report := range in.subject.Reported(r.Attempt) {
		switch o, back := report.Operation, report.Refund; {
		case o != nil && o.ID == r.OperationID:
			c = came{o.Fact.To, text(o.Fact.ExternalID), o.Fact.Error}
			in.sameAmount(r, report.Currency, o.AmountMinor)
		case back != nil && back.ID == r.OperationID:
			c = came{refundOutcomes[back.Fact.To], text(back.Fact.ExternalID), back.Fact.Error}
			in.sameAmount(r, report.Currency, back.AmountMinor)
		}
	}
	if asked != "" && c.externalID != asked {
		in.problem("external id %q is reported of what was answered as %q", c.externalID, asked)
	}
	return c
}

// sameAmount checks that what is reported is what was asked for, where that is told.
func (in *inspection) sameAmount(r gateway.OperationRequest, currency *money.Currency, minor *int64) {
	if minor != nil && (*minor != r.Amount.Minor || currency == nil || *currency != r.Amount.Currency) {
		in.problem("%d minor units are reported of what was %d", *minor, r.Amount.Minor)
	}
}

func (in *inspection) sameDeed(what string, first came, others ...came) {
	for _, c := range others {
		if c.to != first.to || first.externalID != "" && c.externalID != first.externalID {
			in.problem("%s is %s with external id %q, after %s with %q", what, c.to, c.externalID, first.to, first.externalID)
		}
	}
}

// lostAnswer is about what was done though nobody was told.
func (in *inspection) lostAnswer(ctx context.Context, d deed, r gateway.OperationRequest) {
	c, err := d.ask(ctx, r)
	if err == nil || errors.Is(err, gateway.ErrNotSent) {
		in.problem("%s says %s and %v where the answer is lost, want an error that leaves the outcome open", d.name, c.to, err)
	}
	r.Again, r.AskedAt = true, r.Attempt.Now
	if c, ok := in.must(ctx, d, r, pay.OperationSucceeded); ok {
		in.repeat(ctx, d, r, c)
	}
}
