package store_test

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// lookups are the ways by which single rows and the rows of one owner are
// found, and the updates that find theirs by id.
func (w *world) lookups() []lookup {
	customer, order, invoice := w.md5("customer", 7), w.md5("order", 7), w.md5("invoice", 7)
	payment, transaction := w.md5("payment", 7), w.md5("transaction", 7)
	several := append(w.md5("payment", 8), payment...)
	all := []lookup{
		ofIDs("customers_pkey", store.Tenant.Customers, customer),
		ofIDs("payment_methods_of_customer", store.Tenant.PaymentMethodsOf, customer),
		ofIDs("orders_pkey", store.Tenant.Orders, order),
		ofIDs("orders_pkey", store.Tenant.OrdersForUpdate, order),
		ofIDs("order_lines_tenant_id_order_id_position_key", store.Tenant.OrderLinesOf, order),
		ofIDs("order_discounts_tenant_id_order_id_position_key", store.Tenant.OrderDiscountsOf, order),
		ofIDs("invoices_pkey", store.Tenant.Invoices, invoice),
		ofIDs("invoices_of_order", store.Tenant.InvoicesOfOrders, order),
		ofIDs("payments_pkey", store.Tenant.Payments, several),
		ofIDs("transactions_pkey", store.Tenant.Transactions, transaction),
		ofIDs("transactions_tenant_id_payment_id_attempt_number_key", store.Tenant.TransactionsOf, several),
		ofIDs("operations_pkey", store.Tenant.Operations, w.md5("operation", 7)),
		ofIDs("operations_of_payment", store.Tenant.OperationsOf, several),
		ofIDs("refunds_pkey", store.Tenant.Refunds, w.md5("refund", 7)),
		ofIDs("refunds_of_payment", store.Tenant.RefundsOf, several),
		ofIDs("payment_events_of_transaction", store.Tenant.EventsOfTransactions, append(w.md5("transaction", 8), transaction...)),
		ofIDs("payment_allocations_pkey", store.Tenant.Allocations, w.md5("allocation", 7)),
		ofIDs("payment_allocations_tenant_id_payment_id_position_key", store.Tenant.AllocationsOf, several),
		ofIDs("payment_lines_tenant_id_payment_id_position_key", store.Tenant.PaymentLinesOf, several),
		ofIDs("payment_discounts_tenant_id_payment_id_position_key", store.Tenant.PaymentDiscountsOf, several),
		ofIDs("payment_events_tenant_id_id_key", store.Tenant.Events, w.md5("event", 7)),
	}
	p, x := w.payments[0].Payment, w.payments[0].Transactions[0]
	return append(append(append(all, w.childLookups(customer, order, invoice, payment)...), w.changeLookups(order, invoice)...), []lookup{
		{"deliveries", "webhook_deliveries_by_creation", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListWebhookDeliveries(ctx, pay.WebhookDeliveryFilter{}, pay.Page{Limit: 10}))
		}},
		{"deliveries to an endpoint", "webhook_deliveries_of_endpoint", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListWebhookDeliveries(ctx, pay.WebhookDeliveryFilter{EndpointIDs: []string{pay.FormatID(pay.KindWebhookEndpoint, w.md5("endpoint", 7)[0])}}, pay.Page{Limit: 10}))
		}},
		{"deliveries of a payment", "webhook_deliveries_of_payment", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListWebhookDeliveries(ctx, pay.WebhookDeliveryFilter{PaymentIDs: []string{pay.FormatID(pay.KindPayment, payment[0])}}, pay.Page{Limit: 10}))
		}},
		{"the log of events", "payment_events_log", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.EventLog(ctx, pay.PaymentEventFilter{}, 1, 10))
		}},
		{"lock of a subscription", "billing_subscriptions_pkey", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.SubscriptionForUpdate(ctx, w.md5("subscription", 7)[0]))
		}},
		{"subscriptions", "billing_subscriptions_created", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListSubscriptions(ctx, pay.BillingSubscriptionFilter{}, time.Now(), pay.Page{Limit: 5}))
		}},
		{"orders paid by", "payment_allocations_tenant_id_payment_id_position_key", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.OrdersPaidBy(pay.WithFields(ctx, short), several))
		}},
		{"invoices paid by", "payment_allocations_tenant_id_payment_id_position_key", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.InvoicesPaidBy(pay.WithFields(ctx, short), several))
		}},
		{"lock of a payment", "payments_pkey", true, func(ctx context.Context, t store.Tenant) error { return failure(t.PaymentForUpdate(ctx, payment[0])) }},
		{"events", "payment_events_pkey", false, func(ctx context.Context, t store.Tenant) error { return failure(t.EventsAfter(ctx, payment, 0, 10)) }},
		{"human id", "payments_tenant_id_human_id_key", true, w.findBy(pay.PaymentLookup{HumanID: &p.HumanID})},
		{"reference", "payments_reference", true, w.findBy(pay.PaymentLookup{ReferenceID: p.ReferenceID})},
		{"external id", "transactions_external", false, w.findBy(pay.PaymentLookup{External: &pay.ExternalIDLookup{GatewayID: pay.FormatID(pay.KindGateway, x.GatewayID), ExternalID: "ch 7"}})},
		{"idempotency key", "idempotency_keys_pkey", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.IdempotencyKeyOf(ctx, w.intent.Operation, "key 7"))
		}},
		{"references", "orders_reference", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.References(ctx, store.OrdersTable, []string{"ref 7", "ref 8"}))
		}},
		{"invoice numbers", "invoices_tenant_id_number_key", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.InvoiceNumbers(ctx, []string{"no 7"}))
		}},
		{"customers by email", "customers_by_email", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListCustomers(ctx, pay.CustomerFilter{Email: ptr("Person7@example.com")}, pay.NewestFirst, whole))
		}},
		{"slips of a gateway", "transactions_by_slip_spelling", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.TransactionsByManualReference(ctx, x.GatewayID, []string{"slip 7"}))
		}},
		{"the same slip", "transactions_manual_reference", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.TransactionsOfSlip(ctx, x))
		}},
		{"payments by status", "payments_by_status", true, func(ctx context.Context, t store.Tenant) error {
			f := pay.PaymentFilter{Status: &pay.PaymentStatusFilter{In: []pay.PaymentStatus{pay.PaymentCancelled}}}
			return failure(t.CountPayments(ctx, f))
		}},
		{"refunds by status", "refunds_by_status", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.CountRefunds(ctx, pay.RefundFilter{Status: []pay.RefundState{pay.RefundUnknown}}))
		}},
		{"refunds of payments", "refunds_of_payment", false, func(ctx context.Context, t store.Tenant) error {
			return failure(t.ListRefunds(ctx, pay.RefundFilter{PaymentIDs: []string{pay.FormatID(pay.KindPayment, payment[0])}}, pay.NewestFirst, whole))
		}},
		{"summary of one status", "payments_by_status", false, func(ctx context.Context, t store.Tenant) error {
			f := pay.PaymentFilter{Status: &pay.PaymentStatusFilter{In: []pay.PaymentStatus{pay.PaymentCancelled}}}
			return failure(t.PaymentSummary(ctx, f, []pay.PaymentGroup{pay.GroupGateway, pay.GroupDay}))
		}},
		{"payments of orders", "payment_allocations_of_order", false, w.filtered(pay.PaymentFilter{OrderIDs: []string{pay.FormatID(pay.KindOrder, order[0])}})},
		{"payments of invoices", "payment_allocations_of_invoice", false, w.filtered(pay.PaymentFilter{InvoiceIDs: []string{pay.FormatID(pay.KindInvoice, invoice[0])}})},
		{"payments by reference", "payments_reference", false, w.filtered(pay.PaymentFilter{ReferenceIDs: []string{"ref 7"}})},
		{"update of a payment", "payments_pkey", true, func(ctx context.Context, t store.Tenant) error { return t.UpdatePayment(ctx, p) }},
		{"update of orders", "orders_pkey", true, func(ctx context.Context, t store.Tenant) error {
			return t.UpdateOrderDebts(ctx, []pay.Order{w.orders[0].Order, w.orders[1].Order})
		}},
		{"update of invoices", "invoices_pkey", true, func(ctx context.Context, t store.Tenant) error {
			return t.UpdateInvoiceDebts(ctx, []pay.Invoice{w.invoices[0].Invoice})
		}},
	}...)
}

