package store_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestUpdates proves, for every update, which fields it writes: a row in which
// all fields are others is handed over, and only these may then be others in
// the database.
func TestUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const debt = "InFlightMinor HeldMinor CapturedMinor RefundedMinor UpdatedAt"
	order := changed(w.f, w.orders[0].Order, func(o *pay.Order) { o.CapturedMinor = o.RefundedMinor + 1 })
	w.write(func(ctx context.Context) error { return w.rows.UpdateOrderDebts(ctx, []pay.Order{order}) })
	written(t, w.orders[0].Order, order, debt+" VoucherMinor")(w.rows.Orders(t.Context(), []uuid.UUID{order.ID}))

	invoice := changed(w.f, w.invoices[0].Invoice, func(i *pay.Invoice) { i.CapturedMinor = i.RefundedMinor + 1 })
	w.write(func(ctx context.Context) error { return w.rows.UpdateInvoiceDebts(ctx, []pay.Invoice{invoice}) })
	written(t, w.invoices[0].Invoice, invoice, debt)(w.rows.Invoices(t.Context(), []uuid.UUID{invoice.ID}))

	gateway := changed(w.f, w.gateways[0].PaymentGateway, func(g *pay.PaymentGateway) { g.Countries = pay.Strings[string]{"FR"} })
	w.write(func(ctx context.Context) error { return w.rows.UpdateGateway(ctx, gateway) })
	written(t, w.gateways[0].PaymentGateway, gateway, `Name Action MethodLabel ImageURL CheckoutImageURL IconURL RequestAffiliationURL MinimumMinor MinimumCurrency
		IsPartiallyRefundable IsTokenizable Currencies Countries IsEnabled Version UpdatedAt Parameters`)(w.rows.Gateways(t.Context(), []uuid.UUID{gateway.ID}))

	payment := changed(w.f, w.payments[0].Payment, func(p *pay.Payment) {
		p.CapturedMinor, p.ConfirmedMinor, p.VoucherMinor, p.RefundedMinor = 801, 701, 301, 201
	})
	w.write(func(ctx context.Context) error { return w.rows.UpdatePayment(ctx, payment) })
	written(t, w.payments[0].Payment, payment, paymentUpdate)(w.rows.Payments(t.Context(), []uuid.UUID{payment.ID}))
}

const paymentUpdate = `InFlightMinor HeldMinor CapturedMinor ConfirmedMinor VoucherMinor RefundedMinor RefundPendingMinor ChargedBackMinor
	FeeMinor FeeIsEstimated Status Attention MethodType MethodLabel Version EventSeq UpdatedAt PaidAt`

// TestSettle proves that settling writes every field of the attempt, the
// payment as UpdatePayment does, the money of the allocations, and the event.
func TestSettle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, part := w.payments[0], w.payments[0].Allocations[0]
	payment := changed(w.f, before.Payment, func(p *pay.Payment) {
		p.CapturedMinor, p.ConfirmedMinor, p.VoucherMinor, p.RefundedMinor = 801, 701, 301, 201
	})
	attempt := changed(w.f, before.Transaction, func(x *pay.Transaction) {
		x.PaymentID, x.AttemptNumber, x.GatewayID, x.PaymentMethodID = payment.ID, 3, w.gateways[1].ID, &w.methods[1].ID
		x.CapturedMinor, x.ConfirmedMinor, x.RefundedMinor, x.VoucherMinor, x.HeldMinor = 801, 701, 201, 301, 0
	})
	allocation := changed(w.f, part, func(a *pay.PaymentAllocation) { a.CapturedMinor = a.RefundedMinor + 1 })
	event := filled(w.f, func(e *pay.PaymentEvent) {
		e.PaymentID, e.Seq, e.TransactionID, e.RefundID, e.Currency = payment.ID, 3, &attempt.ID, &w.refunds[0].ID, part.Currency
	})
	w.write(func(ctx context.Context) error {
		return w.rows.Settle(ctx, payment, attempt, []pay.PaymentAllocation{allocation}, event)
	})
	written(t, before.Payment, payment, paymentUpdate)(w.rows.Payments(t.Context(), []uuid.UUID{payment.ID}))
	written(t, attempt, attempt, "")(w.rows.Transactions(t.Context(), []uuid.UUID{attempt.ID}))
	written(t, part, allocation, "CapturedMinor RefundedMinor")(w.rows.Allocations(t.Context(), []uuid.UUID{allocation.ID}))
	written(t, event, event, "")(w.rows.Events(t.Context(), []uuid.UUID{event.ID}))
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
