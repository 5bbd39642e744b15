package pay

import (
	"slices"
	"time"
)

// Asking is when the program looks at something again by itself: at an attempt,
// operation or refund whose result is not known, and at one that ends by a date.
type Asking struct {
	// LeaseUntil is how long the process that sent a request may still be waiting
	// for its answer (UTC); before it nobody else asks.
	LeaseUntil time.Time
	// WakeAt is when to look again (UTC); null when there is no reason to.
	WakeAt *time.Time
	// Checks counts how often the gateway was asked for a result.
	Checks int
}

// The waits before an outcome is asked for again. An unknown one is asked for
// soon, because a payer waits, and for a day at least every ten minutes: when a
// provider is back after hours, what hung on it must not hang for hours more. A
// pending one takes the time that banks take.
var (
	unknownWaits = slices.Concat([]time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute},
		slices.Repeat([]time.Duration{10 * time.Minute}, 144), []time.Duration{time.Hour})
	pendingWaits = []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
)

// How long things stay open that a gateway set no end for.
const (
	// ActionTTL is how long a payer has for an OTP, a redirect or a drop-in.
	ActionTTL = 24 * time.Hour
	// HoldTTL is how long an authorization lasts; card schemes give about a week.
	HoldTTL = 7 * 24 * time.Hour
	// ApprovalTTL is how long a manual payment may wait before it is overdue.
	ApprovalTTL = 3 * 24 * time.Hour
)

// wait sets the next look after waits[Checks], the last of them for ever.
func (a *Asking) wait(waits []time.Duration, now time.Time) {
	a.wakeAt(now.Add(waits[min(a.Checks, len(waits)-1)]))
}

func (a *Asking) wakeAt(at time.Time) { a.WakeAt = &at }

// rest ends the looking.
func (a *Asking) rest() { a.WakeAt, a.Checks = nil, 0 }

// CallDeadline is how long a gateway is waited for at most.
const CallDeadline = 20 * time.Second

// LeaseLength is how long others keep from asking: longer than a call that is
// still waiting for its answer can last, with the time to record it. What a killed
// process was at is taken up again after that, within half a minute.
const LeaseLength = CallDeadline + 6*time.Second

// FirstLease is how long the lease lasts of who makes something at a time and sends it.
func FirstLease(created time.Time) time.Time { return created.Add(LeaseLength) }

// Lease keeps others from asking while a call may last; from then on they do.
func (a *Asking) Lease(now time.Time) {
	a.LeaseUntil = FirstLease(now)
	a.wakeAt(a.LeaseUntil)
}

// take gives the lease to who is about to ask for the second time what may never have
// been sent, and says no while somebody else has it. That the first request was not sent
// is no evidence from then on: see lost.
func (a *Asking) take(now time.Time) bool {
	if now.Before(a.LeaseUntil) {
		return false
	}
	a.Lease(now)
	return true
}

// lost says that the lease is not any more the one under which a request was sent.
// Somebody else has asked since, or is asking: a process that stood still in between
// must not conclude from its own request what became of theirs.
func (a Asking) lost(lease time.Time) bool { return !lease.IsZero() && !a.LeaseUntil.Equal(lease) }
