package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// world is a tenant with rows in every table: of each type at least one row
// with every field set, then one with all that may be absent left out. All
// belong to the first customer.
type world struct {
	base
	f             *filler
	customers     []store.NewCustomer
	products      []store.NewProduct
	businesses    []store.NewBusiness
	gateways      []store.NewGateway
	rules         pay.GatewayRules
	methods       []store.NewPaymentMethod
	orders        []store.NewOrder
	orderLines    []pay.Line
	orderCuts     []pay.Discount
	invoices      []store.NewInvoice
	subscriptions []store.NewBillingSubscription
	payments      []store.NewPayment
	operations    []pay.Operation
	refunds       []pay.Refund
	events        []pay.PaymentEvent
	keys          []store.NewAPIKey
	documents     []pay.TrustedDocument
	intent        store.IdempotencyKey
	credit        pay.CreditBalance
	settlement    pay.Settlement
	settled       []pay.SettlementLine
	simulation    pay.Simulation
	entries       []pay.LedgerEntry
	hooks         []store.NewWebhookEvent
	endpoints     []pay.WebhookEndpoint
	deliveries    []pay.WebhookDelivery
	tried         pay.WebhookAttempt
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{base: newBase(t), f: &filler{t: t}}
	w.makeMasterData()
	w.makeOwed()
	w.makePayments()
	w.makeWebhooks()
	w.write(func(ctx context.Context) error {
		return errors.Join(w.rows.InsertCustomers(ctx, w.customers), w.rows.InsertProducts(ctx, w.products),
			w.rows.InsertBusiness(ctx, w.businesses[0]), w.rows.InsertBusiness(ctx, w.businesses[1]),
			w.rows.InsertGateway(ctx, w.gateways[0]), w.rows.InsertGateway(ctx, w.gateways[1]),
			w.rows.InsertPaymentMethod(ctx, w.methods[0]), w.rows.InsertPaymentMethod(ctx, w.methods[1]),
			w.rows.InsertOrders(ctx, w.orders, w.orderLines, w.orderCuts), w.rows.InsertInvoices(ctx, w.invoices),
			w.rows.InsertAPIKey(ctx, w.keys[0]), w.rows.InsertAPIKey(ctx, w.keys[1]), w.insertDocuments(ctx, w.rows))
	})
	w.write(func(ctx context.Context) error {
		_, err := w.rows.GatewayRulesForUpdate(ctx, noon)
		return errors.Join(err, w.rows.ReplaceGatewayRules(ctx, w.rules))
	})
	w.insertPayments()
	w.placeEvents()
	w.insertWebhooks()
	w.write(func(ctx context.Context) error {
		_, err := w.store.SealAudit(ctx, w.tenant.ID, 20) // and not all
		return err
	})
	return w
}

func (w *world) insertDocuments(ctx context.Context, rows store.Tenant) error {
	_, err := rows.InsertTrustedDocuments(ctx, w.documents)
	return err
}

func (w *world) makeMasterData() {
	f := w.f
	customer := filled(f, func(*store.NewCustomer) {})
	product := filled(f, func(p *store.NewProduct) { p.TaxRate = ptr("12.50") })
	business := filled(f, func(*store.NewBusiness) {})
	gateway := filled(f, func(g *store.NewGateway) { g.Countries = pay.Strings[string]{"PT", "ES"} })
	method := filled(f, func(m *store.NewPaymentMethod) { m.CustomerID, m.GatewayID = customer.ID, gateway.ID })
	w.customers = []store.NewCustomer{customer, bare(customer, func(c *store.NewCustomer) { c.ID, c.Fingerprint = pay.NewID(), []byte{1} })}
	w.products = []store.NewProduct{product, bare(product, func(p *store.NewProduct) { p.ID, p.Fingerprint = pay.NewID(), []byte{1} })}
	w.businesses = []store.NewBusiness{business, bare(business, func(b *store.NewBusiness) { b.ID, b.Fingerprint = pay.NewID(), []byte{1} })}
	w.gateways = []store.NewGateway{gateway, bare(gateway, func(g *store.NewGateway) {
		g.ID, g.WebhookEndpoint, g.Fingerprint = pay.NewID(), pay.NewID(), []byte{1}
	})}
	w.methods = []store.NewPaymentMethod{method, bare(method, func(m *store.NewPaymentMethod) { m.ID, m.Fingerprint = pay.NewID(), []byte{1} })}
	euro := money.Currency("EUR")
	w.rules = pay.GatewayRules{Version: 3, UpdatedAt: ptr(noon), Rules: []pay.GatewayRule{
		{Name: "full", GatewayID: gateway.ID, Currencies: pay.Strings[money.Currency]{"EUR", "USD"}, Countries: pay.Strings[string]{"PT"}, MethodTypes: pay.Strings[pay.PaymentMethodType]{pay.MethodCard},
			AmountCurrency: &euro, MinimumMinor: ptr(int64(1)), MaximumMinor: ptr(int64(2)), Priority: 4, Weight: 5},
		{Position: 1, Name: "bare", GatewayID: w.gateways[1].ID, Currencies: pay.Strings[money.Currency]{}, Countries: pay.Strings[string]{}, MethodTypes: pay.Strings[pay.PaymentMethodType]{}, Weight: 1},
	}}
	w.credit = filled(f, func(c *pay.CreditBalance) { c.CustomerID = customer.ID })
	key := filled(f, func(*store.NewAPIKey) {})
	w.keys = []store.NewAPIKey{key, bare(key, func(k *store.NewAPIKey) {
		k.ID, k.Hash, k.Scopes = pay.NewID(), make([]byte, 32), pay.Strings[pay.Scope]{pay.ScopePaymentsRead}
	})}
	for range 2 {
		w.documents = append(w.documents, filled(f, func(d *pay.TrustedDocument) { d.Hash = pay.DocumentHash(d.Document) }))
	}
}

