package pay_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	soft = pay.SoftDecline
	hard = pay.HardDecline
)

// declined is the answer of a gateway that takes nothing.
func declined(kind *pay.DeclineType) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorDeclined, Message: "No.", DeclineType: kind}}
}

// routedState is a payment of 1000 for an order of as much, of which the first of two
// gateways was asked for all a second ago.
func routedState(t *testing.T) (*pay.State, pay.Transaction) {
	t.Helper()
	order, asked := number('o', 1), exploreTime.Add(-time.Second)
	x := pay.Transaction{ID: number('t', 1), PaymentID: number('p', 1), GatewayID: number('g', 1), AttemptNumber: 1, Status: pay.TransactionCreated,
		Currency: "EUR", RequestedMinor: 1000, AutoCapture: true, CreatedAt: asked, UpdatedAt: asked,
		Routing: &pay.Routing{RulesVersion: 1, Candidates: []pay.RoutingCandidate{
			{GatewayID: number('g', 1), Rule: "first", Outcome: pay.RoutingChosen}, {GatewayID: number('g', 2), Rule: "second", Outcome: pay.RoutingWaiting}}}}
	x.Lease(asked)
	s := &pay.State{Now: exploreTime, Attempts: []pay.Transaction{x}, Traits: map[uuid.UUID]pay.Traits{},
		Payment: pay.Payment{ID: x.PaymentID, Currency: "EUR", IsActive: true, Sums: pay.Sums{TotalMinor: 1000, FinalMinor: 1000, InFlightMinor: 1000}},
		Allocations: []pay.PaymentAllocation{{ID: number('a', 1), PaymentID: x.PaymentID, SubjectKind: pay.SubjectOrder, OrderID: &order, Currency: "EUR",
			AmountMinor: 1000, InFlightMinor: 1000}},
		Orders: []pay.Order{{ID: order, Debt: pay.Debt{Currency: "EUR", TotalMinor: 1000, InFlightMinor: 1000}}}}
	return s, x
}

// falls records a fact about the attempt as it was read, and falls over where it may.
func falls(t *testing.T, s *pay.State, asked pay.Transaction, f pay.Fact) (*pay.Routing, *pay.Error) {
	t.Helper()
	if err := s.Begin(); err != nil {
		t.Fatal(err)
	}
	if news, err := s.ApplyFact(asked.ID, f); err != nil || !news {
		t.Fatalf("the fact is no news: %t, %v", news, err)
	}
	routing := s.FallsOver(asked, f)
	if routing == nil {
		return nil, nil
	}
	refusal, err := s.FallOver(pay.Transaction{ID: number('t', 9), GatewayID: number('g', 2), Status: pay.TransactionCreated, RequestedMinor: 1000, Routing: routing})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Conclude(); err != nil {
		t.Fatal(err)
	}
	return routing, refusal
}

