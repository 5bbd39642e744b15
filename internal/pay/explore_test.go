package pay_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// The exploration runs the real rules through every order of commands and facts
// that a small payment can live through, breadth first, and checks the invariants
// in every state that it reaches. A world is one such state.

var (
	exploreTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	gatewayOf   = uuid.MustParse("00000000-0000-7000-8000-0000000000aa")
	manualOf    = uuid.MustParse("00000000-0000-7000-8000-0000000000bb")
	explorer    = pay.Actor{ID: "test", Role: pay.RoleAdmin, Scopes: pay.Scopes()}
)

// number makes the n-th id of a sort, the same in every order of events.
func number(sort byte, n int) uuid.UUID {
	id := uuid.UUID{15: byte(n), 0: sort, 6: 0x70, 8: 0x80}
	return id
}

// newWorld is a payment of two orders, one of them for a minor unit, without
// attempts.
func (x exploration) newWorld() *pay.State {
	orders := []pay.Order{{ID: number('o', 1), Debt: pay.Debt{Currency: "EUR", TotalMinor: 1}}, {ID: number('o', 2), Debt: pay.Debt{Currency: "EUR", TotalMinor: x.final - 1}}}
	s := &pay.State{
		Payment: pay.Payment{ID: number('p', 1), Mode: pay.ModePayment, Currency: "EUR", IsActive: true, Status: pay.PaymentCreated,
			CustomerID: new(number('c', 1)), PaymentMethodID: new(number('m', 1)), RetriesLeft: x.retries, Sums: pay.Sums{TotalMinor: x.final, FinalMinor: x.final}},
		Orders: orders,
		Traits: map[uuid.UUID]pay.Traits{
			gatewayOf: {Gateway: pay.PaymentGateway{ID: gatewayOf, IsPartiallyRefundable: true}, Charges: true, Completes: true, Captures: true,
				Voids: true, Cancels: true, Refunds: true, CancelsRefunds: true, MultiCapture: x.multiCapture},
			manualOf: {Gateway: pay.PaymentGateway{ID: manualOf, Kind: pay.KindManual, IsPartiallyRefundable: true}},
		},
		SelfApproval: true, Actor: explorer, Now: exploreTime,
	}
	for i := range orders {
		s.Allocations = append(s.Allocations, pay.PaymentAllocation{ID: number('a', i), Position: i, SubjectKind: pay.SubjectOrder,
			OrderID: &orders[i].ID, Currency: "EUR", AmountMinor: orders[i].TotalMinor})
	}
	return s
}

// fork copies a world, ready for one more step.
func fork(s *pay.State) *pay.State {
	c := *s
	c.Allocations, c.Attempts = slices.Clone(s.Allocations), slices.Clone(s.Attempts)
	c.Operations, c.Refunds = slices.Clone(s.Operations), slices.Clone(s.Refunds)
	c.Orders, c.Invoices = slices.Clone(s.Orders), slices.Clone(s.Invoices)
	c.Events, c.CreditMinor, c.Ledger = nil, 0, nil
	if err := c.Begin(); err != nil {
		panic(err)
	}
	return &c
}

