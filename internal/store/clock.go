package store

import (
	"context"
	"sync"
	"time"
)

// Clock tells the database's time, which all processes share: leases and dates must not
// depend on whose machine's clock is right. Every transaction is told the time as it
// begins; in between the clock goes on by the machine's own, of which only differences
// count. So a machine whose clock is wrong does no harm, and one whose clock jumps is
// right again with the next transaction.
type Clock struct {
	// local is the machine's clock. That of the system goes on evenly (its monotonic
	// reading), whatever is done to the time of day.
	local func() time.Time

	mu   sync.Mutex
	base time.Time // by the database, when the local clock showed at
	at   time.Time
}

// precision is how far the clock may be off without being set: less than that is how
// long answers take, and setting it back and forth would only disturb.
const precision = 20 * time.Millisecond

// Now is the database's time as far as this process knows it, in UTC and to the
// microsecond that the database keeps.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now(c.local())
}

func (c *Clock) now(local time.Time) time.Time {
	return c.base.Add(local.Sub(c.at)).UTC().Truncate(time.Microsecond)
}

// told sets the clock by what the database said between two times of the local clock.
func (c *Clock) told(now, asked, answered time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// It jumped, or the answer is old; but until the clock was set once it shows the machine's
	// time, by which a lease could last for hours.
	if trip := answered.Sub(asked); trip < 0 || trip > time.Second && !c.at.IsZero() {
		return
	}
	middle := asked.Add(answered.Sub(asked) / 2)
	if off := c.now(middle).Sub(now); c.at.IsZero() || off > precision || off < -precision {
		c.base, c.at = now, middle
	}
}

// UseLocalClock replaces the machine's clock; harnesses use it. It is called before the
// store is used.
func (s *Store) UseLocalClock(local func() time.Time) { s.clock.local = local }

// Clock returns the database's clock, set.
func (s *Store) Clock(ctx context.Context) (*Clock, error) {
	err := s.InTx(ctx, func(context.Context) error { return nil })
	return s.clock, err
}
