package pay

import "github.com/google/uuid"

// The unguarded halves of commands, for tests that prove that leaving a guard out
// is noticed.

// AddAttemptUnguarded is StartAttempt without MayProcess.
func (s *State) AddAttemptUnguarded(t Transaction) { s.addAttempt(t) }

// CaptureUnguarded is Capture without MayCapture.
func (s *State) CaptureUnguarded(id, operation uuid.UUID, minor int64, final bool) {
	s.operate(s.Attempt(id), operation, OperationCapture, minor, final)
}
