package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
)

type payment struct{ *Resolver }

// Payment resolves the fields of payments that are not columns.
func (r *Resolver) Payment() generated.PaymentResolver { return payment{r} }

func (q query) Payment(ctx context.Context, by pay.PaymentLookup) (*pay.Payment, error) {
	if err := checkLookup(by); err != nil {
		return nil, err
	}
	p, err := q.service.PaymentBy(needed(ctx), by)
	if p != nil {
		saw(ctx, (*loaders).sawPayments, []pay.Payment{*p})
	}
	return p, err
}

func (q query) Payments(ctx context.Context, filter *page.PaymentFilter, orderBy []model.PaymentOrder, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.Payment], error) {
	sort, err := sortOf(orderBy, func(o model.PaymentOrder) pay.SortKey {
		return pay.SortKey{Field: pay.SortField(o.Field), Descending: o.Direction == model.OrderDirectionDesc}
	})
	if err != nil {
		return nil, err
	}
	f := filter.Outermost()
	if err := checkPaymentFilter(f, 1); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.Payment]{
		name: "payments", conditions: f, sort: sort, position: paymentPosition(sort),
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Payment], error) {
			rows, err := q.service.ListPayments(ctx, f, sort, p)
			saw(ctx, (*loaders).sawPayments, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountPayments(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func paymentPosition(sort pay.Sort) func(pay.Payment) pay.Position {
	return positionBy(sort, func(p pay.Payment) uuid.UUID { return p.ID }, func(p pay.Payment, f pay.SortField) any {
		switch f {
		case pay.SortUpdatedAt:
			return p.UpdatedAt
		case pay.SortAmount:
			return p.FinalMinor
		}
		return p.CreatedAt
	})
}

// paymentsUnder is a parent's list of payments, newest first.
func (r *Resolver) paymentsUnder(ctx context.Context, of pay.PaymentParent, parent uuid.UUID, first int, after *string) (*page.Connection[pay.Payment], error) {
	return under(ctx, r, load(ctx).paymentsUnder(of), "payments of "+string(of), parent, first, after, paymentPosition(pay.NewestFirst))
}

func (payment) Environment(ctx context.Context, _ *pay.Payment) (pay.Environment, error) {
	return environmentOf(ctx)
}

func (payment) CheckoutURL(ctx context.Context, p *pay.Payment) (*string, error) {
	return load(ctx).checkoutURLs.load(ctx, p.ID)
}

func (payment) ParentPayment(ctx context.Context, p *pay.Payment) (*pay.Payment, error) {
	return loadAny(ctx, &load(ctx).payments, p.ParentPaymentID)
}

func (r payment) ChildPayments(ctx context.Context, p *pay.Payment, first int, after *string) (*page.Connection[pay.Payment], error) {
	return r.paymentsUnder(ctx, pay.OfPayment, p.ID, first, after)
}

func (payment) Company(ctx context.Context, _ *pay.Payment) (*pay.Company, error) {
	return companyOf(ctx)
}

func (payment) Business(ctx context.Context, p *pay.Payment) (*pay.Business, error) {
	return loadAny(ctx, &load(ctx).businesses, p.BusinessID)
}

func (payment) Customer(ctx context.Context, p *pay.Payment) (*pay.Customer, error) {
	return loadAny(ctx, &load(ctx).customers, p.CustomerID)
}

func (payment) Allocations(ctx context.Context, p *pay.Payment) ([]pay.PaymentAllocation, error) {
	return plain(load(ctx).allocations.load(ctx, p.ID))
}

func (payment) Orders(ctx context.Context, p *pay.Payment) ([]pay.Order, error) {
	return plain(load(ctx).ordersPaidBy.load(ctx, p.ID))
}

func (payment) Invoices(ctx context.Context, p *pay.Payment) ([]pay.Invoice, error) {
	return plain(load(ctx).invoicesPaidBy.load(ctx, p.ID))
}

func (payment) Subscription(ctx context.Context, p *pay.Payment) (*pay.BillingSubscription, error) {
	allocations, err := load(ctx).allocations.load(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range allocations {
		if s, err := loadAny(ctx, &load(ctx).subscriptions, a.SubscriptionID); s != nil || err != nil {
			return s, err
		}
	}
	return nil, nil
}

func (payment) PaymentMethod(ctx context.Context, p *pay.Payment) (*pay.PaymentMethod, error) {
	return loadAny(ctx, &load(ctx).methods, p.PaymentMethodID)
}

func (payment) SelectedGateway(ctx context.Context, p *pay.Payment) (*pay.PaymentGateway, error) {
	return loadAny(ctx, &load(ctx).gateways, p.SelectedGatewayID)
}

func (payment) Gateways(ctx context.Context, p *pay.Payment) ([]pay.PaymentGateway, error) {
	enabled, err := load(ctx).enabledGateways.load(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	list := []pay.PaymentGateway{}
	for _, e := range enabled {
		gateway, err := load(ctx).gateways.load(ctx, e.GatewayID)
		if err != nil {
			return nil, err
		}
		if gateway != nil {
			list = append(list, *gateway)
		}
	}
	return list, nil
}

func (r payment) IsScheduled(_ context.Context, p *pay.Payment) (bool, error) {
	return p.ScheduledFor != nil && p.ScheduledFor.After(r.clock()), nil
}

func (payment) StatusAs(ctx context.Context, p *pay.Payment, vocabulary pay.StatusVocabulary) (*string, error) {
	var attempts []pay.Transaction
	if vocabulary == "S2" { // only there attempts decide about a word
		var err error
		if attempts, err = load(ctx).transactionsOf.load(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	word := p.StatusAs(vocabulary, attempts)
	return &word, nil
}

func (payment) LastError(ctx context.Context, p *pay.Payment) (*pay.TransactionError, error) {
	attempts, err := load(ctx).transactionsOf.load(ctx, p.ID)
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	return attempts[len(attempts)-1].Error(), nil
}

func (payment) TransactionReference(ctx context.Context, p *pay.Payment) (*string, error) {
	attempts, err := load(ctx).transactionsOf.load(ctx, p.ID)
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	newest := attempts[len(attempts)-1]
	if newest.ExternalID != nil {
		return newest.ExternalID, nil
	}
	return newest.ManualReference, nil
}

func (payment) Transactions(ctx context.Context, p *pay.Payment) ([]pay.Transaction, error) {
	return plain(load(ctx).transactionsOf.load(ctx, p.ID))
}

func (payment) Lines(ctx context.Context, p *pay.Payment) ([]pay.Line, error) {
	return plain(load(ctx).paymentLines.load(ctx, p.ID))
}

func (payment) Discounts(ctx context.Context, p *pay.Payment) ([]pay.Discount, error) {
	return plain(load(ctx).paymentDiscounts.load(ctx, p.ID))
}

func (payment) Refunds(ctx context.Context, p *pay.Payment) ([]pay.Refund, error) {
	return plain(load(ctx).refundsOf.load(ctx, p.ID))
}

func (r payment) Events(ctx context.Context, p *pay.Payment, first int, after *string) (*page.Connection[pay.PaymentEvent], error) {
	conn, err := under(ctx, r.Resolver, &load(ctx).eventsOf, "events", p.ID, first, after, func(e pay.PaymentEvent) pay.Position {
		return pay.Position{Keys: []any{int64(e.Seq)}, ID: e.ID}
	})
	if err != nil {
		return nil, err
	}
	// Events are numbered without gaps, so the newest number counts them.
	conn.Count = func(context.Context) (int, error) { return p.EventSeq, nil }
	return conn, nil
}

type allocation struct{ *Resolver }

// PaymentAllocation resolves the fields of allocations that are not columns.
func (r *Resolver) PaymentAllocation() generated.PaymentAllocationResolver { return allocation{r} }

func (r allocation) Subject(ctx context.Context, a *pay.PaymentAllocation) (model.PaymentSubject, error) {
	switch a.SubjectKind {
	case pay.SubjectOrder:
		return orNil(r.Order(ctx, a))
	case pay.SubjectInvoice:
		return orNil(r.Invoice(ctx, a))
	}
	return orNil(loadAny(ctx, &load(ctx).subscriptions, a.SubscriptionID))
}

func (allocation) Order(ctx context.Context, a *pay.PaymentAllocation) (*pay.Order, error) {
	return loadAny(ctx, &load(ctx).orders, a.OrderID)
}

func (allocation) Invoice(ctx context.Context, a *pay.PaymentAllocation) (*pay.Invoice, error) {
	return loadAny(ctx, &load(ctx).invoices, a.InvoiceID)
}

// orNil keeps a missing row from becoming an interface that is not nil.
func orNil[V any](row *V, err error) (any, error) {
	if row == nil || err != nil {
		return nil, err
	}
	return row, nil
}