// changeLookups are the locks of invoices, and the updates of a change, which
// find every row of theirs by id.
func (w *world) changeLookups(order, invoice []uuid.UUID) []lookup {
	lock := func(orders, ids []uuid.UUID) func(context.Context, store.Tenant) error {
		return func(ctx context.Context, t store.Tenant) error { return failure(t.InvoicesForUpdate(ctx, orders, ids)) }
	}
	all := []lookup{
		{"lock of invoices of orders", "invoices_of_order", false, lock(order, nil)},
		{"lock of invoices", "invoices_pkey", false, lock(nil, invoice)},
		{"lock of invoices of orders and others", "invoices_of_order", false, lock(order, invoice)},
		{"lock of others and invoices of orders", "invoices_pkey", false, lock(order, invoice)},
	}
	n := w.payments[0]
	change := store.PaymentChange{Payment: n.Payment, Attempts: n.Transactions, Operations: w.operations, Refunds: w.refunds, Allocations: n.Allocations,
		Orders: []pay.Order{w.orders[0].Order}, Invoices: []pay.Invoice{w.invoices[0].Invoice}, CreditMinor: 1}
	for _, table := range []string{"payments", "transactions", "operations", "refunds", "payment_allocations", "orders", "invoices"} {
		all = append(all, lookup{"change of " + table, table + "_pkey", true, func(ctx context.Context, t store.Tenant) error { return t.SaveChange(ctx, change) }})
	}
	return all
}

