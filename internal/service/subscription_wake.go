package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// wakeSubscription makes the payment of the due date that a subscription has come
// to, and attempts it. Of several dates that were missed it takes the oldest; the
// subscription stays due, and is woken again for the next.
func (s *Service) wakeSubscription(ctx context.Context, c caller, id uuid.UUID) error {
	payment := pay.NewID()
	made, err := s.bill(ctx, c, id, payment, true)
	for range 5 {
		if !store.IsDuplicateHumanID(err) {
			break
		}
		made, err = s.bill(ctx, c, id, payment, true)
	}
	if store.IsDuplicateDueDate(err) {
		// The date has its payment, so the subscription was set back: it moves on.
		made, err = s.bill(ctx, c, id, payment, false)
	}
	if err != nil || !made {
		return err
	}
	return s.wakePayment(ctx, c, payment)
}

// bill makes the payment of the next due date and moves the subscription on to the
// one after, in one transaction and under the subscription's lock. So of any number
// of processes that are woken for one date, one makes the payment, and the others
// find that nothing is due. The first attempt is left to the payment's own schedule:
// should this process end here, the payment is found to be due.
func (s *Service) bill(ctx context.Context, c caller, id, payment uuid.UUID, insert bool) (made bool, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		made = false
		list, err := c.rows.SubscriptionForUpdate(ctx, id)
		if err != nil || len(list) == 0 || !list[0].IsDue(s.clock()) {
			return err
		}
		row := list[0]
		schedule, err := row.Schedule()
		if err != nil {
			return err
		}
		if insert {
			intent := &paymentIntent{service: s, caller: c, paymentID: payment}
			if err := s.insertPeriod(ctx, intent, row); err != nil {
				return err
			}
			made = true
		}
		row.DueFrom(schedule, schedule.NextDue(*row.NextDueOn))
		row.UpdatedAt = s.clock()
		return c.rows.UpdateSubscription(ctx, row)
	})
	return made && err == nil, err
}

// insertPeriod adds the payment of the subscription's next due date.
func (s *Service) insertPeriod(ctx context.Context, intent *paymentIntent, row pay.BillingSubscription) (err error) {
	d, err := s.draftPeriod(ctx, intent.caller, row)
	if err != nil {
		return err
	}
	if intent.made, err = intent.build(d); err != nil {
		return err
	}
	return intent.insert(ctx, d)
}

// draftPeriod is the payment of the subscription's next due date. Without a stored
// method, or with a date that was missed too long ago, it is not attempted by
// itself, and an event says so.
func (s *Service) draftPeriod(ctx context.Context, c caller, row pay.BillingSubscription) (paymentDraft, error) {
	p := plan{subscription: &row, currency: row.Currency, totalMinor: row.PriceMinor, finalMinor: row.PriceMinor}
	customer, err := first(c.rows.Customers(ctx, []uuid.UUID{row.CustomerID}))
	if err != nil {
		return paymentDraft{}, err
	}
	p.customer = *customer
	base := pay.Payment{Mode: pay.ModePayment, Description: row.Description, Metadata: row.Metadata, RetriesLeft: row.AutomaticRetries}
	if row.PaymentMethodID != nil {
		if p.method, err = first(c.rows.PaymentMethods(ctx, []uuid.UUID{*row.PaymentMethodID})); err != nil {
			return paymentDraft{}, err
		}
		base.SelectedGatewayID = &p.method.GatewayID
	}
	attempted := p.method != nil && s.clock().Before(row.NextDueAt.Add(pay.CatchUp))
	if attempted {
		base.ScheduledFor = row.NextDueAt
	}
	d := p.draft(base)
	d.allocations[0].DueOn = row.NextDueOn
	if !attempted {
		why := "The subscription has no stored method to pay with."
		if p.method != nil {
			why = "The date was missed for too long."
		}
		d.start = func(state *pay.State) error {
			state.Unattempted(why)
			return nil
		}
	}
	return d, nil
}
