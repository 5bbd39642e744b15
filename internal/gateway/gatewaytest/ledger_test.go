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
	mu       sync.Mutex
	facts    map[string]pay.Fact
	accounts map[string]*account
	deeds    map[string]came
	limited  map[string]bool
	count    int
	// late is what it is still at, by attempt.
	late map[string]func()
}

// account is what the ledger has of an attempt, in minor units.
type account struct{ held, captured, refunded int64 }

func newLedger() *ledger {
	return &ledger{facts: map[string]pay.Fact{}, accounts: map[string]*account{}, deeds: map[string]came{}, limited: map[string]bool{}, late: map[string]func(){}}
}

// subject is the ledger, or a liar that has it, with its books.
func subject(c gateway.Charger, l *ledger) Subject {
	return Subject{Connector: c, Request: request, Books: l.books, Takes: takes, Finish: l.finish, Act: func(b Behaviour, _ gateway.ChargeRequest, _ pay.Fact) gateway.Answer {
		return gateway.Answer{Payload: fmt.Sprintf(`{"paid":%t}`, b == RedirectPaid)}
	}}
}

// takes leaves out one amount, for the suite to find how that is refused.
func takes(m money.Money) bool { return m != unwanted }

// Takes says so beforehand.
func (*ledger) Takes(m money.Money) bool { return takes(m) }

var unwanted = money.Money{Minor: 500, Currency: "MGA"}

func (l *ledger) books(r gateway.ChargeRequest) Books {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.accounts[r.AttemptID]
	if a == nil {
		return Books{}
	}
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: r.Amount.Currency}.Decimal() }
	return Books{Held: text(a.held), Captured: text(a.captured), Refunded: text(a.refunded)}
}

func (*ledger) Describe() gateway.Description {
	return gateway.Description{
		Name:         "ledger",
		Environments: []pay.Environment{pay.Sandbox},
		Returns:      []string{"paid"},
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
	if Behaviour(r.Token) == RateLimited && !l.limited[r.AttemptID] {
		l.limited[r.AttemptID] = true
		return pay.Fact{}, gateway.ErrRateLimited
	}
	f, seen := l.facts[r.AttemptID]
	if Behaviour(r.Token) == SlowSuccess && !seen {
		if l.late[r.AttemptID] == nil {
			l.count++
			f = answer(r, fmt.Sprintf("charge-%d", l.count))
			l.late[r.AttemptID] = func() { l.record(r, f) }
		}
		return pay.Fact{}, errNoAnswer
	}
	if !seen {
		l.count++
		f = answer(r, fmt.Sprintf("charge-%d", l.count))
		l.record(r, f)
	}
	switch Behaviour(r.Token) {
	case TimeoutAfterSuccess, ErrorAfterSuccess, GarbledSuccess:
		return pay.Fact{}, errNoAnswer
	}
	return f, nil
}

// finish does what it is still at for an attempt.
func (l *ledger) finish(r gateway.ChargeRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if do := l.late[r.AttemptID]; do != nil {
		do()
		delete(l.late, r.AttemptID)
	}
}

// record keeps what became of an attempt.
func (l *ledger) record(r gateway.ChargeRequest, f pay.Fact) {
	l.facts[r.AttemptID] = f
	a := l.accounts[r.AttemptID]
	if a == nil {
		a = &account{}
		l.accounts[r.AttemptID] = a
	}
	switch f.To {
	case pay.TransactionAuthorized:
		a.held += f.AmountMinor
	case pay.TransactionCaptured:
		a.captured += f.AmountMinor
	}
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
	if r.Amount == unwanted {
		return declined(id, pay.HardDecline)
	}
	switch Behaviour(r.Token) {
	case WrongAmount:
		r.Amount.Minor++
	case SoftDeclined, SaveDeclined:
		return declined(id, pay.SoftDecline)
	case HardDeclined:
		return declined(id, pay.HardDecline)
	case NeedsOTP:
		return action(id, pay.TransactionAction{Type: pay.ActionOTP, Data: pay.JSON(`{}`)})
	case NeedsRedirect, RedirectPaid, RedirectRefused, CancelLost, CancelRefused:
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
