package graph

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// relations say how each relation is read. They are made once and shared by all requests:
// each tells one relation of the loaders that are made for a request.
type relations []func(*loaders)

// loaders makes the loaders of a request.
func (all relations) loaders() *loaders {
	l := &loaders{}
	for _, tell := range all {
		tell(l)
	}
	return l
}

func newRelations(s *service.Service) relations {
	return slices.Concat(rowsByID(s), rowsOf(s), listsUnder(s))
}

func rowsByID(s *service.Service) relations {
	return relations{
		oneBy(func(l *loaders) *one[pay.Payment] { return &l.payments }, s.Payments, func(p *pay.Payment) uuid.UUID { return p.ID }, (*loaders).sawPayments),
		oneBy(func(l *loaders) *one[pay.Transaction] { return &l.transactions }, s.Transactions, func(t *pay.Transaction) uuid.UUID { return t.ID }, (*loaders).sawTransactions),
		oneBy(func(l *loaders) *one[pay.Customer] { return &l.customers }, s.Customers, func(c *pay.Customer) uuid.UUID { return c.ID }, (*loaders).sawCustomers),
		oneBy(func(l *loaders) *one[pay.Business] { return &l.businesses }, s.Businesses, func(b *pay.Business) uuid.UUID { return b.ID }, nil),
		oneBy(func(l *loaders) *one[pay.Order] { return &l.orders }, s.Orders, func(o *pay.Order) uuid.UUID { return o.ID }, (*loaders).sawOrders),
		oneBy(func(l *loaders) *one[pay.Invoice] { return &l.invoices }, s.Invoices, func(i *pay.Invoice) uuid.UUID { return i.ID }, (*loaders).sawInvoices),
		oneBy(func(l *loaders) *one[pay.BillingSubscription] { return &l.subscriptions }, s.BillingSubscriptions, func(b *pay.BillingSubscription) uuid.UUID { return b.ID }, (*loaders).sawSubscriptions),
		oneBy(func(l *loaders) *one[pay.Product] { return &l.products }, s.Products, func(p *pay.Product) uuid.UUID { return p.ID }, nil),
		oneBy(func(l *loaders) *one[pay.PaymentGateway] { return &l.gateways }, s.Gateways, func(g *pay.PaymentGateway) uuid.UUID { return g.ID }, nil),
		oneBy(func(l *loaders) *one[pay.PaymentMethod] { return &l.methods }, s.PaymentMethods, func(m *pay.PaymentMethod) uuid.UUID { return m.ID }, (*loaders).sawMethods),
		oneBy(func(l *loaders) *one[pay.Refund] { return &l.refunds }, s.Refunds, func(r *pay.Refund) uuid.UUID { return r.ID }, (*loaders).sawRefunds),
		oneBy(func(l *loaders) *one[pay.PaymentAllocation] { return &l.allocation }, s.Allocations, func(a *pay.PaymentAllocation) uuid.UUID { return a.ID }, (*loaders).sawAllocations),
		oneBy(func(l *loaders) *one[pay.PaymentEvent] { return &l.events }, s.Events, func(e *pay.PaymentEvent) uuid.UUID { return e.ID }, (*loaders).sawEvents),
		oneBy(func(l *loaders) *one[pay.Operation] { return &l.operations }, s.Operations, func(o *pay.Operation) uuid.UUID { return o.ID }, (*loaders).sawOperations),
		oneBy(func(l *loaders) *one[pay.APIKey] { return &l.apiKeys }, s.APIKeysByID, func(k *pay.APIKey) uuid.UUID { return k.ID }, nil),
		oneBy(func(l *loaders) *one[pay.WebhookEndpoint] { return &l.endpoints }, s.WebhookEndpoints, func(e *pay.WebhookEndpoint) uuid.UUID { return e.ID }, nil),
		by(func(l *loaders) *one[pay.Company] { return &l.company }, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*pay.Company, error) {
			company, err := s.Company(ctx)
			return map[uuid.UUID]*pay.Company{ids[0]: company}, err
		}),
	}
}

