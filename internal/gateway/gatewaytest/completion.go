package gatewaytest

import (
	"context"
	"encoding/json"

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
		in.completed(ctx, completer, r, in.returned(answer), asked, want)
	}
}

// returned is what the checkout page hands on of an answer: what the connector says that its
// provider puts into addresses.
func (in *inspection) returned(answer gateway.Answer) gateway.Answer {
	var back, kept map[string]json.RawMessage
	if err := json.Unmarshal([]byte(answer.Payload), &back); err != nil {
		in.problem("what a payer comes back with is no object: %v", err)
		return answer
	}
	kept = map[string]json.RawMessage{}
	for _, name := range in.subject.Connector.Describe().Returns {
		if value, ok := back[name]; ok {
			kept[name] = value
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		in.problem("what a payer comes back with: %v", err)
	}
	return gateway.Answer{Payload: string(text)}
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
	r.Answered, r.AnsweredAt = true, r.Now
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
