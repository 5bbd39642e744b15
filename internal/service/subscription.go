package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// maxStartYears bounds how far ahead a subscription may start.
const maxStartYears = 10

// CreateBillingSubscriptionInput is a subscription to be made.
type CreateBillingSubscriptionInput struct {
	ReferenceID      *string
	CustomerID       string
	Price            pay.MoneyInput
	IntervalUnit     pay.IntervalUnit
	IntervalCount    int
	AnchorDay        *int
	TimeZone         string
	StartsOn         time.Time
	PaymentMethodID  *string
	AutomaticRetries int
	Description      *string
	Metadata         []pay.MetadataEntry
}

// CreateBillingSubscription makes a subscription, whose payments the program then
// makes and attempts by itself. For callers with payments:write, but no customer.
func (s *Service) CreateBillingSubscription(ctx context.Context, in CreateBillingSubscriptionInput) (pay.BillingSubscription, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.BillingSubscription{}, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return pay.BillingSubscription{}, err
	}
	return saveOneWith(ctx, s, c.rows, func(ctx context.Context) (bulk[pay.BillingSubscription], error) {
		row, customer, err := c.draftSubscription(ctx, in, company)
		if err != nil {
			return bulk[pay.BillingSubscription]{}, err
		}
		hash := fingerprint(subscriptionContent(row))
		row.ID, row.Version, row.CreatedAt = pay.NewID(), 1, s.clock()
		row.UpdatedAt = row.CreatedAt
		return bulk[pay.BillingSubscription]{table: store.Subscriptions, kind: pay.KindSubscription,
			path:   func(int) pay.Path { return pay.At("input") },
			drafts: []draft[pay.BillingSubscription]{{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}},
			insert: func(ctx context.Context, rows store.Tenant, fresh []draft[pay.BillingSubscription]) error {
				for i := range fresh {
					if err := s.insertSubscription(ctx, c, &fresh[i], customer); err != nil {
						return err
					}
				}
				return nil
			},
			read: c.rows.BillingSubscriptions, key: func(b pay.BillingSubscription) uuid.UUID { return b.ID }}, nil
	})
}

// insertSubscription stores a subscription that is new. What is refused here alone
// may change with time, and must not stand in the way of a request that is repeated
// later: a start that is over, a method that was detached.
func (s *Service) insertSubscription(ctx context.Context, c caller, d *draft[pay.BillingSubscription], customer pay.Customer) error {
	schedule, err := d.row.Schedule()
	if err != nil {
		return err
	}
	now := s.clock()
	year, month, day := now.In(schedule.Zone).Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	var faults checks
	if d.row.StartsOn.Before(today) || d.row.StartsOn.After(today.AddDate(maxStartYears, 0, 0)) {
		faults.Addf(pay.CodeInvalidInput, pay.At("input", "startsOn"), "The start must lie between today and %d years ahead. To keep to a day of the month, give anchorDay.", maxStartYears)
	}
	if err := s.checkSubscriptionMethod(ctx, c, d.row, customer, &faults); err != nil || faults.Any() {
		return orElse(err, faults)
	}
	d.row.DueFrom(schedule, schedule.FirstDue())
	return c.rows.InsertSubscription(ctx, store.NewBillingSubscription{BillingSubscription: d.row, Fingerprint: d.fingerprint})
}

func orElse(err error, faults checks) error {
	if err != nil {
		return err
	}
	return faults.Err()
}

// draftSubscription checks what stays as it is, and reads what is named.
func (c caller) draftSubscription(ctx context.Context, in CreateBillingSubscriptionInput, company pay.Company) (row pay.BillingSubscription, customer pay.Customer, err error) {
	at := pay.At("input")
	var faults checks
	faults.reference(in.ReferenceID, at)
	faults.description(in.Description, at.Then("description"))
	faults.metadata(in.Metadata, at.Then("metadata"))
	in.checkSchedule(&faults, at)
	row = pay.BillingSubscription{ReferenceID: in.ReferenceID, Description: in.Description, Metadata: in.Metadata,
		Currency: company.Currency, IntervalUnit: in.IntervalUnit, IntervalCount: in.IntervalCount, AnchorDay: in.AnchorDay,
		TimeZone: in.TimeZone, StartsOn: in.StartsOn, AutomaticRetries: in.AutomaticRetries}
	if in.Price.Currency != nil {
		row.Currency = *in.Price.Currency
	}
	faults.inUse(row.Currency, at.Then("price", "currency"))
	row.PriceMinor = faults.price(in.Price, row.Currency, at.Then("price"))
	found, err := first(c.rows.Customers(ctx, pay.ParseIDs(pay.KindCustomer, []string{in.CustomerID})))
	if err != nil {
		return row, customer, err
	}
	if found == nil {
		faults.Add(notFound("customer", at.Then("customerId")))
	} else {
		customer, row.CustomerID = *found, found.ID
	}
	if row.PaymentMethodID, err = c.namedMethod(ctx, in.PaymentMethodID, &faults); err != nil {
		return row, customer, err
	}
	return row, customer, faults.Err()
}