func rowsOf(s *service.Service) relations {
	return relations{
		manyBy(func(l *loaders) *many[pay.PaymentAllocation] { return &l.allocations }, s.AllocationsOf, func(a *pay.PaymentAllocation) uuid.UUID { return a.PaymentID }, (*loaders).sawAllocations),
		manyBy(func(l *loaders) *many[pay.Transaction] { return &l.transactionsOf }, s.TransactionsOf, func(t *pay.Transaction) uuid.UUID { return t.PaymentID }, (*loaders).sawTransactions),
		manyBy(func(l *loaders) *many[pay.Refund] { return &l.refundsOf }, s.RefundsOf, func(r *pay.Refund) uuid.UUID { return r.PaymentID }, (*loaders).sawRefunds),
		manyBy(func(l *loaders) *many[pay.Operation] { return &l.operationsOf }, s.OperationsOf, func(o *pay.Operation) uuid.UUID { return o.PaymentID }, (*loaders).sawOperations),
		by(func(l *loaders) *many[pay.AllowedAction] { return &l.actionsOf }, s.AllowedActions),
		by(func(l *loaders) *one[string] { return &l.checkoutURLs }, s.CheckoutURLs),
		allBy(func(l *loaders) *many[pay.Order] { return &l.ordersPaidBy }, s.OrdersPaidBy, (*loaders).sawOrders),
		allBy(func(l *loaders) *many[pay.Invoice] { return &l.invoicesPaidBy }, s.InvoicesPaidBy, (*loaders).sawInvoices),
		manyBy(func(l *loaders) *many[pay.Line] { return &l.paymentLines }, s.PaymentLines, func(x *pay.Line) uuid.UUID { return x.OwnerID }, (*loaders).sawLines),
		manyBy(func(l *loaders) *many[pay.Discount] { return &l.paymentDiscounts }, s.PaymentDiscounts, func(d *pay.Discount) uuid.UUID { return d.OwnerID }, nil),
		manyBy(func(l *loaders) *many[pay.EnabledGateway] { return &l.enabledGateways }, s.EnabledGateways, func(e *pay.EnabledGateway) uuid.UUID { return e.PaymentID }, (*loaders).sawEnabled),
		manyBy(func(l *loaders) *many[pay.PaymentEvent] { return &l.eventsOfAttempt }, s.EventsOfTransactions, func(e *pay.PaymentEvent) uuid.UUID { return *e.TransactionID }, (*loaders).sawEvents),
		manyBy(func(l *loaders) *many[pay.WebhookAttempt] { return &l.triesOf }, s.WebhookAttemptsOf, func(a *pay.WebhookAttempt) uuid.UUID { return a.DeliveryID }, nil),
		manyBy(func(l *loaders) *many[pay.Line] { return &l.orderLines }, s.OrderLines, func(x *pay.Line) uuid.UUID { return x.OwnerID }, (*loaders).sawLines),
		manyBy(func(l *loaders) *many[pay.Discount] { return &l.orderDiscounts }, s.OrderDiscounts, func(d *pay.Discount) uuid.UUID { return d.OwnerID }, nil),
		manyBy(func(l *loaders) *many[pay.Invoice] { return &l.invoiceOfOrder }, s.InvoicesOfOrders, func(i *pay.Invoice) uuid.UUID { return *i.OrderID }, (*loaders).sawInvoices),
		manyBy(func(l *loaders) *many[pay.PaymentMethod] { return &l.methodsOf }, s.PaymentMethodsOf, func(m *pay.PaymentMethod) uuid.UUID { return m.CustomerID }, (*loaders).sawMethods),
		manyBy(func(l *loaders) *many[pay.PaymentMethod] { return &l.allMethodsOf }, s.AllPaymentMethodsOf, func(m *pay.PaymentMethod) uuid.UUID { return m.CustomerID }, (*loaders).sawMethods),
		manyBy(func(l *loaders) *many[pay.CreditBalance] { return &l.credit }, s.CreditBalances, func(b *pay.CreditBalance) uuid.UUID { return b.CustomerID }, nil),
	}
}

func listsUnder(s *service.Service) relations {
	all := relations{
		listsBy(func(l *loaders) *childList[pay.Order] { return &l.ordersOfCustomer },
			s.OrdersUnderCustomers, s.CountOrdersUnderCustomers, (*loaders).sawOrders),
		listsBy(func(l *loaders) *childList[pay.Invoice] { return &l.invoicesOfCustomer },
			s.InvoicesUnderCustomers, s.CountInvoicesUnderCustomers, (*loaders).sawInvoices),
		listsBy(func(l *loaders) *childList[pay.BillingSubscription] { return &l.subscriptionsOfCustomer },
			s.SubscriptionsUnderCustomers, s.CountSubscriptionsUnderCustomers, (*loaders).sawSubscriptions),
		listsBy(func(l *loaders) *childList[pay.PaymentEvent] { return &l.eventsOf }, s.EventsUnder, nil, (*loaders).sawEvents),
	}
	for _, of := range paymentParents {
		all = append(all, listsBy(func(l *loaders) *childList[pay.Payment] { return l.paymentsUnder(of) },
			func(ctx context.Context, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
				return s.PaymentsUnder(ctx, of, parents, p)
			},
			func(ctx context.Context, parents []uuid.UUID) (map[uuid.UUID]int, error) {
				return s.CountPaymentsUnder(ctx, of, parents)
			}, (*loaders).sawPayments))
	}
	return all
}
