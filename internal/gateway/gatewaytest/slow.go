package gatewaytest

import (
	"context"
	"errors"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// slowSuccess is about a provider that finishes after its answer was lost, and while it is
// asked: whatever the program does meanwhile by what Lookup says, the attempt has not failed,
// and the money is taken once.
func slowSuccess(ctx context.Context, in *inspection) {
	for _, waits := range []time.Duration{0, minutes} {
		r, ok := in.slow(SlowSuccess)
		if !ok {
			return
		}
		in.unknownOutcome(ctx, r)
		r.Now = r.Now.Add(waits)
		for range 2 {
			in.meanwhile(ctx, r)
		}
		in.subject.Finish(r)
		if f, err := in.lookup(ctx, r); err != nil || f.To != pay.TransactionCaptured {
			in.problem("Lookup reports %s and %v once the provider has finished, want %s", f.To, err, pay.TransactionCaptured)
		}
		in.books(r, Books{Captured: r.Amount.Decimal()})
	}
}

// slow is request for what the provider is slow at.
func (in *inspection) slow(b Behaviour) (gateway.ChargeRequest, bool) {
	r, ok := in.request(b)
	if ok && in.subject.Finish == nil {
		in.unable("a provider that finishes later")
		return r, false
	}
	return r, ok
}

// meanwhile does what the program does with an attempt whose outcome is unknown, and wants
// that nothing is made of it.
func (in *inspection) meanwhile(ctx context.Context, r gateway.ChargeRequest) {
	f, err := in.lookup(ctx, r)
	r.Again, r.Same = errors.Is(err, gateway.ErrNoSuchAttempt), errors.Is(err, gateway.ErrOnlySame)
	if r.Again || r.Same {
		f, err = in.charge(ctx, r)
	}
	if err == nil && f.To.Over() {
		in.problem("an attempt that the provider is still at is %s", f.To)
	}
}

// slowRefund is the same for a part that is given back. How long the provider is at it is
// not known, but that it was not done must not be concluded at once.
func (in *inspection) slowRefund(ctx context.Context, d deed) {
	if _, ok := in.slow(RefundSlow); !ok {
		return
	}
	r, _, ok := in.made(ctx, RefundSlow, pay.TransactionCaptured)
	if !ok {
		return
	}
	o := about(r, r.Amount.Minor/4)
	for range 3 {
		if c, err := d.ask(ctx, o); err == nil && !c.to.Open() || errors.Is(err, gateway.ErrNotSent) {
			in.problem("%s that the provider is still at is %s, %v", d.name, c.to, err)
		}
		o.Again, o.AskedAt = true, r.Now
	}
	in.subject.Finish(r)
	if c, ok := in.must(ctx, d, o, pay.OperationSucceeded); ok {
		in.repeat(ctx, d, o, c)
	}
	in.books(r, Books{Captured: r.Amount.Decimal(), Refunded: o.Amount.Decimal()})
}
