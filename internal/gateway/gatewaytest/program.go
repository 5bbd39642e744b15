package gatewaytest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Program is a connector together with what the program itself keeps of attempts, for
// connectors whose provider takes no money before the payer has been there: the suite asks
// them for money and sees what came of it once the payer has paid. What the program keeps
// is the id that an attempt got first, and when the payer's answer was handed on.
//
// A subject embeds it beside what else the connector does:
//
//	struct {
//		*gatewaytest.Program
//		gateway.Completer
//		gateway.Refunder
//	}
type Program struct {
	gateway.Charger
	// Payer plays the payer who is sent away by the fact, and returns what they come back
	// with; false is one who does not come back by themselves.
	Payer func(gateway.ChargeRequest, pay.Fact) (gateway.Answer, bool)

	mu       sync.Mutex
	ids      map[string]string
	answered map[string]time.Time
}

// Charge asks for the money, and completes where the payer comes back.
func (p *Program) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	r = p.known(r)
	f, err := p.Charger.Charge(ctx, r)
	if err != nil || f.ExternalID == nil {
		return f, err
	}
	r.ExternalID = p.keep(r.AttemptID, *f.ExternalID)
	if f.To != pay.TransactionRequiresAction {
		return f, nil
	}
	answer, back := p.Payer(r, f)
	if !back {
		return f, nil
	}
	f, err = p.Charger.(gateway.Completer).Complete(ctx, r, answer)
	if !errors.Is(err, gateway.ErrWrongAnswer) && !errors.Is(err, gateway.ErrNotSent) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answered[r.AttemptID] = r.Now
	}
	return f, err
}

// Takes is the connector's word.
func (p *Program) Takes(m money.Money) bool { return gateway.Takes(p.Charger, m) }

// Lookup asks with what is kept of the attempt.
func (p *Program) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return p.Charger.Lookup(ctx, p.known(r))
}

func (p *Program) known(r gateway.ChargeRequest) gateway.ChargeRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ExternalID == "" {
		r.ExternalID = p.ids[r.AttemptID]
	}
	if at, ok := p.answered[r.AttemptID]; ok && !r.Answered {
		r.Answered, r.AnsweredAt = true, at
	}
	return r
}

// keep keeps the first id of an attempt and returns it.
func (p *Program) keep(attempt, id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		p.ids, p.answered = map[string]string{}, map[string]time.Time{}
	}
	if p.ids[attempt] == "" {
		p.ids[attempt] = id
	}
	return p.ids[attempt]
}
