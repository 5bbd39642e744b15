package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// paymentDraft is a payment about to be made: checked, priced, and with what it
// pays locked.
type paymentDraft struct {
	payment     pay.Payment
	allocations []pay.PaymentAllocation
	lines       []pay.Line
	discounts   []pay.Discount
	enabled     []uuid.UUID
	orders      []pay.Order
	invoices    []pay.Invoice
	traits      map[uuid.UUID]pay.Traits
	// start adds the first attempt, if there is one at once.
	start func(*pay.State) error
}

// paymentIntent makes one payment, once for its key. Its ids are made before the
// transaction begins, so that it can be found again when the answer to COMMIT is
// lost.
type paymentIntent struct {
	service   *Service
	caller    caller
	intention intention
	reference *string
	paymentID uuid.UUID
	// orders and invoices are what the payment pays, to be locked.
	orders, invoices []uuid.UUID
	// content tells the request from others, given the orders that it names.
	content func([]pay.Order) content
	// draft checks the request against the rows, which are locked.
	draft func(context.Context, []pay.Order, []pay.Invoice) (paymentDraft, error)

	// earlier is the record of the key, when it was used before.
	earlier *store.IdempotencyKey
	// made is what was committed otherwise.
	made *pay.State
}

// commit stores the payment, or finds the earlier one of the same key.
func (i *paymentIntent) commit(ctx context.Context) error {
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
func (i *paymentIntent) reread(ctx context.Context) error {
	found, err := i.caller.rows.Payments(ctx, []uuid.UUID{i.paymentID})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("intent was not committed: %w", pay.ErrUnavailable)
	}
	return nil
}

func (i *paymentIntent) write(ctx context.Context) error {
	rows := i.caller.rows
	orders, invoices, err := lockSubjects(ctx, rows, i.orders, i.invoices)
	if err != nil {
		return err
	}
	// Looked up under the subjects' locks: of two requests with one key the second
	// sees what the first committed.
	i.intention.content = i.content(orders)
	if i.earlier, err = i.caller.used(ctx, i.intention); err != nil || i.earlier != nil {
		return err
	}
	d, err := i.draft(ctx, orders, invoices)
	if err != nil {
		return err
	}
	if err := i.checkReference(ctx); err != nil {
		return err
	}
	if i.made, err = i.build(d); err != nil {
		return err
	}
	if err := i.insert(ctx, d); err != nil {
		return err
	}
	return i.caller.use(ctx, i.intention, i.paymentID, i.made)
}

// build makes the payment's first state, with its first attempt.
func (i *paymentIntent) build(d paymentDraft) (*pay.State, error) {
	now := i.service.clock()
	state := &pay.State{Payment: d.payment, Allocations: d.allocations, Orders: d.orders, Invoices: d.invoices, Traits: d.traits,
		Actor: i.caller.Actor, Now: now}
	p := &state.Payment
	p.ID, p.HumanID, p.IsActive, p.CreatedAt = i.paymentID, pay.NewHumanID(), true, now
	for n := range state.Allocations {
		a := &state.Allocations[n]
		a.ID, a.PaymentID, a.Position, a.Currency = pay.NewID(), p.ID, n, p.Currency
	}
	if err := state.Begin(); err != nil {
		return nil, err
	}
	state.Created()
	if d.start != nil {
		if err := d.start(state); err != nil {
			return nil, err
		}
	}
	return state, state.Conclude()
}

// insert stores the payment with all its parts, and what it asks of its subjects.
func (i *paymentIntent) insert(ctx context.Context, d paymentDraft) error {
	s, rows := i.made, i.caller.rows
	n := store.NewPayment{Payment: s.Payment, Allocations: s.Allocations, Transactions: s.Attempts, Events: s.Events}
	for position, line := range d.lines {
		line.ID, line.OwnerID, line.Position = pay.NewID(), i.paymentID, position
		n.Lines = append(n.Lines, line)
	}
	for position, discount := range d.discounts {
		discount.ID, discount.OwnerID, discount.Position = pay.NewID(), i.paymentID, position
		n.Discounts = append(n.Discounts, discount)
	}
	for position, id := range d.enabled {
		n.Enabled = append(n.Enabled, pay.EnabledGateway{PaymentID: i.paymentID, GatewayID: id, Position: position})
	}
	if err := rows.InsertNewPayment(ctx, n); err != nil {
		return err
	}
	if len(s.Attempts) == 0 {
		return nil // nothing is asked for yet
	}
	if err := rows.UpdateOrderDebts(ctx, s.Orders); err != nil {
		return err
	}
	return rows.UpdateInvoiceDebts(ctx, s.Invoices)
}

func (i *paymentIntent) checkReference(ctx context.Context) error {
	if i.reference == nil {
		return nil
	}
	found, err := i.service.store.For(pay.Actor{TenantID: i.caller.TenantID}).
		PaymentBy(ctx, pay.PaymentLookup{ReferenceID: i.reference})
	if err != nil || len(found) == 0 {
		return err
	}
	existing := found[0].GlobalID()
	if i.caller.CustomerID != nil && (found[0].CustomerID == nil || *found[0].CustomerID != *i.caller.CustomerID) {
		existing = "" // not theirs to know
	}
	return pay.Errors{duplicateReference(existing, pay.At("input", "referenceId"))}
}
