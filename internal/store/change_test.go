package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// change is a change of the first payment with something of every sort.
func (w *world) change() store.PaymentChange {
	c := w.additions()
	c.Payment.Version = 100
	c.Events[0].Seq = 50
	c.Attempts, c.Allocations = slices.Clone(w.payments[0].Transactions), slices.Clone(w.payments[0].Allocations)
	c.Operations, c.Refunds = slices.Clone(w.operations[:1]), slices.Clone(w.refunds[:1])
	c.Orders, c.Invoices = []pay.Order{w.orders[0].Order}, []pay.Invoice{w.invoices[0].Invoice}
	c.NewAttempts[0].AttemptNumber = 50
	c.Attempts[0].Notes, c.Operations[0].Checks, c.Refunds[0].Reason = ptr("changed"), 99, ptr("changed")
	c.Allocations[0].CapturedMinor, c.Orders[0].HeldMinor, c.Invoices[0].HeldMinor = c.Allocations[0].CapturedMinor+1, 78, 78
	return c
}

// additions is a change of the first payment that only adds rows, and credit.
func (w *world) additions() store.PaymentChange {
	c := store.PaymentChange{Payment: w.payments[0].Payment, CreditMinor: 5}
	attempt, operation, refund, event := w.payments[1].Transactions[0], w.operations[0], w.refunds[1], w.events[0]
	attempt.ID, attempt.PaymentID, attempt.AttemptNumber = pay.NewID(), c.Payment.ID, 40
	operation.ID, operation.TransactionID = pay.NewID(), attempt.ID
	refund.ID, refund.TransactionID = pay.NewID(), attempt.ID
	event.ID, event.Seq, event.TransactionID, event.RefundID, event.OperationID = pay.NewID(), 41, &attempt.ID, &refund.ID, &operation.ID
	event.Position = nil // until it is placed
	c.NewAttempts, c.NewOperations = []pay.Transaction{attempt}, []pay.Operation{operation}
	c.NewRefunds, c.Events = []pay.Refund{refund}, []pay.PaymentEvent{event}
	return c
}

// TestSaveChange proves that a change writes every field of the attempts,
// operations and refunds that it changes or adds, the payment, orders and
// invoices as their own updates do, the money of the allocations, and the events.
func TestSaveChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, operation := w.payments[0], w.operations[0]
	added := w.additions()
	c := store.PaymentChange{Payment: w.changedPayment(), NewAttempts: added.NewAttempts, NewOperations: added.NewOperations, NewRefunds: added.NewRefunds, Events: added.Events}
	attempt := changed(w.f, before.Transactions[0], func(x *pay.Transaction) {
		x.PaymentID, x.AttemptNumber, x.GatewayID, x.PaymentMethodID = c.Payment.ID, 3, w.gateways[1].ID, &w.methods[1].ID
		x.CapturedMinor, x.ConfirmedMinor, x.RefundedMinor, x.VoucherMinor, x.HeldMinor, x.ToldRefundedMinor, x.UnexplainedMinor = 801, 701, 201, 301, 0, 201, 101
	})
	operation = changed(w.f, operation, func(o *pay.Operation) {
		o.PaymentID, o.TransactionID, o.Kind, o.RefundID = c.Payment.ID, attempt.ID, pay.OperationCancelRefund, &w.refunds[1].ID
	})
	refund := changed(w.f, w.refunds[0], func(r *pay.Refund) {
		r.PaymentID, r.TransactionID, r.SucceededAt = c.Payment.ID, attempt.ID, nil
	})
	allocation := changed(w.f, before.Allocations[0], func(a *pay.PaymentAllocation) { a.CapturedMinor, a.SurplusMinor = a.RefundedMinor+1, a.RefundedMinor })
	order := changed(w.f, w.orders[0].Order, func(o *pay.Order) { o.CapturedMinor = o.RefundedMinor + 1 })
	invoice := changed(w.f, w.invoices[0].Invoice, func(i *pay.Invoice) { i.CapturedMinor = i.RefundedMinor + 1 })
	c.Attempts, c.Operations, c.Refunds = []pay.Transaction{attempt}, []pay.Operation{operation}, []pay.Refund{refund}
	c.Allocations, c.Orders, c.Invoices = []pay.PaymentAllocation{allocation}, []pay.Order{order}, []pay.Invoice{invoice}
	w.write(func(ctx context.Context) error { return w.rows.SaveChange(ctx, c) })

	ctx, rows := t.Context(), w.rows
	written(t, before.Payment, c.Payment, paymentUpdate)(rows.Payments(ctx, []uuid.UUID{c.Payment.ID}))
	written(t, before.Allocations[0], allocation, "InFlightMinor HeldMinor CapturedMinor RefundedMinor SurplusMinor")(rows.Allocations(ctx, ids(c.Allocations)))
	written(t, w.orders[0].Order, order, debtUpdate+" VoucherMinor")(rows.Orders(ctx, ids(c.Orders)))
	written(t, w.invoices[0].Invoice, invoice, debtUpdate)(rows.Invoices(ctx, ids(c.Invoices)))
	for _, x := range append(c.Attempts, c.NewAttempts...) {
		written(t, x, x, "")(rows.Transactions(ctx, []uuid.UUID{x.ID}))
	}
	for _, o := range append(c.Operations, c.NewOperations...) {
		written(t, o, o, "")(rows.Operations(ctx, []uuid.UUID{o.ID}))
	}
	for _, r := range append(c.Refunds, c.NewRefunds...) {
		written(t, r, r, "")(rows.Refunds(ctx, []uuid.UUID{r.ID}))
	}
	written(t, c.Events[0], c.Events[0], "")(rows.Events(ctx, ids(c.Events)))
	if got := w.balance(w.customers[0].ID, w.credit.Currency); got != w.credit.BalanceMinor {
		t.Errorf("store credit is %d, want %d as before", got, w.credit.BalanceMinor)
	}
}

