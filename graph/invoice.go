package graph

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type invoice struct{ *Resolver }

// Invoice resolves the fields of invoices that are not columns.
func (r *Resolver) Invoice() generated.InvoiceResolver { return invoice{r} }

func (q query) Invoice(ctx context.Context, id string) (*pay.Invoice, error) {
	return byID(ctx, &load(ctx).invoices, pay.KindInvoice, id)
}

func (q query) Invoices(ctx context.Context, filter *pay.InvoiceFilter, orderBy []model.InvoiceOrder, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.Invoice], error) {
	sort, err := sortOf(orderBy, func(o model.InvoiceOrder) pay.SortKey {
		return pay.SortKey{Field: pay.SortField(o.Field), Descending: o.Direction == model.OrderDirectionDesc}
	})
	if err != nil {
		return nil, err
	}
	var f pay.InvoiceFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs, f.Numbers, f.CustomerIDs, f.OrderIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.Invoice]{
		name: "invoices", conditions: f, sort: sort, position: invoicePosition(sort),
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Invoice], error) {
			rows, err := q.service.ListInvoices(ctx, f, sort, p)
			saw(ctx, (*loaders).sawInvoices, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountInvoices(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func invoicePosition(sort pay.Sort) func(pay.Invoice) pay.Position {
	return positionBy(sort, func(i pay.Invoice) uuid.UUID { return i.ID }, func(i pay.Invoice, f pay.SortField) any {
		switch {
		case f == pay.SortDueOn && i.DueOn == nil:
			return "infinity" // where the index has an invoice that is never due
		case f == pay.SortDueOn:
			return i.DueOn.Format(time.DateOnly)
		}
		return i.CreatedAt
	})
}

func (invoice) Customer(ctx context.Context, i *pay.Invoice) (*pay.Customer, error) {
	return load(ctx).customers.load(ctx, i.CustomerID)
}

func (invoice) Business(ctx context.Context, i *pay.Invoice) (*pay.Business, error) {
	return loadAny(ctx, &load(ctx).businesses, i.BusinessID)
}

func (invoice) Order(ctx context.Context, i *pay.Invoice) (*pay.Order, error) {
	return loadAny(ctx, &load(ctx).orders, i.OrderID)
}

func (r invoice) Payments(ctx context.Context, i *pay.Invoice, first int, after *string) (*page.Connection[pay.Payment], error) {
	return r.paymentsUnder(ctx, pay.OfInvoice, i.ID, first, after)
}

func (m mutation) CreateInvoice(ctx context.Context, input service.CreateInvoiceInput) (*model.CreateInvoicePayload, error) {
	list, _, err := m.service.CreateInvoices(ctx, []service.InvoiceInput{input.Invoice}, inputOne("invoice"))
	created, err := single(list, err)
	return answer(err, func(errs []model.MutationError) *model.CreateInvoicePayload {
		return &model.CreateInvoicePayload{Invoice: created, Errors: errs}
	})
}

func (m mutation) CreateInvoices(ctx context.Context, input service.CreateInvoicesInput) (*model.CreateInvoicesPayload, error) {
	list, created, err := m.service.CreateInvoices(ctx, input.Invoices, inputItem("invoices"))
	saw(ctx, (*loaders).sawInvoices, list)
	return answer(err, func(errs []model.MutationError) *model.CreateInvoicesPayload {
		return &model.CreateInvoicesPayload{Invoices: orEmpty(list), CreatedCount: created, Errors: errs}
	})
}
