package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// giveBackLate gives back what a closed payment captured after all, where the company
// wants that. What cannot go back stays for a person to see to: the payment needs
// attention until it has.
func (s *Service) giveBackLate(ctx context.Context, c caller, p pay.Payment) error {
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return err
	}
	first, method := pay.NewID(), pay.RefundOriginal
	in := RefundPaymentInput{Method: &method, Reason: ptr("The payment was closed when the money came.")}
	var reserved bool
	state, err := s.change(ctx, c.Actor, p.ID, func(_ context.Context, state *pay.State) error {
		if reserved = false; !company.RefundsLateCaptures || !state.IsDue() {
			return nil // and the payment is not looked at again
		}
		if err := reserve(state, pay.RefundWish{Method: &method}, in, first); pay.AsErrors(err) == nil {
			reserved = err == nil
			return err
		}
		return nil
	})
	if err != nil || !reserved {
		return err
	}
	return s.payBackAll(ctx, c, batch(state.Refunds, first), false)
}
