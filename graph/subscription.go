package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type subscription struct{ *Resolver }

// BillingSubscription resolves the fields of subscriptions that are not columns.
func (r *Resolver) BillingSubscription() generated.BillingSubscriptionResolver {
	return subscription{r}
}

func (q query) BillingSubscription(ctx context.Context, id string) (*pay.BillingSubscription, error) {
	return byID(ctx, &load(ctx).subscriptions, pay.KindSubscription, id)
}

func (q query) BillingSubscriptions(ctx context.Context, filter *pay.BillingSubscriptionFilter, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.BillingSubscription], error) {
	var f pay.BillingSubscriptionFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs, f.CustomerIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.BillingSubscription]{
		name: "billing subscriptions", conditions: f, sort: pay.NewestFirst, position: subscriptionPosition,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.BillingSubscription], error) {
			rows, err := q.service.ListBillingSubscriptions(ctx, f, p)
			saw(ctx, (*loaders).sawSubscriptions, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountBillingSubscriptions(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func subscriptionPosition(s pay.BillingSubscription) pay.Position {
	return pay.Position{Keys: []any{s.CreatedAt}, ID: s.ID}
}

func (l *loaders) sawSubscriptions(lists ...[]pay.BillingSubscription) {
	id := func(s *pay.BillingSubscription) *uuid.UUID { return &s.ID }
	primeWith(&l.subscriptions, lists, id)
	l.paymentsUnder(pay.OfSubscription).announce(keysOf(lists, id))
	l.customers.announce(keysOf(lists, func(s *pay.BillingSubscription) *uuid.UUID { return &s.CustomerID }))
	l.methods.announce(keysOf(lists, func(s *pay.BillingSubscription) *uuid.UUID { return s.PaymentMethodID }))
}

func (r subscription) Status(_ context.Context, s *pay.BillingSubscription) (pay.BillingSubscriptionStatus, error) {
	return r.service.SubscriptionStatus(*s), nil
}

func (subscription) Customer(ctx context.Context, s *pay.BillingSubscription) (*pay.Customer, error) {
	return load(ctx).customers.load(ctx, s.CustomerID)
}

func (subscription) PaymentMethod(ctx context.Context, s *pay.BillingSubscription) (*pay.PaymentMethod, error) {
	return loadAny(ctx, &load(ctx).methods, s.PaymentMethodID)
}

func (r subscription) Payments(ctx context.Context, s *pay.BillingSubscription, first int, after *string) (*page.Connection[pay.Payment], error) {
	return r.paymentsUnder(ctx, pay.OfSubscription, s.ID, first, after)
}

func (r customer) BillingSubscriptions(ctx context.Context, c *pay.Customer, first int, after *string) (*page.Connection[pay.BillingSubscription], error) {
	return under(ctx, r.Resolver, &load(ctx).subscriptionsOfCustomer, "billing subscriptions of customer", c.ID, first, after, subscriptionPosition)
}

func (m mutation) CreateBillingSubscription(ctx context.Context, input service.CreateBillingSubscriptionInput) (*model.CreateBillingSubscriptionPayload, error) {
	made, err := m.service.CreateBillingSubscription(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreateBillingSubscriptionPayload {
		return &model.CreateBillingSubscriptionPayload{BillingSubscription: unless(errs, &made), Errors: errs}
	})
}

func (m mutation) UpdateBillingSubscription(ctx context.Context, input model.UpdateBillingSubscriptionInput) (*model.UpdateBillingSubscriptionPayload, error) {
	changed, err := m.service.UpdateBillingSubscription(ctx, service.UpdateSubscription{SubscriptionID: input.SubscriptionID,
		ExpectedVersion: input.ExpectedVersion, PaymentMethodID: given(input.PaymentMethodID), Price: given(input.Price),
		AutomaticRetries: given(input.AutomaticRetries), Description: given(input.Description), Metadata: given(input.Metadata)})
	return answer(err, func(errs []model.MutationError) *model.UpdateBillingSubscriptionPayload {
		return &model.UpdateBillingSubscriptionPayload{BillingSubscription: unless(errs, &changed), Errors: errs}
	})
}

func (m mutation) CancelBillingSubscription(ctx context.Context, input service.CancelSubscriptionInput) (*model.CancelBillingSubscriptionPayload, error) {
	cancelled, err := m.service.CancelBillingSubscription(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CancelBillingSubscriptionPayload {
		return &model.CancelBillingSubscriptionPayload{BillingSubscription: unless(errs, &cancelled), Errors: errs}
	})
}