// key tells worlds apart by all that decides what can happen next. An operation
// or refund without a result may end in the same ways whatever it is called.
func key(s *pay.State) string {
	b := make([]byte, 0, 128)
	flag := func(set bool) {
		if set {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	minor := func(amounts ...int64) {
		for _, n := range amounts {
			b = append(b, byte(n))
		}
	}
	p := s.Payment
	flag(p.Closed != nil && *p.Closed == pay.PaymentExpired)
	flag(p.Closed != nil)
	flag(p.CancelRequestedAt != nil)
	flag(p.NextRetryAt != nil)
	minor(int64(p.RetriesLeft))
	for _, t := range s.Attempts {
		b = append(append(b, '|'), t.Status...)
		flag(t.GatewayID == manualOf)
		minor(t.RequestedMinor, t.HeldMinor, t.CapturedMinor, t.ConfirmedMinor, t.RefundedMinor, t.RefundPendingMinor, t.ToldRefundedMinor)
	}
	for _, a := range s.Allocations {
		minor(a.CapturedMinor, a.RefundedMinor, a.SurplusMinor)
	}
	for _, o := range s.Operations {
		b = append(append(b, '|'), o.Kind...)
		minor(int64(o.TransactionID[15]), o.AmountMinor, o.CapturedBeforeMinor)
		flag(o.IsFinal)
	}
	refunds := make([]string, 0, 4)
	for _, r := range s.Refunds { // of those asked for between two totals the order is the same
		kind := byte('f')
		switch {
		case r.IsExternal:
			kind = 'e'
		case r.Status.Open():
			kind = 'o'
		case r.SucceededOnce:
			kind = 's'
		}
		if r.Status == pay.RefundSucceeded {
			kind -= 'a' - 'A'
		}
		refunds = append(refunds, string([]byte{'|', r.TransactionID[15], byte(r.ToldBeforeMinor), kind, byte(r.AmountMinor)}))
	}
	slices.Sort(refunds)
	return string(b) + strings.Join(refunds, "")
}

// surplusStep approves money that nothing is left to be paid with.
const surplusStep = "approveManualPayment with surplus"

// step is one command or fact. A command that is refused is no step.
type step struct {
	name    string
	command bool
	world   *pay.State
}

// wide adds cases that take minutes; make explore sets it.
var wide = flag.Bool("explore", false, "explore larger payments too")

// exploration bounds a small case.
type exploration struct {
	// final is what is to be collected, in minor units.
	final        int64
	attempts     int
	retries      int
	multiCapture bool
	// totals has gateways tell what they gave back in all. What became of refunds explains
	// that, so it makes many more states.
	totals bool
	// bug plants a mistake.
	bug string
}

// steps lists everything that can happen in a world.
func (x exploration) steps(s *pay.State) (list []step) {
	try := func(name string, command bool, do func(*pay.State) bool) {
		w := fork(s)
		if !do(w) {
			return
		}
		if err := w.Conclude(); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		x.prune(w)
		list = append(list, step{name, command, w})
	}
	x.start(s, try)
	for _, t := range s.Attempts {
		x.onAttempt(t, s, try)
	}
	for _, o := range s.Operations {
		for _, to := range []pay.OperationStatus{pay.OperationSucceeded, pay.OperationFailed} {
			try("gateway ends "+string(o.Kind), false, func(w *pay.State) bool { return news(w.ApplyOperation(o.ID, pay.OperationFact{To: to})) })
		}
	}
	for _, r := range s.Refunds {
		for _, to := range []pay.RefundState{pay.RefundSucceeded, pay.RefundFailed} {
			try("gateway ends refund", false, func(w *pay.State) bool { return news(w.ApplyRefund(r.ID, pay.RefundFact{To: to})) })
		}
	}
	try("cancelPayment", true, func(w *pay.State) bool {
		n := 0
		_, refusal := w.Cancel(func(uuid.UUID) uuid.UUID { n++; return number('x', 10+n) })
		return refusal == nil
	})
	try("expire", false, func(w *pay.State) bool {
		w.Payment.ExpiresAt = &exploreTime
		n := 0
		_, ok := w.Expire(func(uuid.UUID) uuid.UUID { n++; return number('x', 10+n) })
		return ok
	})
	return list
}

func (x exploration) start(s *pay.State, try func(string, bool, func(*pay.State) bool)) {
	if len(s.Attempts) >= x.attempts {
		return
	}
	id := number('t', len(s.Attempts)+1)
	most, refusal := s.MayProcess(false) // what it refuses needs no trying
	if x.bug == "room" {
		most, refusal = x.final, nil
	}
	for q := int64(1); refusal == nil && q <= most; q++ {
		try("processPayment", true, func(w *pay.State) bool {
			t := pay.Transaction{ID: id, GatewayID: gatewayOf, Status: pay.TransactionCreated, RequestedMinor: q, PaymentMethodID: new(number('m', 1))}
			if x.bug == "room" {
				w.AddAttemptUnguarded(t)
				return w.Payment.Closed == nil && w.Payment.RefundedMinor+w.Payment.RefundPendingMinor == 0
			}
			refusal, err := w.StartAttempt(t)
			return refusal == nil && err == nil
		})
	}
	for q := int64(1); q <= x.final && s.Payment.Closed == nil; q++ {
		try("submitManualPayment", true, func(w *pay.State) bool {
			return w.Submit(pay.Transaction{ID: id, GatewayID: manualOf, RequestedMinor: q}) == nil
		})
	}
}

func (x exploration) onAttempt(t pay.Transaction, s *pay.State, try func(string, bool, func(*pay.State) bool)) {
	fact := func(f pay.Fact) {
		try("gateway says "+string(f.To), false, func(w *pay.State) bool { return news(w.ApplyFact(t.ID, f)) })
	}
	if t.GatewayID == gatewayOf {
		for _, to := range []pay.TransactionStatus{"REQUIRES_ACTION", "PENDING", "UNKNOWN", "FAILED", "DROPPED", "CANCELLED", "VOIDED", "EXPIRED"} {
			fact(pay.Fact{To: to, Action: &pay.TransactionAction{Type: pay.ActionOTP},
				Error: &pay.TransactionError{Code: pay.ErrorDeclined, DeclineType: new(pay.SoftDecline)}})
		}
		fact(pay.Fact{To: pay.TransactionUnknown, Answered: true})
		for n := int64(1); n <= t.RequestedMinor; n++ {
			fact(pay.Fact{To: pay.TransactionAuthorized, AmountMinor: n})
			fact(pay.Fact{To: pay.TransactionCaptured, AmountMinor: n})
		}
	}
	fact(pay.Fact{To: pay.TransactionConfirmed, AmountMinor: t.CapturedMinor})
	for n := t.ToldRefundedMinor + 1; n <= t.CapturedMinor && x.totals; n++ {
		try("refunded outside", false, func(w *pay.State) bool {
			_, err := w.ExternalRefund(t.ID, n)
			return err == nil
		})
	}
	ours := slices.DeleteFunc(slices.Clone(s.Refunds), func(r pay.Refund) bool { return r.IsExternal })
	for n := int64(1); n <= t.CapturedMinor && len(ours) < 2; n++ {
		try("refundPayment", true, func(w *pay.State) bool { return x.refund(w, t, n) })
	}
	for n := int64(1); n <= x.final && t.Status == pay.TransactionPendingApproval; n++ {
		try("approveManualPayment", true, func(w *pay.State) bool { return w.Approve(t.ID, n, false) == nil })
		if most, refusal := s.MayApprove(t.ID, false); refusal != nil || n > most { // else it is the same
			try(surplusStep, true, func(w *pay.State) bool { return w.Approve(t.ID, n, true) == nil })
		}
	}
	for n := int64(1); n <= t.HeldMinor; n++ {
		for _, final := range []bool{true, false} {
			try("captureTransaction", true, func(w *pay.State) bool {
				id := number('x', int(t.ID[15]))
				if x.bug == "capture" && t.HeldMinor >= n && len(s.Operations) == 0 {
					w.CaptureUnguarded(t.ID, id, n, final)
					return true
				}
				return w.Capture(t.ID, id, &n, final) == nil
			})
		}
	}
	id := number('x', int(t.ID[15]))
	try("voidTransaction", true, func(w *pay.State) bool { return w.Void(t.ID, id) == nil })
	try("cancelTransaction", true, func(w *pay.State) bool { return w.CancelAttempt(t.ID, id) == nil })
	if t.Status != pay.TransactionPendingApproval {
		return
	}
	try("rejectManualPayment", true, func(w *pay.State) bool { return w.Reject(t.ID, "no") == nil })
	try("withdrawManualPayment", true, func(w *pay.State) bool { return w.Withdraw(t.ID) == nil })
}

func (x exploration) refund(w *pay.State, t pay.Transaction, minor int64) bool {
	planned := w
	if x.bug == "refund" { // the guard forgets what other refunds reserved
		planned = fork(w)
		planned.Attempt(t.ID).RefundPendingMinor = 0
	}
	parts, refusal := planned.PlanRefund(pay.RefundWish{AmountMinor: &minor, TransactionID: &t.ID, ManualReference: new("slip")})
	if refusal != nil {
		return false
	}
	for _, part := range parts {
		r := pay.Refund{ID: number('r', len(w.Refunds)+1), TransactionID: part.TransactionID, AmountMinor: part.AmountMinor, Method: part.Method}
		if w.Reserve([]pay.Refund{r}) != nil {
			return false
		}
	}
	return true
}

func news(changed bool, err error) bool { return changed && err == nil }

// prune forgets what has a result, as far as its effect is in the amounts.
func (x exploration) prune(s *pay.State) {
	s.Operations = slices.DeleteFunc(s.Operations, func(o pay.Operation) bool { return !o.Status.Open() })
	s.Refunds = slices.DeleteFunc(s.Refunds, func(r pay.Refund) bool {
		explains := x.totals && r.Method == pay.RefundOriginal && !(r.IsExternal && r.Status == pay.RefundCancelled)
		return !r.Status.Open() && !explains
	})
	for i := range s.Refunds { // numbers come free
		s.Refunds[i].ID = number('r', i+1)
	}
}

// faults lists the invariants that a world breaks.
func faults(s *pay.State) (list []string) {
	check := func(holds bool, invariant string) {
		if !holds {
			list = append(list, invariant)
		}
	}
	p := s.Payment
	check(p.RefundedMinor <= p.CapturedMinor && p.ConfirmedMinor <= p.CapturedMinor, "refunded or confirmed above captured")
	for _, t := range s.Attempts {
		check(min(t.HeldMinor, t.CapturedMinor, t.ConfirmedMinor, t.RefundedMinor, t.RefundPendingMinor) >= 0, "negative amount")
		check(t.HeldMinor+t.CapturedMinor <= t.RequestedMinor, "held and captured above requested")
		check(t.RefundedMinor <= t.CapturedMinor, "attempt gave back more than it captured")
		check(0 <= t.UnexplainedMinor && t.UnexplainedMinor <= t.ToldRefundedMinor, "more is unexplained than was told")
		check(t.IsMismatch || t.RefundedMinor+t.RefundPendingMinor >= min(t.ToldRefundedMinor, t.CapturedMinor), "more was given back than is booked")
		check(t.Status.InFlight() == false || t.HeldMinor+t.CapturedMinor == 0, "an attempt without a result has money")
		check(!slices.Contains(ended, t.Status) || t.HeldMinor == 0, "an ended attempt holds money")
	}
	var captured, refunded int64
	for i, a := range s.Allocations {
		captured, refunded = captured+a.CapturedMinor, refunded+a.RefundedMinor
		o := s.Orders[i]
		check(o.CapturedMinor == a.CapturedMinor && o.RefundedMinor == a.RefundedMinor, "order and allocation differ")
		check(min(o.InFlightMinor, o.HeldMinor, o.CapturedMinor, o.RefundedMinor) >= 0 && o.RefundedMinor <= o.CapturedMinor, "order amounts")
	}
	check(captured == p.CapturedMinor && refunded == p.RefundedMinor, "allocations do not add up to the payment")
	var held, asked int64
	for _, o := range s.Orders {
		held, asked = held+o.HeldMinor, asked+o.InFlightMinor
	}
	check(held == p.HeldMinor && asked == p.InFlightMinor, "orders do not add up to the payment")
	return list
}

// faultsOf lists what a command must not do, whatever facts may.
func faultsOf(before *pay.State, st step) (list []string) {
	a, b := before.Payment, st.world.Payment
	check := func(holds bool, invariant string) {
		if !holds {
			list = append(list, st.name+": "+invariant)
		}
	}
	if a.Closed != nil {
		check(b.Closed != nil, "a closed payment opened")
	}
	if a.Closed == nil && b.Closed != nil {
		check(b.HeldMinor+b.InFlightMinor+b.CapturedMinor == 0, "closed with money")
	}
	if !st.command {
		return list
	}
	if st.name == surplusStep {
		check(b.CapturedMinor > a.CapturedMinor && b.HeldMinor+b.InFlightMinor == a.HeldMinor+a.InFlightMinor, "took no money, or asked for some")
		over := b.CapturedMinor-b.RefundedMinor > b.FinalMinor
		check(slices.Contains(b.Attention, pay.AttentionOverpaid) == over, "nobody is told of surplus")
		check(!over || b.SurplusMinor-b.RefundedMinor >= b.CapturedMinor-b.RefundedMinor-b.FinalMinor, "surplus is not booked as such")
		return list
	}
	all := func(p pay.Payment) int64 { return p.HeldMinor + p.CapturedMinor + p.InFlightMinor }
	check(all(b) <= max(before.Payment.FinalMinor, all(a)), "over-collects")
	var taking int64
	for _, o := range st.world.Operations {
		if o.Kind == pay.OperationCapture {
			taking += o.AmountMinor
		}
	}
	check(!strings.HasPrefix(st.name, "capture") || b.CapturedMinor+taking <= max(before.Payment.FinalMinor, a.CapturedMinor), "over-captures")
	check(b.CapturedMinor <= max(before.Payment.FinalMinor, a.CapturedMinor), "captures above what is to be collected")
	for i, t := range st.world.Attempts {
		if i < len(before.Attempts) && t.RefundPendingMinor > before.Attempts[i].RefundPendingMinor {
			check(t.RefundedMinor+t.RefundPendingMinor <= t.CapturedMinor, "over-refunds")
		}
	}
	return list
}

type report struct {
	states      int
	headlines   map[pay.PaymentStatus]bool
	transitions map[string]bool
	faults      map[string]int
}

func (x exploration) run() report {
	r := report{headlines: map[pay.PaymentStatus]bool{}, transitions: map[string]bool{}, faults: map[string]int{}}
	first := x.newWorld()
	seen, queue := map[string]bool{key(first): true}, []*pay.State{first}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		r.headlines[s.Payment.Status] = true
		for _, st := range x.steps(s) {
			for _, fault := range append(faults(st.world), faultsOf(s, st)...) {
				r.faults[fault]++
			}
			if a, b := s.Payment.Status, st.world.Payment.Status; a != b {
				r.transitions[string(a)+" → "+string(b)] = true
			}
			if k := key(st.world); !seen[k] {
				seen[k] = true
				queue = append(queue, st.world)
			}
		}
	}
	r.states = len(seen)
	return r
}

// TestExploration proves the invariants for every order of events of small
// payments.
func TestExploration(t *testing.T) {
	t.Parallel()
	cases := []exploration{{final: 3, attempts: 1, multiCapture: true}, {final: 1, attempts: 2, retries: 1}, {final: 2, attempts: 1, multiCapture: true, totals: true}}
	if *wide {
		cases = append(cases, exploration{final: 2, attempts: 2, retries: 1}, exploration{final: 6, attempts: 1, multiCapture: true}, exploration{final: 3, attempts: 2, retries: 1},
			exploration{final: 1, attempts: 3, retries: 1}, exploration{final: 3, attempts: 1, multiCapture: true, totals: true}, exploration{final: 1, attempts: 2, totals: true})
	}
	for _, x := range cases {
		began := time.Now()
		r := x.run()
		t.Logf("%+v: %d states, %d headlines, %d transitions in %v", x, r.states, len(r.headlines), len(r.transitions), time.Since(began).Round(time.Millisecond))
		for fault, n := range r.faults {
			t.Errorf("%+v: %s, %d times", x, fault, n)
		}
	}
}

// TestExplorationFindsBugs proves that the exploration notices when a guard is
// left out.
func TestExplorationFindsBugs(t *testing.T) {
	t.Parallel()
	for bug, fault := range map[string]string{"refund": "over-refunds", "capture": "captures", "room": "over-collects"} {
		r := exploration{final: 1, attempts: 2, bug: bug}.run()
		found := 0
		for name, n := range r.faults {
			if strings.Contains(name, fault) {
				found += n
			}
		}
		t.Logf("%s: %d breaches in %d states", bug, found, r.states)
		if found == 0 {
			t.Errorf("the bug %s is not noticed: %v", bug, r.faults)
		}
	}
}
