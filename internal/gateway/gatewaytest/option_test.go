package gatewaytest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// What the ledger can do beside charging. An operation that it has done it answers again
// in the same way, for ever.

// do does something about an attempt once.
func (l *ledger) do(r gateway.OperationRequest, lost, refused Behaviour, effect func(*account)) (came, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	done, again := l.deeds[r.OperationID]
	if Behaviour(r.Attempt.Token) == RefundSlow && !again && lost == RefundLost {
		l.slowly(r, effect)
		return came{}, errNoAnswer
	}
	if !again {
		l.count++
		done = came{pay.OperationSucceeded, fmt.Sprintf("deed-%d", l.count), nil}
		if Behaviour(r.Attempt.Token) == refused {
			done.to, done.failure = pay.OperationFailed, &pay.TransactionError{Code: pay.ErrorGeneric, Message: "No."}
		} else {
			effect(l.accounts[r.Attempt.AttemptID])
		}
		l.deeds[r.OperationID] = done
	}
	if Behaviour(r.Attempt.Token) == lost && !r.Again {
		return came{}, errNoAnswer
	}
	return done, nil
}

// slowly does it when finish says so.
func (l *ledger) slowly(r gateway.OperationRequest, effect func(*account)) {
	l.count++
	done, before, seen := came{pay.OperationSucceeded, fmt.Sprintf("deed-%d", l.count), nil}, l.late[r.Attempt.AttemptID], false
	l.late[r.Attempt.AttemptID] = func() {
		if before != nil {
			before()
		}
		if _, seen = l.deeds[r.OperationID]; !seen {
			effect(l.accounts[r.Attempt.AttemptID])
			l.deeds[r.OperationID] = done
		}
	}
}

func (c came) fact(err error) (pay.OperationFact, error) {
	if err != nil {
		return pay.OperationFact{}, err
	}
	return pay.OperationFact{To: c.to, ExternalID: &c.externalID, Error: c.failure}, nil
}

func (l *ledger) Capture(_ context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	c, err := l.do(r, CaptureLost, CaptureRefused, func(a *account) {
		a.held, a.captured = a.held-r.Amount.Minor, a.captured+r.Amount.Minor
		if r.Final {
			a.held = 0
		}
	})
	return c.fact(err)
}

func (l *ledger) Void(_ context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	c, err := l.do(r, VoidLost, VoidRefused, func(a *account) { a.held = 0 })
	return c.fact(err)
}

func (l *ledger) Cancel(_ context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	c, err := l.do(r, CancelLost, CancelRefused, func(*account) {})
	return c.fact(err)
}

func (l *ledger) Refund(_ context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	if Behaviour(r.Attempt.Token) == RefundPending {
		return pay.RefundFact{To: pay.RefundPending}, nil
	}
	c, err := l.do(r, RefundLost, RefundRefused, func(a *account) { a.refunded += r.Amount.Minor })
	f, err := c.fact(err)
	to := map[pay.OperationStatus]pay.RefundState{pay.OperationSucceeded: pay.RefundSucceeded, pay.OperationFailed: pay.RefundFailed}[f.To]
	return pay.RefundFact{To: to, ExternalID: f.ExternalID, Error: f.Error}, err
}

func (l *ledger) Complete(_ context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.facts[r.AttemptID]
	if f.To != pay.TransactionRequiresAction {
		return f, nil
	}
	id := *f.ExternalID
	f = declined(id, pay.HardDecline)
	if strings.Contains(answer.Payload, "true") {
		f = pay.Fact{To: pay.TransactionCaptured, AmountMinor: r.Amount.Minor, ExternalID: &id}
	}
	l.record(r, f)
	return f, nil
}

func (l *ledger) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	f, err := l.Charge(ctx, r)
	if err == nil && succeeded(f) {
		f.AmountMinor, f.FeeMinor, f.SavedToken = 0, nil, new("saved-"+r.AttemptID)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.facts[r.AttemptID] = f
	}
	return f, err
}

