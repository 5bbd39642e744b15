package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// intent is one request to pay on its way to being committed. Its ids are made
// before the transaction begins, so that it can be found again when the answer
// to COMMIT is lost.
type intent struct {
	service       *Service
	caller        caller
	input         PayOrdersInput
	fingerprint   []byte
	paymentID     uuid.UUID
	transactionID uuid.UUID
	// earlier is the record of the key, when it was used before.
	earlier *store.IdempotencyKey
	// plan and made are what was committed otherwise.
	plan plan
	made store.NewPayment
}

// commit stores the intent, or finds the earlier one of the same key.
func (i *intent) commit(ctx context.Context) error {
	var err error
	for range 5 {
		i.earlier = nil
		err = i.service.store.InTx(ctx, i.write)
		switch {
		case errors.Is(err, store.ErrCommitUnknown):
			return i.reread(ctx)
		case store.IsDuplicateHumanID(err), store.IsDuplicateKey(err), store.IsDuplicateReference(err):
			continue // the next try draws another id, or sees what the other request committed
		}
		return err
	}
	return err
}

// reread finds out whether the transaction whose COMMIT was not answered
// happened. When even that cannot be told the caller repeats with the same key.
func (i *intent) reread(ctx context.Context) error {
	found, err := i.caller.rows.Payments(ctx, []uuid.UUID{i.paymentID})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("intent was not committed: %w", pay.ErrUnavailable)
	}
	return nil
}

func (i *intent) write(ctx context.Context) error {
	rows := i.caller.rows
	orders, err := rows.OrdersForUpdate(ctx, orderIDs(i.input.Orders))
	if err != nil {
		return err
	}
	// Looked up under the orders' locks: of two requests with one key the
	// second sees what the first committed.
	i.fingerprint = fingerprint(payOrdersContent(i.input, orders))
	if err := i.lookUpKey(ctx); err != nil || i.earlier != nil {
		return err
	}
	if i.plan, err = i.service.plan(ctx, i.caller, i.input.choice(), orders, rows.InvoicesOfOrdersForUpdate); err != nil {
		return err
	}
	if err := i.checkReference(ctx); err != nil {
		return err
	}
	now := i.service.clock()
	if i.made, err = i.build(i.plan, now); err != nil {
		return err
	}
	if err := i.reserve(ctx, i.plan, i.made, now); err != nil {
		return err
	}
	if err := rows.InsertNewPayment(ctx, i.made); err != nil {
		return err
	}
	return rows.InsertIdempotencyKey(ctx, store.IdempotencyKey{Operation: opPayOrders, Key: i.input.IdempotencyKey,
		Fingerprint: i.fingerprint, PaymentID: i.paymentID, CreatedAt: now})
}

func (i *intent) lookUpKey(ctx context.Context) error {
	keys, err := i.caller.rows.IdempotencyKeyOf(ctx, opPayOrders, i.input.IdempotencyKey)
	if err != nil || len(keys) == 0 {
		return err
	}
	if !bytes.Equal(keys[0].Fingerprint, i.fingerprint) {
		e := pay.Refuse(pay.CodeIdempotencyKeyReused, pay.At("input", "idempotencyKey"), "The key was used for another request.")
		e.FirstUsedAt = keys[0].CreatedAt
		return pay.Errors{e}
	}
	i.earlier = &keys[0]
	return nil
}

func (i *intent) checkReference(ctx context.Context) error {
	if i.input.ReferenceID == nil {
		return nil
	}
	found, err := i.service.store.For(pay.Actor{TenantID: i.caller.TenantID}).
		PaymentBy(ctx, pay.PaymentLookup{ReferenceID: i.input.ReferenceID})
	if err != nil || len(found) == 0 {
		return err
	}
	existing := found[0].GlobalID()
	if i.caller.CustomerID != nil && (found[0].CustomerID == nil || *found[0].CustomerID != *i.caller.CustomerID) {
		existing = "" // not theirs to know
	}
	return pay.Errors{duplicateReference(existing, pay.At("input", "referenceId"))}
}

// reserve blocks the amounts on the orders and on the invoices that bill them.
func (i *intent) reserve(ctx context.Context, plan plan, n store.NewPayment, now time.Time) error {
	d := debts{rows: i.caller.rows, allocations: n.Allocations, orders: plan.orders, invoices: plan.invoices}
	return d.move(ctx, pay.Sums{}, n.Payment.Sums, 0, foodVouchers(plan.gateway, n.Transaction), now)
}

