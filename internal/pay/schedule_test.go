package pay_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := pay.LoadTimeZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestDueDates proves due dates that were looked up in a calendar.
func TestDueDates(t *testing.T) {
	t.Parallel()
	anchor := func(day int) *int { return &day }
	for name, c := range map[string]struct {
		unit   pay.IntervalUnit
		count  int
		anchor *int
		starts string
		want   string
	}{
		"the 31st":                  {pay.IntervalMonth, 1, nil, "2026-01-31", "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"},
		"the 31st in a leap year":   {pay.IntervalMonth, 1, nil, "2028-01-31", "2028-01-31 2028-02-29 2028-03-31"},
		"the 30th":                  {pay.IntervalMonth, 1, nil, "2026-01-30", "2026-01-30 2026-02-28 2026-03-30"},
		"a start in a short month":  {pay.IntervalMonth, 1, anchor(31), "2026-02-28", "2026-02-28 2026-03-31 2026-04-30"},
		"an anchor ahead":           {pay.IntervalMonth, 1, anchor(20), "2026-01-15", "2026-01-20 2026-02-20"},
		"an anchor that is over":    {pay.IntervalMonth, 3, anchor(1), "2026-12-15", "2027-01-01 2027-04-01"},
		"quarters from November":    {pay.IntervalMonth, 3, nil, "2026-11-30", "2026-11-30 2027-02-28 2027-05-30"},
		"29 February yearly":        {pay.IntervalYear, 1, nil, "2028-02-29", "2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29"},
		"29 February from the 28th": {pay.IntervalYear, 1, anchor(29), "2027-02-28", "2027-02-28 2028-02-29 2029-02-28"},
		"no leap year in 2100":      {pay.IntervalYear, 4, nil, "2092-02-29", "2092-02-29 2096-02-29 2100-02-28 2104-02-29"},
		"weeks over a year's end":   {pay.IntervalWeek, 2, nil, "2026-12-21", "2026-12-21 2027-01-04 2027-01-18"},
		"days over a leap day":      {pay.IntervalDay, 1, nil, "2028-02-28", "2028-02-28 2028-02-29 2028-03-01"},
		"thirty days":               {pay.IntervalDay, 30, nil, "2026-01-31", "2026-01-31 2026-03-02"},
	} {
		s := pay.Schedule{Unit: c.unit, Count: c.count, AnchorDay: c.anchor, Zone: time.UTC, StartsOn: day(c.starts)}
		got := []string{s.FirstDue().Format(time.DateOnly)}
		for range strings.Count(c.want, " ") {
			got = append(got, s.NextDue(day(got[len(got)-1])).Format(time.DateOnly))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}

// dueByCalendar walks a calendar day by day and asks of each whether it is due:
// another way to the same dates.
func dueByCalendar(s pay.Schedule, until time.Time) (due []time.Time) {
	anchor := s.StartsOn.Day()
	if s.AnchorDay != nil {
		anchor = *s.AnchorDay
	}
	months, firstMonth := map[pay.IntervalUnit]int{pay.IntervalMonth: s.Count, pay.IntervalYear: 12 * s.Count}[s.Unit], -1
	for d, n := s.StartsOn, 0; d.Before(until); d, n = d.Add(24*time.Hour), n+1 {
		isLast := d.Add(24*time.Hour).Day() == 1
		month := d.Year()*12 + int(d.Month())
		switch {
		case s.Unit == pay.IntervalDay && n%s.Count == 0, s.Unit == pay.IntervalWeek && n%(7*s.Count) == 0:
			due = append(due, d)
		case months == 0 || d.Day() != anchor && !(isLast && d.Day() < anchor):
		case firstMonth < 0:
			firstMonth = month
			due = append(due, d)
		case (month-firstMonth)%months == 0:
			due = append(due, d)
		}
	}
	return due
}

// TestNextDue proves for random schedules that due dates are those of the calendar
// walk, from whatever day one asks.
func TestNextDue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	units := []pay.IntervalUnit{pay.IntervalDay, pay.IntervalWeek, pay.IntervalMonth, pay.IntervalYear}
	for range 2000 {
		s := pay.Schedule{Unit: units[r.IntN(4)], Count: 1 + r.IntN(8), Zone: time.UTC, StartsOn: day("2026-01-01").AddDate(0, 0, r.IntN(1500))}
		if s.Count == 8 {
			s.Count = 1 + r.IntN(pay.MaxIntervalCount)
		}
		if anchor := 1 + r.IntN(31); r.IntN(2) == 0 {
			s.AnchorDay = &anchor
		}
		until := s.StartsOn.AddDate(12, 0, 0)
		due := dueByCalendar(s, until)
		if first := s.FirstDue(); first != due[0] {
			t.Fatalf("%+v: first due %s, want %s", s, first, due[0])
		}
		for range 20 {
			after := s.StartsOn.AddDate(0, 0, r.IntN(12*366)-100)
			got, i := s.NextDue(after), 0
			for i < len(due) && !due[i].After(after) {
				i++
			}
			if i < len(due) && got != due[i] || i == len(due) && got.Before(until) || !got.After(after) {
				t.Fatalf("%+v after %s: %s, want %v", s, after, got, due[max(0, i-1):])
			}
		}
	}
}

// TestDueAt proves when days begin, where clocks jump at midnight too.
func TestDueAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Europe/Lisbon", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Europe/Lisbon", "2026-03-30", "2026-03-29T23:00:00Z"},
		{"Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // 00:00 does not exist
		{"Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z"},      // 00:00 does not exist
		{"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"},   // 00:00 comes twice
		{"America/Havana", "2022-11-06", "2022-11-06T04:00:00Z"},    // 00:00 comes twice
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // the day does not exist
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		s := pay.Schedule{Zone: zone(t, c.zone)}
		if got := s.DueAt(day(c.day)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.day, got, c.want)
		}
	}
}

// TestDueAtByTheClock proves every day of some years in zones that jump at odd
// times against a clock that is watched every quarter of an hour.
func TestDueAtByTheClock(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Atlantic/Azores", "America/Havana", "America/Asuncion",
		"Australia/Lord_Howe", "America/Santiago", "Asia/Amman", "Asia/Tehran", "Pacific/Apia", "Europe/Berlin"} {
		s := pay.Schedule{Zone: zone(t, name)}
		for _, year := range []string{"2011", "2016", "2018", "2021", "2026"} {
			d := day(year + "-01-01")
			for at, end := d.Add(-24*time.Hour), d.AddDate(1, 0, 0); d.Before(end); at = at.Add(15 * time.Minute) {
				local := at.In(s.Zone)
				shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
				for !shown.Before(d) && d.Before(end) {
					if got := s.DueAt(d); !got.Equal(at) {
						t.Errorf("%s %s: %s, want %s", name, d.Format(time.DateOnly), got, at)
					}
					d = d.AddDate(0, 0, 1)
				}
			}
		}
	}
}

// TestTimeZoneNames proves that only names of time zones are taken for them.
func TestTimeZoneNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Local", "Nowhere", "../etc/passwd", "/etc/passwd", "Europe/Lisbon\x00", strings.Repeat("x", 5000)} {
		if z, err := pay.LoadTimeZone(name); err == nil {
			t.Errorf("%q is %s", name, z)
		}
	}
}