// cheat is a ledger with one fault in what it can do beside charging.
type cheat struct {
	*ledger
	fault string
}

// anew makes each time the id of another operation, as who forgets it would.
func (c cheat) anew(name string, r gateway.OperationRequest) gateway.OperationRequest {
	switch {
	case c.fault == name+" again while the provider is at it" && r.Again && Behaviour(r.Attempt.Token) == RefundSlow:
		r.OperationID = uuid.NewString()
	case c.fault == name+" twice", c.fault == name+" again when the answer is lost" && r.Again:
		r.OperationID = uuid.NewString()
	case c.fault == name+" again long after" && r.Attempt.Now.Sub(r.Attempt.CreatedAt) > days/2:
		r.OperationID = uuid.NewString()
	case c.fault == name+" with the fault that it is refused when asked again" && r.Again:
		r.Attempt.Token = map[string]string{"capture": string(CaptureRefused), "void": string(VoidRefused), "cancel": string(CancelRefused), "refund": string(RefundRefused)}[name]
		r.OperationID = uuid.NewString()
	}
	return r
}

// said spoils an answer that was lost, and one that is a failure.
func (c cheat) said(name string, f pay.OperationFact, err error) (pay.OperationFact, error) {
	switch {
	case c.fault == name+" whose lost answer is not sent" && err != nil:
		err = gateway.ErrNotSent
	case c.fault == name+" whose lost answer is a failure" && err != nil:
		return pay.OperationFact{To: pay.OperationFailed, Error: &pay.TransactionError{Code: pay.ErrorSystem, Message: "No answer."}}, nil
	case c.fault == name+" that always succeeds" && f.To == pay.OperationFailed:
		f.To, f.Error = pay.OperationSucceeded, nil
	case c.fault == name+" that fails without a reason":
		f.Error = nil
	}
	return f, err
}

func (c cheat) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	r = c.anew("capture", r)
	switch c.fault {
	case "capture of all":
		r.Amount = r.Attempt.Amount
	case "capture that keeps the rest":
		r.Final = false
	}
	f, err := c.ledger.Capture(ctx, r)
	return c.said("capture", f, err)
}

func (c cheat) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	if c.fault == "void that releases nothing" {
		return pay.OperationFact{To: pay.OperationSucceeded}, nil
	}
	f, err := c.ledger.Void(ctx, c.anew("void", r))
	return c.said("void", f, err)
}

func (c cheat) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	f, err := c.ledger.Cancel(ctx, c.anew("cancel", r))
	return c.said("cancel", f, err)
}

func (c cheat) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	switch {
	case c.fault == "refund of all":
		r.Amount = r.Attempt.Amount
	case c.fault == "refund by attempt and amount":
		r.OperationID = r.Attempt.AttemptID + r.Amount.Decimal()
	case c.fault == "refund that is pending is done" && Behaviour(r.Attempt.Token) == RefundPending:
		r.Attempt.Token = ""
	}
	f, err := c.ledger.Refund(ctx, c.anew("refund", r))
	told, err := c.said("refund", pay.OperationFact{To: refundOutcomes[f.To], ExternalID: f.ExternalID, Error: f.Error}, err)
	to := map[pay.OperationStatus]pay.RefundState{pay.OperationSucceeded: pay.RefundSucceeded, pay.OperationFailed: pay.RefundFailed, pay.OperationPending: pay.RefundPending}[told.To]
	return pay.RefundFact{To: to, ExternalID: told.ExternalID, Error: told.Error}, err
}

func (c cheat) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	switch c.fault {
	case "completion that believes the payer":
		return pay.Fact{To: pay.TransactionCaptured, AmountMinor: r.Amount.Minor, ExternalID: &r.ExternalID}, nil
	case "completion that leaves it as it was":
		return c.Lookup(ctx, r)
	case "completion that is other money":
		f, err := c.ledger.Complete(ctx, r, answer)
		f.ExternalID = new("another")
		return f, err
	}
	return c.ledger.Complete(ctx, r, answer)
}

