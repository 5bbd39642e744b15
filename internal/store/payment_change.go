package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var operations = table[pay.Operation]{name: "operations"}

// OperationsOf reads the captures, voids and cancels of payments and their refunds, oldest first.
func (t Tenant) OperationsOf(ctx context.Context, paymentIDs []uuid.UUID) ([]pay.Operation, error) {
	return partsOf(ctx, t, operations, "t.payment_id", paymentIDs, " ORDER BY t.created_at, t.id")
}

// Operations reads the visible operations with these ids, in any order.
func (t Tenant) Operations(ctx context.Context, ids []uuid.UUID) ([]pay.Operation, error) {
	return partsOf(ctx, t, operations, "t.id", ids, "")
}

// PaymentChange is what one command or fact changes of a payment and of what it
// pays: rows that are new, and rows that are there.
type PaymentChange struct {
	Payment       pay.Payment
	NewAttempts   []pay.Transaction
	Attempts      []pay.Transaction
	NewOperations []pay.Operation
	Operations    []pay.Operation
	NewRefunds    []pay.Refund
	Refunds       []pay.Refund
	Allocations   []pay.PaymentAllocation
	Orders        []pay.Order
	Invoices      []pay.Invoice
	Events        []pay.PaymentEvent
	// Settled are settlement lines that waited for what the change records.
	Settled []pay.SettledLine
	// Ledger are entries for the books.
	Ledger []pay.LedgerEntry
	// CreditMinor changes the customer's store credit.
	CreditMinor int64
	// NewMethod is a method that the change saves, if one.
	NewMethod []NewPaymentMethod
}

// SaveChange writes a change. Payment, orders and invoices must be locked.
func (t Tenant) SaveChange(ctx context.Context, c PaymentChange) error {
	for _, write := range []func() error{
		// The payment names the method from then on.
		func() error { return insert(ctx, t.store, methods, t.id, c.NewMethod) },
		func() error { return t.UpdatePayment(ctx, c.Payment) },
		// What ended makes room for what begins: one of each may be under way.
		func() error { return transactions.update(ctx, t.store, t.id, c.Attempts) },
		func() error { return insert(ctx, t.store, transactions, t.id, c.NewAttempts) },
		func() error { return insert(ctx, t.store, refunds, t.id, c.NewRefunds) },
		func() error { return refunds.update(ctx, t.store, t.id, c.Refunds) },
		func() error { return operations.update(ctx, t.store, t.id, c.Operations) },
		func() error { return insert(ctx, t.store, operations, t.id, c.NewOperations) },
		func() error {
			return allocations.update(ctx, t.store, t.id, c.Allocations, "in_flight_minor", "held_minor", "captured_minor", "refunded_minor", "surplus_minor")
		},
		func() error { return t.UpdateOrderDebts(ctx, c.Orders) },
		func() error { return t.UpdateInvoiceDebts(ctx, c.Invoices) },
		func() error { return t.InsertEvents(ctx, c.Events) },
		func() error { return insert(ctx, t.store, ledgerEntries, t.id, c.Ledger) },
		func() error { return settledLines.update(ctx, t.store, t.id, c.Settled, "outcome", "message") },
		func() error { return t.addCredit(ctx, c.Payment, c.CreditMinor) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// addCredit moves a customer's store credit. The database refuses a balance
// below zero: credit that was spent cannot be taken back.
func (t Tenant) addCredit(ctx context.Context, p pay.Payment, minor int64) error {
	if minor == 0 || p.CustomerID == nil {
		return nil
	}
	// Two statements: a row to insert must pass the check before the server sees
	// that there is one already, so a negative amount would always be refused.
	for _, query := range []string{
		`INSERT INTO customer_balances (tenant_id, customer_id, currency, balance_minor, updated_at)
			VALUES ($1, $2, $3, $4::bigint * 0, $5) ON CONFLICT DO NOTHING`,
		`UPDATE customer_balances SET balance_minor = balance_minor + $4::bigint, updated_at = $5
			WHERE tenant_id = $1 AND customer_id = $2 AND currency = $3`,
	} {
		if _, err := t.store.writer(ctx).ExecContext(ctx, query, t.id, *p.CustomerID, p.Currency, minor, p.UpdatedAt); err != nil {
			return translate(err, "add store credit")
		}
	}
	return nil
}