// TestSaveChangeOfForeignRows proves that a change of one's own payment does not
// reach a row of another tenant in any of its parts.
func TestSaveChangeOfForeignRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := bare(w.payments[1].Payment, func(p *pay.Payment) { p.ID = pay.NewID() })
	w.write(func(ctx context.Context) error { return w.empty.InsertPayment(ctx, own) })
	c, home := w.change(), w.digest(w.tenant)
	rich := own
	rich.CustomerID = &w.customers[0].ID
	for name, part := range map[string]store.PaymentChange{
		"payment": {Payment: c.Payment}, "attempts": {Attempts: c.Attempts}, "operations": {Operations: c.Operations}, "refunds": {Refunds: c.Refunds},
		"allocations": {Allocations: c.Allocations}, "orders": {Orders: c.Orders}, "invoices": {Invoices: c.Invoices},
		"new attempts": {NewAttempts: c.NewAttempts}, "new operations": {NewOperations: c.NewOperations}, "new refunds": {NewRefunds: c.NewRefunds},
		"events": {Events: c.Events}, "credit": {Payment: rich, CreditMinor: 5},
	} {
		if part.Payment.ID == uuid.Nil {
			part.Payment = own
		}
		if err := w.store.InTx(t.Context(), func(ctx context.Context) error { return w.empty.SaveChange(ctx, part) }); err == nil {
			t.Errorf("%s of another tenant are accepted", name)
		}
	}
	if w.digest(w.tenant) != home {
		t.Error("rows of another tenant were changed")
	}
	w.write(func(ctx context.Context) error { return w.empty.SaveChange(ctx, store.PaymentChange{Payment: own}) })
}

// TestSaveChangeOfMissingRows proves that a change is refused as a whole when one
// of the rows that it changes is not there.
func TestSaveChangeOfMissingRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.digest(w.tenant)
	for name, spoil := range map[string]func(*store.PaymentChange){
		"payment":    func(c *store.PaymentChange) { c.Payment.ID = pay.NewID() },
		"attempt":    func(c *store.PaymentChange) { c.Attempts[0].ID = pay.NewID() },
		"operation":  func(c *store.PaymentChange) { c.Operations[0].ID = pay.NewID() },
		"refund":     func(c *store.PaymentChange) { c.Refunds[0].ID = pay.NewID() },
		"allocation": func(c *store.PaymentChange) { c.Allocations[0].ID = pay.NewID() },
		"order":      func(c *store.PaymentChange) { c.Orders[0].ID = pay.NewID() },
		"invoice":    func(c *store.PaymentChange) { c.Invoices[0].ID = pay.NewID() },
	} {
		c := w.change()
		spoil(&c)
		if err := w.store.InTx(t.Context(), func(ctx context.Context) error { return w.rows.SaveChange(ctx, c) }); err == nil {
			t.Errorf("a change of a missing %s is accepted", name)
		}
		if w.digest(w.tenant) != home {
			t.Fatalf("a change of a missing %s is written in part", name)
		}
	}
}

