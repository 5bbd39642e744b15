package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// subscription makes a monthly subscription that began 40 days ago, and the payments
// of its two due dates since then, as the program would have.
func (s *seeder) subscription(ctx context.Context) error {
	const began = 40
	made, err := s.at(began).CreateBillingSubscription(ctx, service.CreateBillingSubscriptionInput{ReferenceID: ptr("S-1"), CustomerID: s.customer[0].GlobalID(),
		Price: euros(3900), IntervalUnit: pay.IntervalMonth, IntervalCount: 1, TimeZone: "UTC", StartsOn: s.now.AddDate(0, 0, -began).Truncate(24 * time.Hour),
		PaymentMethodID: &s.methodID, AutomaticRetries: 3, Description: ptr("Lunch club")})
	if err != nil {
		return err
	}
	for _, days := range []int{began, 5} {
		if err := s.wake(ctx, s.at(days), pay.DueSubscription, made.ID); err != nil {
			return err
		}
	}
	return s.finish(ctx, made.ID)
}

// finish does what a start left of the subscription's payments when it ended.
func (s *seeder) finish(ctx context.Context, subscription uuid.UUID) error {
	under, err := s.app.Service.PaymentsUnder(ctx, pay.OfSubscription, []uuid.UUID{subscription}, pay.Page{Limit: 10})
	if err != nil {
		return err
	}
	for _, p := range under[subscription].List {
		then := s.when(p.CreatedAt.Add(time.Duration(p.Version) * time.Minute))
		if err := s.wake(ctx, then, pay.DuePayment, p.ID); err != nil {
			return err
		}
		attempts, err := then.TransactionsOf(ctx, []uuid.UUID{p.ID})
		if err != nil {
			return err
		}
		for _, t := range attempts {
			if !t.Status.InFlight() {
				continue
			}
			if err := s.wake(ctx, s.when(t.CreatedAt.Add(time.Minute)), pay.DueAttempt, t.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// wake has the program look at a row of the demo company.
func (s *seeder) wake(ctx context.Context, svc *service.Service, kind pay.DueKind, id uuid.UUID) error {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return err
	}
	return svc.Wake(ctx, pay.Due{Kind: kind, ID: id, TenantID: actor.TenantID, CompanyID: actor.CompanyID, Environment: actor.Environment})
}
