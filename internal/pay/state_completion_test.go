package pay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// waitingWorld is a payment of 10 minor units with one attempt that waits for a code.
func waitingWorld(t *testing.T) (*pay.State, uuid.UUID) {
	t.Helper()
	s, id := settledWorld(t, 0)
	if _, err := s.ApplyFact(id, pay.Fact{To: pay.TransactionRequiresAction, Action: &pay.TransactionAction{Type: pay.ActionOTP}}); err != nil {
		t.Fatal(err)
	}
	return conclude(t, s), id
}

// conclude ends a change, and begins the next.
func conclude(t *testing.T, s *pay.State) *pay.State {
	t.Helper()
	if err := s.Conclude(); err != nil {
		t.Fatal(err)
	}
	return fork(s)
}

// TestWaitsForPayer proves that an attempt goes on waiting for the payer whatever reports
// cannot be about it and whatever its gateway leaves unsaid, and that a person is told of
// the former until there is a result.
func TestWaitsForPayer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tell  func(*pay.State, uuid.UUID) error
		wants bool
	}{
		"an inquiry without an answer": {func(s *pay.State, id uuid.UUID) error {
			_, err := s.ApplyFact(id, pay.Fact{To: pay.TransactionUnknown})
			return err
		}, false},
		"a report of too much": {func(s *pay.State, id uuid.UUID) error {
			outcome, _, err := s.Count(id, pay.Report{Fact: &pay.Fact{To: pay.TransactionCaptured, AmountMinor: 999}}, false)
			if outcome != pay.WebhookMismatch {
				t.Errorf("it is %s", outcome)
			}
			return err
		}, true},
		"a report in another currency": {func(s *pay.State, id uuid.UUID) error {
			_, _, err := s.Count(id, pay.Report{Fact: &pay.Fact{To: pay.TransactionPending}, Currency: ptr(s.Payment.Currency + "X")}, false)
			return err
		}, true},
	} {
		s, id := waitingWorld(t)
		if err := c.tell(s, id); err != nil {
			t.Fatal(err)
		}
		s = conclude(t, s)
		x := s.Attempt(id)
		if x.Status != pay.TransactionRequiresAction || x.IsAnswered || x.WakeAt == nil || !x.WakeAt.Equal(*x.ActionExpiresAt) {
			t.Errorf("%s: %+v", name, x)
		}
		if refusal := s.MayComplete(id); refusal != nil {
			t.Errorf("%s: the payer may not answer: %v", name, refusal)
		}
		calls := func() bool { return slices.Contains(s.Payment.Attention, pay.AttentionAmountMismatch) }
		for _, to := range []pay.TransactionStatus{pay.TransactionPending, pay.TransactionUnknown, pay.TransactionCaptured} {
			if calls() != c.wants {
				t.Errorf("%s, before %s: attention %v", name, to, s.Payment.Attention)
			}
			if _, err := s.ApplyFact(id, pay.Fact{To: to, AmountMinor: 10}); err != nil {
				t.Fatal(err)
			}
			s = conclude(t, s)
		}
		if calls() != c.wants {
			t.Errorf("%s: attention %v once the money is there", name, s.Payment.Attention)
		}
	}
}

// TestAnswered proves that only what came of the payer's answer can be unknown of an attempt
// that waits for it, and that who must act anew has not answered.
func TestAnswered(t *testing.T) {
	t.Parallel()
	s, id := waitingWorld(t)
	for _, step := range []struct {
		fact     pay.Fact
		answered bool
	}{
		{pay.Fact{To: pay.TransactionUnknown, Answered: true}, true},
		{pay.Fact{To: pay.TransactionPending}, true},
		{pay.Fact{To: pay.TransactionRequiresAction}, false},
		{pay.Fact{To: pay.TransactionPending}, false},
		{pay.Fact{To: pay.TransactionUnknown}, false},
		{pay.Fact{To: pay.TransactionRequiresAction, Answered: true}, true}, // the next step after the answer
		{pay.Fact{To: pay.TransactionCaptured, AmountMinor: 10, Answered: true}, true},
	} {
		if _, err := s.ApplyFact(id, step.fact); err != nil {
			t.Fatal(err)
		}
		s = conclude(t, s)
		if x := s.Attempt(id); x.Status != step.fact.To || x.IsAnswered != step.answered {
			t.Errorf("after %+v it is %s, answered %v", step.fact, x.Status, x.IsAnswered)
		}
	}
}

// TestAskLater proves that an attempt whose payer's time is over is not called off before
// its gateway has said that it still waits.
func TestAskLater(t *testing.T) {
	t.Parallel()
	s, id := waitingWorld(t)
	if s.AskLater(id) {
		t.Error("it is asked about before its time")
	}
	s.Now = *s.Attempt(id).ActionExpiresAt
	if !s.AskLater(id) || s.WakeAttempt(id, number('x', 1)) {
		t.Error("nothing was said, and it is called off")
	}
	if at := s.Attempt(id).WakeAt; at == nil || !at.Equal(s.Now.Add(5*time.Second)) {
		t.Errorf("it is looked at again at %v", at)
	}
	s.Now = s.Now.Add(5 * time.Second)
	if !s.WakeAttempt(id, number('x', 1)) {
		t.Error("the gateway says that it waits, and it is not called off")
	}
}