// childLookups are the lists that hang on a parent, and their counts.
func (w *world) childLookups(customer, order, invoice, payment []uuid.UUID) []lookup {
	var all []lookup
	page := pay.Page{Limit: 5}
	for of, l := range map[pay.PaymentParent]struct {
		index   string
		parents []uuid.UUID
	}{
		pay.OfCustomer: {"payments_of_customer", customer}, pay.OfPayment: {"payments_of_parent", payment},
		pay.OfSubscription: {"payment_allocations_of_subscription", w.md5("subscription", 7)},
		pay.OfOrder:        {"payment_allocations_of_order", order}, pay.OfInvoice: {"payment_allocations_of_invoice", invoice},
	} {
		all = append(all,
			lookup{"payments of each " + string(of), l.index, false, func(ctx context.Context, t store.Tenant) error {
				return failure(t.PaymentsUnder(ctx, of, l.parents, page))
			}},
			lookup{"count of payments of each " + string(of), l.index, false, func(ctx context.Context, t store.Tenant) error {
				return failure(t.CountPaymentsUnder(ctx, of, l.parents))
			}})
	}
	return append(all,
		lookup{"orders of each customer", "orders_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.OrdersUnderCustomers(ctx, customer, page))
		}},
		lookup{"count of orders of each customer", "orders_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.CountOrdersUnderCustomers(ctx, customer))
		}},
		lookup{"subscriptions of each customer", "billing_subscriptions_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.SubscriptionsUnderCustomers(ctx, customer, page))
		}},
		lookup{"count of subscriptions of each customer", "billing_subscriptions_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.CountSubscriptionsUnderCustomers(ctx, customer))
		}},
		lookup{"invoices of each customer", "invoices_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.InvoicesUnderCustomers(ctx, customer, page))
		}},
		lookup{"count of invoices of each customer", "invoices_of_customer", true, func(ctx context.Context, t store.Tenant) error {
			return failure(t.CountInvoicesUnderCustomers(ctx, customer))
		}})
}

// ofIDs is a reading by ids. It may sort the few rows that it finds.
func ofIDs[T any](index string, read func(store.Tenant, context.Context, []uuid.UUID) ([]T, error), ids []uuid.UUID) lookup {
	return lookup{index, index, false, func(ctx context.Context, t store.Tenant) error { return failure(read(t, ctx, ids)) }}
}

func (w *world) findBy(by pay.PaymentLookup) func(context.Context, store.Tenant) error {
	return func(ctx context.Context, t store.Tenant) error { return failure(t.PaymentBy(ctx, by)) }
}

func (w *world) filtered(f pay.PaymentFilter) func(context.Context, store.Tenant) error {
	return func(ctx context.Context, t store.Tenant) error {
		return failure(t.ListPayments(ctx, f, pay.NewestFirst, whole))
	}
}
