package store_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// readings calls every method of Tenant that reads, about the first of each
// thing in the world; what it returns is how many rows were found.
func (w *world) readings() map[string]func(context.Context, store.Tenant) (int, error) {
	customer, product, business := id(w.customers), id(w.products), id(w.businesses)
	gateway, method, order, invoice := id(w.gateways), id(w.methods), id(w.orders), id(w.invoices)
	payment, other, attempt := []uuid.UUID{w.payments[0].Payment.ID}, []uuid.UUID{w.payments[1].Payment.ID}, id(w.payments[0].Transactions)
	type reading = func(context.Context, store.Tenant) (int, error)
	parts := w.payments[0]
	return merged(w.webhookReadings(), map[string]reading{
		"Customers":              by(store.Tenant.Customers, customer),
		"CreditBalances":         by(store.Tenant.CreditBalances, customer),
		"Products":               by(store.Tenant.Products, product),
		"Businesses":             by(store.Tenant.Businesses, business),
		"Gateways":               by(store.Tenant.Gateways, gateway),
		"ProductForUpdate":       byOne(store.Tenant.ProductForUpdate, product[0]),
		"CustomerForUpdate":      byOne(store.Tenant.CustomerForUpdate, customer[0]),
		"GatewayForUpdate":       byOne(store.Tenant.GatewayForUpdate, gateway[0]),
		"PaymentMethods":         by(store.Tenant.PaymentMethods, method),
		"PaymentMethodsOf":       by(store.Tenant.PaymentMethodsOf, customer),
		"AllPaymentMethodsOf":    by(store.Tenant.AllPaymentMethodsOf, customer),
		"PaymentMethodForUpdate": byOne(store.Tenant.PaymentMethodForUpdate, method[0]),
		"BillingSubscriptions":   by(store.Tenant.BillingSubscriptions, id(w.subscriptions)),
		"SubscriptionForUpdate":  byOne(store.Tenant.SubscriptionForUpdate, w.subscriptions[0].ID),
		"Orders":                 by(store.Tenant.Orders, order),
		"OrdersForUpdate":        by(store.Tenant.OrdersForUpdate, order),
		"OrderLinesOf":           by(store.Tenant.OrderLinesOf, order),
		"OrderDiscountsOf":       by(store.Tenant.OrderDiscountsOf, order),
		"Invoices":               by(store.Tenant.Invoices, invoice),
		"InvoicesOfOrders":       by(store.Tenant.InvoicesOfOrders, order),
		"Payments":               by(store.Tenant.Payments, payment),
		"PaymentForUpdate":       byOne(store.Tenant.PaymentForUpdate, payment[0]),
		"Transactions":           by(store.Tenant.Transactions, attempt),
		"TransactionsOf":         by(store.Tenant.TransactionsOf, payment),
		"Operations":             by(store.Tenant.Operations, id(w.operations)),
		"OperationsOf":           by(store.Tenant.OperationsOf, payment),
		"Refunds":                by(store.Tenant.Refunds, id(w.refunds)),
		"RefundsOf":              by(store.Tenant.RefundsOf, payment),
		"Allocations":            by(store.Tenant.Allocations, id(parts.Allocations)),
		"AllocationsOf":          by(store.Tenant.AllocationsOf, payment),
		"PaymentLinesOf":         by(store.Tenant.PaymentLinesOf, payment),
		"PaymentDiscountsOf":     by(store.Tenant.PaymentDiscountsOf, payment),
		"EnabledGatewaysOf":      by(store.Tenant.EnabledGatewaysOf, payment),
		"Events":                 by(store.Tenant.Events, id(w.events)),
		"Simulations":            by(store.Tenant.Simulations, []uuid.UUID{w.simulation.ID}),
		"EventsOfTransactions":   by(store.Tenant.EventsOfTransactions, attempt),
		"APIKeysByID":            by(store.Tenant.APIKeysByID, id(w.keys)),
		"TrustedDocuments":       by(store.Tenant.TrustedDocuments, id(w.documents)),
		"OrdersPaidBy":           below(store.Tenant.OrdersPaidBy, payment),
		"InvoicesPaidBy":         below(store.Tenant.InvoicesPaidBy, payment),
		"OrdersUnderCustomers":   under(store.Tenant.OrdersUnderCustomers, customer),
		"InvoicesUnderCustomers": under(store.Tenant.InvoicesUnderCustomers, customer),

		"SubscriptionsUnderCustomers":      under(store.Tenant.SubscriptionsUnderCustomers, customer),
		"CountSubscriptionsUnderCustomers": counted(store.Tenant.CountSubscriptionsUnderCustomers, customer),

		"CountOrdersUnderCustomers":   counted(store.Tenant.CountOrdersUnderCustomers, customer),
		"CountInvoicesUnderCustomers": counted(store.Tenant.CountInvoicesUnderCustomers, customer),

		"InvoicesForUpdate": func(ctx context.Context, t store.Tenant) (int, error) {
			ofOrder, err := size(t.InvoicesForUpdate(ctx, order, nil))
			named, e := size(t.InvoicesForUpdate(ctx, nil, invoice))
			return ofOrder + named, first(err, e)
		},
		"CreditBalance": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.CreditBalance(ctx, customer[0], w.credit.Currency))
		},
		"CreditBalanceForUpdate": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.CreditBalanceForUpdate(ctx, customer[0], w.credit.Currency))
		},
		"EventsAfter": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.EventsAfter(ctx, payment, 0, 10))
		},
		"EventLog": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for _, f := range w.eventFilters() {
				page, e := t.EventLog(ctx, f, 0, 10)
				n, err = n+len(page.List), first(err, e)
			}
			return n, err
		},
		"CountEventLog": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for _, f := range w.eventFilters() {
				found, e := t.CountEventLog(ctx, f)
				n, err = n+found, first(err, e)
			}
			return n, err
		},
		"CountWorkingAPIKeys": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountWorkingAPIKeys(ctx, noon) },
		"APIKeys":             func(ctx context.Context, t store.Tenant) (int, error) { return size(t.APIKeys(ctx, nil, noon)) },
		"GatewayRules": func(ctx context.Context, t store.Tenant) (int, error) {
			rules, err := t.GatewayRules(ctx)
			return len(rules.Rules), err
		},
		"GatewayRulesForUpdate": func(ctx context.Context, t store.Tenant) (int, error) {
			rules, err := t.GatewayRulesForUpdate(ctx, noon)
			return len(rules.Rules), err
		},
		"TrustedDocumentsByHash": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.TrustedDocumentsByHash(ctx, [][]byte{w.documents[0].Hash}))
		},
		"ListTrustedDocuments": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListTrustedDocuments(ctx, whole))
		},
		"CountTrustedDocuments": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountTrustedDocuments(ctx) },
		"PaymentsUnder": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for of, parents := range map[pay.PaymentParent][]uuid.UUID{pay.OfCustomer: customer, pay.OfOrder: order, pay.OfInvoice: invoice, pay.OfPayment: other, pay.OfSubscription: id(w.subscriptions)} {
				found, e := t.PaymentsUnder(ctx, of, parents, whole)
				n, err = n+len(found[parents[0]].List), first(err, e)
			}
			return n, err
		},
		"CountPaymentsUnder": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for of, parents := range map[pay.PaymentParent][]uuid.UUID{pay.OfCustomer: customer, pay.OfOrder: order, pay.OfInvoice: invoice, pay.OfPayment: other, pay.OfSubscription: id(w.subscriptions)} {
				found, e := t.CountPaymentsUnder(ctx, of, parents)
				n, err = n+found[parents[0]], first(err, e)
			}
			return n, err
		},
		"PaymentBy":      w.paymentBy,
		"PaymentSummary": w.paymentSummary,
		"ListRefunds": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListRefunds(ctx, w.thisRefund(), pay.NewestFirst, whole))
		},
		"CountRefunds": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountRefunds(ctx, w.thisRefund()) },
		"ListPayments": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for _, f := range w.paymentFilters() {
				found, e := t.ListPayments(ctx, f, pay.NewestFirst, whole)
				n, err = n+len(found.List), first(err, e)
			}
			return n, err
		},
		"CountPayments": func(ctx context.Context, t store.Tenant) (n int, err error) {
			for _, f := range w.paymentFilters() {
				found, e := t.CountPayments(ctx, f)
				n, err = n+found, first(err, e)
			}
			return n, err
		},
		"ListOrders": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListOrders(ctx, pay.OrderFilter{}, pay.NewestFirst, whole))
		},
		"CountOrders": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountOrders(ctx, pay.OrderFilter{}) },
		"ListInvoices": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListInvoices(ctx, pay.InvoiceFilter{}, pay.NewestFirst, whole))
		},
		"ListSubscriptions": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListSubscriptions(ctx, pay.BillingSubscriptionFilter{}, time.Now(), whole))
		},
		"CountSubscriptions": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountSubscriptions(ctx, pay.BillingSubscriptionFilter{}, time.Now())
		},
		"CountInvoices": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountInvoices(ctx, pay.InvoiceFilter{})
		},
		"ListCustomers": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListCustomers(ctx, w.thisCustomer(), pay.NewestFirst, whole))
		},
		"CountCustomers": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountCustomers(ctx, w.thisCustomer()) },
		"ListProducts": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListProducts(ctx, w.thisProduct(), whole))
		},
		"CountProducts":  func(ctx context.Context, t store.Tenant) (int, error) { return t.CountProducts(ctx, w.thisProduct()) },
		"ListBusinesses": func(ctx context.Context, t store.Tenant) (int, error) { return paged(t.ListBusinesses(ctx, whole)) },

		"CountBusinesses": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountBusinesses(ctx) },
		"ListGateways": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.ListGateways(ctx, pay.GatewayFilter{}))
		},
		"CountGateways": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountGateways(ctx) },
		"InvoiceNumbers": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.InvoiceNumbers(ctx, []string{w.invoices[0].Number}))
		},
		"References": func(ctx context.Context, t store.Tenant) (int, error) {
			found, err := t.References(ctx, store.OrdersTable, []string{*w.orders[0].ReferenceID})
			return len(found), err
		},
		"TransactionsByExternalID": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.TransactionsByExternalID(ctx, gateway[0], []string{*parts.Transactions[0].ExternalID}))
		},
		"TransactionsByManualReference": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.TransactionsByManualReference(ctx, gateway[0], []string{strings.ToLower(*parts.Transactions[0].ManualReference)}))
		},
		"TransactionsOfSlip": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.TransactionsOfSlip(ctx, parts.Transactions[0]))
		},
		"SettlementByKey": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.SettlementByKey(ctx, w.settlement.IdempotencyKey))
		},
		"SettlementLinesNamed": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.SettlementLinesNamed(ctx, gateway[0], []string{w.settled[0].ExternalID}))
		},
		"ListSettlementLines": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListSettlementLines(ctx, pay.SettlementLineFilter{Outcome: []pay.SettlementOutcome{pay.SettlementConfirmed},
				GatewayIDs: []string{pay.FormatID(pay.KindGateway, gateway[0])}, SettledOn: &pay.DateRange{Gte: &w.settled[0].SettledOn, Lte: &w.settled[0].SettledOn}}, whole))
		},
		"CountSettlementLines": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountSettlementLines(ctx, pay.SettlementLineFilter{})
		},
		"ListAuditEntries": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListAuditEntries(ctx, w.theseAudited(), whole))
		},
		"CountAuditEntries": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountAuditEntries(ctx, w.theseAudited())
		},
		"LedgerBalances": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.LedgerBalances(ctx, w.theseEntries()))
		},
		"ListLedgerEntries": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListLedgerEntries(ctx, w.theseEntries(), whole))
		},
		"CountLedgerEntries": func(ctx context.Context, t store.Tenant) (int, error) {
			return t.CountLedgerEntries(ctx, pay.LedgerFilter{})
		},
		"WebhookEvents": by(store.Tenant.WebhookEvents, id(w.hooks)),
		"SealedForUpdate": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.SealedForUpdate(ctx, store.SealedDeliveries, uuid.Nil, 1))
		},
		"WebhookEventForUpdate": byOne(store.Tenant.WebhookEventForUpdate, w.hooks[0].ID),
		"WebhookEventOfGateway": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.WebhookEventOfGateway(ctx, gateway[0], w.hooks[0].EventID))
		},
		"ListWebhookEvents": func(ctx context.Context, t store.Tenant) (int, error) {
			return paged(t.ListWebhookEvents(ctx, w.thisHook(), whole))
		},
		"CountWebhookEvents": func(ctx context.Context, t store.Tenant) (int, error) { return t.CountWebhookEvents(ctx, w.thisHook()) },
		"IdempotencyKeyOf": func(ctx context.Context, t store.Tenant) (int, error) {
			return size(t.IdempotencyKeyOf(ctx, w.intent.Operation, w.intent.Key))
		},
	})
}

