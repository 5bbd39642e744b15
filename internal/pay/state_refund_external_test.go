package pay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// told is one report of a gateway in a story.
type told struct {
	// total is what was given back in all, or zero.
	total int64
	// captured is what was captured in all, or zero.
	captured int64
	// refund is the refund of ours that became so, at a minute of the provider's clock.
	refund uuid.UUID
	to     pay.RefundState
	minute int
}

func (r told) tell(t *testing.T, s *pay.State, attempt uuid.UUID) {
	t.Helper()
	var err error
	switch {
	case r.total > 0:
		_, err = s.ExternalRefund(attempt, r.total)
	case r.captured > 0:
		_, err = s.ApplyFact(attempt, pay.Fact{To: pay.TransactionCaptured, AmountMinor: r.captured, HeldMinor: new(10 - r.captured)})
	default:
		_, err = s.ApplyRefund(r.refund, pay.RefundFact{To: r.to, At: new(exploreTime.Add(time.Duration(r.minute) * time.Minute))})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ourRefunds begins a payment of which 5 or all 10 are captured, with refunds of every way
// in random amounts and a total that may be told between them.
func ourRefunds(t *testing.T, random *rand.Rand) (*pay.State, uuid.UUID) {
	t.Helper()
	s, id := settledWorld(t, 0)
	told{captured: []int64{5, 10}[random.IntN(2)]}.tell(t, s, id)
	for n := range 1 + random.IntN(3) {
		wish := pay.RefundWish{AmountMinor: new(1 + random.Int64N(6)), ManualReference: new(fmt.Sprint("slip ", n)),
			Method: new([]pay.RefundMethod{pay.RefundOriginal, pay.RefundOriginal, pay.RefundManual, pay.RefundStoreCredit}[random.IntN(4)])}
		s = concluded(t, s)
		if parts, refusal := s.PlanRefund(wish); refusal == nil {
			r := pay.Refund{ID: number('r', n), TransactionID: id, AmountMinor: parts[0].AmountMinor, Method: parts[0].Method}
			if err := s.Reserve([]pay.Refund{r}); err != nil {
				t.Fatal(err)
			}
		}
		if s = concluded(t, s); random.IntN(4) == 0 {
			told{total: 1 + random.Int64N(8)}.tell(t, s, id)
		}
	}
	return concluded(t, s), id
}

func concluded(t *testing.T, s *pay.State) *pay.State {
	t.Helper()
	if err := s.Conclude(); err != nil {
		t.Fatal(err)
	}
	return fork(s)
}

// randomReports are totals, a capture and what became of our refunds, several times.
func randomReports(random *rand.Rand, s *pay.State) (list []told) {
	if random.IntN(2) == 0 {
		list = append(list, told{captured: 10})
	}
	for range 1 + random.IntN(2) {
		list = append(list, told{total: 1 + random.Int64N(11)})
	}
	for _, r := range s.Refunds {
		for range random.IntN(3) {
			if !r.IsExternal && r.Method == pay.RefundOriginal && len(list) < 5 {
				list = append(list, told{refund: r.ID, to: []pay.RefundState{pay.RefundSucceeded, pay.RefundFailed}[random.IntN(2)], minute: len(list)})
			}
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// moneyOf is where the money of an attempt stands, and what a person is told of it.
func moneyOf(s *pay.State, id uuid.UUID) string {
	a := s.Attempt(id)
	text := fmt.Sprint(a.CapturedMinor, a.RefundedMinor, a.RefundPendingMinor, a.UnexplainedMinor, a.IsMismatch, s.Payment.Status, s.Payment.RefundStatus, s.Payment.Attention)
	for _, r := range s.Refunds {
		if !r.IsExternal {
			text += fmt.Sprint(" ", r.Status)
		}
	}
	return text
}

// wantBack is what an attempt has given back in the end, reckoned from all reports at
// once, and how much of that a person must look at.
func wantBack(s *pay.State, id uuid.UUID, begun *pay.State, list []told) (minor, unexplained int64) {
	captured, total := begun.Attempt(id).CapturedMinor, begun.Attempt(id).ToldRefundedMinor
	for _, r := range list {
		captured, total = max(captured, r.captured), max(total, r.total)
	}
	var back, pending, ours, asked, external, sure int64
	for _, r := range s.Refunds {
		if r.IsExternal {
			continue
		}
		if r.Status == pay.RefundSucceeded {
			back += r.AmountMinor
		}
		if r.Status.Open() {
			pending += r.AmountMinor
		}
		if r.Method == pay.RefundOriginal {
			external, sure = max(external, r.ToldBeforeMinor-ours), max(sure, r.ToldBeforeMinor-asked)
			asked += r.AmountMinor
			if r.Status.Open() || slices.ContainsFunc(list, func(x told) bool { return x.refund == r.ID && x.to == pay.RefundSucceeded }) {
				ours += r.AmountMinor
			}
		}
	}
	external, sure = max(external, total-ours), max(sure, total-asked)
	booked := min(external, captured-back-pending)
	return back + booked, external - min(sure, booked)
}

// TestOrderOfTotals proves that what a gateway tells that it gave back in all comes to the
// same beside our own refunds, in whatever order it is told and what becomes of them, also
// where it captures more meanwhile: the money, the books, and what a person must look at.
func TestOrderOfTotals(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		begun, id := ourRefunds(t, random)
		list := randomReports(random, begun)
		first := ""
		for _, order := range orders(len(list)) {
			s := fork(begun)
			books := map[pay.LedgerAccountKind]int64{}
			for _, n := range order {
				list[n].tell(t, s, id)
				if err := s.Conclude(); err != nil {
					t.Fatal(err)
				}
				for _, e := range s.Ledger {
					books[e.DebitKind] += e.AmountMinor
					books[e.CreditKind] -= e.AmountMinor
				}
				s = fork(s)
			}
			for kind, minor := range books {
				if minor == 0 {
					delete(books, kind)
				}
			}
			got := fmt.Sprint(moneyOf(s, id), books)
			back, unexplained := wantBack(s, id, begun, list)
			if a := s.Attempt(id); a.RefundedMinor != back || a.UnexplainedMinor != unexplained || first != "" && got != first {
				t.Fatalf("%+v, of refunds %+v, in order %v: %s, want %d given back, %d unexplained, and %s", list, begun.Refunds, order, got, back, unexplained, first)
			}
			first = got
		}
	}
}

// orders are all orders of the numbers below n.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, rest := range orders(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(rest), i, n-1))
		}
	}
	return all
}
