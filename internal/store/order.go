package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

const orderCurrency = "(SELECT o.currency FROM orders o WHERE o.tenant_id = t.tenant_id AND o.id = t.order_id)"

var (
	orders         = table[pay.Order]{name: "orders"}
	orderLines     = lineTable("order", orderCurrency)
	orderDiscounts = table[pay.Discount]{
		name: "order_discounts", columns: map[string]string{"owner_id": "order_id"},
		computed: map[string]string{"currency": orderCurrency}}
	orderSort = sortColumns{
		pay.SortCreatedAt:   "t.created_at",
		pay.SortPlacedAt:    "t.placed_at",
		pay.SortTotalAmount: "t.total_minor",
	}
	ordersOfCustomer = children{match: "t.customer_id = k.parent_id"}
)

// NewOrder is an order with what belongs to it when it is made.
type NewOrder struct {
	pay.Order
	Fingerprint []byte
}

func (t Tenant) ordersWhere() *where {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	return w
}

// Orders reads the visible orders with these ids, in any order.
func (t Tenant) Orders(ctx context.Context, ids []uuid.UUID) ([]pay.Order, error) {
	w := t.ordersWhere()
	w.among("t.id", ids)
	return orders.find(ctx, t.store, w, "")
}

// OrdersForUpdate locks the visible orders with these ids, in ascending order
// of id, until the transaction ends. Orders are locked before payments.
func (t Tenant) OrdersForUpdate(ctx context.Context, ids []uuid.UUID) ([]pay.Order, error) {
	w := t.ordersWhere()
	w.among("t.id", ids)
	return orders.find(ctx, t.store, w, " ORDER BY t.id FOR UPDATE")
}

// ListOrders reads one page of the orders that match.
func (t Tenant) ListOrders(ctx context.Context, f pay.OrderFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Order], error) {
	w := t.ordersWhere()
	w.order(f)
	return listPage(ctx, t, orders, w, orderSort, sort, p)
}

// CountOrders counts the orders that match.
func (t Tenant) CountOrders(ctx context.Context, f pay.OrderFilter) (int, error) {
	w := t.ordersWhere()
	w.order(f)
	return orders.count(ctx, t.store, w)
}

func (w *where) order(f pay.OrderFilter) {
	g := &group{w: w}
	g.ids("t.id", pay.KindOrder, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	g.ids("t.customer_id", pay.KindCustomer, f.CustomerIDs)
	g.ids("t.business_id", pay.KindBusiness, f.BusinessIDs)
	oneOf(g, paidStatus("cancelled_at"), f.PaidStatus)
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	g.amounts("t.total_minor", f.TotalAmount)
	g.times("t.created_at", f.CreatedAt)
	g.times("t.placed_at", f.PlacedAt)
	w.conditions = append(w.conditions, g.list...)
}

// paidStatus says in SQL what pay.Debt says in Go; a test compares the two.
func paidStatus(cancelledColumn string) string {
	return strings.ReplaceAll(`CASE WHEN t.captured_minor > 0 AND t.captured_minor = t.refunded_minor THEN 'REFUNDED'
		WHEN t.captured_minor - t.refunded_minor > t.total_minor THEN 'OVERPAID'
		WHEN t.captured_minor - t.refunded_minor = t.total_minor THEN 'PAID'
		WHEN t.CANCELLED IS NOT NULL THEN 'CANCELLED'
		WHEN t.captured_minor > t.refunded_minor THEN 'PARTIALLY_PAID' ELSE 'UNPAID' END`, "CANCELLED IS", cancelledColumn+" IS")
}

// OrdersUnderCustomers reads the same page of orders, newest first, of each customer.
func (t Tenant) OrdersUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Order], error) {
	return listChildren(ctx, t.store, orders, t.ordersWhere(), ordersOfCustomer, customers, p)
}

// CountOrdersUnderCustomers counts the orders of each customer.
func (t Tenant) CountOrdersUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return countChildren(ctx, t.store, orders, t.ordersWhere(), ordersOfCustomer, customers)
}

// OrderLinesOf reads the lines of orders that the caller may see, in their order.
func (t Tenant) OrderLinesOf(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Line, error) {
	return orderLinesOf.list(ctx, t, orderIDs)
}

// OrderDiscountsOf reads the discounts of orders that the caller may see.
func (t Tenant) OrderDiscountsOf(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Discount, error) {
	return orderDiscountsOf.list(ctx, t, orderIDs)
}

// orderPartsWhere limits parts of orders to those of the caller.
func (t Tenant) orderPartsWhere() *where {
	w := t.where("t")
	if t.customer != nil {
		w.and("t.order_id IN (SELECT o.id FROM orders o WHERE o.tenant_id = t.tenant_id AND o.customer_id = ?)", *t.customer)
	}
	return w
}

// InsertOrders adds orders with their lines and discounts, in a few statements.
func (t Tenant) InsertOrders(ctx context.Context, rows []NewOrder, lines []pay.Line, discounts []pay.Discount) error {
	if err := insert(ctx, t.store, orders, t.id, rows); err != nil {
		return err
	}
	if err := t.insertLines(ctx, orderLines, "order_line_modifiers", lines); err != nil {
		return err
	}
	return insert(ctx, t.store, orderDiscounts, t.id, discounts)
}

// UpdateOrderDebts writes what payments did to orders.
func (t Tenant) UpdateOrderDebts(ctx context.Context, rows []pay.Order) error {
	return orders.update(ctx, t.store, t.id, rows,
		"in_flight_minor", "held_minor", "captured_minor", "refunded_minor", "voucher_minor", "updated_at")
}

// Reference is a stored object with the reference that its maker gave it.
type Reference struct {
	ID          uuid.UUID
	ReferenceID string
	// Fingerprint is a hash of the content that it was made with.
	Fingerprint []byte
}

// Referencing is a table whose rows carry references.
type Referencing string

// The tables with references.
const (
	Businesses      Referencing = "businesses"
	Customers       Referencing = "customers"
	Products        Referencing = "products"
	OrdersTable     Referencing = "orders"
	InvoicesTable   Referencing = "invoices"
	PaymentGateways Referencing = "payment_gateways"
	PaymentMethods  Referencing = "payment_methods"
	Subscriptions   Referencing = "billing_subscriptions"
)

// References reads which of the references are taken, by reference.
func (t Tenant) References(ctx context.Context, in Referencing, references []string) (map[string]Reference, error) {
	if len(references) == 0 {
		return nil, nil
	}
	w := t.where("t")
	w.and("t.reference_id = ANY(?)", pq.Array(references))
	var rows []Reference
	query := fmt.Sprintf("SELECT t.id, t.reference_id, t.fingerprint FROM %s t%s", in, w)
	if err := t.store.reader(ctx).SelectContext(ctx, &rows, query, w.args...); err != nil {
		return nil, translate(err, "read references of "+string(in))
	}
	found := make(map[string]Reference, len(rows))
	for _, row := range rows {
		found[row.ReferenceID] = row
	}
	return found, nil
}
