package graph

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// loaders is what one request reads together. A set lives for one request:
// what it remembers is what its caller may see.
type loaders struct {
	payments      *relation[uuid.UUID, *pay.Payment]
	transactions  *relation[uuid.UUID, *pay.Transaction]
	customers     *relation[uuid.UUID, *pay.Customer]
	businesses    *relation[uuid.UUID, *pay.Business]
	orders        *relation[uuid.UUID, *pay.Order]
	invoices      *relation[uuid.UUID, *pay.Invoice]
	subscriptions *relation[uuid.UUID, *pay.BillingSubscription]
	products      *relation[uuid.UUID, *pay.Product]
	gateways      *relation[uuid.UUID, *pay.PaymentGateway]
	methods       *relation[uuid.UUID, *pay.PaymentMethod]
	refunds       *relation[uuid.UUID, *pay.Refund]
	allocation    *relation[uuid.UUID, *pay.PaymentAllocation]
	events        *relation[uuid.UUID, *pay.PaymentEvent]
	operations    *relation[uuid.UUID, *pay.Operation]
	apiKeys       *relation[uuid.UUID, *pay.APIKey]
	endpoints     *relation[uuid.UUID, *pay.WebhookEndpoint]
	company       *relation[uuid.UUID, *pay.Company]

	// By payment.
	allocations      *relation[uuid.UUID, []pay.PaymentAllocation]
	transactionsOf   *relation[uuid.UUID, []pay.Transaction]
	refundsOf        *relation[uuid.UUID, []pay.Refund]
	operationsOf     *relation[uuid.UUID, []pay.Operation]
	actionsOf        *relation[uuid.UUID, []pay.AllowedAction]
	checkoutURLs     *relation[uuid.UUID, *string]
	ordersPaidBy     *relation[uuid.UUID, []pay.Order]
	invoicesPaidBy   *relation[uuid.UUID, []pay.Invoice]
	paymentLines     *relation[uuid.UUID, []pay.Line]
	paymentDiscounts *relation[uuid.UUID, []pay.Discount]
	enabledGateways  *relation[uuid.UUID, []pay.EnabledGateway]
	// By attempt.
	eventsOfAttempt *relation[uuid.UUID, []pay.PaymentEvent]
	// By webhook delivery.
	triesOf *relation[uuid.UUID, []pay.WebhookAttempt]
	// By order.
	orderLines     *relation[uuid.UUID, []pay.Line]
	orderDiscounts *relation[uuid.UUID, []pay.Discount]
	invoiceOfOrder *relation[uuid.UUID, []pay.Invoice]
	// By customer.
	methodsOf *relation[uuid.UUID, []pay.PaymentMethod]
	// allMethodsOf has the detached methods too.
	allMethodsOf *relation[uuid.UUID, []pay.PaymentMethod]
	credit       *relation[uuid.UUID, []pay.CreditBalance]

	paymentsUnder      map[pay.PaymentParent]*childList[pay.Payment]
	ordersOfCustomer   *childList[pay.Order]
	invoicesOfCustomer *childList[pay.Invoice]

	subscriptionsOfCustomer *childList[pay.BillingSubscription]

	eventsOf *childList[pay.PaymentEvent]
}

type loadersKey struct{}

// WithLoaders returns a context with a fresh set of loaders, for one request or one event
// of a subscription. It is made when it is needed: subscriptions wait for events in
// great numbers.
func (r *Resolver) WithLoaders(ctx context.Context) context.Context {
	return context.WithValue(ctx, loadersKey{}, &lazyLoaders{make: func() *loaders { return newLoaders(r.service) }})
}

// lazyLoaders are loaders that are made when something is loaded.
type lazyLoaders struct {
	make  func() *loaders
	mutex sync.Mutex
	made  *loaders
	// seen tells the loaders, once they are there, of rows that were read before.
	seen []func(*loaders)
}