// merged are the entries of both.
func merged[F any](a, b map[string]F) map[string]F {
	maps.Copy(a, b)
	return a
}

// tenantWide are the readings that a customer's handle does not narrow to that
// customer, with the reason.
var tenantWide = map[string]string{
	"Products": "the catalogue is for everybody", "ListProducts": "the catalogue", "CountProducts": "the catalogue", "ProductForUpdate": "the catalogue",
	"Businesses": "locations are for everybody", "ListBusinesses": "locations", "CountBusinesses": "locations",
	"Gateways": "whoever pays must choose one; they hold no secrets", "GatewayForUpdate": "gateways", "ListGateways": "gateways", "CountGateways": "gateways",
	"GatewayRules": "they choose for whoever pays; who reads the list is checked before", "GatewayRulesForUpdate": "as GatewayRules",
	"APIKeys": "the role is checked before, and nothing in them is a customer's", "APIKeysByID": "as APIKeys", "CountWorkingAPIKeys": "as APIKeys",
	"TrustedDocumentsByHash": "what the company's programs may ask is no customer's", "TrustedDocuments": "as TrustedDocumentsByHash", "ListTrustedDocuments": "the role is checked before", "CountTrustedDocuments": "as ListTrustedDocuments",
	"InvoiceNumbers": "a number that anybody has is taken", "References": "a reference that anybody has is taken",
	"ListAuditEntries": "the log is the company's; whoever is no admin is refused before", "CountAuditEntries": "as ListAuditEntries",
	"LedgerBalances": "the books are the company's; customers are refused before", "ListLedgerEntries": "as LedgerBalances", "CountLedgerEntries": "as LedgerBalances",
	"WebhookEvents": "what providers report is the company's; customers are refused before", "WebhookEventForUpdate": "as WebhookEvents", "WebhookEventOfGateway": "as WebhookEvents",
	"ListWebhookEvents": "as WebhookEvents", "CountWebhookEvents": "as WebhookEvents",
	"SealedForUpdate":  "what is sealed is the company's; only operators seal it anew",
	"WebhookEndpoints": "customers are refused before", "WebhookEndpointForUpdate": "as WebhookEndpoints", "ListWebhookEndpoints": "as WebhookEndpoints",
	"CountWebhookEndpoints": "as WebhookEndpoints", "WebhookDeliveries": "as WebhookEndpoints", "WebhookDeliveryForUpdate": "as WebhookEndpoints",
	"ListWebhookDeliveries": "as WebhookEndpoints", "CountWebhookDeliveries": "as WebhookEndpoints", "WebhookAttemptsOf": "as WebhookEndpoints",
	"EventLogEnd": "places in the log are not shown", "EventHead": "as EventLogEnd",
	"IdempotencyKeyOf": "a key that anybody used is used", "SettlementByKey": "as IdempotencyKeyOf",
}

