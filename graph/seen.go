package graph

import (
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// keysOf are keys of rows, of those that have one, and of which it was read: where nothing in
// the document needs a column, nobody will load what it names.
func keysOf[R any](lists [][]R, key func(*R) *uuid.UUID) keys[uuid.UUID] {
	most := 0
	for _, rows := range lists {
		most += len(rows)
	}
	return keys[uuid.UUID]{most, func(add func(uuid.UUID)) {
		for _, rows := range lists {
			for i := range rows {
				if k := key(&rows[i]); k != nil && *k != uuid.Nil {
					add(*k)
				}
			}
		}
	}}
}

// primeWith remembers rows by their ids.
func primeWith[R any](r *relation[uuid.UUID, *R], lists [][]R, id func(*R) *uuid.UUID) {
	r.prime(func(put func(uuid.UUID, *R)) {
		for _, rows := range lists {
			for i := range rows {
				put(*id(&rows[i]), &rows[i])
			}
		}
	})
}

func (l *loaders) sawPayments(lists ...[]pay.Payment) {
	id := func(p *pay.Payment) *uuid.UUID { return &p.ID }
	primeWith(&l.payments, lists, id)
	ids := keysOf(lists, id)
	l.allocations.announce(ids)
	l.transactionsOf.announce(ids)
	l.refundsOf.announce(ids)
	l.operationsOf.announce(ids)
	l.actionsOf.announce(ids)
	l.checkoutURLs.announce(ids)
	l.ordersPaidBy.announce(ids)
	l.invoicesPaidBy.announce(ids)
	l.paymentLines.announce(ids)
	l.paymentDiscounts.announce(ids)
	l.enabledGateways.announce(ids)
	l.paymentsUnder(pay.OfPayment).announce(ids)
	l.eventsOf.announce(ids)
	l.customers.announce(keysOf(lists, func(p *pay.Payment) *uuid.UUID { return p.CustomerID }))
	l.businesses.announce(keysOf(lists, func(p *pay.Payment) *uuid.UUID { return p.BusinessID }))
	l.gateways.announce(keysOf(lists, func(p *pay.Payment) *uuid.UUID { return p.SelectedGatewayID }))
	l.methods.announce(keysOf(lists, func(p *pay.Payment) *uuid.UUID { return p.PaymentMethodID }))
	l.payments.announce(keysOf(lists, func(p *pay.Payment) *uuid.UUID { return p.ParentPaymentID }))
}

func (l *loaders) sawAllocations(lists ...[]pay.PaymentAllocation) {
	l.orders.announce(keysOf(lists, func(a *pay.PaymentAllocation) *uuid.UUID { return a.OrderID }))
	l.invoices.announce(keysOf(lists, func(a *pay.PaymentAllocation) *uuid.UUID { return a.InvoiceID }))
	l.subscriptions.announce(keysOf(lists, func(a *pay.PaymentAllocation) *uuid.UUID { return a.SubscriptionID }))
}

func (l *loaders) sawTransactions(lists ...[]pay.Transaction) {
	id := func(t *pay.Transaction) *uuid.UUID { return &t.ID }
	primeWith(&l.transactions, lists, id)
	l.eventsOfAttempt.announce(keysOf(lists, id))
	l.gateways.announce(keysOf(lists, func(t *pay.Transaction) *uuid.UUID { return &t.GatewayID }))
	l.methods.announce(keysOf(lists, func(t *pay.Transaction) *uuid.UUID { return t.PaymentMethodID }))
	payments := keysOf(lists, func(t *pay.Transaction) *uuid.UUID { return &t.PaymentID })
	l.payments.announce(payments)
	l.refundsOf.announce(payments)
	l.operationsOf.announce(payments)
}

func (l *loaders) sawRefunds(lists ...[]pay.Refund) {
	payments := keysOf(lists, func(r *pay.Refund) *uuid.UUID { return &r.PaymentID })
	l.transactionsOf.announce(payments)
	l.payments.announce(payments)
}

func (l *loaders) sawOperations(lists ...[]pay.Operation) {
	payments := keysOf(lists, func(o *pay.Operation) *uuid.UUID { return &o.PaymentID })
	l.transactionsOf.announce(payments)
	l.refundsOf.announce(payments)
}

func (l *loaders) sawEvents(lists ...[]pay.PaymentEvent) {
	payments := keysOf(lists, func(e *pay.PaymentEvent) *uuid.UUID { return &e.PaymentID })
	l.payments.announce(payments)
	l.transactionsOf.announce(payments)
	l.refundsOf.announce(payments)
	l.operationsOf.announce(payments)
}

func (l *loaders) sawDeliveries(lists ...[]pay.WebhookDelivery) {
	l.endpoints.announce(keysOf(lists, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.EndpointID }))
	l.events.announce(keysOf(lists, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.EventID }))
	l.payments.announce(keysOf(lists, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.PaymentID }))
	l.triesOf.announce(keysOf(lists, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.ID }))
}

