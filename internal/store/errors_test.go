package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestDuplicates proves that each way in which two requests can collide is told
// from the others, by the error that the server really gives.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payment, customer, business := w.payments[0].Payment, w.customers[0], w.businesses[0]
	product, order, invoice, gateway := w.products[0], w.orders[0], w.invoices[0], w.gateways[0]
	payment.ID, customer.ID, business.ID, product.ID, order.ID, invoice.ID, gateway.ID = pay.NewID(), pay.NewID(), pay.NewID(), pay.NewID(), pay.NewID(), pay.NewID(), pay.NewID()
	sameReference := payment
	sameReference.HumanID = "FRESH2"
	payment.ReferenceID = nil
	sameNumber, sameOrder, method := invoice, invoice, w.methods[0]
	sameNumber.ReferenceID, sameNumber.OrderID, sameOrder.ReferenceID, sameOrder.Number = nil, nil, nil, "fresh"
	invoice.Number, invoice.OrderID, method.ID, method.IsDefault = "fresh", nil, pay.NewID(), false
	company := pay.Company{ID: pay.NewID(), Slug: "acme", Name: "Acme", Country: "PT", Currency: "EUR", Version: 1, CreatedAt: noon}
	transfer := store.PaymentChange{Payment: w.payments[0].Payment, NewAttempts: slices.Clone(w.payments[0].Transactions)}
	transfer.NewAttempts[0].ID, transfer.NewAttempts[0].AttemptNumber, transfer.NewAttempts[0].ExternalID = pay.NewID(), 30, nil
	kinds := map[string]func(error) bool{"human id": store.IsDuplicateHumanID, "key": store.IsDuplicateKey, "reference": store.IsDuplicateReference}
	for name, collision := range map[string]struct {
		kind  string
		write func(context.Context) error
	}{
		"human id":             {"human id", func(ctx context.Context) error { return w.rows.InsertPayment(ctx, payment) }},
		"payment":              {"reference", func(ctx context.Context) error { return w.rows.InsertPayment(ctx, sameReference) }},
		"idempotency key":      {"key", func(ctx context.Context) error { return w.rows.InsertIdempotencyKey(ctx, w.intent) }},
		"customer":             {"reference", func(ctx context.Context) error { return w.rows.InsertCustomers(ctx, []store.NewCustomer{customer}) }},
		"business":             {"reference", func(ctx context.Context) error { return w.rows.InsertBusiness(ctx, business) }},
		"product":              {"reference", func(ctx context.Context) error { return w.rows.InsertProducts(ctx, []store.NewProduct{product}) }},
		"order":                {"reference", func(ctx context.Context) error { return w.rows.InsertOrders(ctx, []store.NewOrder{order}, nil, nil) }},
		"gateway":              {"reference", func(ctx context.Context) error { return w.rows.InsertGateway(ctx, gateway) }},
		"stored method":        {"reference", func(ctx context.Context) error { return w.rows.InsertPaymentMethod(ctx, method) }},
		"invoice":              {"reference", func(ctx context.Context) error { return w.rows.InsertInvoices(ctx, []store.NewInvoice{invoice}) }},
		"invoice number":       {"reference", func(ctx context.Context) error { return w.rows.InsertInvoices(ctx, []store.NewInvoice{sameNumber}) }},
		"invoice of the order": {"reference", func(ctx context.Context) error { return w.rows.InsertInvoices(ctx, []store.NewInvoice{sameOrder}) }},
		"manual payment":       {"", func(ctx context.Context) error { return w.rows.SaveChange(ctx, transfer) }},
		"company":              {"reference", func(ctx context.Context) error { return w.store.InsertCompany(ctx, company, nil) }},
		"an id":                {"", func(ctx context.Context) error { return w.rows.InsertProducts(ctx, w.products) }},
	} {
		err := w.store.InTx(t.Context(), collision.write)
		if err == nil {
			t.Errorf("%s twice is accepted", name)
		}
		for kind, is := range kinds {
			if is(err) != (kind == collision.kind) {
				t.Errorf("%s: taken for a duplicate %s: %v, %v", name, kind, is(err), err)
			}
		}
		if store.IsDuplicateManualReference(err) != (name == "manual payment") {
			t.Errorf("%s: taken for a duplicate manual reference or not: %v", name, err)
		}
		if errors.Is(err, pay.ErrUnavailable) {
			t.Errorf("%s: taken for a database out of reach: %v", name, err)
		}
	}
}

// TestUnavailable proves that a database that cannot be reached, or takes
// longer than it may, is told from a mistake.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	// Nobody answers at port 1, and nobody is given it, as a port that was free might be.
	gone, err := store.Open("host=127.0.0.1 port=1 user=nobody dbname=none sslmode=disable binary_parameters=yes", false, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, err := range map[string]error{
		"nobody answers":          store.New(gone).Ping(t.Context()),
		"no transaction begins":   store.New(gone).InTx(t.Context(), func(context.Context) error { return nil }),
		"the deadline has passed": b.store.Ping(late),
		"locked for too long":     b.lockedOut(),
	} {
		if !errors.Is(err, pay.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lockedOut is how reading a locked row fails for one who does not wait long.
func (b base) lockedOut() error {
	b.t.Helper()
	f := &filler{t: b.t}
	customer := filled(f, func(*store.NewCustomer) {})
	b.write(func(ctx context.Context) error { return b.rows.InsertCustomers(ctx, []store.NewCustomer{customer}) })
	db, err := store.Open(b.url+" statement_timeout=50", false, 0, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	impatient := store.New(db)
	var failure error
	b.write(func(ctx context.Context) error {
		if err := b.rows.ClearDefaultMethod(ctx, customer.ID); err != nil { // locks the customer
			return err
		}
		failure = impatient.InTx(context.WithoutCancel(b.acting()), func(ctx context.Context) error {
			return impatient.For(pay.Actor{TenantID: b.tenant.ID}).ClearDefaultMethod(ctx, customer.ID)
		})
		return nil
	})
	return failure
}
