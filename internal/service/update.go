package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdatePayment is a change of the four fields of a payment that can be edited
// (S2). Left out is not the same as null, which clears.
type UpdatePayment struct {
	PaymentID       string
	ExpectedVersion *int
	IsActive        Optional[*bool]
	PaymentMethodID Optional[*string]
	BillingAddress  Optional[*pay.Address]
	ScheduledFor    Optional[*time.Time]
}

// UpdatePayment edits a payment. It refuses VERSION_CONFLICT when the payment has
// another version than expected, and what cannot change while an attempt is under
// way. Customers may edit their own.
func (s *Service) UpdatePayment(ctx context.Context, in UpdatePayment) (pay.Payment, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.Payment{}, err
	}
	p, err := c.visiblePayment(ctx, in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return pay.Payment{}, err
	}
	change, err := s.paymentChange(ctx, c, in, p)
	if err != nil {
		return pay.Payment{}, err
	}
	return s.editPayment(ctx, c, p.ID, in.ExpectedVersion, func(state *pay.State) (bool, *pay.Error) { return state.Update(change) })
}

// editPayment changes a payment that has the version which its editor saw.
func (s *Service) editPayment(ctx context.Context, c caller, id uuid.UUID, version *int, do func(*pay.State) (changed bool, refusal *pay.Error)) (pay.Payment, error) {
	state, err := s.change(ctx, c.Actor, id, func(_ context.Context, state *pay.State) error {
		if refusal := outdated("The payment", state.Payment.Version, version); refusal != nil {
			return refused(refusal)
		}
		changed, refusal := do(state)
		if refusal == nil && !changed {
			return errUnchanged
		}
		return refused(refusal)
	})
	if err != nil {
		return pay.Payment{}, err
	}
	shown, _ := c.payments([]pay.Payment{state.Payment}, nil)
	return shown[0], nil
}

// outdated refuses when the caller looked at another version of what is to be changed than
// the newest, with VERSION_CONFLICT; nil where they did not say, or looked at that one.
func outdated(what string, newest int, expected *int) *pay.Error {
	if expected == nil || *expected == newest {
		return nil
	}
	e := pay.Refuse(pay.CodeVersionConflict, pay.At("input", "expectedVersion"), "%s was changed meanwhile: it has version %d.", what, newest)
	e.CurrentVersion = newest
	return e
}

// paymentChange reads the edit, and the stored method that it names, whose gateway
// must be able to pay the payment.
func (s *Service) paymentChange(ctx context.Context, c caller, in UpdatePayment, p pay.Payment) (pay.PaymentChange, error) {
	at := pay.At("input")
	var faults checks
	var change pay.PaymentChange
	change.BillingAddress = in.BillingAddress
	change.ScheduledFor = in.ScheduledFor
	faults.address(in.BillingAddress.Value, at.Then("billingAddress"))
	change.IsActive.Set = in.IsActive.Set
	changeNeeded(&faults, &change.IsActive.Value, in.IsActive, at.Then("isActive"))
	change.PaymentMethod.Set = in.PaymentMethodID.Set
	if id := in.PaymentMethodID.Value; id != nil {
		method, err := first(c.rows.PaymentMethods(ctx, pay.ParseIDs(pay.KindMethod, []string{*id})))
		if err != nil {
			return change, err
		}
		if method == nil {
			faults.Add(notFound("payment method", at.Then("paymentMethodId")))
			return change, faults.Err()
		}
		change.PaymentMethod.Value = method
		if err := s.checkMethodGateway(ctx, c, p, method.GatewayID, &faults); err != nil {
			return change, err
		}
	}
	return change, faults.Err()
}

// checkMethodGateway refuses a method through whose gateway the payment may never be
// paid, as createPayment does.
func (s *Service) checkMethodGateway(ctx context.Context, c caller, p pay.Payment, gateway uuid.UUID, faults *checks) error {
	at := pay.At("input", "paymentMethodId")
	enabled, err := c.rows.EnabledGatewaysOf(ctx, []uuid.UUID{p.ID})
	if err != nil {
		return err
	}
	if !isEnabled(enabled, gateway) {
		faults.Addf(pay.CodeGatewayUnavailable, at, "The payment may not use this method's gateway.")
	}
	gateways, err := c.rows.Gateways(ctx, []uuid.UUID{gateway})
	if err != nil {
		return err
	}
	for _, g := range gateways {
		faults.Add(s.neverPays(c.Environment, g, p.Currency).at(at))
	}
	return nil
}

// AllowedActions says what can be asked for on payments now, by payment. Each
// answer comes from the guard that the mutation uses.
func (s *Service) AllowedActions(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]pay.AllowedAction, error) {
	c, err := s.reads(ctx)
	if err != nil {
		return nil, err
	}
	payments, err := c.rows.Payments(ctx, ids)
	if err != nil {
		return nil, err
	}
	states, err := s.states(ctx, c, payments)
	if err != nil {
		return nil, err
	}
	actions := make(map[uuid.UUID][]pay.AllowedAction, len(states))
	for id, state := range states {
		actions[id] = state.Actions()
	}
	return actions, nil
}