func (c *checks) price(in pay.MoneyInput, currency money.Currency, at pay.Path) int64 {
	minor, refusal := in.Positive(currency, at)
	c.Add(refusal)
	return minor
}

func (in CreateBillingSubscriptionInput) checkSchedule(c *checks, at pay.Path) {
	if in.IntervalCount < 1 || in.IntervalCount > pay.MaxIntervalCount {
		c.Addf(pay.CodeInvalidInput, at.Then("intervalCount"), "A period has 1 to %d units.", pay.MaxIntervalCount)
	}
	switch days := in.IntervalUnit == pay.IntervalDay || in.IntervalUnit == pay.IntervalWeek; {
	case in.AnchorDay == nil:
	case days:
		c.Addf(pay.CodeInvalidInput, at.Then("anchorDay"), "Days and weeks keep to no day of the month.")
	case *in.AnchorDay < 1 || *in.AnchorDay > 31:
		c.Addf(pay.CodeInvalidInput, at.Then("anchorDay"), "The day of the month must be 1 to 31.")
	}
	if _, err := pay.LoadTimeZone(in.TimeZone); err != nil {
		c.Addf(pay.CodeInvalidInput, at.Then("timeZone"), "There is no time zone of this name; one is for example Europe/Lisbon.")
	}
	c.retries(in.AutomaticRetries, at)
}

// namedMethod finds the stored method that is named, if one is.
func (c caller) namedMethod(ctx context.Context, id *string, faults *checks) (*uuid.UUID, error) {
	if id == nil {
		return nil, nil
	}
	method, err := first(c.rows.PaymentMethods(ctx, pay.ParseIDs(pay.KindMethod, []string{*id})))
	if err != nil {
		return nil, err
	}
	if method == nil {
		faults.Add(notFound("payment method", pay.At("input", "paymentMethodId")))
		return nil, nil
	}
	return &method.ID, nil
}

// checkSubscriptionMethod refuses a stored method that could not pay the customer's
// payments now, and a price that its gateway does not take.
func (s *Service) checkSubscriptionMethod(ctx context.Context, c caller, row pay.BillingSubscription, customer pay.Customer, faults *checks) error {
	if row.PaymentMethodID == nil {
		return nil
	}
	p := plan{currency: row.Currency, customer: customer}
	method := pay.FormatID(pay.KindMethod, *row.PaymentMethodID)
	if err := s.chooseGateway(ctx, c, &p, nil, &method, faults); err != nil || faults.Any() {
		return err
	}
	country, err := s.payerCountry(ctx, c, p.gateway, nil, customer.Address)
	if err != nil {
		return err
	}
	s.checkGateway(c, p, &row.CustomerID, country, faults)
	faults.Add(tooLittle(p.gateway, row.Currency, row.PriceMinor, pay.At("input", "price")))
	faults.Add(s.oddAmount(p.gateway, row.Currency, row.PriceMinor, p.tenderPath()))
	return nil
}

// subscriptionContent is what a subscription is made with.
func subscriptionContent(b pay.BillingSubscription) content {
	return content{"customer": b.CustomerID, "currency": b.Currency, "priceMinor": b.PriceMinor, "unit": b.IntervalUnit, "count": b.IntervalCount,
		"anchorDay": b.AnchorDay, "timeZone": b.TimeZone, "startsOn": b.StartsOn.Format(time.DateOnly), "method": b.PaymentMethodID,
		"retries": b.AutomaticRetries, "description": b.Description, "metadata": metadataContent(b.Metadata)}
}

// BillingSubscriptions reads visible subscriptions by id, in any order.
func (s *Service) BillingSubscriptions(ctx context.Context, ids []uuid.UUID) ([]pay.BillingSubscription, error) {
	return read(ctx, s, func(c caller) ([]pay.BillingSubscription, error) { return c.rows.BillingSubscriptions(ctx, ids) })
}

// SubscriptionStatus is the state of a subscription now.
func (s *Service) SubscriptionStatus(b pay.BillingSubscription) pay.BillingSubscriptionStatus {
	return b.StatusAt(s.clock())
}

// ListBillingSubscriptions reads one page of the subscriptions that match, newest
// first.
func (s *Service) ListBillingSubscriptions(ctx context.Context, f pay.BillingSubscriptionFilter, p pay.Page) (pay.Rows[pay.BillingSubscription], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.BillingSubscription], error) {
		return c.rows.ListSubscriptions(ctx, f, s.clock(), p)
	})
}

// CountBillingSubscriptions counts the subscriptions that match.
func (s *Service) CountBillingSubscriptions(ctx context.Context, f pay.BillingSubscriptionFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountSubscriptions(ctx, f, s.clock()) })
}

// SubscriptionsUnderCustomers reads the same page of subscriptions of each customer.
func (s *Service) SubscriptionsUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.BillingSubscription], error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]pay.Rows[pay.BillingSubscription], error) {
		return c.rows.SubscriptionsUnderCustomers(ctx, customers, p)
	})
}

// CountSubscriptionsUnderCustomers counts the subscriptions of each customer.
func (s *Service) CountSubscriptionsUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]int, error) {
		return c.rows.CountSubscriptionsUnderCustomers(ctx, customers)
	})
}