func (l *loaders) sawLines(lists ...[]pay.Line) {
	l.products.announce(keysOf(lists, func(x *pay.Line) *uuid.UUID { return x.ProductID }))
	for _, list := range lists {
		for i := range list {
			if modifiers := list[i].Modifiers; len(modifiers) > 0 {
				l.products.announce(keysOf([][]pay.Modifier{modifiers}, func(m *pay.Modifier) *uuid.UUID { return m.ProductID }))
			}
		}
	}
}

func (l *loaders) sawEnabled(lists ...[]pay.EnabledGateway) {
	l.gateways.announce(keysOf(lists, func(e *pay.EnabledGateway) *uuid.UUID { return &e.GatewayID }))
}

func (l *loaders) sawOrders(lists ...[]pay.Order) {
	id := func(o *pay.Order) *uuid.UUID { return &o.ID }
	primeWith(&l.orders, lists, id)
	ids := keysOf(lists, id)
	l.orderLines.announce(ids)
	l.orderDiscounts.announce(ids)
	l.invoiceOfOrder.announce(ids)
	l.paymentsUnder(pay.OfOrder).announce(ids)
	l.customers.announce(keysOf(lists, func(o *pay.Order) *uuid.UUID { return &o.CustomerID }))
	l.businesses.announce(keysOf(lists, func(o *pay.Order) *uuid.UUID { return o.BusinessID }))
}

func (l *loaders) sawInvoices(lists ...[]pay.Invoice) {
	id := func(v *pay.Invoice) *uuid.UUID { return &v.ID }
	primeWith(&l.invoices, lists, id)
	l.paymentsUnder(pay.OfInvoice).announce(keysOf(lists, id))
	l.customers.announce(keysOf(lists, func(v *pay.Invoice) *uuid.UUID { return &v.CustomerID }))
	l.businesses.announce(keysOf(lists, func(v *pay.Invoice) *uuid.UUID { return v.BusinessID }))
	l.orders.announce(keysOf(lists, func(v *pay.Invoice) *uuid.UUID { return v.OrderID }))
}

func (l *loaders) sawCustomers(lists ...[]pay.Customer) {
	id := func(c *pay.Customer) *uuid.UUID { return &c.ID }
	primeWith(&l.customers, lists, id)
	ids := keysOf(lists, id)
	l.methodsOf.announce(ids)
	l.credit.announce(ids)
	l.paymentsUnder(pay.OfCustomer).announce(ids)
	l.ordersOfCustomer.announce(ids)
	l.invoicesOfCustomer.announce(ids)
	l.subscriptionsOfCustomer.announce(ids)
}

func (l *loaders) sawMethods(lists ...[]pay.PaymentMethod) {
	l.customers.announce(keysOf(lists, func(m *pay.PaymentMethod) *uuid.UUID { return &m.CustomerID }))
	l.gateways.announce(keysOf(lists, func(m *pay.PaymentMethod) *uuid.UUID { return &m.GatewayID }))
}
