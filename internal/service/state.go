package service

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// errUnchanged is a change's word that there is nothing to store.
var errUnchanged = errors.New("nothing changed")

// change reads a payment with everything it touches under their locks, lets do
// change it by its rules, and stores what came of it, in one transaction. It is
// the only way in which a payment changes once it is there. do must name what it
// makes by ids that were made before, because it may run several times.
//
// Locks are taken in the one order of the whole program: orders, invoices,
// payment, store credit, each ascending by id.
func (s *Service) change(ctx context.Context, a pay.Actor, paymentID uuid.UUID, do func(context.Context, *pay.State) error) (state *pay.State, err error) {
	ctx = pay.WithActor(ctx, a) // a gateway, perhaps, and not who asked it
	whole := a
	whole.CustomerID, whole.PaymentID = nil, nil // the rules need all of it; who may ask was checked before
	rows := s.store.For(whole)
	for range 3 {
		err = s.store.InTx(ctx, func(ctx context.Context) error {
			state, err = s.changeTx(ctx, rows, a, paymentID, do)
			return err
		})
		if !errors.Is(err, store.ErrCommitUnknown) {
			break
		}
		// Lost answer: doing it again finds out. Facts count once, and commands find
		// their own key.
	}
	return state, err
}

func (s *Service) changeTx(ctx context.Context, rows store.Tenant, a pay.Actor, paymentID uuid.UUID, do func(context.Context, *pay.State) error) (*pay.State, error) {
	state, err := s.lock(ctx, rows, a, paymentID)
	if err != nil {
		return nil, err
	}
	before := snapshot(state)
	if err := do(ctx, state); err != nil {
		if errors.Is(err, errUnchanged) {
			err = nil
		}
		return state, err
	}
	if err := state.Conclude(); err != nil {
		return nil, err
	}
	return state, rows.SaveChange(ctx, difference(before, state))
}

