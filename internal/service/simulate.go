package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// maxSimulationDelay bounds how late a simulated fact comes.
const maxSimulationDelay = 7 * 24 * time.Hour

// SimulateTransactionInput is what a provider reports of an attempt, and when.
type SimulateTransactionInput struct {
	TransactionID string
	// RefundID is for facts about a refund of the attempt.
	RefundID    *string
	Fact        pay.SimulatedFact
	Amount      *pay.MoneyInput
	DeclineType *pay.DeclineType
	// DelaySeconds is nil for now.
	DelaySeconds *int
}

// Simulated is the attempt after a simulated fact.
type Simulated struct {
	Payment     pay.Payment
	Transaction pay.Transaction
	// Changed says that the fact was news.
	Changed bool
	// ReportedAt is when the fact comes, where it comes later (UTC).
	ReportedAt *time.Time
}

// SimulateTransaction records a fact as if the provider had reported it: by the
// rules of real reports, at any time, any number of times and in any order, now or
// after a delay. For callers with payments:write in the sandbox, but no customer.
func (s *Service) SimulateTransaction(ctx context.Context, in SimulateTransactionInput) (Simulated, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Simulated{}, err
	}
	at := pay.At("input")
	if c.Environment != pay.Sandbox {
		return Simulated{}, s.forbid(ctx, c.Actor, refused(pay.Refuse(pay.CodeForbiddenAction, at, "Only the sandbox simulates: in the live environment providers report what happened.")))
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, at.Then("transactionId"))
	if err != nil {
		return Simulated{}, err
	}
	refund, err := c.refundOf(ctx, t, in)
	if err != nil {
		return Simulated{}, err
	}
	m, err := in.simulation(t)
	if err != nil {
		return Simulated{}, err
	}
	m.RefundID = refund
	g, err := first(c.rows.Gateways(ctx, []uuid.UUID{t.GatewayID}))
	if err != nil {
		return Simulated{}, err
	}
	if _, ok := s.charger(*g); !ok {
		return Simulated{}, refused(pay.Refuse(pay.CodeGatewayUnavailable, at.Then("transactionId"), "No provider reports about a manual payment."))
	}
	if in.DelaySeconds != nil {
		m.WakeAt = s.clock().Add(time.Duration(*in.DelaySeconds) * time.Second)
		if err := s.store.InTx(ctx, func(ctx context.Context) error { return c.rows.InsertSimulation(ctx, m) }); err != nil {
			return Simulated{}, err
		}
		now, err := s.paid(ctx, c, t.ID)
		return Simulated{Payment: now.Payment, Transaction: now.Transaction, ReportedAt: &m.WakeAt}, err
	}
	state, changed, err := s.report(ctx, c, m, func(_ context.Context, state *pay.State) error { return settlesTooMuch(m, *state.Attempt(t.ID)) })
	if err != nil {
		return Simulated{}, err
	}
	shown := c.shown(Paid{Payment: state.Payment, Transaction: *state.Attempt(t.ID)})
	return Simulated{Payment: shown.Payment, Transaction: shown.Transaction, Changed: changed}, nil
}

// simulation checks the request as far as that needs no lock.
func (in SimulateTransactionInput) simulation(t pay.Transaction) (pay.Simulation, error) {
	at := pay.At("input")
	minor, err := positive(in.Amount, t.Currency, at.Then("amount"))
	if err != nil {
		return pay.Simulation{}, err
	}
	var faults checks
	if in.DeclineType != nil && in.Fact != pay.SimulateFailed {
		faults.Addf(pay.CodeInvalidInput, at.Then("declineType"), "Only FAILED has a decline type.")
	}
	if (in.RefundID != nil) != in.Fact.OfRefund() {
		faults.Addf(pay.CodeInvalidInput, at.Then("refundId"), "Facts about a refund name one, and no others.")
	}
	if minor != nil && !in.Fact.HasAmount() {
		faults.Addf(pay.CodeInvalidInput, at.Then("amount"), "%s has no amount.", in.Fact)
	}
	if longest := int(maxSimulationDelay / time.Second); in.DelaySeconds != nil && (*in.DelaySeconds < 1 || *in.DelaySeconds > longest) {
		faults.Addf(pay.CodeInvalidInput, at.Then("delaySeconds"), "A delay takes 1 to %d seconds.", longest)
	}
	return pay.Simulation{ID: pay.NewID(), TransactionID: t.ID, PaymentID: t.PaymentID, Fact: in.Fact, AmountMinor: minor, DeclineType: in.DeclineType}, faults.Err()
}

// refundOf finds the refund of the attempt that the fact is about.
func (c caller) refundOf(ctx context.Context, t pay.Transaction, in SimulateTransactionInput) (*uuid.UUID, error) {
	if in.RefundID == nil {
		return nil, nil
	}
	at := pay.At("input", "refundId")
	r, err := visible(ctx, c.rows.Refunds, pay.KindRefund, "refund", *in.RefundID, at)
	if err == nil && r.TransactionID != t.ID {
		err = pay.Errors{notFound("refund", at)}
	}
	return &r.ID, err
}

// report records a simulated fact unless first, which runs under the payment's lock,
// refuses it. It says whether the fact was news.
func (s *Service) report(ctx context.Context, c caller, m pay.Simulation, first func(context.Context, *pay.State) error) (state *pay.State, changed bool, err error) {
	a := c.Actor
	a.ID = pay.ActorGateway
	state, err = s.change(ctx, a, m.PaymentID, func(ctx context.Context, state *pay.State) (err error) {
		if err := first(ctx, state); err != nil {
			return err
		}
		if changed, err = m.Report(state); err == nil && !changed {
			err = errUnchanged
		}
		return err
	})
	return state, changed, err
}

// wakeSimulation reports what was to come later, once. What settles more than was
// captured by now cannot be, and is dropped.
func (s *Service) wakeSimulation(ctx context.Context, c caller, id uuid.UUID) error {
	m, err := first(c.rows.Simulations(ctx, []uuid.UUID{id}))
	if err != nil || m == nil {
		return err
	}
	_, _, err = s.report(ctx, c, *m, func(ctx context.Context, state *pay.State) error {
		again, err := first(c.rows.Simulations(ctx, []uuid.UUID{id}))
		if err != nil {
			return err
		}
		if again == nil { // another process was first
			return errUnchanged
		}
		if err := c.rows.DeleteSimulation(ctx, id); err != nil {
			return err
		}
		if settlesTooMuch(*m, *state.Attempt(m.TransactionID)) != nil {
			return errUnchanged
		}
		return nil
	})
	return err
}

// settlesTooMuch refuses to settle more than was captured: nothing could be recorded
// of it.
func settlesTooMuch(m pay.Simulation, t pay.Transaction) error {
	if m.Fact != pay.SimulateConfirmed || m.AmountMinor == nil || t.CapturedMinor == 0 || *m.AmountMinor <= t.CapturedMinor {
		return nil
	}
	e := pay.Refuse(pay.CodeAmountMismatch, pay.At("input", "amount"), "%s was captured; no more can be confirmed.", t.Amount())
	e.Maximum = ptr(t.Amount())
	return refused(e)
}