// updates call every method of Tenant that changes rows there are.
func (w *world) updates() map[string]func(context.Context, store.Tenant) error {
	payment, order, invoice, gateway := w.payments[0].Payment, w.orders[0].Order, w.invoices[0].Invoice, w.gateways[0].PaymentGateway
	payment.Version, order.HeldMinor, invoice.HeldMinor, gateway.Name = 99, 77, 77, "changed"
	change, settled := w.change(), w.settled[0]
	settled.Position = 66
	subscription := w.subscriptions[0].BillingSubscription
	subscription.Version = 99
	renamed := w.methods[0].PaymentMethod
	renamed.Label = nil
	product, customer := w.products[0].Product, w.customers[0].Customer
	product.Version, customer.Version = 99, 99
	return merged(w.webhookUpdates(), map[string]func(context.Context, store.Tenant) error{
		"UpdatePayment":  func(ctx context.Context, t store.Tenant) error { return t.UpdatePayment(ctx, payment) },
		"UpdateProduct":  func(ctx context.Context, t store.Tenant) error { return t.UpdateProduct(ctx, product) },
		"UpdateCustomer": func(ctx context.Context, t store.Tenant) error { return t.UpdateCustomer(ctx, customer) },
		"UpdateGateway":  func(ctx context.Context, t store.Tenant) error { return t.UpdateGateway(ctx, gateway) },
		"ReplaceGatewayRules": func(ctx context.Context, t store.Tenant) error {
			rules := w.rules
			rules.Version = 99
			return t.ReplaceGatewayRules(ctx, rules)
		},
		"UpdateOrderDebts": func(ctx context.Context, t store.Tenant) error { return t.UpdateOrderDebts(ctx, []pay.Order{order}) },
		"UpdateSubscription": func(ctx context.Context, t store.Tenant) error {
			return t.UpdateSubscription(ctx, subscription)
		},
		"UpdateInvoiceDebts": func(ctx context.Context, t store.Tenant) error {
			return t.UpdateInvoiceDebts(ctx, []pay.Invoice{invoice})
		},
		"UpdatePaymentMethod": func(ctx context.Context, t store.Tenant) error { return t.UpdatePaymentMethod(ctx, renamed) },
		"ClearDefaultMethod":  func(ctx context.Context, t store.Tenant) error { return t.ClearDefaultMethod(ctx, w.customers[0].ID) },
		"RevokeAPIKey": func(ctx context.Context, t store.Tenant) error {
			_, err := t.RevokeAPIKey(ctx, w.keys[1].ID, noon)
			return err
		},
		"HoldAPIKey": func(ctx context.Context, t store.Tenant) error {
			_, err := t.HoldAPIKey(ctx, w.keys[0].ID, !w.keys[0].TrustedDocumentsOnly)
			return err
		},
		"DeleteTrustedDocuments": func(ctx context.Context, t store.Tenant) error {
			_, err := t.DeleteTrustedDocuments(ctx, id(w.documents))
			return err
		},
		"DeleteOtherTrustedDocuments": func(ctx context.Context, t store.Tenant) error {
			_, err := t.DeleteOtherTrustedDocuments(ctx, [][]byte{w.documents[0].Hash})
			return err
		},
		"RefuseIdempotencyKey": func(ctx context.Context, t store.Tenant) error {
			return t.RefuseIdempotencyKey(ctx, w.intent.Operation, w.intent.Key, pay.CodeRequired)
		},
		"DeleteIdempotencyKey": func(ctx context.Context, t store.Tenant) error {
			return t.DeleteIdempotencyKey(ctx, w.intent.Operation, w.spent().Key)
		},
		"DeleteSimulation": func(ctx context.Context, t store.Tenant) error { return t.DeleteSimulation(ctx, w.simulation.ID) },
		"ContradictWebhookEvent": func(ctx context.Context, t store.Tenant) error {
			return t.ContradictWebhookEvent(ctx, w.hooks[1].ID, noon)
		},
		"UpdateSealed": func(ctx context.Context, t store.Tenant) error {
			return t.UpdateSealed(ctx, store.SealedDeliveries, []store.Sealed{{Key: w.hooks[0].ID, Value: []byte("another seal")}})
		},
		"UpdateWebhookEvent": func(ctx context.Context, t store.Tenant) error {
			e := w.hooks[0].WebhookEvent
			e.Checks = 66
			return t.UpdateWebhookEvent(ctx, e)
		},
		"SaveChange": func(ctx context.Context, t store.Tenant) error { return t.SaveChange(ctx, change) },
		"UpdateSettlementLines": func(ctx context.Context, t store.Tenant) error {
			return t.UpdateSettlementLines(ctx, []pay.SettlementLine{settled})
		},
	})
}

