package service

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// RefundPaymentInput is what to give back. Without an amount it is all that may be
// given back; without a transaction it is taken from the newest captures first;
// without a method it goes back the way it came.
type RefundPaymentInput struct {
	IdempotencyKey  string
	PaymentID       string
	TransactionID   *string
	Amount          *pay.MoneyInput
	Method          *pay.RefundMethod
	ManualReference *string
	ReferenceID     *string
	Reason          *string
}

// Refunded is what became of a request to give money back: a refund for each
// attempt that it was taken from.
type Refunded struct {
	Payment pay.Payment
	Refunds []pay.Refund
	// Operation is the request to call off a refund, if that was asked for.
	Operation *pay.Operation
	Replayed  bool
}

// RefundPayment gives captured money back. The amount is reserved before any
// gateway is asked, so refunds that run at the same time never exceed what was
// captured. It refuses REFUND_EXCEEDS_REFUNDABLE with the most that is possible.
// For callers with payments:refund.
func (s *Service) RefundPayment(ctx context.Context, in RefundPaymentInput) (Refunded, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsRefund)
	if err != nil {
		return Refunded{}, err
	}
	p, err := c.visiblePayment(ctx, in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return Refunded{}, err
	}
	wish, err := s.refundWish(ctx, c, in, p)
	if err != nil {
		return Refunded{}, err
	}
	first := pay.NewID()
	asked := intention{operation: opRefund, key: in.IdempotencyKey, subject: first, content: content{"payment": p.ID, "minor": wish.AmountMinor,
		"transaction": wish.TransactionID, "method": in.Method, "manualReference": in.ManualReference, "reference": in.ReferenceID, "reason": in.Reason}}
	state, earlier, err := s.command(ctx, c, p.ID, asked, func(_ context.Context, state *pay.State) error {
		return reserve(state, wish, in, first)
	})
	if store.IsDuplicateReference(err) {
		err = c.refundNamed(ctx, *in.ReferenceID)
	}
	if err != nil {
		return Refunded{}, err
	}
	from := first
	if earlier != nil {
		from = earlier.SubjectID
		if err := s.stillRefunding(batch(state.Refunds, from), *earlier); err != nil {
			return Refunded{}, err
		}
	}
	if err := s.payBackAll(ctx, c, batch(state.Refunds, from), earlier != nil); err != nil {
		return Refunded{}, err
	}
	return s.refunded(ctx, c, p.ID, from, earlier != nil)
}

// stillRefunding refuses a repeat while the first request may be waiting for the answer
// about a part.
func (s *Service) stillRefunding(parts []pay.Refund, earlier store.IdempotencyKey) error {
	for _, r := range parts {
		if err := stillRunning(r.Asking, s.clock(), r.Status == pay.RefundRequested, earlier); err != nil {
			return err
		}
	}
	return nil
}

// refundNamed refuses a reference that another refund has.
func (c caller) refundNamed(ctx context.Context, reference string) error {
	found, err := c.rows.ListRefunds(ctx, pay.RefundFilter{ReferenceIDs: []string{reference}}, pay.NewestFirst, pay.Page{Limit: 1})
	if err != nil {
		return err
	}
	existing := ""
	if len(found.List) > 0 {
		existing = found.List[0].GlobalID()
	}
	return pay.Errors{duplicateReference(existing, pay.At("input", "referenceId"))}
}

// refundWish reads the request, the attempt first, which bounds it; the rules are checked under the payment's lock.
func (s *Service) refundWish(ctx context.Context, c caller, in RefundPaymentInput, p pay.Payment) (pay.RefundWish, error) {
	at := pay.At("input")
	var faults checks
	faults.reference(in.ReferenceID, at)
	faults.text(in.Reason, 0, 1000, at.Then("reason"))
	in.ManualReference = trimmed(in.ManualReference)
	faults.text(in.ManualReference, 1, 255, at.Then("manualReference"))
	wish := pay.RefundWish{Method: in.Method, ManualReference: in.ManualReference}
	if in.TransactionID != nil {
		t, err := c.visibleAttempt(ctx, *in.TransactionID, at.Then("transactionId"))
		if err == nil && t.PaymentID != p.ID {
			err = pay.Errors{notFound("transaction", at.Then("transactionId"))}
		}
		if err != nil {
			return wish, err
		}
		wish.TransactionID = &t.ID
	}
	if faults.Any() {
		return wish, faults.Err()
	}
	var err error
	wish.AmountMinor, err = positive(in.Amount, p.Currency, at.Then("amount"))
	return wish, err
}