// TestFallsOver proves of each thing that can be known of an attempt whether another gateway
// may take over: only after the one answer to the one request, while somebody waits for it,
// and only if that says for certain that no money was taken, and that another may try.
func TestFallsOver(t *testing.T) {
	t.Parallel()
	notSent := pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorSystem, Message: "Not reached."}}
	token, method := "tok_1", number('m', 1)
	for name, c := range map[string]struct {
		before func(*pay.State, *pay.Transaction)
		fact   pay.Fact
		why    pay.RoutingOutcome
	}{
		"soft decline":            {nil, declined(&soft), pay.RoutingSoftDecline},
		"not sent":                {nil, notSent, pay.RoutingNotSent},
		"hard decline":            {nil, declined(&hard), ""},
		"declined, nobody knows":  {nil, declined(nil), ""},
		"unknown":                 {nil, pay.Fact{To: pay.TransactionUnknown}, ""},
		"waits for the payer":     {nil, pay.Fact{To: pay.TransactionRequiresAction, Action: &pay.TransactionAction{Type: pay.ActionOTP}}, ""},
		"pending":                 {nil, pay.Fact{To: pay.TransactionPending}, ""},
		"captured":                {nil, pay.Fact{To: pay.TransactionCaptured, AmountMinor: 1000}, ""},
		"cancelled":               {nil, pay.Fact{To: pay.TransactionCancelled}, ""},
		"was unknown":             {func(_ *pay.State, x *pay.Transaction) { x.Status = pay.TransactionUnknown }, declined(&soft), ""},
		"the payer acted":         {func(_ *pay.State, x *pay.Transaction) { x.Status = pay.TransactionRequiresAction }, declined(&soft), ""},
		"was asked about":         {func(_ *pay.State, x *pay.Transaction) { x.Checks = 1 }, declined(&soft), ""},
		"somebody else asks":      {func(_ *pay.State, x *pay.Transaction) { x.LeaseUntil = pay.FirstLease(exploreTime) }, declined(&soft), ""},
		"not sent, and they did":  {func(_ *pay.State, x *pay.Transaction) { x.LeaseUntil = pay.FirstLease(exploreTime) }, notSent, ""},
		"nobody chose by rules":   {func(_ *pay.State, x *pay.Transaction) { x.Routing = nil }, declined(&soft), ""},
		"none is left":            {func(_ *pay.State, x *pay.Transaction) { x.Routing.Candidates[1].Outcome = pay.RoutingDisabled }, declined(&soft), ""},
		"too many took over":      {func(_ *pay.State, x *pay.Transaction) { x.Routing.Fallback = pay.MaxFallbacks }, declined(&soft), ""},
		"a token of one gateway":  {func(_ *pay.State, x *pay.Transaction) { x.Token = &token }, declined(&soft), ""},
		"a method of one gateway": {func(_ *pay.State, x *pay.Transaction) { x.PaymentMethodID = &method }, declined(&soft), ""},
		"who asked is gone": {func(s *pay.State, x *pay.Transaction) {
			x.CreatedAt = exploreTime.Add(-pay.FalloverTime)
			x.Lease(x.CreatedAt)
		}, declined(&soft), ""},
		"just in time": {func(s *pay.State, x *pay.Transaction) {
			x.CreatedAt = exploreTime.Add(-pay.FalloverTime + 1)
			x.Lease(x.CreatedAt)
		}, declined(&soft), pay.RoutingSoftDecline},
	} {
		s, x := routedState(t)
		if c.before != nil {
			c.before(s, &x)
			s.Attempts[0] = x
		}
		if c.fact.Error != nil && c.fact.Error.Code == pay.ErrorSystem {
			c.fact.Lease = pay.FirstLease(x.CreatedAt)
		}
		routing, refusal := falls(t, s, x, c.fact)
		switch {
		case refusal != nil:
			t.Errorf("%s: refused: %v", name, refusal)
		case c.why == "" && (routing != nil || len(s.Attempts) != 1):
			t.Errorf("%s: another gateway takes over: %+v", name, routing)
		case c.why != "" && (routing == nil || routing.OutcomeOf(x.GatewayID) != c.why || *routing.FallbackOf != x.ID || routing.Fallback != 1 || len(s.Attempts) != 2):
			t.Errorf("%s: %+v, %d attempts", name, routing, len(s.Attempts))
		}
	}
}

// TestFallOverAsksOnce proves that what took over is counted in place of what failed, and
// that nothing takes over where the payment takes no more: the failure then stands alone.
func TestFallOverAsksOnce(t *testing.T) {
	t.Parallel()
	closed, now := pay.PaymentCancelled, exploreTime
	for name, c := range map[string]struct {
		before func(*pay.State)
		want   bool
	}{
		"nothing is in the way":              {nil, true},
		"the payment is closed":              {func(s *pay.State) { s.Payment.Closed = &closed }, false},
		"it is being called off":             {func(s *pay.State) { s.Payment.CancelRequestedAt = &now }, false},
		"its time is over":                   {func(s *pay.State) { s.Payment.ExpiresAt = &now }, false},
		"it is not active":                   {func(s *pay.State) { s.Payment.IsActive = false }, false},
		"the order was paid otherwise, late": {func(s *pay.State) { s.Orders[0].CapturedMinor = 1000 }, false},
		"a cent of it was":                   {func(s *pay.State) { s.Orders[0].CapturedMinor = 1 }, false},
		"it was, and went back":              {func(s *pay.State) { s.Orders[0].CapturedMinor, s.Orders[0].RefundedMinor = 1000, 1000 }, true},
	} {
		s, x := routedState(t)
		if c.before != nil {
			c.before(s)
		}
		_, refusal := falls(t, s, x, declined(&soft))
		inFlight, attempts := int64(0), 1
		if c.want {
			inFlight, attempts = 1000, 2
		}
		if (refusal == nil) != c.want || len(s.Attempts) != attempts || s.Payment.InFlightMinor != inFlight || s.Orders[0].InFlightMinor != inFlight ||
			s.Attempts[0].Status != pay.TransactionFailed {
			t.Errorf("%s: refused %v, %d attempts, in flight %d of the payment and %d of the order", name, refusal, len(s.Attempts), s.Payment.InFlightMinor, s.Orders[0].InFlightMinor)
		}
	}
}
