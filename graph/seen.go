package graph

import (
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// keysOf are keys of rows, of those that have one, and of which it was read: where nothing in
// the document needs a column, nobody will load what it names.
func keysOf[R any](rows []R, key func(*R) *uuid.UUID) keys[uuid.UUID] {
	return keys[uuid.UUID]{len(rows), func(add func(uuid.UUID)) {
		for i := range rows {
			if k := key(&rows[i]); k != nil && *k != uuid.Nil {
				add(*k)
			}
		}
	}}
}

// primeWith remembers rows by their ids.
func primeWith[R any](r *relation[uuid.UUID, *R], rows []R, id func(*R) *uuid.UUID) {
	r.prime(func(put func(uuid.UUID, *R)) {
		for i := range rows {
			put(*id(&rows[i]), &rows[i])
		}
	})
}

func (l *loaders) sawPayments(list []pay.Payment) {
	id := func(p *pay.Payment) *uuid.UUID { return &p.ID }
	primeWith(l.payments, list, id)
	ids := keysOf(list, id)
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
	l.paymentsUnder[pay.OfPayment].announce(ids)
	l.eventsOf.announce(ids)
	l.customers.announce(keysOf(list, func(p *pay.Payment) *uuid.UUID { return p.CustomerID }))
	l.businesses.announce(keysOf(list, func(p *pay.Payment) *uuid.UUID { return p.BusinessID }))
	l.gateways.announce(keysOf(list, func(p *pay.Payment) *uuid.UUID { return p.SelectedGatewayID }))
	l.methods.announce(keysOf(list, func(p *pay.Payment) *uuid.UUID { return p.PaymentMethodID }))
	l.payments.announce(keysOf(list, func(p *pay.Payment) *uuid.UUID { return p.ParentPaymentID }))
}

func (l *loaders) sawAllocations(list []pay.PaymentAllocation) {
	l.orders.announce(keysOf(list, func(a *pay.PaymentAllocation) *uuid.UUID { return a.OrderID }))
	l.invoices.announce(keysOf(list, func(a *pay.PaymentAllocation) *uuid.UUID { return a.InvoiceID }))
	l.subscriptions.announce(keysOf(list, func(a *pay.PaymentAllocation) *uuid.UUID { return a.SubscriptionID }))
}

func (l *loaders) sawTransactions(list []pay.Transaction) {
	id := func(t *pay.Transaction) *uuid.UUID { return &t.ID }
	primeWith(l.transactions, list, id)
	l.eventsOfAttempt.announce(keysOf(list, id))
	l.gateways.announce(keysOf(list, func(t *pay.Transaction) *uuid.UUID { return &t.GatewayID }))
	l.methods.announce(keysOf(list, func(t *pay.Transaction) *uuid.UUID { return t.PaymentMethodID }))
	payments := keysOf(list, func(t *pay.Transaction) *uuid.UUID { return &t.PaymentID })
	l.payments.announce(payments)
	l.refundsOf.announce(payments)
	l.operationsOf.announce(payments)
}

func (l *loaders) sawRefunds(list []pay.Refund) {
	payments := keysOf(list, func(r *pay.Refund) *uuid.UUID { return &r.PaymentID })
	l.transactionsOf.announce(payments)
	l.payments.announce(payments)
}

func (l *loaders) sawOperations(list []pay.Operation) {
	payments := keysOf(list, func(o *pay.Operation) *uuid.UUID { return &o.PaymentID })
	l.transactionsOf.announce(payments)
	l.refundsOf.announce(payments)
}

func (l *loaders) sawEvents(list []pay.PaymentEvent) {
	payments := keysOf(list, func(e *pay.PaymentEvent) *uuid.UUID { return &e.PaymentID })
	l.payments.announce(payments)
	l.transactionsOf.announce(payments)
	l.refundsOf.announce(payments)
	l.operationsOf.announce(payments)
}

func (l *loaders) sawDeliveries(list []pay.WebhookDelivery) {
	l.endpoints.announce(keysOf(list, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.EndpointID }))
	l.events.announce(keysOf(list, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.EventID }))
	l.payments.announce(keysOf(list, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.PaymentID }))
	l.triesOf.announce(keysOf(list, func(d *pay.WebhookDelivery) *uuid.UUID { return &d.ID }))
}

func (l *loaders) sawLines(list []pay.Line) {
	l.products.announce(keys[uuid.UUID]{len(list), func(add func(uuid.UUID)) {
		for i := range list {
			if list[i].ProductID != nil {
				add(*list[i].ProductID)
			}
			for _, m := range list[i].Modifiers {
				if m.ProductID != nil {
					add(*m.ProductID)
				}
			}
		}
	}})
}

func (l *loaders) sawEnabled(list []pay.EnabledGateway) {
	l.gateways.announce(keysOf(list, func(e *pay.EnabledGateway) *uuid.UUID { return &e.GatewayID }))
}

func (l *loaders) sawOrders(list []pay.Order) {
	id := func(o *pay.Order) *uuid.UUID { return &o.ID }
	primeWith(l.orders, list, id)
	ids := keysOf(list, id)
	l.orderLines.announce(ids)
	l.orderDiscounts.announce(ids)
	l.invoiceOfOrder.announce(ids)
	l.paymentsUnder[pay.OfOrder].announce(ids)
	l.customers.announce(keysOf(list, func(o *pay.Order) *uuid.UUID { return &o.CustomerID }))
	l.businesses.announce(keysOf(list, func(o *pay.Order) *uuid.UUID { return o.BusinessID }))
}

func (l *loaders) sawInvoices(list []pay.Invoice) {
	id := func(v *pay.Invoice) *uuid.UUID { return &v.ID }
	primeWith(l.invoices, list, id)
	l.paymentsUnder[pay.OfInvoice].announce(keysOf(list, id))
	l.customers.announce(keysOf(list, func(v *pay.Invoice) *uuid.UUID { return &v.CustomerID }))
	l.businesses.announce(keysOf(list, func(v *pay.Invoice) *uuid.UUID { return v.BusinessID }))
	l.orders.announce(keysOf(list, func(v *pay.Invoice) *uuid.UUID { return v.OrderID }))
}

func (l *loaders) sawCustomers(list []pay.Customer) {
	id := func(c *pay.Customer) *uuid.UUID { return &c.ID }
	primeWith(l.customers, list, id)
	ids := keysOf(list, id)
	l.methodsOf.announce(ids)
	l.credit.announce(ids)
	l.paymentsUnder[pay.OfCustomer].announce(ids)
	l.ordersOfCustomer.announce(ids)
	l.invoicesOfCustomer.announce(ids)
	l.subscriptionsOfCustomer.announce(ids)
}

func (l *loaders) sawMethods(list []pay.PaymentMethod) {
	l.customers.announce(keysOf(list, func(m *pay.PaymentMethod) *uuid.UUID { return &m.CustomerID }))
	l.gateways.announce(keysOf(list, func(m *pay.PaymentMethod) *uuid.UUID { return &m.GatewayID }))
}
