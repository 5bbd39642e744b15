package gatewaytest

import (
	"context"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// completion is about payers who come back from a redirect.
func completion(ctx context.Context, in *inspection) {
	completer, ok := in.subject.Connector.(gateway.Completer)
	if !ok {
		in.unable("completes")
		return
	}
	for b, want := range map[Behaviour]pay.TransactionStatus{RedirectPaid: pay.TransactionCaptured, RedirectRefused: pay.TransactionFailed} {
		r, asked, ok := in.made(ctx, b, pay.TransactionRequiresAction)
		if !ok {
			continue
		}
		answer := gateway.Answer{Payload: "{}"}
		if in.subject.Act != nil {
			answer = in.subject.Act(b, r, asked)
		}
		in.completed(ctx, completer, r, answer, asked, want)
	}
}

// completed hands the answer on, and then again and again, as a page that is loaded anew
// does.
func (in *inspection) completed(ctx context.Context, completer gateway.Completer, r gateway.ChargeRequest, answer gateway.Answer, asked pay.Fact, want pay.TransactionStatus) {
	var first pay.Fact
	for range 2 {
		f, err := completer.Complete(ctx, r, answer)
		in.exclusive("Complete", f, err)
		if err != nil || f.To != want {
			in.problem("Complete reports %s and %v, want %s", f.To, err, want)
			return
		}
		in.same("Complete", asked, f)
		in.judge(r, f, pay.TransactionRequiresAction)
		first = f
	}
	r.Answered = true
	if later, err := in.lookup(ctx, r); err != nil {
		in.problem("Lookup of a completed attempt fails with %q", err)
	} else {
		in.same("Lookup after Complete", first, later)
	}
	if want == pay.TransactionCaptured {
		in.books(r, Books{Captured: r.Amount.Decimal()})
	} else {
		in.books(r, Books{})
	}
}
