package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type customer struct{ *Resolver }

// Customer resolves the fields of customers that are not columns.
func (r *Resolver) Customer() generated.CustomerResolver { return customer{r} }

func (q query) Customer(ctx context.Context, id string) (*pay.Customer, error) {
	return byID(ctx, &load(ctx).customers, pay.KindCustomer, id)
}

func (q query) Customers(ctx context.Context, filter *pay.CustomerFilter, orderBy []model.CustomerOrder, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.Customer], error) {
	sort, err := sortOf(orderBy, func(o model.CustomerOrder) pay.SortKey {
		return pay.SortKey{Field: pay.SortField(o.Field), Descending: o.Direction == model.OrderDirectionDesc}
	})
	if err != nil {
		return nil, err
	}
	var f pay.CustomerFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.Customer]{
		name: "customers", conditions: f, sort: sort,
		position: func(c pay.Customer) pay.Position { return pay.Position{Keys: []any{c.CreatedAt}, ID: c.ID} },
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Customer], error) {
			rows, err := q.service.ListCustomers(ctx, f, sort, p)
			saw(ctx, (*loaders).sawCustomers, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountCustomers(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func (customer) CreditBalances(ctx context.Context, c *pay.Customer) ([]money.Money, error) {
	balances, err := load(ctx).credit.load(ctx, c.ID)
	list := []money.Money{}
	for _, b := range balances {
		list = append(list, b.Amount())
	}
	return list, err
}

func (r customer) Payments(ctx context.Context, c *pay.Customer, first int, after *string) (*page.Connection[pay.Payment], error) {
	return r.paymentsUnder(ctx, pay.OfCustomer, c.ID, first, after)
}

func (r customer) Orders(ctx context.Context, c *pay.Customer, first int, after *string) (*page.Connection[pay.Order], error) {
	return under(ctx, r.Resolver, &load(ctx).ordersOfCustomer, "orders of customer", c.ID, first, after, orderPosition(pay.NewestFirst))
}

func (r customer) Invoices(ctx context.Context, c *pay.Customer, first int, after *string) (*page.Connection[pay.Invoice], error) {
	return under(ctx, r.Resolver, &load(ctx).invoicesOfCustomer, "invoices of customer", c.ID, first, after, invoicePosition(pay.NewestFirst))
}

func (m mutation) CreateCustomer(ctx context.Context, input service.CreateCustomerInput) (*model.CreateCustomerPayload, error) {
	list, _, err := m.service.CreateCustomers(ctx, []service.CustomerInput{input.Customer}, inputOne("customer"))
	created, err := single(list, err)
	return answer(err, func(errs []model.MutationError) *model.CreateCustomerPayload {
		return &model.CreateCustomerPayload{Customer: created, Errors: errs}
	})
}

func (m mutation) CreateCustomers(ctx context.Context, input service.CreateCustomersInput) (*model.CreateCustomersPayload, error) {
	list, created, err := m.service.CreateCustomers(ctx, input.Customers, inputItem("customers"))
	saw(ctx, (*loaders).sawCustomers, list)
	return answer(err, func(errs []model.MutationError) *model.CreateCustomersPayload {
		return &model.CreateCustomersPayload{Customers: orEmpty(list), CreatedCount: created, Errors: errs}
	})
}

func (m mutation) UpdateCustomer(ctx context.Context, input model.UpdateCustomerInput) (*model.UpdateCustomerPayload, error) {
	changed, err := m.service.UpdateCustomer(ctx, service.UpdateCustomer{ID: input.ID, ExpectedVersion: input.ExpectedVersion,
		Email: given(input.Email), FirstName: given(input.FirstName), LastName: given(input.LastName), Phone: given(input.Phone),
		Address: given(input.Address), Metadata: given(input.Metadata)})
	return answer(err, func(errs []model.MutationError) *model.UpdateCustomerPayload {
		return &model.UpdateCustomerPayload{Customer: unless(errs, &changed), Errors: errs}
	})
}

func orEmpty[V any](list []V) []V {
	if list == nil {
		return []V{}
	}
	return list
}