// inserts call every method of Tenant that adds rows, with new rows that hang
// on what is in the world.
func (w *world) inserts() map[string]func(context.Context, store.Tenant) error {
	payment, event, intent, method := w.payments[0].Payment, w.events[0], w.intent, w.methods[0]
	payment.ID, payment.HumanID, payment.ReferenceID = pay.NewID(), "NNNNNN", nil
	n := store.NewPayment{Payment: payment, Transactions: slices.Clone(w.payments[1].Transactions)}
	n.Payment.ID, n.Payment.HumanID = pay.NewID(), "MMMMMM"
	n.Transactions[0].ID, n.Transactions[0].PaymentID = pay.NewID(), n.Payment.ID
	n.Enabled = []pay.EnabledGateway{{PaymentID: n.Payment.ID, GatewayID: w.gateways[1].ID}}
	event.ID, event.Seq, intent.Key, method.ID, method.ReferenceID = pay.NewID(), 40, "another", pay.NewID(), nil
	method.IsDefault = false
	added, settlement, settled := w.additions(), w.settlement, w.settled[1]
	settlement.ID, settlement.IdempotencyKey, settled.ID, settled.ExternalID = pay.NewID(), "another", pay.NewID(), "one more"
	subscription := w.subscriptions[1]
	subscription.ID = pay.NewID()
	order, invoice := w.orders[0], w.invoices[1]
	order.ID, order.ReferenceID, invoice.ID, invoice.Number = pay.NewID(), nil, pay.NewID(), "another"
	return merged(w.webhookInserts(), map[string]func(context.Context, store.Tenant) error{
		"InsertPayment":    func(ctx context.Context, t store.Tenant) error { return t.InsertPayment(ctx, payment) },
		"InsertNewPayment": func(ctx context.Context, t store.Tenant) error { return t.InsertNewPayment(ctx, n) },
		"SaveChange":       func(ctx context.Context, t store.Tenant) error { return t.SaveChange(ctx, added) },
		"InsertEvents":     func(ctx context.Context, t store.Tenant) error { return t.InsertEvents(ctx, []pay.PaymentEvent{event}) },
		"InsertSettlement": func(ctx context.Context, t store.Tenant) error { return t.InsertSettlement(ctx, settlement) },
		"InsertSettlementLines": func(ctx context.Context, t store.Tenant) error {
			return t.InsertSettlementLines(ctx, []pay.SettlementLine{settled})
		},
		"InsertSimulation": func(ctx context.Context, t store.Tenant) error {
			m := w.simulation
			m.ID = pay.NewID()
			return t.InsertSimulation(ctx, m)
		},
		"InsertWebhookEvent": func(ctx context.Context, t store.Tenant) error {
			e := w.hooks[1]
			e.ID, e.EventID = pay.NewID(), "one more"
			return w.insertHook(ctx, t, e)
		},
		"InsertIdempotencyKey": func(ctx context.Context, t store.Tenant) error { return t.InsertIdempotencyKey(ctx, intent) },
		"InsertPaymentMethod":  func(ctx context.Context, t store.Tenant) error { return t.InsertPaymentMethod(ctx, method) },
		"InsertOrders": func(ctx context.Context, t store.Tenant) error {
			return t.InsertOrders(ctx, []store.NewOrder{order}, nil, nil)
		},
		"InsertSubscription": func(ctx context.Context, t store.Tenant) error {
			return t.InsertSubscription(ctx, subscription)
		},
		"InsertInvoices": func(ctx context.Context, t store.Tenant) error {
			return t.InsertInvoices(ctx, []store.NewInvoice{invoice})
		},
	})
}

