package gatewaytest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// postman is a ledger that says what becomes of things by post only.
type postman struct{ *ledger }

func (postman) Lookup(context.Context, gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{}, errNoAnswer
}

func (p postman) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return later(p.ledger.Capture(ctx, r))
}

func (p postman) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return later(p.ledger.Void(ctx, r))
}

func (p postman) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	f, err := p.ledger.Refund(ctx, r)
	if err == nil {
		f.To, f.Error = pay.RefundPending, nil
	}
	return f, err
}

func later(f pay.OperationFact, err error) (pay.OperationFact, error) {
	if err == nil {
		f.To, f.Error = pay.OperationPending, nil
	}
	return f, err
}

// post is what the ledger has to report of an attempt.
func (p postman) post(r gateway.ChargeRequest) (list []pay.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.facts[r.AttemptID]; ok && !f.To.InFlight() {
		list = append(list, pay.Report{Fact: &f})
	}
	for id, done := range p.deeds {
		back := pay.RefundFact{To: pay.RefundSucceeded, ExternalID: &done.externalID}
		if done.to == pay.OperationFailed {
			back.To, back.Error = pay.RefundFailed, done.failure
		}
		list = append(list, pay.Report{Operation: &pay.OperationReport{ID: id, Fact: pay.OperationFact{To: done.to, ExternalID: &done.externalID, Error: done.failure}}},
			pay.Report{Refund: &pay.RefundReport{ID: id, Fact: back}})
	}
	return list
}

func posted(p postman, change func([]pay.Report)) Subject {
	s := subject(p, p.ledger)
	s.Reported = func(r gateway.ChargeRequest) []pay.Report {
		list := p.post(r)
		change(list)
		return list
	}
	s.Request = func(b Behaviour) (gateway.ChargeRequest, bool) {
		r, _ := request(b)
		return r, b != Lost && b != MethodSaved && b != SaveDeclined // the ledger finds those by being asked
	}
	return s
}

// TestReportsCount proves that a connector whose provider says everything later passes, and
// that what it says is looked at.
func TestReportsCount(t *testing.T) {
	t.Parallel()
	if got := problems(t.Context(), posted(postman{newLedger()}, func([]pay.Report) {})); len(got) > 0 {
		t.Errorf("an honest one: %q", got)
	}
	for want, spoil := range map[string]func(*pay.Report){
		"is reported of what was answered as": func(r *pay.Report) {
			if r.Operation != nil {
				r.Operation.Fact.ExternalID = new("another")
			}
			r.Refund = nil
		},
		"1 minor units are reported of what was": func(r *pay.Report) {
			if r.Refund != nil {
				r.Refund.AmountMinor = new(int64(1))
			}
		},
		"Lookup is FAILED after CAPTURED": func(r *pay.Report) {
			if r.Fact != nil {
				r.Fact = &pay.Fact{To: pay.TransactionFailed, ExternalID: r.Fact.ExternalID}
			}
		},
		"Capture reports PENDING, want SUCCEEDED": func(r *pay.Report) { r.Operation, r.Refund = nil, nil },
	} {
		got := problems(t.Context(), posted(postman{newLedger()}, func(list []pay.Report) {
			for i := range list {
				spoil(&list[i])
			}
		}))
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("no problem with %q in %q", want, got)
		}
	}
}