// TestStoreCredit proves that a change adds to the customer's store credit in the
// payment's currency and takes from it, whether there is some or none, and that a balance below
// zero is refused with all that the change holds.
func TestStoreCredit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payment, customer := w.payments[0].Payment, w.customers[0].ID
	save := func(p pay.Payment, minor int64) error {
		return w.store.InTx(t.Context(), func(ctx context.Context) error {
			return w.rows.SaveChange(ctx, store.PaymentChange{Payment: p, CreditMinor: minor})
		})
	}
	expect := func(when string, eur, usd int64) {
		t.Helper()
		if e, u := w.balance(customer, "EUR"), w.balance(customer, "USD"); e != eur || u != usd {
			t.Errorf("%s: EUR %d and USD %d, want %d and %d", when, e, u, eur, usd)
		}
	}
	old := w.credit.BalanceMinor
	foreign, nobody := payment, payment
	foreign.Currency, nobody.CustomerID = "USD", nil
	for _, step := range []struct {
		when     string
		payment  pay.Payment
		minor    int64
		eur, usd int64
	}{
		{"no change", payment, 0, old, 0}, {"added", payment, 7, old + 7, 0}, {"first of its currency", foreign, 3, old + 7, 3},
		{"without a customer", nobody, 9, old + 7, 3}, {"taken back", payment, -5, old + 2, 3}, {"spent", foreign, -3, old + 2, 0},
	} {
		if err := save(step.payment, step.minor); err != nil {
			t.Errorf("%s: %v", step.when, err)
		}
		expect(step.when, step.eur, step.usd)
	}
	home := w.digest(w.tenant)
	below := payment
	below.Version++
	var refused *pq.Error
	if err := save(below, -(old + 3)); !errors.As(err, &refused) || refused.Code != "23514" || refused.Table != "customer_balances" {
		t.Errorf("credit below zero: %v", err)
	}
	if w.digest(w.tenant) != home {
		t.Error("the refused change is written in part")
	}
}

// balance is a customer's store credit, zero if there is none.
func (w *world) balance(customer uuid.UUID, currency any) (minor int64) {
	w.t.Helper()
	if err := w.db.GetContext(w.t.Context(), &minor, `SELECT coalesce(sum(balance_minor), 0)::bigint FROM customer_balances
		WHERE tenant_id = $1 AND customer_id = $2 AND currency = $3`, w.tenant.ID, customer, currency); err != nil {
		w.t.Fatal(err)
	}
	return minor
}

// TestInvoicesForUpdate proves that invoices are locked, and come once and in the
// order in which they must be locked, whether they are named, bill an order, or both.
func TestInvoicesForUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order, all := id(w.orders), ids(w.invoices)
	slices.SortFunc(all, compareIDs)
	// The first lies behind the others and no index gives the order.
	w.exec("UPDATE invoices SET created_at = created_at + interval '1 second' WHERE id = $1", all[0])
	db, err := store.Open(w.url+" enable_indexscan=off", false, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := store.New(db)
	rows := s.For(pay.Actor{TenantID: w.tenant.ID})
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	for name, lock := range map[string]struct{ orders, ids, want []uuid.UUID }{
		"nothing": {nil, nil, nil}, "of an order": {order, nil, id(w.invoices)}, "named": {nil, ids(w.invoices[1:]), ids(w.invoices[1:])},
		"of an order and named": {order, ids(w.invoices[1:]), all}, "the same twice": {order, id(w.invoices), id(w.invoices)},
		"named in another order": {nil, reversed, all}, "unknown": {[]uuid.UUID{pay.NewID()}, []uuid.UUID{pay.NewID()}, nil},
	} {
		if err := s.InTx(w.acting(), func(ctx context.Context) error {
			got, err := rows.InvoicesForUpdate(ctx, lock.orders, lock.ids)
			if !slices.Equal(ids(got), lock.want) {
				t.Errorf("%s: %v, want %v", name, ids(got), lock.want)
			}
			var free int
			if err := w.db.GetContext(ctx, &free, "SELECT count(*) FROM (SELECT FROM invoices FOR UPDATE SKIP LOCKED) i"); err != nil || free != len(all)-len(lock.want) {
				t.Errorf("%s: %d of %d invoices are not locked, %v", name, free, len(all), err)
			}
			return err
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOperationsAreOldestFirst proves the order in which a payment's operations
// are read: a state is built from them in it.
func TestOperationsAreOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early, twin := w.operations[0], w.operations[0]
	early.ID, early.CreatedAt, twin.ID = pay.NewID(), early.CreatedAt.Add(-time.Microsecond), pay.NewID()
	late := w.operations[1]
	late.ID, late.Status, late.CreatedAt = pay.NewID(), pay.OperationFailed, late.CreatedAt.Add(time.Microsecond)
	w.write(func(ctx context.Context) error {
		return w.rows.SaveChange(ctx, store.PaymentChange{Payment: w.payments[0].Payment, NewOperations: []pay.Operation{late, twin, early}})
	})
	same := append(ids(w.operations), twin.ID) // made at the same time, so by id
	slices.SortFunc(same, compareIDs)
	got, err := w.rows.OperationsOf(t.Context(), []uuid.UUID{w.payments[0].Payment.ID})
	if want := slices.Concat([]uuid.UUID{early.ID}, same, []uuid.UUID{late.ID}); err != nil || !slices.Equal(ids(got), want) {
		t.Errorf("read %v, %v; want %v", ids(got), err, want)
	}
}