// roots call the methods of Tenant that add rows which hang on nothing: with
// the same ids as in the world they are rows of their own.
func (w *world) roots() map[string]func(context.Context, store.Tenant) error {
	key, gateway := w.keys[0], w.gateways[0]
	gateway.WebhookEndpoint = pay.NewID()
	key.Hash = append([]byte{255}, key.Hash[1:]...)
	return map[string]func(context.Context, store.Tenant) error{
		"InsertCustomers": func(ctx context.Context, t store.Tenant) error { return t.InsertCustomers(ctx, w.customers) },
		"InsertProducts":  func(ctx context.Context, t store.Tenant) error { return t.InsertProducts(ctx, w.products) },
		"InsertBusiness":  func(ctx context.Context, t store.Tenant) error { return t.InsertBusiness(ctx, w.businesses[0]) },
		"InsertGateway":   func(ctx context.Context, t store.Tenant) error { return t.InsertGateway(ctx, gateway) },
		"InsertAPIKey":    func(ctx context.Context, t store.Tenant) error { return t.InsertAPIKey(ctx, key) },

		"InsertWebhookEndpoint":  func(ctx context.Context, t store.Tenant) error { return t.InsertWebhookEndpoint(ctx, w.endpoints[0]) },
		"InsertTrustedDocuments": w.insertDocuments,
	}
}

