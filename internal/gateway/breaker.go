package gateway

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// When a breaker opens, and for how long.
const (
	// BreakerWindow is how long an outcome counts, and breakerMemory how many do.
	BreakerWindow = time.Minute
	breakerMemory = 20
	// BreakerFailures is how many failures open it at least, if they are half of what
	// counts or more.
	BreakerFailures = 5
	// BreakerPause is how long it stays open before one attempt tries the gateway again,
	// and how long others wait for what comes of that.
	BreakerPause = 30 * time.Second
	// MaxBreakers bounds the memory: beyond it those with nothing to remember go, and
	// where all remember something no other gateway gets one.
	MaxBreakers = 10_000
)

// BreakerChange says what became of a breaker; nothing where it stayed as it was.
type BreakerChange string

// The changes.
const (
	BreakerOpened BreakerChange = "OPENED"
	BreakerClosed BreakerChange = "CLOSED"
)

// BreakerKey names a gateway of a tenant.
type BreakerKey struct{ Tenant, Gateway uuid.UUID }

// Breakers remember of each gateway whether it failed too often of late to be preferred.
// They are of this process only, and know nothing of money: they say where a new attempt
// is better sent, and decide nothing about one that was made.
type Breakers struct {
	mu   sync.Mutex
	each map[BreakerKey]*breaker
}

// breaker is closed while openUntil is zero.
type breaker struct {
	// recent are the outcomes that may count, oldest first.
	recent    []callOutcome
	openUntil time.Time
}

type callOutcome struct {
	at     time.Time
	failed bool
}

// NewBreakers returns breakers that are all closed.
func NewBreakers() *Breakers { return &Breakers{each: map[BreakerKey]*breaker{}} }

// Record counts what came of asking a gateway for money at a time: failed says that it was
// not reached, took no more requests or gave no answer. Declines are answers. Any answer
// closes an open breaker.
func (b *Breakers) Record(k BreakerKey, failed bool, now time.Time) (changed BreakerChange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.each[k]
	if one == nil {
		if b.forget(now); len(b.each) >= MaxBreakers {
			return ""
		}
		one = &breaker{}
		b.each[k] = one
	}
	switch {
	case !one.openUntil.IsZero() && failed:
		one.openUntil = now.Add(BreakerPause)
		return ""
	case !one.openUntil.IsZero():
		*one, changed = breaker{}, BreakerClosed
	}
	one.recent = append(one.counting(now), callOutcome{now, failed})
	if len(one.recent) > breakerMemory {
		one.recent = one.recent[1:]
	}
	failures := 0
	for _, o := range one.recent {
		if o.failed {
			failures++
		}
	}
	if failures >= BreakerFailures && 2*failures >= len(one.recent) {
		*one, changed = breaker{openUntil: now.Add(BreakerPause)}, BreakerOpened
	}
	return changed
}

// MayTry is what Try would say, and takes nobody's turn.
func (b *Breakers) MayTry(k BreakerKey, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.each[k].mayTry(now)
}

// Try says whether an attempt may be sent to the gateway by choice. Of those that ask once
// an open breaker's pause is over one may, and the others wait another pause for what
// comes of it: a gateway that is just back is not overrun, and a try that never came to
// anything, because its process died, holds nobody up.
func (b *Breakers) Try(k BreakerKey, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.each[k]
	may := one.mayTry(now)
	if may && one.isOpen() {
		one.openUntil = now.Add(BreakerPause)
	}
	return may
}

func (b *breaker) isOpen() bool { return b != nil && !b.openUntil.IsZero() }

func (b *breaker) mayTry(now time.Time) bool { return !b.isOpen() || !now.Before(b.openUntil) }

// counting are the outcomes that still count.
func (b *breaker) counting(now time.Time) []callOutcome {
	for i, o := range b.recent {
		if now.Sub(o.at) < BreakerWindow {
			return b.recent[i:]
		}
	}
	return nil
}

// forget makes room where there are many: a closed breaker without outcomes that count is
// as good as none, and so is one that nobody tried since its pause.
func (b *Breakers) forget(now time.Time) {
	if len(b.each) < MaxBreakers {
		return
	}
	for k, one := range b.each {
		if len(one.counting(now)) == 0 && now.After(one.openUntil.Add(BreakerWindow)) {
			delete(b.each, k)
		}
	}
}