// reserve plans the refund and adds its parts. Their ids follow from the first, so
// that a repeat finds all of them.
func reserve(state *pay.State, wish pay.RefundWish, in RefundPaymentInput, first uuid.UUID) error {
	parts, refusal := state.PlanRefund(wish)
	if refusal != nil {
		return refused(refusal)
	}
	var list []pay.Refund
	for i, part := range parts {
		r := pay.Refund{ID: first, BatchID: first, TransactionID: part.TransactionID, AmountMinor: part.AmountMinor, Method: part.Method, Reason: in.Reason}
		if i > 0 {
			r.ID = pay.NewID()
		} else {
			r.ReferenceID = in.ReferenceID
		}
		if part.Method == pay.RefundManual {
			r.ManualReference = wish.ManualReference
		}
		list = append(list, r)
	}
	return state.Reserve(list)
}

// batch are the refunds that one request made.
func batch(list []pay.Refund, id uuid.UUID) []pay.Refund {
	return slices.DeleteFunc(slices.Clone(list), func(r pay.Refund) bool { return r.BatchID != id })
}

// refunded reads the payment and the refunds of one request as they stand.
func (s *Service) refunded(ctx context.Context, c caller, paymentID, batchID uuid.UUID, replayed bool) (Refunded, error) {
	payments, err := c.payments(c.rows.Payments(ctx, []uuid.UUID{paymentID}))
	if err != nil {
		return Refunded{}, err
	}
	refunds, err := c.rows.RefundsOf(ctx, []uuid.UUID{paymentID})
	return Refunded{Payment: payments[0], Refunds: batch(refunds, batchID), Replayed: replayed}, err
}

// payBack has the gateway give back a refund that is reserved, and records what it
// answered. When even that fails the refund stays reserved, and the program asks
// again.
func (s *Service) payBack(ctx context.Context, c caller, r pay.Refund, again bool) error {
	if !r.Status.Open() || r.Method != pay.RefundOriginal || again && s.clock().Before(r.LeaseUntil) {
		return nil
	}
	ctx, cancel := outlive(ctx)
	defer cancel()
	asked := r.Asking
	if again && r.Status != pay.RefundPending {
		taken, err := s.take(ctx, c, r.PaymentID, func(state *pay.State) (ok bool) {
			asked, ok = state.TakeRefund(r.ID)
			return ok
		})
		if err != nil || !taken {
			return err
		}
	}
	w, err := s.readWork(ctx, c, r.TransactionID)
	if err != nil {
		return err
	}
	request := w.about(r.ID, money.Money{Minor: r.AmountMinor, Currency: r.Currency}, asked, again)
	var fact pay.RefundFact
	err = s.asked(ctx, w.charger, "refund", func(ctx context.Context) (_ string, err error) {
		fact, err = w.charger.(gateway.Refunder).Refund(ctx, request)
		return string(fact.To), err
	})
	switch {
	case !again && errors.Is(err, gateway.ErrNotSent):
		fact = pay.RefundFact{To: pay.RefundFailed, Error: unsent(err), Lease: pay.FirstLease(r.CreatedAt)}
	case err != nil:
		s.log.WarnContext(ctx, "outcome of a refund is unknown", "refund", r.GlobalID(), "error", err)
		fact = pay.RefundFact{To: pay.RefundUnknown}
	}
	return s.settleRefund(ctx, c, r, fact)
}

// payBackAll has gateways give back the refunds of one request.
func (s *Service) payBackAll(ctx context.Context, c caller, refunds []pay.Refund, again bool) error {
	return together(refunds, func(r pay.Refund) error { return s.payBack(ctx, c, r, again) })
}

func (s *Service) settleRefund(ctx context.Context, c caller, r pay.Refund, fact pay.RefundFact) error {
	a := c.Actor
	a.ID = pay.ActorGateway
	_, err := s.change(ctx, a, r.PaymentID, func(_ context.Context, state *pay.State) error {
		news, err := state.ApplyRefund(r.ID, fact)
		if err == nil && !news && !state.AskedRefund(r.ID) {
			err = errUnchanged
		}
		return err
	})
	if err != nil {
		s.log.ErrorContext(ctx, "recording a refund's answer failed", "refund", r.GlobalID(), "error", err)
	}
	return nil
}
