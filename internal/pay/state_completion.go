package pay

import (
	"time"

	"github.com/google/uuid"
)

// MaxActionTries bounds the wrong codes of one attempt; after them it is called off and has
// failed, because a code of six digits can be guessed. What payers come back from a provider
// with cannot: whoever changes that, or comes back too early, must not end the attempt.
const MaxActionTries = 5

// IsGuessed says that too many wrong codes were given.
func (t Transaction) IsGuessed() bool {
	return t.ActionType != nil && *t.ActionType == ActionOTP && t.ActionTries >= MaxActionTries
}

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

// WrongAnswer counts an answer that the gateway refused.
func (s *State) WrongAnswer(id uuid.UUID, lease time.Time) {
	s.Attempt(id).ActionTries++
	s.EndCompletion(id, lease)
}
