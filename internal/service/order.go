package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// OrderInput is an order to be added.
type OrderInput struct {
	ReferenceID *string
	CustomerID  string
	BusinessID  *string
	Currency    *money.Currency
	TotalAmount *pay.MoneyInput
	Lines       []LineInput
	Discounts   []DiscountInput
	Description *string
	Metadata    []pay.MetadataEntry
	PlacedAt    *time.Time
}

// CreateOrderInput is one order to be added.
type CreateOrderInput struct{ Order OrderInput }

// CreateOrdersInput is 1 to 100 orders to be added.
type CreateOrdersInput struct{ Orders []OrderInput }

// fullOrder is an order with its lines and discounts.
type fullOrder struct {
	Order     pay.Order
	Lines     []pay.Line
	Discounts []pay.Discount
}

// CreateOrders adds orders with their lines, all or none, and says how many are
// new. For callers with payments:write, but no customer: they would set their
// own prices.
func (s *Service) CreateOrders(ctx context.Context, list []OrderInput, path func(i int) pay.Path) ([]pay.Order, int, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return nil, 0, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return nil, 0, err
	}
	full, created, err := saveBulk(ctx, s, c.rows, func(ctx context.Context) (bulk[fullOrder], error) {
		drafts, err := s.draftOrders(ctx, c, company, list, path)
		return bulk[fullOrder]{table: store.OrdersTable, kind: pay.KindOrder, drafts: drafts, path: path,
			insert: insertOrders, read: readOrders(c.rows),
			key: func(o fullOrder) uuid.UUID { return o.Order.ID }}, err
	})
	if err != nil {
		return nil, 0, err
	}
	orders := make([]pay.Order, len(full))
	for i, o := range full {
		orders[i] = o.Order
	}
	return orders, created, nil
}

func readOrders(rows store.Tenant) func(context.Context, []uuid.UUID) ([]fullOrder, error) {
	return func(ctx context.Context, ids []uuid.UUID) ([]fullOrder, error) {
		orders, err := rows.Orders(ctx, ids)
		full := make([]fullOrder, len(orders))
		for i, o := range orders {
			full[i].Order = o
		}
		return full, err
	}
}

func insertOrders(ctx context.Context, rows store.Tenant, fresh []draft[fullOrder]) error {
	var orders []store.NewOrder
	var lines []pay.Line
	var discounts []pay.Discount
	for _, d := range fresh {
		orders = append(orders, store.NewOrder{Order: d.row.Order, Fingerprint: d.fingerprint})
		lines, discounts = append(lines, d.row.Lines...), append(discounts, d.row.Discounts...)
	}
	return rows.InsertOrders(ctx, orders, lines, discounts)
}

func (s *Service) draftOrders(ctx context.Context, c caller, company pay.Company, list []OrderInput, path func(int) pay.Path) ([]draft[fullOrder], error) {
	var faults checks
	if !faults.bulk(len(list), maxBulk, path(0)[:len(path(0))-1]) {
		return nil, faults.Err()
	}
	refs, err := c.orderReferences(ctx, list)
	if err != nil {
		return nil, err
	}
	now, lineCount := s.clock(), 0
	drafts := make([]draft[fullOrder], len(list))
	references := make([]*string, len(list))
	for i, in := range list {
		lineCount += len(in.Lines)
		references[i] = in.ReferenceID
		var own checks // another order's faults must not keep this one from being priced
		full := refs.order(&own, in, company, path(i))
		faults.addAll(own)
		hash := fingerprint(orderContent(full))
		full.stamp(now)
		drafts[i] = draft[fullOrder]{row: full, id: full.Order.ID, referenceID: in.ReferenceID, fingerprint: hash}
	}
	if lineCount > maxBulkLines {
		faults.Addf(pay.CodeTooManyItems, path(0)[:len(path(0))-1], "At most %d lines are accepted in all; there are %d.", maxBulkLines, lineCount)
	}
	faults.unique(references, func(i int) pay.Path { return path(i).Then("referenceId") })
	return drafts, faults.Err()
}

