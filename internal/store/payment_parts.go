package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// paymentCurrency reads a part's currency from its payment: it is the same for
// all parts, so it is kept once.
const paymentCurrency = "(SELECT p.currency FROM payments p WHERE p.tenant_id = t.tenant_id AND p.id = t.payment_id)"

var (
	transactions = table[pay.Transaction]{name: "transactions"}
	refunds      = table[pay.Refund]{name: "refunds"}
	allocations  = table[pay.PaymentAllocation]{
		name: "payment_allocations", computed: map[string]string{"currency": paymentCurrency}}
	events = table[pay.PaymentEvent]{
		// An event gets its place later, and not from here.
		name: "payment_events", computed: map[string]string{"currency": paymentCurrency, "position": "t.position"}}
	paymentLines     = lineTable("payment", paymentCurrency)
	paymentDiscounts = table[pay.Discount]{
		name: "payment_discounts", columns: map[string]string{"owner_id": "payment_id"},
		computed: map[string]string{"currency": paymentCurrency}}
)

// lineTable describes the lines of an owner with their modifiers, which one
// statement reads together.
func lineTable(owner, currency string) table[pay.Line] {
	return table[pay.Line]{
		name: owner + "_lines", columns: map[string]string{"owner_id": owner + "_id"},
		computed: map[string]string{
			"currency": currency,
			"modifiers": fmt.Sprintf(`(SELECT coalesce(json_agg(json_build_object('modifier_id', m.modifier_id,
				'product_id', m.product_id, 'product_name', m.product_name, 'quantity', m.quantity,
				'price_minor', m.price_minor, 'currency', %s) ORDER BY m.position), '[]')
				FROM %s_line_modifiers m WHERE m.tenant_id = t.tenant_id AND m.line_id = t.id)`, currency, owner),
		},
	}
}

// visiblePart limits parts of payments to the caller's own payments.
func (t Tenant) visiblePart(w *where) {
	if t.payment != nil {
		w.and("t.payment_id = ?", *t.payment)
		return
	}
	if t.customer != nil {
		w.and("t.payment_id IN (SELECT p.id FROM payments p WHERE p.tenant_id = t.tenant_id AND p.customer_id = ?)", *t.customer)
	}
}

func (t Tenant) partsWhere() *where {
	w := t.where("t")
	t.visiblePart(w)
	return w
}

// partsOf reads what hangs on payments. What hangs on one of them is to stand
// together: whoever reads for many sorts by them first.
func partsOf[T any](ctx context.Context, t Tenant, tb table[T], column string, ids []uuid.UUID, rest string) ([]T, error) {
	w := t.partsWhere()
	w.among(column, ids)
	return tb.findSome(ctx, t.store, w, rest)
}

// Transactions reads the visible attempts with these ids, in any order.
func (t Tenant) Transactions(ctx context.Context, ids []uuid.UUID) ([]pay.Transaction, error) {
	return partsOf(ctx, t, transactions, "t.id", ids, "")
}

// TransactionsOf reads the attempts of payments, each payment's oldest first.
func (t Tenant) TransactionsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Transaction, error) {
	return transactionsOf.list(ctx, t, paymentIDs)
}

// Refunds reads the visible refunds with these ids, in any order.
func (t Tenant) Refunds(ctx context.Context, ids []uuid.UUID) ([]pay.Refund, error) {
	return partsOf(ctx, t, refunds, "t.id", ids, "")
}

// RefundsOf reads the refunds of payments, oldest first.
func (t Tenant) RefundsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Refund, error) {
	return refundsOf.list(ctx, t, paymentIDs)
}

// AllocationsOf reads the allocations of payments in their order.
func (t Tenant) AllocationsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.PaymentAllocation, error) {
	return allocationsOf.list(ctx, t, paymentIDs)
}

// Allocations reads the visible allocations with these ids, in any order.
func (t Tenant) Allocations(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentAllocation, error) {
	return partsOf(ctx, t, allocations, "t.id", ids, "")
}

