package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

var errNoAnswer = errors.New("no answer")

// ledger is an honest provider that remembers its attempts, unlike the sandbox:
// the suite must not depend on how a connector keeps its promises. The token of
// a request is the behaviour.
type ledger struct {
	mu    sync.Mutex
	facts map[string]pay.Fact
	count int
}

func newLedger() *ledger { return &ledger{facts: map[string]pay.Fact{}} }

func (*ledger) Describe() gateway.Description {
	return gateway.Description{
		Name:         "ledger",
		Environments: []pay.Environment{pay.Sandbox},
		Parameters: []pay.GatewayParameter{
			{ParameterID: "colour", FriendlyName: "Colour", IsMerchant: true, Options: []pay.GatewayOption{{ID: "red", Text: "Red"}}},
			{ParameterID: "paymentToken", FriendlyName: "Payment token", IsForm: true, IsVisible: true},
		},
	}
}

func (l *ledger) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if err := ctx.Err(); err != nil {
		return pay.Fact{}, fmt.Errorf("ledger: %w", err)
	}
	switch Behaviour(r.Token) {
	case NotSent:
		return pay.Fact{}, gateway.ErrNotSent
	case Lost:
		return pay.Fact{}, errNoAnswer
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, seen := l.facts[r.AttemptID]
	if !seen {
		l.count++
		f = answer(r, fmt.Sprintf("charge-%d", l.count))
		l.facts[r.AttemptID] = f
	}
	if Behaviour(r.Token) == TimeoutAfterSuccess {
		return pay.Fact{}, errNoAnswer
	}
	return f, nil
}

func (l *ledger) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if err := ctx.Err(); err != nil {
		return pay.Fact{}, fmt.Errorf("ledger: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, seen := l.facts[r.AttemptID]
	if !seen {
		return pay.Fact{}, gateway.ErrNoSuchAttempt
	}
	return f, nil
}

// forget makes the provider take a replay for a new attempt.
func (l *ledger) forget(attemptID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.facts, attemptID)
}

func answer(r gateway.ChargeRequest, id string) pay.Fact {
	switch Behaviour(r.Token) {
	case SoftDeclined:
		return declined(id, pay.SoftDecline)
	case HardDeclined:
		return declined(id, pay.HardDecline)
	case NeedsOTP:
		return action(id, pay.TransactionAction{Type: pay.ActionOTP, Data: pay.JSON(`{}`)})
	case NeedsRedirect:
		return action(id, pay.TransactionAction{Type: pay.ActionRedirect, URL: new("https://ledger.example/" + id)})
	case NeedsDropin:
		return action(id, pay.TransactionAction{Type: pay.ActionDropin})
	case Pending:
		return pay.Fact{To: pay.TransactionPending, ExternalID: &id}
	}
	f := pay.Fact{To: pay.TransactionAuthorized, AmountMinor: r.Amount.Minor, ExternalID: &id, FeeMinor: new(int64(1))}
	if r.Capture {
		f.To = pay.TransactionCaptured
	}
	return f
}

func declined(id string, kind pay.DeclineType) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, ExternalID: &id,
		Error: &pay.TransactionError{Code: pay.ErrorDeclined, Message: "Declined.", DeclineType: &kind}}
}

func action(id string, a pay.TransactionAction) pay.Fact {
	return pay.Fact{To: pay.TransactionRequiresAction, ExternalID: &id, Action: &a}
}

func request(b Behaviour) (gateway.ChargeRequest, bool) {
	return gateway.ChargeRequest{Token: string(b), Amount: money.Money{Minor: 1234, Currency: "EUR"},
		MethodType: pay.MethodCard, Environment: pay.Sandbox}, true
}
