package graph

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type (
	order    struct{ *Resolver }
	line     struct{ *Resolver }
	modifier struct{ *Resolver }
)

// Order resolves the fields of orders that are not columns.
func (r *Resolver) Order() generated.OrderResolver { return order{r} }

// OrderLine resolves the fields of order lines that are not columns.
func (r *Resolver) OrderLine() generated.OrderLineResolver { return line{r} }

// PaymentLine resolves the fields of payment lines that are not columns.
func (r *Resolver) PaymentLine() generated.PaymentLineResolver { return line{r} }

// PreviewLine resolves the fields of previewed lines that are not columns.
func (r *Resolver) PreviewLine() generated.PreviewLineResolver { return line{r} }

// LineModifier resolves the fields of modifiers that are not columns.
func (r *Resolver) LineModifier() generated.LineModifierResolver { return modifier{r} }

func (q query) Order(ctx context.Context, id string) (*pay.Order, error) {
	return byID(ctx, &load(ctx).orders, pay.KindOrder, id)
}

func (q query) Orders(ctx context.Context, filter *pay.OrderFilter, orderBy []model.OrderOrder, first *int, after *string, last *int, before *string, offset *int) (*page.Connection[pay.Order], error) {
	sort, err := sortOf(orderBy, func(o model.OrderOrder) pay.SortKey {
		return pay.SortKey{Field: pay.SortField(o.Field), Descending: o.Direction == model.OrderDirectionDesc}
	})
	if err != nil {
		return nil, err
	}
	var f pay.OrderFilter
	if filter != nil {
		f = *filter
	}
	if err := checkValues(f.IDs, f.ReferenceIDs, f.CustomerIDs, f.BusinessIDs); err != nil {
		return nil, err
	}
	if f.TotalAmount != nil && f.Currency == nil {
		return nil, badInput("totalAmount needs a currency in the same filter.")
	}
	return connect(ctx, q.Resolver, connection[pay.Order]{
		name: "orders", conditions: f, sort: sort, position: orderPosition(sort),
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Order], error) {
			rows, err := q.service.ListOrders(ctx, f, sort, p)
			saw(ctx, (*loaders).sawOrders, rows.List)
			return rows, err
		},
		count: func(ctx context.Context) (int, error) { return q.service.CountOrders(ctx, f) },
	}, pageArgs{first, after, last, before, offset})
}

func orderPosition(sort pay.Sort) func(pay.Order) pay.Position {
	return positionBy(sort, func(o pay.Order) uuid.UUID { return o.ID }, func(o pay.Order, f pay.SortField) any {
		switch f {
		case pay.SortPlacedAt:
			return o.PlacedAt
		case pay.SortTotalAmount:
			return o.TotalMinor
		}
		return o.CreatedAt
	})
}

func (order) Customer(ctx context.Context, o *pay.Order) (*pay.Customer, error) {
	return load(ctx).customers.load(ctx, o.CustomerID)
}

func (order) Business(ctx context.Context, o *pay.Order) (*pay.Business, error) {
	return loadAny(ctx, &load(ctx).businesses, o.BusinessID)
}

func (order) Lines(ctx context.Context, o *pay.Order) ([]pay.Line, error) {
	return plain(load(ctx).orderLines.load(ctx, o.ID))
}

func (order) Discounts(ctx context.Context, o *pay.Order) ([]pay.Discount, error) {
	return plain(load(ctx).orderDiscounts.load(ctx, o.ID))
}

func (order) Invoice(ctx context.Context, o *pay.Order) (*pay.Invoice, error) {
	return first(load(ctx).invoiceOfOrder.load(ctx, o.ID))
}

func (r order) Payments(ctx context.Context, o *pay.Order, first int, after *string) (*page.Connection[pay.Payment], error) {
	return r.paymentsUnder(ctx, pay.OfOrder, o.ID, first, after)
}

func (line) Product(ctx context.Context, l *pay.Line) (*pay.Product, error) {
	return loadAny(ctx, &load(ctx).products, l.ProductID)
}

func (modifier) Product(ctx context.Context, m *pay.Modifier) (*pay.Product, error) {
	return loadAny(ctx, &load(ctx).products, m.ProductID)
}

func (m mutation) CreateOrder(ctx context.Context, input service.CreateOrderInput) (*model.CreateOrderPayload, error) {
	list, _, err := m.service.CreateOrders(ctx, []service.OrderInput{input.Order}, inputOne("order"))
	created, err := single(list, err)
	return answer(err, func(errs []model.MutationError) *model.CreateOrderPayload {
		return &model.CreateOrderPayload{Order: created, Errors: errs}
	})
}

func (m mutation) CreateOrders(ctx context.Context, input service.CreateOrdersInput) (*model.CreateOrdersPayload, error) {
	list, created, err := m.service.CreateOrders(ctx, input.Orders, inputItem("orders"))
	saw(ctx, (*loaders).sawOrders, list)
	return answer(err, func(errs []model.MutationError) *model.CreateOrdersPayload {
		return &model.CreateOrdersPayload{Orders: orEmpty(list), CreatedCount: created, Errors: errs}
	})
}

func (q query) Product(ctx context.Context, id string) (*pay.Product, error) {
	return byID(ctx, &load(ctx).products, pay.KindProduct, id)
}

func (q query) Products(ctx context.Context, filter *pay.ProductFilter, first int, after *string) (*page.Connection[pay.Product], error) {
	var f pay.ProductFilter
	if filter != nil {
		f = *filter
	}
	if err := cmp.Or(checkValues(f.IDs, f.ReferenceIDs), checkSearch(f.Search)); err != nil {
		return nil, err
	}
	return connect(ctx, q.Resolver, connection[pay.Product]{
		name: "products", conditions: f, sort: pay.NewestFirst,
		read: func(ctx context.Context, p pay.Page) (pay.Rows[pay.Product], error) {
			return q.service.ListProducts(ctx, f, p)
		},
		count:    func(ctx context.Context) (int, error) { return q.service.CountProducts(ctx, f) },
		position: func(p pay.Product) pay.Position { return pay.Position{Keys: []any{p.CreatedAt}, ID: p.ID} },
	}, pageArgs{first: &first, after: after})
}

func (m mutation) UpdateProduct(ctx context.Context, input model.UpdateProductInput) (*model.UpdateProductPayload, error) {
	product, err := m.service.UpdateProduct(ctx, service.UpdateProduct{ID: input.ID, ExpectedVersion: input.ExpectedVersion,
		Name: given(input.Name), Variant: given(input.Variant), ImageURL: given(input.ImageURL), UnitAmount: given(input.UnitAmount),
		TaxRate: given(input.TaxRate), IsFood: given(input.IsFood)})
	return answer(err, func(errs []model.MutationError) *model.UpdateProductPayload {
		return &model.UpdateProductPayload{Product: unless(errs, &product), Errors: errs}
	})
}

func (m mutation) CreateProducts(ctx context.Context, input service.CreateProductsInput) (*model.CreateProductsPayload, error) {
	list, created, err := m.service.CreateProducts(ctx, input)
	return answer(err, func(errs []model.MutationError) *model.CreateProductsPayload {
		return &model.CreateProductsPayload{Products: orEmpty(list), CreatedCount: created, Errors: errs}
	})
}