// load returns the loaders of the request.
func load(ctx context.Context) *loaders {
	l := ctx.Value(loadersKey{}).(*lazyLoaders)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.made == nil {
		l.made = l.make()
	}
	for _, tell := range l.seen {
		tell(l.made)
	}
	l.seen = nil
	return l.made
}

// saw has the loaders told of rows, by one of their methods of that name, before the first
// thing is loaded that may hang on them.
func saw[R any](ctx context.Context, told func(*loaders, ...[]R), rows []R) {
	l := ctx.Value(loadersKey{}).(*lazyLoaders)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.seen = append(l.seen, func(made *loaders) { told(made, rows) })
}

func newLoaders(s *service.Service) *loaders {
	l := &loaders{}
	l.payments = oneBy(s.Payments, func(p *pay.Payment) uuid.UUID { return p.ID }, l.sawPayments)
	l.transactions = oneBy(s.Transactions, func(t *pay.Transaction) uuid.UUID { return t.ID }, l.sawTransactions)
	l.customers = oneBy(s.Customers, func(c *pay.Customer) uuid.UUID { return c.ID }, l.sawCustomers)
	l.businesses = oneBy(s.Businesses, func(b *pay.Business) uuid.UUID { return b.ID }, nil)
	l.orders = oneBy(s.Orders, func(o *pay.Order) uuid.UUID { return o.ID }, l.sawOrders)
	l.invoices = oneBy(s.Invoices, func(i *pay.Invoice) uuid.UUID { return i.ID }, l.sawInvoices)
	l.subscriptions = oneBy(s.BillingSubscriptions, func(b *pay.BillingSubscription) uuid.UUID { return b.ID }, l.sawSubscriptions)
	l.products = oneBy(s.Products, func(p *pay.Product) uuid.UUID { return p.ID }, nil)
	l.gateways = oneBy(s.Gateways, func(g *pay.PaymentGateway) uuid.UUID { return g.ID }, nil)
	l.methods = oneBy(s.PaymentMethods, func(m *pay.PaymentMethod) uuid.UUID { return m.ID }, l.sawMethods)
	l.refunds = oneBy(s.Refunds, func(r *pay.Refund) uuid.UUID { return r.ID }, l.sawRefunds)
	l.allocation = oneBy(s.Allocations, func(a *pay.PaymentAllocation) uuid.UUID { return a.ID }, l.sawAllocations)
	l.events = oneBy(s.Events, func(e *pay.PaymentEvent) uuid.UUID { return e.ID }, l.sawEvents)
	l.operations = oneBy(s.Operations, func(o *pay.Operation) uuid.UUID { return o.ID }, l.sawOperations)
	l.apiKeys = oneBy(s.APIKeysByID, func(k *pay.APIKey) uuid.UUID { return k.ID }, nil)
	l.endpoints = oneBy(s.WebhookEndpoints, func(e *pay.WebhookEndpoint) uuid.UUID { return e.ID }, nil)
	l.company = newRelation(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*pay.Company, error) {
		company, err := s.Company(ctx)
		return map[uuid.UUID]*pay.Company{ids[0]: company}, err
	})
	l.allocations = manyBy(s.AllocationsOf, func(a *pay.PaymentAllocation) uuid.UUID { return a.PaymentID }, l.sawAllocations)
	l.transactionsOf = manyBy(s.TransactionsOf, func(t *pay.Transaction) uuid.UUID { return t.PaymentID }, l.sawTransactions)
	l.refundsOf = manyBy(s.RefundsOf, func(r *pay.Refund) uuid.UUID { return r.PaymentID }, l.sawRefunds)
	l.operationsOf = manyBy(s.OperationsOf, func(o *pay.Operation) uuid.UUID { return o.PaymentID }, l.sawOperations)
	l.actionsOf = newRelation(s.AllowedActions)
	l.checkoutURLs = newRelation(s.CheckoutURLs)
	l.ordersPaidBy = allBy(s.OrdersPaidBy, l.sawOrders)
	l.invoicesPaidBy = allBy(s.InvoicesPaidBy, l.sawInvoices)
	l.paymentLines = manyBy(s.PaymentLines, func(x *pay.Line) uuid.UUID { return x.OwnerID }, l.sawLines)
	l.paymentDiscounts = manyBy(s.PaymentDiscounts, func(d *pay.Discount) uuid.UUID { return d.OwnerID }, nil)
	l.enabledGateways = manyBy(s.EnabledGateways, func(e *pay.EnabledGateway) uuid.UUID { return e.PaymentID }, l.sawEnabled)
	l.eventsOfAttempt = manyBy(s.EventsOfTransactions, func(e *pay.PaymentEvent) uuid.UUID { return *e.TransactionID }, l.sawEvents)
	l.triesOf = manyBy(s.WebhookAttemptsOf, func(a *pay.WebhookAttempt) uuid.UUID { return a.DeliveryID }, nil)
	l.orderLines = manyBy(s.OrderLines, func(x *pay.Line) uuid.UUID { return x.OwnerID }, l.sawLines)
	l.orderDiscounts = manyBy(s.OrderDiscounts, func(d *pay.Discount) uuid.UUID { return d.OwnerID }, nil)
	l.invoiceOfOrder = manyBy(s.InvoicesOfOrders, func(i *pay.Invoice) uuid.UUID { return *i.OrderID }, l.sawInvoices)
	l.methodsOf = manyBy(s.PaymentMethodsOf, func(m *pay.PaymentMethod) uuid.UUID { return m.CustomerID }, l.sawMethods)
	l.allMethodsOf = manyBy(s.AllPaymentMethodsOf, func(m *pay.PaymentMethod) uuid.UUID { return m.CustomerID }, l.sawMethods)
	l.credit = manyBy(s.CreditBalances, func(b *pay.CreditBalance) uuid.UUID { return b.CustomerID }, nil)
	l.listsUnder(s)
	return l
}

