package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var (
	customers  = table[pay.Customer]{name: "customers"}
	products   = table[pay.Product]{name: "products"}
	businesses = table[pay.Business]{name: "businesses"}
	methods    = table[pay.PaymentMethod]{name: "payment_methods"}
)

// NewCustomer is a customer with the hash of the content it is made with.
type NewCustomer struct {
	pay.Customer
	Fingerprint []byte
}

// NewProduct is a product with the hash of the content it is made with.
type NewProduct struct {
	pay.Product
	Fingerprint []byte
}

// NewBusiness is a location with the hash of the content it is made with.
type NewBusiness struct {
	pay.Business
	Fingerprint []byte
}

// NewPaymentMethod is a stored method with the hash of the content it is made with.
type NewPaymentMethod struct {
	pay.PaymentMethod
	Fingerprint []byte
}

func (t Tenant) customersWhere() *where {
	w := t.where("t")
	t.ofCustomer(w, "t.id")
	return w
}

// Customers reads the visible customers with these ids, in any order.
func (t Tenant) Customers(ctx context.Context, ids []uuid.UUID) ([]pay.Customer, error) {
	return customersByID.list(ctx, t, ids)
}

// ListCustomers reads one page of the customers that match.
func (t Tenant) ListCustomers(ctx context.Context, f pay.CustomerFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Customer], error) {
	w := t.customersWhere()
	w.customer(f)
	return listPage(ctx, t, customers, w, byCreation, sort, p)
}

// CountCustomers counts the customers that match.
func (t Tenant) CountCustomers(ctx context.Context, f pay.CustomerFilter) (int, error) {
	w := t.customersWhere()
	w.customer(f)
	return customers.count(ctx, t.store, w)
}

func (w *where) customer(f pay.CustomerFilter) {
	g := &group{w: w}
	g.ids("t.id", pay.KindCustomer, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	if f.Email != nil {
		g.and("t.email_folded = lower(?)", *f.Email)
	}
	g.times("t.created_at", f.CreatedAt)
	w.conditions = append(w.conditions, g.list...)
}

// CustomerForUpdate locks one visible customer until the transaction ends.
func (t Tenant) CustomerForUpdate(ctx context.Context, id uuid.UUID) ([]pay.Customer, error) {
	w := t.customersWhere()
	w.and("t.id = ?", id)
	return customers.find(ctx, t.store, w, " FOR UPDATE")
}

// UpdateCustomer writes what can change of a customer.
func (t Tenant) UpdateCustomer(ctx context.Context, c pay.Customer) error {
	return customers.update(ctx, t.store, t.id, []pay.Customer{c}, "email", "first_name", "last_name", "phone", "address", "metadata", "version", "updated_at")
}

// InsertCustomers adds customers.
func (t Tenant) InsertCustomers(ctx context.Context, rows []NewCustomer) error {
	return insert(ctx, t.store, customers, t.id, rows)
}

// CreditBalances reads the store credit of the visible customers with these ids.
func (t Tenant) CreditBalances(ctx context.Context, customerIDs []uuid.UUID) ([]pay.CreditBalance, error) {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.among("t.customer_id", customerIDs)
	return table[pay.CreditBalance]{name: "customer_balances"}.find(ctx, t.store, w, " ORDER BY t.currency")
}

// Products reads the products with these ids, in any order. They are no
// secret: a customer sees them too.
func (t Tenant) Products(ctx context.Context, ids []uuid.UUID) ([]pay.Product, error) {
	return products.byID(ctx, t, ids)
}

// ProductForUpdate locks one product until the transaction ends.
func (t Tenant) ProductForUpdate(ctx context.Context, id uuid.UUID) ([]pay.Product, error) {
	return products.lock(ctx, t, id)
}

// UpdateProduct writes what can change of a product.
func (t Tenant) UpdateProduct(ctx context.Context, p pay.Product) error {
	return products.update(ctx, t.store, t.id, []pay.Product{p}, "name", "variant", "image_url", "currency", "unit_minor", "tax_rate", "is_food",
		"version", "updated_at")
}

// ListProducts reads one page of the products that match.
func (t Tenant) ListProducts(ctx context.Context, f pay.ProductFilter, p pay.Page) (pay.Rows[pay.Product], error) {
	w := t.where("t")
	w.product(f)
	return listPage(ctx, t, products, w, byCreation, pay.NewestFirst, p)
}

// CountProducts counts the products that match.
func (t Tenant) CountProducts(ctx context.Context, f pay.ProductFilter) (int, error) {
	w := t.where("t")
	w.product(f)
	return products.count(ctx, t.store, w)
}

func (w *where) product(f pay.ProductFilter) {
	g := &group{w: w}
	g.ids("t.id", pay.KindProduct, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	if f.Search != nil {
		like := "%" + escapeLike.Replace(*f.Search) + "%"
		g.and("(t.name ILIKE ? OR t.variant ILIKE ? OR t.reference_id ILIKE ?)", like, like, like)
	}
	w.conditions = append(w.conditions, g.list...)
}

// InsertProducts adds products.
func (t Tenant) InsertProducts(ctx context.Context, rows []NewProduct) error {
	return insert(ctx, t.store, products, t.id, rows)
}

// Businesses reads the locations with these ids, in any order.
func (t Tenant) Businesses(ctx context.Context, ids []uuid.UUID) ([]pay.Business, error) {
	return businesses.byID(ctx, t, ids)
}

// ListBusinesses reads one page of the locations.
func (t Tenant) ListBusinesses(ctx context.Context, p pay.Page) (pay.Rows[pay.Business], error) {
	return listPage(ctx, t, businesses, t.where("t"), byCreation, pay.NewestFirst, p)
}

// CountBusinesses counts the locations.
func (t Tenant) CountBusinesses(ctx context.Context) (int, error) {
	return businesses.count(ctx, t.store, t.where("t"))
}

// InsertBusiness adds a location.
func (t Tenant) InsertBusiness(ctx context.Context, row NewBusiness) error {
	return insert(ctx, t.store, businesses, t.id, []NewBusiness{row})
}

// PaymentMethods reads the visible stored methods with these ids, detached
// ones too.
func (t Tenant) PaymentMethods(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentMethod, error) {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.among("t.id", ids)
	return methods.find(ctx, t.store, w, "")
}

// PaymentMethodsOf reads the attached methods of visible customers, newest first.
func (t Tenant) PaymentMethodsOf(ctx context.Context, customerIDs []uuid.UUID) ([]pay.PaymentMethod, error) {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.and("t.customer_id = ANY(?) AND t.detached_at IS NULL", anyOf(customerIDs))
	return methods.find(ctx, t.store, w, " ORDER BY t.created_at DESC, t.id DESC")
}

// ClearDefaultMethod makes none of the visible customer's methods the first
// choice. It locks the customer, so that two new first choices follow one another.
func (t Tenant) ClearDefaultMethod(ctx context.Context, customerID uuid.UUID) error {
	w := t.customersWhere()
	w.and("t.id = ?", customerID)
	if found, err := customers.find(ctx, t.store, w, " FOR UPDATE"); err != nil || len(found) == 0 {
		return err
	}
	const query = `UPDATE payment_methods SET is_default = false WHERE tenant_id = $1 AND customer_id = $2 AND is_default`
	if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, customerID); err != nil {
		return translate(err, "clear default payment method")
	}
	return nil
}

// InsertPaymentMethod adds a stored method.
func (t Tenant) InsertPaymentMethod(ctx context.Context, row NewPaymentMethod) error {
	return insert(ctx, t.store, methods, t.id, []NewPaymentMethod{row})
}