// stamp gives the order and its parts ids and times, which its fingerprint does
// not cover: the same order told twice would otherwise never be the same.
func (o *fullOrder) stamp(now time.Time) {
	o.Order.ID, o.Order.CreatedAt, o.Order.UpdatedAt = pay.NewID(), now, now
	if o.Order.PlacedAt.IsZero() {
		o.Order.PlacedAt = now
	}
	for i := range o.Lines {
		o.Lines[i].ID, o.Lines[i].OwnerID = pay.NewID(), o.Order.ID
	}
	for i := range o.Discounts {
		o.Discounts[i].ID, o.Discounts[i].OwnerID = pay.NewID(), o.Order.ID
	}
}

// orderReferences are the rows that orders refer to, by id.
type orderReferences struct {
	customers   map[uuid.UUID]pay.Customer
	businesses  map[uuid.UUID]pay.Business
	products    map[uuid.UUID]pay.Product
	environment pay.Environment
}

func (c caller) orderReferences(ctx context.Context, list []OrderInput) (r orderReferences, err error) {
	r.environment = c.Environment
	var customers, businesses []string
	lines := make([][]LineInput, len(list))
	for i, in := range list {
		customers, lines[i] = append(customers, in.CustomerID), in.Lines
		if in.BusinessID != nil {
			businesses = append(businesses, *in.BusinessID)
		}
	}
	if r.customers, err = fetch(ctx, pay.ParseIDs(pay.KindCustomer, customers), c.rows.Customers, customerID); err != nil {
		return r, err
	}
	if r.businesses, err = fetch(ctx, pay.ParseIDs(pay.KindBusiness, businesses), c.rows.Businesses, businessID); err != nil {
		return r, err
	}
	r.products, err = c.productsOf(ctx, lines...)
	return r, err
}

// order reads one order and prices it.
func (r orderReferences) order(c *checks, in OrderInput, company pay.Company, at pay.Path) fullOrder {
	c.reference(in.ReferenceID, at)
	c.description(in.Description, at.Then("description"))
	c.metadata(in.Metadata, at.Then("metadata"))
	o := pay.Order{ReferenceID: in.ReferenceID, Description: in.Description, Metadata: in.Metadata}
	if in.PlacedAt != nil {
		o.PlacedAt = *in.PlacedAt
	}
	o.CustomerID, _ = pay.ParseID(pay.KindCustomer, in.CustomerID)
	if _, ok := r.customers[o.CustomerID]; !ok {
		c.Add(notFound("customer", at.Then("customerId")))
	}
	o.BusinessID = r.business(c, in.BusinessID, at.Then("businessId"))
	var said pay.Path
	o.Currency, said = in.currency(r.products, company, at)
	c.inUse(o.Currency, said)
	full := fullOrder{Order: o}
	reader := lineReader{checks: c, products: r.products, currency: o.Currency, environment: r.environment}
	full.read(reader, in, at)
	full.price(c, in, at)
	return full
}

func (r orderReferences) business(c *checks, id *string, at pay.Path) *uuid.UUID {
	if id == nil {
		return nil
	}
	key, _ := pay.ParseID(pay.KindBusiness, *id)
	if _, ok := r.businesses[key]; !ok {
		c.Add(notFound("business", at))
	}
	return &key
}

// currency is the order's own, that of the first amount that names one, that of
// the first product, or the company's; and the path to what says it.
func (in OrderInput) currency(products map[uuid.UUID]pay.Product, company pay.Company, at pay.Path) (money.Currency, pay.Path) {
	if in.Currency != nil {
		return *in.Currency, at.Then("currency")
	}
	if in.TotalAmount != nil && in.TotalAmount.Currency != nil {
		return *in.TotalAmount.Currency, at.Then("totalAmount", "currency")
	}
	for i, line := range in.Lines {
		at := at.Then("lines").Index(i)
		if line.ProductID != nil { // whose own price counts
			id, _ := pay.ParseID(pay.KindProduct, *line.ProductID)
			if product, ok := products[id]; ok {
				return product.Currency, at.Then("productId")
			}
		} else if line.UnitAmount != nil && line.UnitAmount.Currency != nil {
			return *line.UnitAmount.Currency, at.Then("unitAmount", "currency")
		}
	}
	return company.Currency, at.Then("currency")
}

