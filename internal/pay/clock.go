package pay

import "time"

// Clock tells the time. Services ask it once per unit of work, so that all rows
// of one transaction share one instant, and tests can set it.
type Clock func() time.Time

// SystemClock returns the current time in UTC, to the microsecond that the
// database keeps: a time that came back from there compares equal.
func SystemClock() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond)
}
