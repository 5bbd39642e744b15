package pay

import (
	"fmt"
	"time"
	_ "time/tzdata" // time zones also where the system has none
)

// IntervalUnit is the unit that a subscription's period counts in.
type IntervalUnit string

// The interval units.
const (
	IntervalDay   IntervalUnit = "DAY"
	IntervalWeek  IntervalUnit = "WEEK"
	IntervalMonth IntervalUnit = "MONTH"
	IntervalYear  IntervalUnit = "YEAR"
)

// MaxIntervalCount bounds the units of one period.
const MaxIntervalCount = 365

// Schedule decides on which days something is due. Days are calendar dates: midnight
// in UTC, without a meaning as an instant. Every date is counted from the first one,
// never from the one before, so that the end of a short month does not pull later
// dates forward: 31 January, 28 February, 31 March.
type Schedule struct {
	Unit  IntervalUnit
	Count int
	// AnchorDay is the day of the month that dates keep to, in units of months and
	// years; without one it is that of StartsOn. Shorter months use their last day.
	AnchorDay *int
	Zone      *time.Location
	// StartsOn is the earliest day that may be due.
	StartsOn time.Time
}

// LoadTimeZone finds a time zone by its IANA name. The system's own zone has none.
func LoadTimeZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q names no time zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return zone, nil
}

// FirstDue is the first due date.
func (s Schedule) FirstDue() time.Time { return s.date(0) }

// NextDue is the first due date after a day, whether or not that day is due itself.
func (s Schedule) NextDue(after time.Time) time.Time {
	n := max(0, s.periods(after)-1) // at or before the answer
	for !s.date(n).After(after) {
		n++
	}
	return s.date(n)
}

// periods is how many whole periods lie between the first due date and a day, at
// most one too many.
func (s Schedule) periods(day time.Time) int {
	first := s.date(0)
	if months := s.months(); months > 0 {
		return ((day.Year()-first.Year())*12 + int(day.Month()) - int(first.Month())) / months
	}
	return int(day.Sub(first)/(24*time.Hour)) / s.days()
}

// date is the due date after n periods.
func (s Schedule) date(n int) time.Time {
	months := s.months()
	if months == 0 {
		return s.StartsOn.AddDate(0, 0, n*s.days())
	}
	first := 0
	if s.inMonth(0).Before(s.StartsOn) {
		first = 1 // the anchor day of the first month lies before the start
	}
	return s.inMonth(first + n*months)
}

// inMonth is the anchor day in the month that comes so many after the start's, or
// that month's last day.
func (s Schedule) inMonth(months int) time.Time {
	anchor := s.StartsOn.Day()
	if s.AnchorDay != nil {
		anchor = *s.AnchorDay
	}
	year, month, _ := s.StartsOn.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, min(anchor, last.Day())-last.Day())
}

// months is the length of a period in months, 0 where it is counted in days.
func (s Schedule) months() int {
	switch s.Unit {
	case IntervalMonth:
		return s.Count
	case IntervalYear:
		return 12 * s.Count
	}
	return 0
}

func (s Schedule) days() int {
	if s.Unit == IntervalWeek {
		return 7 * s.Count
	}
	return s.Count
}

// DueAt is when a day begins in the schedule's time zone (UTC): at 00:00, the
// earlier one where clocks show it twice; where they skip it, the instant at which
// they jump.
func (s Schedule) DueAt(day time.Time) time.Time {
	year, month, date := day.Date()
	at := time.Date(year, month, date, 0, 0, 0, 0, s.Zone)
	start, end := at.ZoneBounds()
	if shown := wall(at); shown.Before(day) {
		return end.UTC() // skipped, and read by the clock after the jump
	} else if shown.After(day) {
		return start.UTC() // skipped, and read by the clock before it
	}
	if start.IsZero() {
		return at.UTC()
	}
	_, before := start.Add(-time.Second).Zone()
	if earlier := day.Add(-time.Duration(before) * time.Second); earlier.Before(start) {
		return earlier // shown before clocks were set back, too
	}
	return at.UTC()
}

// wall is what clocks show at an instant, as if it were UTC.
func wall(at time.Time) time.Time {
	_, offset := at.Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}
