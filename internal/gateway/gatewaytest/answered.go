package gatewaytest

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// expectation is what Charge must answer where the provider answers at all.
type expectation struct {
	behaviour Behaviour
	to        pay.TransactionStatus
	decline   pay.DeclineType    // of a decline
	action    pay.CheckoutAction // of an action
}

var expectations = []expectation{
	{behaviour: ApprovedCaptured, to: pay.TransactionCaptured},
	{behaviour: ApprovedHeld, to: pay.TransactionAuthorized},
	{behaviour: SoftDeclined, to: pay.TransactionFailed, decline: pay.SoftDecline},
	{behaviour: HardDeclined, to: pay.TransactionFailed, decline: pay.HardDecline},
	{behaviour: NeedsOTP, to: pay.TransactionRequiresAction, action: pay.ActionOTP},
	{behaviour: NeedsRedirect, to: pay.TransactionRequiresAction, action: pay.ActionRedirect},
	{behaviour: NeedsDropin, to: pay.TransactionRequiresAction, action: pay.ActionDropin},
	{behaviour: Pending, to: pay.TransactionPending},
}

func (e expectation) check(ctx context.Context, in *inspection) {
	r, ok := in.request(e.behaviour)
	if !ok {
		return
	}
	f, err := in.charge(ctx, r)
	if err != nil {
		in.problem("Charge fails with %q, want a %s fact", err, e.to)
		return
	}
	if f.To != e.to {
		in.problem("Charge reports %s, want %s", f.To, e.to)
		return
	}
	in.judge(r, f, pay.TransactionCreated)
	e.checkKind(in, f)

	later, err := in.lookup(ctx, r)
	if in.open(err) && f.To.InFlight() {
		return // what has no result is not reported either
	}
	if err != nil {
		in.problem("Lookup of a %s attempt fails with %q", f.To, err)
		return
	}
	in.same("Lookup", f, later)
}

func (e expectation) checkKind(in *inspection, f pay.Fact) {
	if e.decline != "" && f.Error != nil {
		if f.Error.Code != pay.ErrorDeclined || f.Error.DeclineType == nil || *f.Error.DeclineType != e.decline {
			in.problem("error %s is no %s decline", f.Error.Code, e.decline)
		}
	}
	if e.action != "" && f.Action != nil && f.Action.Type != e.action {
		in.problem("action is %s, want %s", f.Action.Type, e.action)
	}
}

// someSuccess keeps a subject that shows nothing from passing.
func someSuccess(_ context.Context, in *inspection) {
	if len(in.successes()) == 0 {
		in.problem("the subject shows neither %q nor %q", ApprovedCaptured, ApprovedHeld)
	}
}