func (c cheat) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	f, err := c.ledger.Save(ctx, r)
	switch {
	case c.fault == "saving that takes money" && succeeded(f):
		f.AmountMinor = 1
	case c.fault == "saving without a token":
		f.SavedToken = nil
	case c.fault == "saving under another token each time" && succeeded(f):
		f.SavedToken = new(uuid.NewString())
	case c.fault == "saving that never fails":
		f.To, f.Error = pay.TransactionCaptured, nil
	}
	return f, err
}

func (c cheat) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	switch {
	case c.fault == "charge again while the provider is at it" && r.Again && Behaviour(r.Token) == SlowSuccess:
		r.Token = string(ApprovedCaptured)
	case c.fault == "charge again long after" && r.Now.Sub(r.CreatedAt) > days/2:
		c.forget(r.AttemptID)
	case c.fault == "charge of a hundred times as much in kronas" && r.Amount.Currency == "ISK" && r.Amount.Minor < 1e9:
		asked := r.Amount.Minor
		r.Amount.Minor *= 100
		f, err := c.ledger.Charge(ctx, r)
		f.AmountMinor = asked
		return f, err
	case c.fault == "charge that leaves open what is not taken" && r.Amount == unwanted:
		return pay.Fact{}, errNoAnswer
	case c.fault == "charge that believes the amount" && Behaviour(r.Token) == WrongAmount:
		f, err := c.ledger.Charge(ctx, r)
		f.AmountMinor = r.Amount.Minor
		return f, err
	case c.fault == "charge that takes what was saved for nothing" && strings.HasPrefix(r.Token, "saved-"):
		return declined("x", pay.HardDecline), nil
	}
	f, err := c.ledger.Charge(ctx, r)
	switch {
	case c.fault == "charge that does not tell that it is limited" && err == gateway.ErrRateLimited:
		err = errNoAnswer
	case c.fault == "charge whose error is a failure" && err == errNoAnswer && Behaviour(r.Token) == ErrorAfterSuccess,
		c.fault == "charge whose garbled answer is a failure" && err == errNoAnswer && Behaviour(r.Token) == GarbledSuccess:
		return pay.Fact{To: pay.TransactionFailed, ExternalID: new("x"), Error: &pay.TransactionError{Code: pay.ErrorSystem, Message: "500"}}, nil
	}
	return f, err
}

func (c cheat) Describe() gateway.Description {
	d := c.ledger.Describe()
	if c.fault == "description that leaves out what comes back" {
		d.Returns = nil
	}
	return d
}

func (c cheat) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if c.fault == "lookup that takes the money" {
		return c.ledger.Charge(ctx, r)
	}
	if c.fault == "lookup that has the attempt fail while the provider is at it" && Behaviour(r.Token) == SlowSuccess {
		return declined("x", pay.SoftDecline), nil
	}
	return c.ledger.Lookup(ctx, r)
}

