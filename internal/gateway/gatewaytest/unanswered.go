package gatewaytest

import (
	"context"
	"errors"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// hiddenSuccess is the check of a behaviour that takes the money and does not say so.
func hiddenSuccess(b Behaviour) func(context.Context, *inspection) {
	return func(ctx context.Context, in *inspection) {
		if r, ok := in.request(b); ok {
			in.hidden(ctx, r)
		}
	}
}

func (in *inspection) hidden(ctx context.Context, r gateway.ChargeRequest) {
	in.unknownOutcome(ctx, r)
	found, err := in.learn(ctx, r)
	if err != nil {
		in.problem("Lookup fails with %q, want the success", err)
		return
	}
	if found.To != pay.TransactionCaptured {
		in.problem("Lookup reports %s, want %s", found.To, pay.TransactionCaptured)
		return
	}
	in.judge(r, found, pay.TransactionUnknown)

	// Charging again after a timeout must find the same money, whether or not
	// this time an answer comes back.
	if again, err := in.charge(ctx, r); err == nil {
		in.same("the second Charge", found, again)
	}
	later, err := in.learn(ctx, r)
	if err != nil {
		in.problem("the second Lookup fails with %q", err)
		return
	}
	in.same("the second Lookup", found, later)
	in.books(r, Books{Captured: r.Amount.Decimal()})
}

func lost(ctx context.Context, in *inspection) {
	r, ok := in.request(Lost)
	if !ok {
		return
	}
	in.unknownOutcome(ctx, r)
	_, err := in.lookup(ctx, r)
	if errors.Is(err, gateway.ErrOnlySame) { // nobody can know that it is lost; sent again, it counts once
		r.Same = true
		for range 2 {
			if f, ok := in.mustCharge(ctx, r); ok && f.To != pay.TransactionCaptured {
				in.problem("sent again, Charge reports %s, want %s", f.To, pay.TransactionCaptured)
			}
		}
		in.books(r, Books{Captured: r.Amount.Decimal()})
		return
	}
	if err != nil && !errors.Is(err, gateway.ErrNoSuchAttempt) { // the provider may still be at it
		_, err = in.lookup(ctx, in.later(r, minutes))
	}
	if !errors.Is(err, gateway.ErrNoSuchAttempt) {
		in.problem("Lookup says %v, want %q", err, gateway.ErrNoSuchAttempt)
	}
}

// forgotten is about attempts whose answer got lost and that are looked for when no provider
// needs to remember anything of keys: whatever the program does then by what Lookup says, the
// money is taken once. A connector that can tell nothing any more leaves it to a person.
func forgotten(ctx context.Context, in *inspection) {
	for _, b := range []Behaviour{TimeoutAfterSuccess, ErrorAfterSuccess, GarbledSuccess} {
		r, ok := in.request(b)
		if !ok {
			continue
		}
		if in.subject.Later == nil {
			in.unable("time that passes")
			return
		}
		in.unknownOutcome(ctx, r)
		r = in.later(r, weeks)
		_, err := in.subject.Connector.Lookup(ctx, r)
		r.Again, r.Same = errors.Is(err, gateway.ErrNoSuchAttempt), errors.Is(err, gateway.ErrOnlySame)
		if r.Again || r.Same {
			_, err = in.charge(ctx, r)
		}
		if err != nil && in.subject.Reported == nil {
			in.problem("%s: nobody can tell weeks later what came of it: %q", b, err)
		}
		in.books(r, Books{Captured: r.Amount.Decimal()})
	}
}

// notSent leaves to charge what Lookup may say of such an attempt: nothing but
// an error, of any kind, for the provider may be out of reach for Lookup too.
func notSent(ctx context.Context, in *inspection) {
	r, ok := in.request(NotSent)
	if !ok {
		return
	}
	if _, err := in.charge(ctx, r); !errors.Is(err, gateway.ErrNotSent) {
		in.problem("Charge says %v, want %q", err, gateway.ErrNotSent)
	}
}

// rateLimited is about attempts that are turned away. Whoever hears so sends them again,
// under the same id.
func rateLimited(ctx context.Context, in *inspection) {
	r, ok := in.request(RateLimited)
	if !ok {
		return
	}
	if _, err := in.charge(ctx, r); !errors.Is(err, gateway.ErrRateLimited) {
		in.problem("Charge says %v, want %q", err, gateway.ErrRateLimited)
	}
	if f, ok := in.mustCharge(ctx, r); ok && f.To != pay.TransactionCaptured {
		in.problem("sent again, Charge reports %s, want %s", f.To, pay.TransactionCaptured)
	}
	in.books(r, Books{Captured: r.Amount.Decimal()})
}

// wrongAmount is about providers that answer with another amount: what they say must
// not pass for what was asked.
func wrongAmount(ctx context.Context, in *inspection) {
	r, ok := in.request(WrongAmount)
	if !ok {
		return
	}
	for call, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){"Charge": in.charge, "Lookup": in.lookup} {
		f, err := ask(ctx, r)
		if f = f.Believable(r.Amount); err == nil && f.Attention != pay.AttentionAmountMismatch {
			in.problem("%s reports %s of %d minor units, want what nobody believes", call, f.To, f.AmountMinor)
		}
	}
}

// unknownOutcome charges and wants an error that claims nothing.
func (in *inspection) unknownOutcome(ctx context.Context, r gateway.ChargeRequest) {
	f, err := in.charge(ctx, r)
	switch {
	case err == nil:
		in.problem("Charge reports %s, want an error", f.To)
	case errors.Is(err, gateway.ErrNotSent), errors.Is(err, gateway.ErrNoSuchAttempt):
		in.problem("Charge fails with %q, want an error that leaves the outcome open", err)
	}
}

// cancelled is about callers that give up. They must hear of it as an error,
// and never as "no such attempt": that would let them charge elsewhere while
// this provider has the money.
func cancelled(ctx context.Context, in *inspection) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	for _, b := range in.successes() {
		r, ok := in.request(b)
		if !ok {
			continue
		}
		if f, err := in.charge(done, r); err == nil {
			in.problem("%s: Charge reports %s under a cancelled context, want an error", b, f.To)
		}
		if _, err := in.charge(ctx, r); err != nil {
			in.problem("%s: Charge after a cancelled one fails with %q", b, err)
		}
		f, err := in.lookup(done, r)
		switch {
		case err == nil:
			in.problem("%s: Lookup reports %s under a cancelled context, want an error", b, f.To)
		case errors.Is(err, gateway.ErrNoSuchAttempt):
			in.problem("%s: Lookup under a cancelled context says %q of an attempt that exists", b, err)
		}
	}
}