func (o *fullOrder) read(r lineReader, in OrderInput, at pay.Path) {
	if len(in.Lines) > pay.MaxLines {
		r.Addf(pay.CodeTooManyItems, at.Then("lines"), "An order takes at most %d lines.", pay.MaxLines)
		return
	}
	if len(in.Discounts) > pay.MaxDiscounts {
		r.Addf(pay.CodeTooManyItems, at.Then("discounts"), "An order takes at most %d discounts.", pay.MaxDiscounts)
		return
	}
	if len(in.Discounts) > 0 && len(in.Lines) == 0 {
		r.Addf(pay.CodeRequired, at.Then("lines"), "Discounts need lines to take off from.")
	}
	for i, line := range in.Lines {
		o.Lines = append(o.Lines, r.line(line, i, at.Then("lines").Index(i)))
	}
	for i, d := range in.Discounts {
		o.Discounts = append(o.Discounts, r.discount(d, i, at.Then("discounts").Index(i)))
	}
}

// price computes the order's amounts from its lines, or takes the total given,
// and refuses a total that disagrees with the lines.
func (o *fullOrder) price(c *checks, in OrderInput, at pay.Path) {
	if c.Any() {
		return // amounts of faulty lines would only mislead
	}
	totalAt := at.Then("totalAmount")
	var total int64
	if in.TotalAmount != nil {
		minor, refusal := in.TotalAmount.NotNegative(o.Order.Currency, totalAt)
		c.Add(refusal)
		total = minor
	}
	if len(in.Lines) == 0 {
		if in.TotalAmount == nil {
			c.Addf(pay.CodeRequired, totalAt, "A total is needed without lines.")
		}
		o.Order.SubtotalMinor, o.Order.TotalMinor = total, total
		return
	}
	price, err := pay.PriceOf(o.Lines, o.Discounts)
	if err != nil {
		c.Addf(pay.CodeInvalidInput, at.Then("lines"), "The amounts add up to more than 2^53 - 1 minor units.")
		return
	}
	o.Order.SubtotalMinor, o.Order.DiscountMinor = price.TotalMinor, price.DiscountMinor
	o.Order.TotalMinor, o.Order.FoodMinor = price.FinalMinor, price.FoodMinor
	if in.TotalAmount != nil && total != price.FinalMinor {
		c.Addf(pay.CodeAmountMismatch, totalAt, "The lines add up to %s.", o.Order.TotalAmount())
	}
}

// Orders reads visible orders by id, in any order.
func (s *Service) Orders(ctx context.Context, ids []uuid.UUID) ([]pay.Order, error) {
	return read(ctx, s, func(c caller) ([]pay.Order, error) { return c.rows.Orders(ctx, ids) })
}

// ListOrders reads one page of the orders that match.
func (s *Service) ListOrders(ctx context.Context, f pay.OrderFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Order], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Order], error) { return c.rows.ListOrders(ctx, f, sort, p) })
}

// CountOrders counts the orders that match.
func (s *Service) CountOrders(ctx context.Context, f pay.OrderFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountOrders(ctx, f) })
}

// OrdersPaidBy reads the visible orders that payments pay, by payment. The caller must see the
// payments.
func (s *Service) OrdersPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Order, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID][]pay.Order, error) { return c.rows.OrdersPaidBy(ctx, paymentIDs) })
}

// OrdersUnderCustomers reads the same page of orders of each customer.
func (s *Service) OrdersUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Order], error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]pay.Rows[pay.Order], error) {
		return c.rows.OrdersUnderCustomers(ctx, customers, p)
	})
}

// CountOrdersUnderCustomers counts the orders of each customer.
func (s *Service) CountOrdersUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]int, error) { return c.rows.CountOrdersUnderCustomers(ctx, customers) })
}

// OrderLines reads the lines of visible orders.
func (s *Service) OrderLines(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Line, error) {
	return read(ctx, s, func(c caller) ([]pay.Line, error) { return c.rows.OrderLinesOf(ctx, orderIDs) })
}

// OrderDiscounts reads the discounts of visible orders.
func (s *Service) OrderDiscounts(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Discount, error) {
	return read(ctx, s, func(c caller) ([]pay.Discount, error) { return c.rows.OrderDiscountsOf(ctx, orderIDs) })
}
