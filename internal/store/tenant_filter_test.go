package store_test

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// paymentFilters are all conditions that look into other tables, or that could
// tell whether a row is there, each true of the first payment.
func (w *world) paymentFilters() []pay.PaymentFilter {
	p, x, a := w.payments[0].Payment, w.payments[0].Transactions[0], w.payments[0].Allocations[0]
	text := func(kind pay.Kind, id *uuid.UUID) []string { return []string{pay.FormatID(kind, *id)} }
	return []pay.PaymentFilter{
		{}, {IDs: text(pay.KindPayment, &p.ID)}, {HumanIDs: []string{p.HumanID}}, {ReferenceIDs: []string{*p.ReferenceID}},
		{OrderIDs: text(pay.KindOrder, a.OrderID)}, {InvoiceIDs: text(pay.KindInvoice, a.InvoiceID)},
		{SubscriptionIDs: text(pay.KindSubscription, a.SubscriptionID)}, {GatewayIDs: text(pay.KindGateway, &x.GatewayID)},
		{ExternalID: x.ExternalID}, {ManualReference: x.ManualReference}, {CustomerEmail: p.CustomerEmail}, {Search: p.Description},
		{StatusReachedAt: &pay.StatusReachedFilter{Status: w.events[0].Status}}, {Metadata: p.Metadata[:1]},
		{Or: []pay.PaymentFilter{{}, {IsActive: &p.IsActive}}}, {And: []pay.PaymentFilter{{}, {}}},
		{Or: []pay.PaymentFilter{{HumanIDs: []string{p.HumanID}}, {ReferenceIDs: []string{*p.ReferenceID}}}},
	}
}

// eventFilters are all conditions on events, each true of the first one.
func (w *world) eventFilters() []pay.PaymentEventFilter {
	e, p := w.events[0], w.payments[0].Payment
	return []pay.PaymentEventFilter{{}, {Types: []string{string(e.Type)}}, {Statuses: []pay.PaymentStatus{e.Status}},
		{PaymentIDs: []string{p.GlobalID()}}, {CustomerIDs: []string{pay.FormatID(pay.KindCustomer, *p.CustomerID)}}}
}

func (w *world) thisProduct() pay.ProductFilter {
	p := w.products[0].Product
	return pay.ProductFilter{IDs: []string{p.GlobalID()}, ReferenceIDs: []string{*p.ReferenceID}, Search: &p.Name}
}

func (w *world) thisCustomer() pay.CustomerFilter {
	return pay.CustomerFilter{IDs: []string{w.customers[0].GlobalID()}}
}

func (w *world) paymentBy(ctx context.Context, t store.Tenant) (n int, err error) {
	p, x := w.payments[0].Payment, w.payments[0].Transactions[0]
	for _, lookup := range []pay.PaymentLookup{{ID: ptr(p.GlobalID())}, {HumanID: &p.HumanID}, {ReferenceID: p.ReferenceID},
		{External: &pay.ExternalIDLookup{GatewayID: pay.FormatID(pay.KindGateway, x.GatewayID), ExternalID: *x.ExternalID}}} {
		found, e := t.PaymentBy(ctx, lookup)
		n, err = n+len(found), first(err, e)
	}
	return n, err
}

// id is the id of the first row.
func id[T any](rows []T) []uuid.UUID { return ids(rows)[:1] }

func size[T any](rows []T, err error) (int, error) { return len(rows), err }

func paged[T any](rows pay.Rows[T], err error) (int, error) { return len(rows.List), err }

// by calls a reading by ids.
func by[T any](read func(store.Tenant, context.Context, []uuid.UUID) ([]T, error), ids []uuid.UUID) func(context.Context, store.Tenant) (int, error) {
	return func(ctx context.Context, t store.Tenant) (int, error) { return size(read(t, ctx, ids)) }
}

// byOne calls a reading by one id.
func byOne[T any](read func(store.Tenant, context.Context, uuid.UUID) ([]T, error), id uuid.UUID) func(context.Context, store.Tenant) (int, error) {
	return func(ctx context.Context, t store.Tenant) (int, error) { return size(read(t, ctx, id)) }
}

// short has the columns read of orders and invoices that cannot be long.
var short = pay.NewFields([]string{"Order.ID", "Invoice.ID"})

// below calls a reading of all that hangs on parents, of whole rows and of short ones.
func below[T any](read func(store.Tenant, context.Context, []uuid.UUID) (map[uuid.UUID][]T, error), parents []uuid.UUID) func(context.Context, store.Tenant) (int, error) {
	return func(ctx context.Context, t store.Tenant) (int, error) {
		found, err := read(t, ctx, parents)
		again, e := read(t, pay.WithFields(ctx, short), parents)
		if len(again[parents[0]]) != len(found[parents[0]]) {
			e = fmt.Errorf("%d whole rows, %d short ones", len(found[parents[0]]), len(again[parents[0]]))
		}
		return len(found[parents[0]]), first(err, e)
	}
}

// under calls a reading of the lists that hang on a parent.
func under[T any](read func(store.Tenant, context.Context, []uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[T], error), parents []uuid.UUID) func(context.Context, store.Tenant) (int, error) {
	return func(ctx context.Context, t store.Tenant) (int, error) {
		found, err := read(t, ctx, parents, whole)
		return len(found[parents[0]].List), err
	}
}

// counted calls a count of the lists that hang on a parent.
func counted(count func(store.Tenant, context.Context, []uuid.UUID) (map[uuid.UUID]int, error), parents []uuid.UUID) func(context.Context, store.Tenant) (int, error) {
	return func(ctx context.Context, t store.Tenant) (int, error) {
		found, err := count(t, ctx, parents)
		return found[parents[0]], err
	}
}

// thisRefund is true of the first refund only.
func (w *world) thisRefund() pay.RefundFilter {
	r := w.refunds[0]
	return pay.RefundFilter{IDs: []string{r.GlobalID()}, ReferenceIDs: []string{*r.ReferenceID}, PaymentIDs: []string{pay.FormatID(pay.KindPayment, r.PaymentID)},
		Status: []pay.RefundState{r.Status}, Method: []pay.RefundMethod{r.Method}, Currency: &r.Currency}
}

// paymentSummary counts the payments that summaries by everything are about.
func (w *world) paymentSummary(ctx context.Context, t store.Tenant) (n int, err error) {
	groups := []pay.PaymentGroup{pay.GroupDay, pay.GroupCurrency, pay.GroupGateway, pay.GroupMethod, pay.GroupStatus}
	for _, f := range w.paymentFilters() {
		for i := range groups {
			rows, err := t.PaymentSummary(ctx, f, groups[i:])
			if err != nil {
				return n, err
			}
			for _, row := range rows {
				n += row.Count
			}
		}
	}
	return n, nil
}