// build makes the payment with all its parts.
func (i *intent) build(plan plan, now time.Time) (store.NewPayment, error) {
	in := i.input
	p := pay.Payment{
		ID: i.paymentID, HumanID: pay.NewHumanID(), ReferenceID: in.ReferenceID, Mode: pay.ModePayment, Module: in.Module,
		BusinessID: plan.business(), CustomerID: &plan.customer.ID, MethodType: &plan.gateway.MethodType,
		MethodLabel: plan.gateway.MethodLabel, SelectedGatewayID: &plan.gateway.ID, Currency: plan.currency,
		Sums:         pay.Sums{TotalMinor: plan.totalMinor, DiscountMinor: plan.discountMinor, FinalMinor: plan.finalMinor},
		RefundStatus: "NONE", ReconciliationStatus: "UNRECONCILED", IsActive: true, BillingAddress: in.BillingAddress,
		Description: in.Description, Metadata: in.Metadata, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	who := plan.customer.Snapshot()
	p.CustomerEmail, p.CustomerFirstName, p.CustomerLastName, p.CustomerPhone = who.Email, who.FirstName, who.LastName, who.Phone
	t := i.transaction(plan, now)
	if err := p.SumUp([]pay.Transaction{t}); err != nil {
		return store.NewPayment{}, err
	}
	n := store.NewPayment{Transaction: t, Allocations: i.allocations(plan)}
	if plan.method != nil {
		p.PaymentMethodID = &plan.method.ID
	}
	i.copyLines(plan, &n)
	p.Status = pay.DeriveStatus(p, nil)
	n.Events = append(n.Events, newEvent(&p, pay.EventPaymentCreated, nil, p.FinalMinor, i.caller.ID, now))
	p.Status = pay.DeriveStatus(p, []pay.Transaction{t})
	n.Events = append(n.Events, newEvent(&p, pay.EventTransactionCreated, &t.ID, t.RequestedMinor, i.caller.ID, now))
	n.Payment = p
	return n, nil
}

func (i *intent) transaction(plan plan, now time.Time) pay.Transaction {
	t := pay.Transaction{ID: i.transactionID, PaymentID: i.paymentID, AttemptNumber: 1, GatewayID: plan.gateway.ID,
		MethodType: plan.gateway.MethodType, MethodLabel: plan.gateway.MethodLabel, Status: pay.TransactionCreated,
		Currency: plan.currency, AutoCapture: i.input.Capture, RequestedMinor: plan.finalMinor, Token: i.input.PaymentToken,
		LeaseUntil: now.Add(leaseLength), CreatedAt: now, UpdatedAt: now}
	if plan.gateway.Kind == pay.KindVoucher {
		t.VouchersTendered = ptr(1)
		if i.input.VoucherCount != nil {
			t.VouchersTendered = i.input.VoucherCount
		}
	}
	if plan.method != nil {
		t.PaymentMethodID, t.Details = &plan.method.ID, plan.method.Details
		t.HolderName, t.HolderEmail = plan.method.HolderName, plan.method.HolderEmail
	}
	return t
}

func (i *intent) allocations(plan plan) []pay.PaymentAllocation {
	var list []pay.PaymentAllocation
	for n, part := range plan.parts {
		a := pay.PaymentAllocation{ID: pay.NewID(), PaymentID: i.paymentID, Position: n, SubjectKind: pay.SubjectOrder,
			OrderID: &part.order.ID, Currency: plan.currency, AmountMinor: part.amountMinor}
		for _, invoice := range plan.invoices {
			if *invoice.OrderID == part.order.ID {
				a.InvoiceID = &invoice.ID
			}
		}
		list = append(list, a)
	}
	return list
}

// copyLines gives the payment the lines and discounts of its orders, where it
// pays them whole; for a part of an order there is no telling which lines it
// pays.
func (i *intent) copyLines(plan plan, n *store.NewPayment) {
	for position, line := range plan.lines {
		line.ID, line.OwnerID, line.Position = pay.NewID(), i.paymentID, position
		n.Lines = append(n.Lines, line)
	}
	for position, d := range plan.discounts {
		d.ID, d.OwnerID, d.Position = pay.NewID(), i.paymentID, position
		n.Discounts = append(n.Discounts, d)
	}
}

// newEvent numbers the next event of p and records p's headline with it.
func newEvent(p *pay.Payment, kind pay.EventType, transaction *uuid.UUID, amountMinor int64, actor string, now time.Time) pay.PaymentEvent {
	p.EventSeq++
	return pay.PaymentEvent{ID: pay.NewID(), PaymentID: p.ID, Seq: p.EventSeq, Type: kind, TransactionID: transaction,
		Currency: p.Currency, AmountMinor: &amountMinor, Status: p.Status, Actor: actor, CreatedAt: now}
}

func orderIDs(list []PayOrderInput) []uuid.UUID {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = o.OrderID
	}
	return pay.ParseIDs(pay.KindOrder, texts)
}
