package store_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestUpdates proves, for every update, which fields it writes: a row in which
// all fields are others is handed over, and only these may then be others in
// the database.
func TestUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := changed(w.f, w.orders[0].Order, func(o *pay.Order) { o.CapturedMinor = o.RefundedMinor + 1 })
	w.write(func(ctx context.Context) error { return w.rows.UpdateOrderDebts(ctx, []pay.Order{order}) })
	written(t, w.orders[0].Order, order, debtUpdate+" VoucherMinor")(w.rows.Orders(t.Context(), []uuid.UUID{order.ID}))

	invoice := changed(w.f, w.invoices[0].Invoice, func(i *pay.Invoice) { i.CapturedMinor = i.RefundedMinor + 1 })
	w.write(func(ctx context.Context) error { return w.rows.UpdateInvoiceDebts(ctx, []pay.Invoice{invoice}) })
	written(t, w.invoices[0].Invoice, invoice, debtUpdate)(w.rows.Invoices(t.Context(), []uuid.UUID{invoice.ID}))

	gateway := changed(w.f, w.gateways[0].PaymentGateway, func(g *pay.PaymentGateway) { g.Countries = pay.Strings[string]{"FR"} })
	w.write(func(ctx context.Context) error { return w.rows.UpdateGateway(ctx, gateway) })
	written(t, w.gateways[0].PaymentGateway, gateway, `Name Action MethodLabel ImageURL CheckoutImageURL IconURL RequestAffiliationURL MinimumMinor MinimumCurrency
		IsPartiallyRefundable IsTokenizable Currencies Countries IsEnabled Version UpdatedAt Parameters`)(w.rows.Gateways(t.Context(), []uuid.UUID{gateway.ID}))

	product := changed(w.f, w.products[0].Product, func(p *pay.Product) { p.TaxRate = ptr("7.25") })
	w.write(func(ctx context.Context) error { return w.rows.UpdateProduct(ctx, product) })
	written(t, w.products[0].Product, product, "Name Variant ImageURL Currency UnitMinor TaxRate IsFood Version UpdatedAt")(
		w.rows.Products(t.Context(), []uuid.UUID{product.ID}))

	customer := changed(w.f, w.customers[0].Customer, func(*pay.Customer) {})
	w.write(func(ctx context.Context) error { return w.rows.UpdateCustomer(ctx, customer) })
	written(t, w.customers[0].Customer, customer, "Email FirstName LastName Phone Address Metadata Version UpdatedAt")(
		w.rows.Customers(t.Context(), []uuid.UUID{customer.ID}))

	companies, _ := w.store.Company(t.Context(), w.tenant.CompanyID)
	company := changed(w.f, companies[0], func(*pay.Company) {})
	w.write(func(ctx context.Context) error { return w.store.UpdateCompany(ctx, company) })
	written(t, companies[0], company, "Name AllowsSelfApproval RefundsLateCaptures Version")(w.store.Company(t.Context(), company.ID))

	subscription := changed(w.f, w.subscriptions[0].BillingSubscription, func(s *pay.BillingSubscription) {
		s.AutomaticRetries = 3
		s.PaymentMethodID, s.NextDueOn = &w.methods[1].ID, ptr(s.NextDueOn.Truncate(24*time.Hour))
	})
	w.write(func(ctx context.Context) error { return w.rows.UpdateSubscription(ctx, subscription) })
	written(t, w.subscriptions[0].BillingSubscription, subscription, "PaymentMethodID PriceMinor AutomaticRetries Description Metadata NextDueOn NextDueAt CancelledAt Version UpdatedAt")(
		w.rows.BillingSubscriptions(t.Context(), []uuid.UUID{subscription.ID}))

	payment := w.changedPayment()
	w.write(func(ctx context.Context) error { return w.rows.UpdatePayment(ctx, payment) })
	written(t, w.payments[0].Payment, payment, paymentUpdate)(w.rows.Payments(t.Context(), []uuid.UUID{payment.ID}))
}

// The fields that updates write.
const (
	debtUpdate    = "InFlightMinor HeldMinor CapturedMinor RefundedMinor UpdatedAt"
	paymentUpdate = `InFlightMinor HeldMinor CapturedMinor ConfirmedMinor VoucherMinor RefundedMinor RefundPendingMinor ChargedBackMinor
	FeeMinor FeeIsEstimated SurplusMinor Status RefundStatus ReconciliationStatus Attention Acknowledged Closed MethodType MethodLabel PaymentMethodID IsActive BillingAddress
	ScheduledFor AttemptsBeforeDate UnattemptedAt NextRetryAt RetriesLeft RetriesMade CancelRequestedAt WakeAt Version EventSeq UpdatedAt PaidAt`
)

// changedPayment is the first payment with all fields others.
func (w *world) changedPayment() pay.Payment {
	return changed(w.f, w.payments[0].Payment, func(p *pay.Payment) {
		p.CapturedMinor, p.ConfirmedMinor, p.VoucherMinor, p.RefundedMinor, p.SurplusMinor = 801, 701, 301, 201, 101
		p.PaymentMethodID, p.RetriesLeft, p.Closed = &w.methods[1].ID, 4, ptr(pay.PaymentCancelled)
	})
}

// changed returns a row with the id of old whose every field is another.
func changed[T any](f *filler, old T, set func(*T)) T {
	f.other = 1
	row := filled(f, set)
	flip(reflect.ValueOf(&row).Elem())
	reflect.ValueOf(&row).Elem().FieldByName("ID").Set(reflect.ValueOf(old).FieldByName("ID"))
	return row
}

// flip turns the booleans over, which filled makes all true.
func flip(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				flip(v.Field(i))
			}
		}
	}
}

// written returns a check that the row that is read has the given fields of now
// and all others of before.
func written[T any](t *testing.T, before, now T, fields string) func([]T, error) {
	t.Helper()
	return func(got []T, err error) {
		t.Helper()
		if err != nil || len(got) != 1 {
			t.Errorf("%T: %d rows, %v", now, len(got), err)
			return
		}
		want := before
		for name := range strings.FieldsSeq(fields) {
			field, value := reflect.ValueOf(&want).Elem().FieldByName(name), reflect.ValueOf(now).FieldByName(name)
			if reflect.DeepEqual(field.Interface(), value.Interface()) {
				t.Errorf("%T.%s is not changed, so this proves nothing", now, name)
			}
			field.Set(value)
		}
		for _, difference := range differences(reflect.ValueOf(want), reflect.ValueOf(got[0]), reflect.TypeFor[T]().Name()) {
			t.Error(difference)
		}
	}
}
