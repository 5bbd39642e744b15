package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// maxWaiting bounds the payments of one subscription that get its new method.
const maxWaiting = 500

// payWaitingWith gives the subscription's method to its payments that wait to be
// attempted by themselves, again or on a date: those that its due dates made, and
// those that were to be paid with its old method. Those of due dates that could not
// be attempted are attempted a minute later. Each changes in a transaction of
// its own; what a broken one left is done by the same request again. One that has
// an attempt under way, or may not use the method's gateway, is left as it is.
func (s *Service) payWaitingWith(ctx context.Context, row pay.BillingSubscription, old *uuid.UUID) error {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return err
	}
	method, err := first(c.rows.PaymentMethods(ctx, []uuid.UUID{*row.PaymentMethodID}))
	if err != nil || method == nil {
		return err
	}
	waiting, err := c.rows.ListPayments(ctx, pay.PaymentFilter{SubscriptionIDs: []string{row.GlobalID()}, Status: &pay.PaymentStatusFilter{
		In: []pay.PaymentStatus{pay.PaymentCreated, pay.PaymentOnRetry, pay.PaymentFailed, pay.PaymentRejected, pay.PaymentPartiallyPaid}}},
		pay.NewestFirst, pay.Page{Limit: maxWaiting})
	if err != nil {
		return err
	}
	for _, p := range waiting.List {
		if err := s.payWith(ctx, c, p, *method, old); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) payWith(ctx context.Context, c caller, p pay.Payment, method pay.PaymentMethod, old *uuid.UUID) error {
	if p.WakeAt == nil && p.UnattemptedAt == nil {
		return nil
	}
	var faults checks
	if err := s.checkMethodGateway(ctx, c, p, method.GatewayID, &faults); err != nil || faults.Any() {
		return err
	}
	_, err := s.change(ctx, c.Actor, p.ID, func(_ context.Context, state *pay.State) error {
		ofDate := state.Allocations[0].DueOn != nil
		ofOld := old != nil && state.Payment.PaymentMethodID != nil && *state.Payment.PaymentMethodID == *old
		refused := ofDate && state.Payment.UnattemptedAt != nil
		if !state.WaitsForAttempt() && !refused || !ofDate && !ofOld {
			return errUnchanged
		}
		change := pay.PaymentChange{PaymentMethod: Optional[*pay.PaymentMethod]{Set: true, Value: &method}}
		if refused {
			change.ScheduledFor = Optional[*time.Time]{Set: true, Value: ptr(s.clock().Add(time.Minute))}
		}
		changed, refusal := state.Update(change)
		if refusal != nil || !changed {
			return errUnchanged
		}
		return nil
	})
	return err
}