func (l *loaders) listsUnder(s *service.Service) {
	l.paymentsUnder = map[pay.PaymentParent]*childList[pay.Payment]{}
	for _, of := range []pay.PaymentParent{pay.OfOrder, pay.OfInvoice, pay.OfCustomer, pay.OfPayment, pay.OfSubscription} {
		l.paymentsUnder[of] = newChildList(
			func(ctx context.Context, parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
				return s.PaymentsUnder(ctx, of, parents, p)
			},
			func(ctx context.Context, parents []uuid.UUID) (map[uuid.UUID]int, error) {
				return s.CountPaymentsUnder(ctx, of, parents)
			}, l.sawPayments)
	}
	l.ordersOfCustomer = newChildList(s.OrdersUnderCustomers, s.CountOrdersUnderCustomers, l.sawOrders)
	l.invoicesOfCustomer = newChildList(s.InvoicesUnderCustomers, s.CountInvoicesUnderCustomers, l.sawInvoices)
	l.subscriptionsOfCustomer = newChildList(s.SubscriptionsUnderCustomers, s.CountSubscriptionsUnderCustomers, l.sawSubscriptions)
	l.eventsOf = newChildList(s.EventsUnder, nil, l.sawEvents)
}

// expectAny announces a key where there is one.
func expectAny[V any](r *relation[uuid.UUID, V], key *uuid.UUID) {
	if key != nil {
		r.expect(*key)
	}
}

// loadAny loads a key where there is one; none is nil.
func loadAny[V any](ctx context.Context, r *relation[uuid.UUID, *V], key *uuid.UUID) (*V, error) {
	if key == nil {
		return nil, nil
	}
	return r.load(ctx, *key)
}

// plain returns a list that is never null.
func plain[V any](list []V, err error) ([]V, error) {
	if list == nil && err == nil {
		list = []V{}
	}
	return list, err
}