// TestCheatsAreCaught proves that each promise beside charging that is broken is found by
// the check that is about it, and that nothing is found where nothing is.
func TestCheatsAreCaught(t *testing.T) {
	t.Parallel()
	if got := problems(t.Context(), honest()); len(got) > 0 {
		t.Errorf("an honest one: %q", got)
	}
	for fault, by := range map[string]string{
		"lookup that has the attempt fail while the provider is at it": "a success that comes late is waited for: an attempt that the provider is still at is FAILED",
		"charge again while the provider is at it":                     "a success that comes late is waited for: the provider has 24.68 EUR captured in its books, want 12.34",
		"refund again while the provider is at it":                     "captured money is given back once: the provider has 9.24 EUR given back in its books, want 3.08",
		"capture twice":                                "held money is captured once: ",
		"capture again when the answer is lost":        "held money is captured once: ",
		"capture again long after":                     "held money is captured once: ",
		"capture whose lost answer is not sent":        "want an error that leaves the outcome open",
		"capture whose lost answer is a failure":       "want an error that leaves the outcome open",
		"capture that always succeeds":                 "Capture reports SUCCEEDED, want FAILED",
		"capture that fails without a reason":          "Capture reports FAILED with the error",
		"capture of all":                               "the provider has 12.34 EUR captured in its books, want 4.11",
		"capture that keeps the rest":                  "the provider has 8.23 EUR held in its books, want ",
		"void twice":                                   "held money is released: Void again is SUCCEEDED with external id",
		"void that releases nothing":                   "the provider has 12.34 EUR held in its books",
		"void whose lost answer is not sent":           "held money is released: Void says",
		"void that always succeeds":                    "Void reports SUCCEEDED, want FAILED",
		"cancel twice":                                 "an attempt is called off: Cancel again",
		"cancel whose lost answer is a failure":        "an attempt is called off: Cancel says FAILED",
		"cancel that always succeeds":                  "Cancel reports SUCCEEDED, want FAILED",
		"refund twice":                                 "captured money is given back once: the provider has",
		"refund again when the answer is lost":         "captured money is given back once: the provider has 49.36 EUR given back",
		"refund again long after":                      "Refund long after is SUCCEEDED with external id",
		"refund of all":                                "want 12.34",
		"refund by attempt and amount":                 "two refunds have the external ids",
		"refund whose lost answer is not sent":         "captured money is given back once: Refund says",
		"refund that always succeeds":                  "Refund reports SUCCEEDED, want FAILED",
		"refund that is pending is done":               "Refund reports SUCCEEDED, want PENDING",
		"completion that believes the payer":           "a redirect is completed: Complete reports CAPTURED and <nil>, want FAILED",
		"completion that leaves it as it was":          "a redirect is completed: Complete reports REQUIRES_ACTION",
		"description that leaves out what comes back":  "a redirect is completed: Complete reports FAILED and <nil>, want CAPTURED",
		"completion that is other money":               "a redirect is completed: Complete has external id",
		"saving that takes money":                      "a method is saved, and pays: Save takes money",
		"saving without a token":                       "Save has a token of 0 bytes",
		"saving under another token each time":         "has another token",
		"saving that never fails":                      "Save reports CAPTURED and <nil>, want FAILED",
		"charge that takes what was saved for nothing": "a Charge with what was saved reports FAILED",
		"charge again long after":                      "a replay long after charges once: approved and captured: the Charge long after has external id",
		"charge of a hundred times as much in kronas":  "amounts are exact: the provider has 50000 ISK captured in its books, want 500",
		"charge that leaves open what is not taken":    "amounts are exact: 500 minor units of MGA, which are not taken, fail with",
		"charge that believes the amount":              "another amount is not believed: Charge reports CAPTURED of 1234",
		"charge that does not tell that it is limited": "an attempt that was turned away can be sent again: Charge says",
		"charge whose error is a failure":              "a success behind an error is found: Charge reports FAILED, want an error",
		"charge whose garbled answer is a failure":     "a success behind a garbled answer is found: Charge reports FAILED, want an error",
		"lookup that takes the money":                  "a lost attempt is not known: Lookup says",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, cheat{newLedger(), fault}, []string{by})
		})
	}
}

// TestSums proves that sums are compared by their value.
func TestSums(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{{"", "", true}, {"", "0.00", true}, {"5", "5.00", true}, {"5.00", "5.01", false}, {"", "0.01", false}, {"much", "0", false}} {
		if got := sameSum(tt.a, tt.b); got != tt.same {
			t.Errorf("%q and %q: %t", tt.a, tt.b, got)
		}
	}
	if (money.Money{Minor: 1234, Currency: "EUR"}).Decimal() != "12.34" {
		t.Error("decimals are not what the books are compared with")
	}
}

func honest() Subject {
	l := newLedger()
	return subject(cheat{ledger: l}, l)
}
