package pay_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestTakeAttempt proves that only an attempt without any answer, whose lease is over, is
// sent again: one that failed because it was not sent must not be sent after all by who
// read it before.
func TestTakeAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status pay.TransactionStatus
		leased bool
		want   bool
	}{
		"no answer":         {pay.TransactionCreated, false, true},
		"somebody asks":     {pay.TransactionCreated, true, false},
		"failed meanwhile":  {pay.TransactionFailed, false, false},
		"unknown meanwhile": {pay.TransactionUnknown, false, false},
	} {
		id := number('t', 1)
		x := pay.Transaction{ID: id, Status: c.status}
		if x.LeaseUntil = exploreTime; c.leased {
			x.LeaseUntil = pay.FirstLease(exploreTime)
		}
		s := &pay.State{Attempts: []pay.Transaction{x}, Now: exploreTime}
		if got := s.TakeAttempt(id); got != c.want || s.TakeAttempt(id) {
			t.Errorf("%s: %t, want %t and then no", name, got, c.want)
		}
	}
}
