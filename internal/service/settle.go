package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// settle records what a gateway said about an attempt: the only way in which an
// attempt gets a result, whoever brings the news. It may be called any number
// of times with the same fact; only the first changes something.
//
// Locks are taken in the one order of the whole program: orders, invoices,
// payment, each ascending by id.
func (s *Service) settle(ctx context.Context, a pay.Actor, t pay.Transaction, f pay.Fact) (paid Paid, err error) {
	a.CustomerID = nil // what the gateway says concerns the company, whoever asked
	rows := s.store.For(a)
	for range 3 {
		err = s.store.InTx(ctx, func(ctx context.Context) error {
			paid, err = s.settleTx(ctx, rows, t, f)
			return err
		})
		if !errors.Is(err, store.ErrCommitUnknown) {
			break
		}
		// Lost answer: doing it again finds out, because a fact counts once.
	}
	return paid, err
}

func (s *Service) settleTx(ctx context.Context, rows store.Tenant, t pay.Transaction, f pay.Fact) (Paid, error) {
	payment := []uuid.UUID{t.PaymentID}
	allocations, err := rows.AllocationsOf(ctx, payment)
	if err != nil {
		return Paid{}, err
	}
	d := debts{rows: rows, allocations: allocations}
	if d.orders, err = rows.OrdersForUpdate(ctx, subjects(allocations)); err != nil {
		return Paid{}, err
	}
	if d.invoices, err = rows.InvoicesOfOrdersForUpdate(ctx, subjects(allocations)); err != nil {
		return Paid{}, err
	}
	payments, err := rows.PaymentForUpdate(ctx, t.PaymentID)
	if err != nil {
		return Paid{}, err
	}
	// Read under the payment's lock: another settle may have been first.
	attempts, err := rows.TransactionsOf(ctx, payment)
	if err != nil {
		return Paid{}, err
	}
	gateways, err := rows.Gateways(ctx, []uuid.UUID{t.GatewayID})
	if err != nil {
		return Paid{}, err
	}
	n := slices.IndexFunc(attempts, func(x pay.Transaction) bool { return x.ID == t.ID })
	if n < 0 || len(payments) == 0 || len(gateways) == 0 {
		return Paid{}, fmt.Errorf("transaction %s, its payment or its gateway is missing", t.ID)
	}
	return s.record(ctx, d, news{payment: payments[0], attempts: attempts, about: n, gateway: gateways[0], fact: f})
}

// news is a fact with the locked rows that it is about.
type news struct {
	payment  pay.Payment
	attempts []pay.Transaction
	// about is which of the attempts the fact is about.
	about   int
	gateway pay.PaymentGateway
	fact    pay.Fact
}

// record applies a fact to its attempt and carries it over to payment,
// allocations, orders and invoices. It returns both as they are then, changed or not.
func (s *Service) record(ctx context.Context, d debts, n news) (Paid, error) {
	now, p, attempts := s.clock(), n.payment, n.attempts
	before := attempts[n.about]
	changed, err := attempts[n.about].Apply(n.fact, now)
	after := attempts[n.about]
	// A reason to look is news even about an attempt that stays unknown.
	warning := n.fact.Attention != "" && after.Status == n.fact.To && !slices.Contains(p.Attention, n.fact.Attention)
	if err != nil || !changed && !warning {
		return Paid{Payment: p, Transaction: after}, err
	}
	if err := p.SumUp(attempts); err != nil {
		return Paid{}, err
	}
	p.Status, p.UpdatedAt, p.Version = pay.DeriveStatus(p, attempts), now, p.Version+1
	p.Attention = pay.DeriveAttention(p, attempts, n.fact.Attention)
	if p.PaidAt == nil && p.CapturedMinor >= p.FinalMinor {
		p.PaidAt = &now
	}
	event := newEvent(&p, pay.TransactionEvent(after.Status), &after.ID, eventAmount(after), gatewayActor, now)
	allocations, err := spread(d.allocations, p)
	if err != nil {
		return Paid{}, err
	}
	if err := d.move(ctx, n.payment.Sums, p.Sums, foodVouchers(n.gateway, before), foodVouchers(n.gateway, after), now); err != nil {
		return Paid{}, err
	}
	return Paid{Payment: p, Transaction: after}, d.rows.Settle(ctx, p, after, allocations, event)
}

// eventAmount is what the event of an attempt's new state is about.
func eventAmount(t pay.Transaction) int64 {
	switch t.Status {
	case pay.TransactionAuthorized:
		return t.HeldMinor
	case pay.TransactionCaptured:
		return t.CapturedMinor
	}
	return t.RequestedMinor
}
