package gatewaytest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

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

// rememberer is a postman that tells by the same request what became of it: for as long as
// it knows the key, or, by its own word, for ever.
type rememberer struct {
	postman
	forever bool
}

func isOld(r gateway.ChargeRequest) bool { return r.Now.Sub(r.CreatedAt) > weeks/2 }

func (p rememberer) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if ctx.Err() != nil || isOld(r) && !p.forever {
		return pay.Fact{}, errNoAnswer
	}
	return pay.Fact{}, gateway.ErrOnlySame
}

func (p rememberer) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if isOld(r) {
		p.forget(r.AttemptID)
	}
	if r.Same {
		r.Token = string(ApprovedCaptured)
	}
	return p.ledger.Charge(ctx, r)
}

// TestOnlySameCounts proves that a connector passes whose provider tells by the same request
// alone, and that one does not which trusts a key that is forgotten.
func TestOnlySameCounts(t *testing.T) {
	t.Parallel()
	for forever, want := range map[bool]string{false: "", true: "an attempt that was lost weeks ago is not charged again: the provider has 24.68 EUR captured"} {
		p := rememberer{postman{newLedger()}, forever}
		s := posted(p.postman, func([]pay.Report) {})
		s.Connector, s.Later = p, func(gateway.ChargeRequest, time.Duration) {}
		s.Request = func(b Behaviour) (gateway.ChargeRequest, bool) {
			r, _ := request(b)
			return r, b != MethodSaved && b != SaveDeclined
		}
		for _, name := range []string{"a success behind a timeout is found", "a lost attempt is not known", "an attempt that was lost weeks ago is not charged again"} {
			for _, c := range checks() {
				if c.name != name {
					continue
				}
				got := c.name + ": " + strings.Join(c.inspect(t.Context(), s).problems, "\n")
				if bad := !strings.HasSuffix(got, ": "); bad != strings.HasPrefix(want, name) || bad && !strings.HasPrefix(got, want) {
					t.Errorf("for ever %t: %s", forever, got)
				}
			}
		}
	}
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
