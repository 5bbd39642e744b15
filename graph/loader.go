package graph

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// loaders is what one request reads together. A set lives for one request:
// what it remembers is what its caller may see. A document uses few of them, so that
// all are values and small: how they are read is shared by all requests.
type loaders struct {
	payments      one[pay.Payment]
	transactions  one[pay.Transaction]
	customers     one[pay.Customer]
	businesses    one[pay.Business]
	orders        one[pay.Order]
	invoices      one[pay.Invoice]
	subscriptions one[pay.BillingSubscription]
	products      one[pay.Product]
	gateways      one[pay.PaymentGateway]
	methods       one[pay.PaymentMethod]
	refunds       one[pay.Refund]
	allocation    one[pay.PaymentAllocation]
	events        one[pay.PaymentEvent]
	operations    one[pay.Operation]
	apiKeys       one[pay.APIKey]
	endpoints     one[pay.WebhookEndpoint]
	company       one[pay.Company]

	// By payment.
	allocations      many[pay.PaymentAllocation]
	transactionsOf   many[pay.Transaction]
	refundsOf        many[pay.Refund]
	operationsOf     many[pay.Operation]
	actionsOf        many[pay.AllowedAction]
	checkoutURLs     relation[uuid.UUID, *string]
	ordersPaidBy     many[pay.Order]
	invoicesPaidBy   many[pay.Invoice]
	paymentLines     many[pay.Line]
	paymentDiscounts many[pay.Discount]
	enabledGateways  many[pay.EnabledGateway]
	// By attempt.
	eventsOfAttempt many[pay.PaymentEvent]
	// By webhook delivery.
	triesOf many[pay.WebhookAttempt]
	// By order.
	orderLines     many[pay.Line]
	orderDiscounts many[pay.Discount]
	invoiceOfOrder many[pay.Invoice]
	// By customer.
	methodsOf many[pay.PaymentMethod]
	// allMethodsOf has the detached methods too.
	allMethodsOf many[pay.PaymentMethod]
	credit       many[pay.CreditBalance]

	paymentLists       [len(paymentParents)]childList[pay.Payment] // see paymentsUnder
	ordersOfCustomer   childList[pay.Order]
	invoicesOfCustomer childList[pay.Invoice]

	subscriptionsOfCustomer childList[pay.BillingSubscription]

	eventsOf childList[pay.PaymentEvent]
}

// one and many are relations of rows to ids: by their own, and by whose they are.
type (
	one[V any]  = relation[uuid.UUID, *V]
	many[V any] = relation[uuid.UUID, []V]
)

// paymentParents are what has lists of payments.
var paymentParents = [...]pay.PaymentParent{pay.OfOrder, pay.OfInvoice, pay.OfCustomer, pay.OfPayment, pay.OfSubscription}

// paymentsUnder are the lists of payments under one sort of parent.
func (l *loaders) paymentsUnder(of pay.PaymentParent) *childList[pay.Payment] {
	return &l.paymentLists[slices.Index(paymentParents[:], of)]
}

type loadersKey struct{}

// WithLoaders returns a context with a fresh set of loaders, for one request or one event
// of a subscription. It is made when it is needed: subscriptions wait for events in
// great numbers.
func (r *Resolver) WithLoaders(ctx context.Context) context.Context {
	return context.WithValue(ctx, loadersKey{}, &lazyLoaders{relations: r.relations})
}

// lazyLoaders are loaders that are made when something is loaded.
type lazyLoaders struct {
	relations relations
	mutex     sync.Mutex
	made      *loaders
	// seen tells the loaders, once they are there, of rows that were read before.
	seen []func(*loaders)
}

// load returns the loaders of the request.
func load(ctx context.Context) *loaders {
	l := ctx.Value(loadersKey{}).(*lazyLoaders)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.made == nil {
		l.made = l.relations.loaders()
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
