package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// AllPaymentMethodsOf reads the methods of visible customers, detached ones too,
// newest first.
func (t Tenant) AllPaymentMethodsOf(ctx context.Context, customerIDs []uuid.UUID) ([]pay.PaymentMethod, error) {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.among("t.customer_id", customerIDs)
	return methods.find(ctx, t.store, w, " ORDER BY t.created_at DESC, t.id DESC")
}

// PaymentMethodForUpdate locks one visible method until the transaction ends. Its
// customer is locked first, in the order of ClearDefaultMethod.
func (t Tenant) PaymentMethodForUpdate(ctx context.Context, id uuid.UUID) ([]pay.PaymentMethod, error) {
	found, err := t.PaymentMethods(ctx, []uuid.UUID{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	w := t.customersWhere()
	w.and("t.id = ?", found[0].CustomerID)
	if _, err := customers.find(ctx, t.store, w, " FOR UPDATE"); err != nil {
		return nil, err
	}
	w = t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.and("t.id = ?", id)
	return methods.find(ctx, t.store, w, " FOR UPDATE")
}

// UpdatePaymentMethod writes what can change of a method; its token never does.
func (t Tenant) UpdatePaymentMethod(ctx context.Context, m pay.PaymentMethod) error {
	return methods.update(ctx, t.store, t.id, []pay.PaymentMethod{m}, "label", "is_default", "detached_at", "updated_at")
}

// CreditBalance reads the store credit of a visible customer in one currency.
func (t Tenant) CreditBalance(ctx context.Context, customerID uuid.UUID, currency money.Currency) ([]pay.CreditBalance, error) {
	return t.creditBalance(ctx, customerID, currency, "")
}

// CreditBalanceForUpdate is CreditBalance, and locks it until the transaction ends.
func (t Tenant) CreditBalanceForUpdate(ctx context.Context, customerID uuid.UUID, currency money.Currency) ([]pay.CreditBalance, error) {
	return t.creditBalance(ctx, customerID, currency, " FOR UPDATE")
}

func (t Tenant) creditBalance(ctx context.Context, customerID uuid.UUID, currency money.Currency, lock string) ([]pay.CreditBalance, error) {
	w := t.where("t")
	t.ofCustomer(w, "t.customer_id")
	w.and("t.customer_id = ?", customerID)
	w.and("t.currency = ?", string(currency))
	return table[pay.CreditBalance]{name: "customer_balances"}.find(ctx, t.store, w, lock)
}
