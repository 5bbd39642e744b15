package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateMethod is a change of a stored method. A pointer that is set to nil clears.
type UpdateMethod struct {
	PaymentMethodID string
	Label           Optional[*string]
	IsDefault       Optional[*bool]
}

// DetachPaymentMethodInput names one stored method.
type DetachPaymentMethodInput struct{ PaymentMethodID string }

// UpdatePaymentMethod renames a method or moves the customer's first choice. It
// refuses methods that are detached. Customers may change their own.
func (s *Service) UpdatePaymentMethod(ctx context.Context, in UpdateMethod) (pay.PaymentMethod, error) {
	return s.changeMethod(ctx, in.PaymentMethodID, func(m *pay.PaymentMethod) error {
		at := pay.At("input")
		if m.DetachedAt != nil {
			e := pay.Refuse(pay.CodeInvalidState, at.Then("paymentMethodId"), "The method was detached.")
			e.Current, e.Allowed = "DETACHED", []string{"ATTACHED"}
			return pay.Errors{e}
		}
		var faults checks
		faults.token(in.Label.Value, 0, 100, at.Then("label"))
		change(&m.Label, in.Label)
		changeNeeded(&faults, &m.IsDefault, in.IsDefault, at.Then("isDefault"))
		return faults.Err()
	})
}

// DetachPaymentMethod takes a method away for good. The row stays, so that what
// was paid with it stays readable. Customers may detach their own.
func (s *Service) DetachPaymentMethod(ctx context.Context, in DetachPaymentMethodInput) (pay.PaymentMethod, error) {
	return s.changeMethod(ctx, in.PaymentMethodID, func(m *pay.PaymentMethod) error {
		if m.DetachedAt == nil {
			m.IsDefault, m.DetachedAt = false, ptr(s.clock())
		}
		return nil
	})
}

// changeMethod changes one method under its lock.
func (s *Service) changeMethod(ctx context.Context, id string, do func(*pay.PaymentMethod) error) (pay.PaymentMethod, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	key, _ := pay.ParseID(pay.KindMethod, id)
	var m pay.PaymentMethod
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		found, err := c.rows.PaymentMethodForUpdate(ctx, key)
		if err == nil && len(found) == 0 {
			err = pay.Errors{notFound("payment method", pay.At("input", "paymentMethodId"))}
		}
		if err != nil {
			return err
		}
		m = found[0]
		if err := do(&m); err != nil {
			return err
		}
		if sameMethod(m, found[0]) {
			return nil
		}
		if m.IsDefault && !found[0].IsDefault {
			if err := c.rows.ClearDefaultMethod(ctx, m.CustomerID); err != nil {
				return err
			}
		}
		m.UpdatedAt = s.clock()
		return c.rows.UpdatePaymentMethod(ctx, m)
	})
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	return c.redactMethods([]pay.PaymentMethod{m})[0], nil
}

func sameMethod(a, b pay.PaymentMethod) bool {
	sameLabel := a.Label == b.Label || a.Label != nil && b.Label != nil && *a.Label == *b.Label
	return sameLabel && a.IsDefault == b.IsDefault && a.DetachedAt == b.DetachedAt
}

// AllPaymentMethodsOf reads the methods of visible customers, detached ones too.
func (s *Service) AllPaymentMethodsOf(ctx context.Context, customerIDs []uuid.UUID) ([]pay.PaymentMethod, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentMethod, error) {
		list, err := c.rows.AllPaymentMethodsOf(ctx, customerIDs)
		return c.redactMethods(list), err
	})
}