// PaymentLinesOf reads the lines of payments with their modifiers.
func (t Tenant) PaymentLinesOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Line, error) {
	return paymentLinesOf.list(ctx, t, paymentIDs)
}

// PaymentDiscountsOf reads the discounts of payments.
func (t Tenant) PaymentDiscountsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Discount, error) {
	return paymentDiscountsOf.list(ctx, t, paymentIDs)
}

var enabledGateways = table[pay.EnabledGateway]{name: "payment_enabled_gateways"}

// EnabledGatewaysOf reads which gateways payments are limited to.
func (t Tenant) EnabledGatewaysOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.EnabledGateway, error) {
	return partsOf(ctx, t, enabledGateways, "t.payment_id", paymentIDs, " ORDER BY t.payment_id, t.position")
}

// Events reads the visible events with these ids, in any order.
func (t Tenant) Events(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentEvent, error) {
	return partsOf(ctx, t, events, "t.id", ids, "")
}

// EventsAfter reads each payment's events with a number above after, oldest
// first, at most limit of each.
func (t Tenant) EventsAfter(ctx context.Context, paymentIDs []uuid.UUID, after, limit int) ([]pay.PaymentEvent, error) {
	w := t.partsWhere()
	w.among("t.payment_id", paymentIDs)
	// Numbers have no gaps, so a range of them is a page.
	w.and("t.seq > ? AND t.seq <= ?", after, after+limit)
	return events.find(ctx, t.store, w, " ORDER BY t.seq")
}

// NewPayment is everything that belongs to a payment when it is made.
type NewPayment struct {
	Payment     pay.Payment
	Allocations []pay.PaymentAllocation
	// Transactions are the first attempt, if one is made at once.
	Transactions []pay.Transaction
	Lines        []pay.Line
	Discounts    []pay.Discount
	// Enabled are the gateways that may be used; none for all.
	Enabled []pay.EnabledGateway
	Events  []pay.PaymentEvent
}

// InsertNewPayment adds a payment with all its parts.
func (t Tenant) InsertNewPayment(ctx context.Context, n NewPayment) error {
	if err := t.InsertPayment(ctx, n.Payment); err != nil {
		return err
	}
	if err := insert(ctx, t.store, allocations, t.id, n.Allocations); err != nil {
		return err
	}
	if err := insert(ctx, t.store, transactions, t.id, n.Transactions); err != nil {
		return err
	}
	if err := insert(ctx, t.store, enabledGateways, t.id, n.Enabled); err != nil {
		return err
	}
	if err := t.insertLines(ctx, paymentLines, "payment_line_modifiers", n.Lines); err != nil {
		return err
	}
	if err := insert(ctx, t.store, paymentDiscounts, t.id, n.Discounts); err != nil {
		return err
	}
	return t.InsertEvents(ctx, n.Events)
}

// InsertEvents adds events. They get their places in the log after the transaction,
// whose end is told to who gives them.
func (t Tenant) InsertEvents(ctx context.Context, list []pay.PaymentEvent) error {
	if len(list) > 0 {
		addsEvents(ctx, t.id)
	}
	return insert(ctx, t.store, events, t.id, list)
}

// lineModifier is a modifier with its place.
type lineModifier struct {
	LineID      uuid.UUID
	Position    int
	ModifierID  string
	ProductID   *uuid.UUID
	ProductName string
	Quantity    int
	PriceMinor  int64
}

func (t Tenant) insertLines(ctx context.Context, tb table[pay.Line], modifierTable string, lines []pay.Line) error {
	if err := insert(ctx, t.store, tb, t.id, lines); err != nil {
		return err
	}
	var modifiers []lineModifier
	for _, line := range lines {
		for i, m := range line.Modifiers {
			modifiers = append(modifiers, lineModifier{LineID: line.ID, Position: i, ModifierID: m.ModifierID,
				ProductID: m.ProductID, ProductName: m.ProductName, Quantity: m.Quantity, PriceMinor: m.PriceMinor})
		}
	}
	return insert(ctx, t.store, table[lineModifier]{name: modifierTable}, t.id, modifiers)
}
