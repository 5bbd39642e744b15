package pay

import (
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// CatchUp is how long after its due date a subscription's payment is still
// attempted by itself. Of dates that were missed for longer, because no program
// ran, the payments are made too, but are left for a person: nobody wants a whole
// year taken from their card in one minute.
const CatchUp = 92 * 24 * time.Hour

// BillingSubscription is an agreement that makes payments due again and again
// (S2 Subscription; the plain name belongs to GraphQL).
type BillingSubscription struct {
	ID              uuid.UUID
	ReferenceID     *string
	CustomerID      uuid.UUID
	PaymentMethodID *uuid.UUID
	Description     *string
	Metadata        Metadata
	Currency        money.Currency
	PriceMinor      int64
	IntervalUnit    IntervalUnit
	IntervalCount   int
	AnchorDay       *int
	// TimeZone is an IANA name; due dates are days in it.
	TimeZone string
	// StartsOn is a calendar date, the earliest due date.
	StartsOn time.Time
	// AutomaticRetries is how often each payment is tried again after soft declines.
	AutomaticRetries int
	// NextDueOn is the calendar date whose payment is made next, and NextDueAt when
	// that day begins in the time zone; null once no more payments are made.
	NextDueOn *time.Time
	NextDueAt *time.Time
	// CancelledAt is from when on it is called off; it may lie ahead.
	CancelledAt *time.Time
	// Version goes up with every change that a caller makes.
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// GlobalID is the id in the API.
func (s BillingSubscription) GlobalID() string { return FormatID(KindSubscription, s.ID) }

// Price is what each period costs.
func (s BillingSubscription) Price() money.Money {
	return money.Money{Minor: s.PriceMinor, Currency: s.Currency}
}

// MetadataValue returns one value of the metadata, or nil.
func (s BillingSubscription) MetadataValue(key string) *string { return s.Metadata.Get(key) }

// BillingSubscriptionStatus says whether a subscription still makes payments due.
type BillingSubscriptionStatus string

// The states of a subscription.
const (
	SubscriptionActive    BillingSubscriptionStatus = "ACTIVE"
	SubscriptionEnding    BillingSubscriptionStatus = "ENDING"
	SubscriptionCancelled BillingSubscriptionStatus = "CANCELLED"
)

// StatusAt is the state at a time.
func (s BillingSubscription) StatusAt(now time.Time) BillingSubscriptionStatus {
	switch {
	case s.CancelledAt == nil:
		return SubscriptionActive
	case s.CancelledAt.After(now):
		return SubscriptionEnding
	}
	return SubscriptionCancelled
}

// Schedule is what decides its due dates.
func (s BillingSubscription) Schedule() (Schedule, error) {
	zone, err := LoadTimeZone(s.TimeZone)
	return Schedule{Unit: s.IntervalUnit, Count: s.IntervalCount, AnchorDay: s.AnchorDay, Zone: zone, StartsOn: s.StartsOn}, err
}

// IsDue says whether the payment of the next due date is to be made.
func (s BillingSubscription) IsDue(now time.Time) bool {
	return s.NextDueAt != nil && !s.NextDueAt.After(now)
}

// DueFrom makes day the next due date, unless the subscription is called off by
// then.
func (s *BillingSubscription) DueFrom(schedule Schedule, day time.Time) {
	at := schedule.DueAt(day)
	if s.CancelledAt != nil && !at.Before(*s.CancelledAt) {
		s.NextDueOn, s.NextDueAt = nil, nil
		return
	}
	s.NextDueOn, s.NextDueAt = &day, &at
}

// Cancel calls it off now, or when the period that is paid for ends: with the next
// due date that lies ahead. It says whether anything changed. Called off now, dates
// that were missed are not asked for any more; at the period's end they still are.
func (s *BillingSubscription) Cancel(now time.Time, atPeriodEnd bool) (changed bool, err error) {
	switch s.StatusAt(now) {
	case SubscriptionCancelled:
		return false, nil
	case SubscriptionEnding:
		if atPeriodEnd {
			return false, nil
		}
	}
	if !atPeriodEnd || s.NextDueOn == nil {
		s.CancelledAt, s.NextDueOn, s.NextDueAt = &now, nil, nil
		return true, nil
	}
	schedule, err := s.Schedule()
	if err != nil {
		return false, err
	}
	day := *s.NextDueOn
	for !schedule.DueAt(day).After(now) {
		day = schedule.NextDue(day)
	}
	end := schedule.DueAt(day)
	s.CancelledAt = &end
	s.DueFrom(schedule, *s.NextDueOn)
	return true, nil
}

// BillingSubscriptionFilter says which subscriptions to list.
type BillingSubscriptionFilter struct {
	IDs          []string
	ReferenceIDs []string
	CustomerIDs  []string
	Status       []BillingSubscriptionStatus
	NextDueAt    *DateTimeRange
	CreatedAt    *DateTimeRange
}