// theseAudited is a filter by everything that the audit log tells of the beginning of
// the first customer.
func (w *world) theseAudited() pay.AuditFilter {
	return pay.AuditFilter{Actors: []string{writer.ID}, Actions: []pay.AuditAction{pay.AuditInsert}, Subjects: []pay.AuditSubject{pay.AuditCustomer},
		SubjectIDs: []string{w.customers[0].GlobalID()}, At: &pay.DateTimeRange{Gte: &time.Time{}}}
}

// theseEntries is a filter by everything that the first entry has.
func (w *world) theseEntries() pay.LedgerFilter {
	e := w.entries[0]
	return pay.LedgerFilter{Kinds: []pay.LedgerAccountKind{e.DebitKind, e.CreditKind}, GatewayIDs: []string{pay.FormatID(pay.KindGateway, *e.DebitGatewayID)},
		CustomerIDs: []string{pay.FormatID(pay.KindCustomer, *e.DebitCustomerID)}, PaymentIDs: []string{pay.FormatID(pay.KindPayment, e.PaymentID)},
		Currency: &e.Currency, CreatedAt: &pay.DateTimeRange{Gte: &e.CreatedAt}}
}

// thisHook is a filter by everything that the first webhook event has.
func (w *world) thisHook() pay.WebhookEventFilter {
	e, yes := w.hooks[0], true
	return pay.WebhookEventFilter{GatewayIDs: []string{pay.FormatID(pay.KindGateway, e.GatewayID)}, Outcomes: []pay.WebhookOutcome{*e.Outcome},
		ReceivedAt: &pay.DateTimeRange{Gte: &e.ReceivedAt}, IsContradicted: &yes}
}