func (w *world) makeOwed() {
	f := w.f
	debt := func(d *pay.Debt) { d.TotalMinor, d.CapturedMinor, d.RefundedMinor = 900, 800, 200 }
	order := filled(f, func(o *store.NewOrder) {
		o.CustomerID, o.BusinessID = w.customers[0].ID, &w.businesses[0].ID
		o.SubtotalMinor, o.DiscountMinor, o.FoodMinor = 1000, 100, 400
		debt(&o.Debt)
	})
	w.orders = []store.NewOrder{order, bare(order, func(o *store.NewOrder) { o.ID, o.Fingerprint = pay.NewID(), []byte{1} })}
	w.orderLines, w.orderCuts = w.lines(order.ID, w.orders[1].ID), w.discounts(order.ID, w.orders[1].ID)
	date := func(at time.Time) time.Time { return at.Truncate(24 * time.Hour) }
	invoice := filled(f, func(i *store.NewInvoice) {
		i.CustomerID, i.BusinessID, i.OrderID = w.customers[0].ID, &w.businesses[0].ID, &order.ID
		i.IssuedOn, i.DueOn = date(i.IssuedOn), ptr(date(i.DueOn.Add(48*time.Hour)))
		debt(&i.Debt)
	})
	w.invoices = []store.NewInvoice{invoice, bare(invoice, func(i *store.NewInvoice) { i.ID, i.Number, i.Fingerprint = pay.NewID(), "bare", []byte{1} })}
	subscription := filled(f, func(s *store.NewBillingSubscription) {
		s.CustomerID, s.PaymentMethodID = w.customers[0].ID, &w.methods[0].ID
		s.IntervalCount, s.AnchorDay, s.StartsOn, s.AutomaticRetries = 3, ptr(31), date(s.StartsOn), 2
		s.NextDueOn = ptr(date(*s.NextDueOn))
	})
	w.subscriptions = []store.NewBillingSubscription{subscription, bare(subscription, func(s *store.NewBillingSubscription) { s.ID, s.Fingerprint = pay.NewID(), []byte{1} })}
}

// lines are three for the full owner, which differ in what excludes each other,
// and a bare one.
func (w *world) lines(full, other uuid.UUID) []pay.Line {
	line := func(owner uuid.UUID, position int, set func(*pay.Line)) pay.Line {
		return filled(w.f, func(l *pay.Line) {
			l.OwnerID, l.Position, l.ProductID, l.TaxRate = owner, position, &w.products[0].ID, ptr("0.0001")
			l.FinalMinor, l.ShareMinor = l.GrossMinor-1, l.GrossMinor-2
			for i := range l.Modifiers {
				l.Modifiers[i].ProductID = &w.products[i].ID
			}
			set(l)
		})
	}
	return []pay.Line{
		line(full, 0, func(l *pay.Line) { l.UnitDiscountMinor, l.Modifiers[1].ProductID = nil, nil }),
		line(full, 1, func(l *pay.Line) { l.LineDiscountMinor = nil }),
		bare(line(other, 0, func(*pay.Line) {}), func(*pay.Line) {}),
	}
}

func (w *world) discounts(full, other uuid.UUID) []pay.Discount {
	discount := func(owner uuid.UUID, position int, set func(*pay.Discount)) pay.Discount {
		return filled(w.f, func(d *pay.Discount) {
			d.OwnerID, d.Position = owner, position
			set(d)
		})
	}
	return []pay.Discount{
		discount(full, 0, func(d *pay.Discount) { d.Value, d.ValueBasisPoints = nil, nil }),
		discount(full, 1, func(d *pay.Discount) { d.AmountMinor, d.ValueBasisPoints = nil, nil }),
		discount(full, 2, func(d *pay.Discount) { d.AmountMinor, d.Value = nil, nil }),
		bare(discount(other, 0, func(*pay.Discount) {}), func(d *pay.Discount) { d.AmountMinor = ptr(int64(0)) }),
	}
}
