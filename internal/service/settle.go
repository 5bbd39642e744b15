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
func (s *Service) settle(ctx context.Context, a pay.Actor, id uuid.UUID, f pay.Fact) error {
	a.CustomerID = nil // what the gateway says concerns the company, whoever asked
	rows := s.store.For(a)
	var err error
	for range 3 {
		err = s.store.InTx(ctx, func(ctx context.Context) error { return s.settleTx(ctx, rows, id, f) })
		if !errors.Is(err, store.ErrCommitUnknown) {
			return err
		}
		// Lost answer: doing it again finds out, because a fact counts once.
	}
	return err
}

func (s *Service) settleTx(ctx context.Context, rows store.Tenant, id uuid.UUID, f pay.Fact) error {
	found, err := rows.Transactions(ctx, []uuid.UUID{id})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("transaction %s is missing", id)
	}
	if err != nil {
		return err
	}
	allocations, err := rows.AllocationsOf(ctx, []uuid.UUID{found[0].PaymentID})
	if err != nil {
		return err
	}
	d := debts{rows: rows, allocations: allocations}
	if d.orders, err = rows.OrdersForUpdate(ctx, subjects(allocations)); err != nil {
		return err
	}
	if d.invoices, err = rows.InvoicesOfOrdersForUpdate(ctx, subjects(allocations)); err != nil {
		return err
	}
	payments, err := rows.PaymentForUpdate(ctx, found[0].PaymentID)
	if err != nil {
		return err
	}
	// Read again under the payment's lock: another settle may have been first.
	attempts, err := rows.TransactionsOf(ctx, []uuid.UUID{found[0].PaymentID})
	if err != nil {
		return err
	}
	n := slices.IndexFunc(attempts, func(t pay.Transaction) bool { return t.ID == id })
	gateways, err := rows.Gateways(ctx, []uuid.UUID{attempts[n].GatewayID})
	if err != nil {
		return err
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
// allocations, orders and invoices.
func (s *Service) record(ctx context.Context, d debts, n news) error {
	now, p, attempts := s.clock(), n.payment, n.attempts
	before := attempts[n.about]
	changed, err := attempts[n.about].Apply(n.fact, now)
	if err != nil || !changed {
		return err
	}
	after := attempts[n.about]
	if err := p.SumUp(attempts); err != nil {
		return err
	}
	p.Status, p.UpdatedAt, p.Version = pay.DeriveStatus(p, attempts), now, p.Version+1
	p.Attention = pay.DeriveAttention(p, attempts, n.fact.Attention)
	if p.PaidAt == nil && p.CapturedMinor >= p.FinalMinor {
		p.PaidAt = &now
	}
	event := newEvent(&p, pay.TransactionEvent(after.Status), &after.ID, eventAmount(after), gatewayActor, now)
	allocations, err := spread(d.allocations, p)
	if err != nil {
		return err
	}
	if err := d.move(ctx, n.payment.Sums, p.Sums, foodVouchers(n.gateway, before), foodVouchers(n.gateway, after), now); err != nil {
		return err
	}
	return d.rows.Settle(ctx, p, after, allocations, event)
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
