package store_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// market is a tenant with many rows whose sort keys are mostly equal, so that
// only the id tells their order.
type market struct {
	base
	random      *rand.Rand
	customers   []pay.Customer
	orders      []pay.Order
	invoices    []pay.Invoice
	payments    []pay.Payment
	allocations []pay.PaymentAllocation
}

const many = 60

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{base: newBase(t), random: rand.New(rand.NewPCG(1, 2))}
	gateway := filled(&filler{t: t}, func(g *store.NewGateway) { g.Countries = nil })
	m.write(func(ctx context.Context) error {
		if err := m.rows.InsertGateway(ctx, gateway); err != nil {
			return err
		}
		if err := m.addOwed(ctx); err != nil {
			return err
		}
		for i := range many {
			if err := m.addPayment(ctx, i, gateway.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return m
}

// instant is one of a few.
func (m *market) instant() time.Time {
	return noon.Add(time.Duration(m.random.IntN(4)) * time.Microsecond)
}

func (m *market) addOwed(ctx context.Context) error {
	var customers []store.NewCustomer
	var orders []store.NewOrder
	var invoices []store.NewInvoice
	for range many {
		m.customers = append(m.customers, pay.Customer{ID: pay.NewID(), Version: 1, CreatedAt: m.instant(), UpdatedAt: noon})
	}
	for i := range many {
		o := pay.Order{ID: pay.NewID(), CustomerID: m.customer(), PlacedAt: m.instant(), CreatedAt: m.instant(), UpdatedAt: noon}
		o.Currency, o.TotalMinor = "EUR", int64(m.random.IntN(4))
		o.SubtotalMinor = o.TotalMinor
		m.orders = append(m.orders, o)
		bill := pay.Invoice{ID: pay.NewID(), Number: strconv.Itoa(i), CustomerID: m.customer(), Debt: o.Debt, IssuedOn: date(1), CreatedAt: m.instant(), UpdatedAt: noon}
		if m.random.IntN(3) > 0 {
			bill.DueOn = ptr(date(1 + m.random.IntN(3)))
		}
		m.invoices = append(m.invoices, bill)
	}
	for i := range many {
		customers = append(customers, store.NewCustomer{Customer: m.customers[i], Fingerprint: []byte{1}})
		orders = append(orders, store.NewOrder{Order: m.orders[i], Fingerprint: []byte{1}})
		invoices = append(invoices, store.NewInvoice{Invoice: m.invoices[i], Fingerprint: []byte{1}})
	}
	if err := m.rows.InsertCustomers(ctx, customers); err != nil {
		return err
	}
	if err := m.rows.InsertOrders(ctx, orders, nil, nil); err != nil {
		return err
	}
	return m.rows.InsertInvoices(ctx, invoices)
}

// customer is one of the first few: the others have nothing.
func (m *market) customer() uuid.UUID { return m.customers[m.random.IntN(5)].ID }

func date(day int) time.Time { return time.Date(2026, 2, day, 0, 0, 0, 0, time.UTC) }

// addPayment adds a payment of some orders and invoices, most of them under an
// earlier payment.
func (m *market) addPayment(ctx context.Context, i int, gateway uuid.UUID) error {
	p := pay.Payment{ID: pay.NewID(), HumanID: humanID(i), Mode: pay.ModePayment, Currency: "EUR", Status: pay.PaymentProcessing,
		RefundStatus: "NONE", ReconciliationStatus: "UNRECONCILED", IsActive: true, Version: 1, CreatedAt: m.instant(), UpdatedAt: m.instant()}
	p.FinalMinor = int64(1 + m.random.IntN(3))
	p.TotalMinor = p.FinalMinor
	if m.random.IntN(5) > 0 {
		p.CustomerID = ptr(m.customer())
	}
	if i > 0 && m.random.IntN(3) > 0 {
		p.ParentPaymentID = &m.payments[m.random.IntN(min(i, 4))].ID
	}
	n := store.NewPayment{Payment: p, Transactions: []pay.Transaction{{ID: pay.NewID(), PaymentID: p.ID, AttemptNumber: 1, GatewayID: gateway,
		MethodType: pay.MethodCard, Status: pay.TransactionPending, Currency: "EUR", RequestedMinor: 1,
		ReconciliationStatus: "UNRECONCILED", Asking: pay.Asking{LeaseUntil: noon}, CreatedAt: noon, UpdatedAt: noon}}}
	for _, of := range m.random.Perm(4)[:m.random.IntN(3)] { // each order and invoice at most once
		a := pay.PaymentAllocation{ID: pay.NewID(), PaymentID: p.ID, Position: len(n.Allocations), SubjectKind: pay.SubjectOrder, AmountMinor: 1, OrderID: &m.orders[of].ID}
		if m.random.IntN(2) == 0 {
			a.InvoiceID = &m.invoices[of].ID
		}
		n.Allocations = append(n.Allocations, a)
	}
	m.payments, m.allocations = append(m.payments, p), append(m.allocations, n.Allocations...)
	return m.rows.InsertNewPayment(ctx, n)
}
