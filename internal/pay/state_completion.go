package pay

import (
	"time"

	"github.com/google/uuid"
)

// MaxActionTries bounds the wrong answers to one action; after them the attempt is
// called off and has failed, because a code of six digits can be guessed.
const MaxActionTries = 5

const tooManyTries = "Too many wrong codes were given."

// BeginCompletion notes that the payer's answer is on its way to the gateway, so
// that no second one overtakes it.
func (s *State) BeginCompletion(id uuid.UUID) *Error {
	if refusal := s.MayComplete(id); refusal != nil {
		return refusal
	}
	t := s.Attempt(id)
	t.Lease(s.Now)
	s.note(EventActionAnswered, &t.ID, t.RequestedMinor)
	return nil
}

// EndCompletion lets the payer answer again: the action stands as before. Where
// another answer is on its way by now, that one is waited for.
func (s *State) EndCompletion(id uuid.UUID, lease time.Time) {
	t := s.Attempt(id)
	if t.Status == TransactionRequiresAction && !t.lost(lease) {
		t.LeaseUntil = s.Now
		t.applyWaits(s.Now)
	}
}

// WrongAnswer counts an answer that the gateway refused, and says how many there
// were.
func (s *State) WrongAnswer(id uuid.UUID, lease time.Time) int {
	t := s.Attempt(id)
	t.ActionTries++
	s.EndCompletion(id, lease)
	return t.ActionTries
}