// lock reads the payment's state under its locks.
func (s *Service) lock(ctx context.Context, rows store.Tenant, a pay.Actor, paymentID uuid.UUID) (*pay.State, error) {
	state := &pay.State{Actor: a, Now: s.clock()}
	id := []uuid.UUID{paymentID}
	var err error
	if state.Allocations, err = rows.AllocationsOf(ctx, id); err != nil {
		return nil, err
	}
	orders, invoices := subjects(state.Allocations)
	if state.Orders, state.Invoices, err = lockSubjects(ctx, rows, orders, invoices); err != nil {
		return nil, err
	}
	payments, err := rows.PaymentForUpdate(ctx, paymentID)
	if err == nil && len(payments) == 0 {
		err = fmt.Errorf("payment %s is missing", paymentID)
	}
	if err != nil {
		return nil, err
	}
	state.Payment = payments[0]
	// What allocations have and are promised may have changed since. Where there is one, and
	// nothing was captured, it follows from the payment.
	if p, only := state.Payment, state.Allocations; p.CapturedMinor == 0 && len(only) == 1 {
		only[0].InFlightMinor, only[0].HeldMinor = p.InFlightMinor, p.HeldMinor
	} else if len(only) > 0 {
		if state.Allocations, err = rows.AllocationsOf(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := readBalance(ctx, state, rows.CreditBalanceForUpdate); err != nil {
		return nil, err
	}
	// Read under the payment's lock: another change may have been first.
	if err := s.readParts(ctx, rows, state); err != nil {
		return nil, err
	}
	return state, state.Begin()
}

// readBalance reads the store credit that a top-up's refund takes from.
func readBalance(ctx context.Context, state *pay.State, read func(context.Context, uuid.UUID, money.Currency) ([]pay.CreditBalance, error)) error {
	p := state.Payment
	if p.Mode != pay.ModeWallet || p.CustomerID == nil {
		return nil
	}
	balances, err := read(ctx, *p.CustomerID, p.Currency)
	for _, b := range balances {
		state.BalanceMinor = b.BalanceMinor
	}
	return err
}

// giveBalances reads the store credit of all states that bought some, together.
func giveBalances(ctx context.Context, rows store.Tenant, states map[uuid.UUID]*pay.State) error {
	var customers []uuid.UUID
	for _, state := range states {
		if p := state.Payment; p.Mode == pay.ModeWallet && p.CustomerID != nil {
			customers = append(customers, *p.CustomerID)
		}
	}
	if len(customers) == 0 {
		return nil
	}
	return each(ctx, customers, rows.CreditBalances, func(b pay.CreditBalance) {
		for _, state := range states {
			if p := state.Payment; p.Mode == pay.ModeWallet && p.CustomerID != nil && *p.CustomerID == b.CustomerID && p.Currency == b.Currency {
				state.BalanceMinor = b.BalanceMinor
			}
		}
	})
}

// lockSubjects locks what payments pay: orders and the invoices that bill them,
// and other invoices.
func lockSubjects(ctx context.Context, rows store.Tenant, orders, invoices []uuid.UUID) (o []pay.Order, i []pay.Invoice, err error) {
	if len(orders) > 0 {
		if o, err = rows.OrdersForUpdate(ctx, orders); err != nil {
			return nil, nil, err
		}
	}
	if len(orders)+len(invoices) > 0 {
		i, err = rows.InvoicesForUpdate(ctx, orders, invoices)
	}
	return o, i, err
}

// readParts reads attempts, operations and refunds, and what their gateways can do.
func (s *Service) readParts(ctx context.Context, rows store.Tenant, state *pay.State) (err error) {
	id := []uuid.UUID{state.Payment.ID}
	if state.Attempts, err = rows.TransactionsOf(ctx, id); err != nil {
		return err
	}
	if !isFirstAnswer(state) {
		if state.Operations, err = rows.OperationsOf(ctx, id); err != nil {
			return err
		}
		if state.Refunds, err = rows.RefundsOf(ctx, id); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(state.Attempts, func(t pay.Transaction) bool { return t.Status == pay.TransactionPendingApproval }) {
		company, err := s.companyOf(ctx, state.Actor)
		if err != nil {
			return err
		}
		state.SelfApproval = company.AllowsSelfApproval
	}
	var gateways []uuid.UUID
	for _, t := range state.Attempts {
		gateways = append(gateways, t.GatewayID)
	}
	state.Traits, err = s.traits(ctx, rows, gateways)
	return err
}

// states reads the states of payments without locks, for saying what is possible:
// seven statements, however many payments they are, and one more for top-ups.
func (s *Service) states(ctx context.Context, c caller, payments []pay.Payment) (map[uuid.UUID]*pay.State, error) {
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	states, ids := make(map[uuid.UUID]*pay.State, len(payments)), make([]uuid.UUID, len(payments))
	for i, p := range payments {
		ids[i] = p.ID
		states[p.ID] = &pay.State{Payment: p, SelfApproval: company.AllowsSelfApproval, Actor: c.Actor, Now: s.clock()}
	}
	rows := s.everything(c)
	var gateways []uuid.UUID
	err = errors.Join(
		each(ctx, ids, rows.TransactionsOf, func(t pay.Transaction) {
			states[t.PaymentID].Attempts, gateways = append(states[t.PaymentID].Attempts, t), append(gateways, t.GatewayID)
		}),
		each(ctx, ids, rows.OperationsOf, func(o pay.Operation) { states[o.PaymentID].Operations = append(states[o.PaymentID].Operations, o) }),
		each(ctx, ids, rows.RefundsOf, func(r pay.Refund) { states[r.PaymentID].Refunds = append(states[r.PaymentID].Refunds, r) }),
		each(ctx, ids, rows.AllocationsOf, func(a pay.PaymentAllocation) {
			states[a.PaymentID].Allocations = append(states[a.PaymentID].Allocations, a)
		}))
	if err := errors.Join(err, giveBalances(ctx, rows, states)); err != nil {
		return nil, err
	}
	traits, err := s.traits(ctx, rows, gateways)
	if err != nil {
		return nil, err
	}
	return states, giveSubjects(ctx, rows, states, traits)
}

// each reads rows and hands them on one by one.
func each[T any](ctx context.Context, ids []uuid.UUID, read func(context.Context, []uuid.UUID) ([]T, error), do func(T)) error {
	rows, err := read(ctx, ids)
	for _, row := range rows {
		do(row)
	}
	return err
}

// giveSubjects reads the orders and invoices of all states together.
func giveSubjects(ctx context.Context, rows store.Tenant, states map[uuid.UUID]*pay.State, traits map[uuid.UUID]pay.Traits) error {
	var all []pay.PaymentAllocation
	for _, state := range states {
		all = append(all, state.Allocations...)
	}
	orderIDs, invoiceIDs := subjects(all)
	orders, err := fetch(ctx, orderIDs, rows.Orders, func(o pay.Order) uuid.UUID { return o.ID })
	if err != nil {
		return err
	}
	invoices, err := fetch(ctx, invoiceIDs, rows.Invoices, func(i pay.Invoice) uuid.UUID { return i.ID })
	if err != nil {
		return err
	}
	for _, state := range states {
		state.Traits = traits
		for _, a := range state.Allocations {
			if a.OrderID != nil {
				state.Orders = append(state.Orders, orders[*a.OrderID])
			} else if a.InvoiceID != nil {
				state.Invoices = append(state.Invoices, invoices[*a.InvoiceID])
			}
		}
	}
	return nil
}

// isFirstAnswer says that nothing but one attempt can hang on the payment, so
// nothing else has to be read while a payer waits.
func isFirstAnswer(s *pay.State) bool {
	return len(s.Attempts) == 0 || len(s.Attempts) == 1 && s.Attempts[0].Status == pay.TransactionCreated
}

// traits reads what gateways can do, by gateway.
func (s *Service) traits(ctx context.Context, rows store.Tenant, ids []uuid.UUID) (map[uuid.UUID]pay.Traits, error) {
	slices.SortFunc(ids, compareIDs)
	list, err := rows.Gateways(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	traits := make(map[uuid.UUID]pay.Traits, len(list))
	for _, g := range list {
		traits[g.ID] = gateway.TraitsOf(s.connectors[g.Connector], g)
	}
	return traits, nil
}

func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// subjects are the ids of what allocations pay, ascending: the order in which
// they are locked.
func subjects(list []pay.PaymentAllocation) (orders, invoices []uuid.UUID) {
	for _, a := range list {
		switch {
		case a.OrderID != nil:
			orders = append(orders, *a.OrderID)
		case a.InvoiceID != nil:
			invoices = append(invoices, *a.InvoiceID)
		}
	}
	slices.SortFunc(orders, compareIDs)
	slices.SortFunc(invoices, compareIDs)
	return slices.Compact(orders), slices.Compact(invoices)
}

// snapshot copies the rows of a state as they were read.
func snapshot(s *pay.State) pay.State {
	was := *s
	was.Attempts, was.Operations, was.Refunds = slices.Clone(s.Attempts), slices.Clone(s.Operations), slices.Clone(s.Refunds)
	was.Allocations, was.Orders, was.Invoices = slices.Clone(s.Allocations), slices.Clone(s.Orders), slices.Clone(s.Invoices)
	return was
}

// difference is what must be written. Rows are added at the end, so what stands
// behind the old ones is new.
func difference(was pay.State, is *pay.State) store.PaymentChange {
	c := store.PaymentChange{Payment: is.Payment, Events: is.Events, CreditMinor: is.CreditMinor,
		Allocations: changed(was.Allocations, is.Allocations), Orders: changed(was.Orders, is.Orders), Invoices: changed(was.Invoices, is.Invoices)}
	c.Settled, c.Ledger = is.Settled, is.Ledger
	if m := is.Saved; m != nil {
		c.NewMethod = []store.NewPaymentMethod{{PaymentMethod: *m, Fingerprint: fingerprint(methodContent(*m))}}
	}
	c.Attempts, c.NewAttempts = changed(was.Attempts, is.Attempts), is.Attempts[len(was.Attempts):]
	c.Operations, c.NewOperations = changed(was.Operations, is.Operations), is.Operations[len(was.Operations):]
	c.Refunds, c.NewRefunds = changed(was.Refunds, is.Refunds), is.Refunds[len(was.Refunds):]
	return c
}

func changed[T any](was, is []T) (list []T) {
	for i := range was {
		if !reflect.DeepEqual(was[i], is[i]) {
			list = append(list, is[i])
		}
	}
	return list
}
