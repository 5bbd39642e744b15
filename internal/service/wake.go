package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// ClaimDue takes on what the program has to look at by itself now, of all companies,
// at most limit rows, and none of the tenants and gateways of the ids in without. Nobody
// else takes them on until they are woken, or for pay.ClaimLength. Messages to companies
// are left to ClaimDeliveries. For the job engine.
func (s *Service) ClaimDue(ctx context.Context, limit int, without ...uuid.UUID) ([]pay.Due, error) {
	return s.claim(ctx, s.store.ClaimDue, limit, without)
}

// ClaimDeliveries is ClaimDue for messages to companies, with their endpoints in the
// place of gateways.
func (s *Service) ClaimDeliveries(ctx context.Context, limit int, without ...uuid.UUID) ([]pay.Due, error) {
	return s.claim(ctx, s.store.ClaimDeliveries, limit, without)
}

func (s *Service) claim(ctx context.Context, by func(_ context.Context, now, until time.Time, limit int, without []uuid.UUID) ([]pay.Due, error),
	limit int, without []uuid.UUID) (claimed []pay.Due, err error) {
	now := s.clock()
	err = s.store.InTx(ctx, func(ctx context.Context) (err error) {
		claimed, err = by(ctx, now, now.Add(pay.ClaimLength), limit, without)
		return err
	})
	return claimed, err
}

// errStillDue: waking a row changed nothing about when it is due.
var errStillDue = errors.New("the row is as due as it was")

// Wake does what a claimed row demands, and gives it back. A row that fails is left
// alone for a while, longer each time, so that others get their turn; so is one that is
// as due as before, because recording what became of it failed.
func (s *Service) Wake(ctx context.Context, d pay.Due) error {
	err := s.wake(ctx, d)
	broken := errors.Is(ctx.Err(), context.Canceled) // the program ends: any process takes it on at once
	ctx, cancel := outlive(pay.WithActor(ctx, d.SystemActor()))
	defer cancel()
	failed := err
	unclaimed := s.store.InTx(ctx, func(ctx context.Context) error {
		failed = err
		if still, err := s.store.IsStillDue(ctx, d); err != nil {
			return err
		} else if still && failed == nil {
			failed = errStillDue
		}
		if failed == nil || broken {
			return s.store.Unclaim(ctx, d)
		}
		return s.store.Postpone(ctx, d, d.Failures+counts(failed), s.clock().Add(d.FailureWait()))
	})
	return errors.Join(failed, unclaimed)
}

// counts is how many failures of the row itself an error is: none where the database
// was away, or every row would wait long after it is back.
func counts(err error) int {
	if store.IsUnreachable(err) {
		return 0
	}
	return 1
}

// wake does what a due row demands: it asks the gateway what became of an attempt,
// operation or refund without a result, ends what has run out, attempts payments
// that are scheduled or to be retried, makes those of subscriptions, reports what was
// simulated, counts what providers reported, and sends messages to companies. Doing it
// twice does no harm.
func (s *Service) wake(ctx context.Context, d pay.Due) error {
	actor := d.SystemActor()
	ctx = pay.WithActor(ctx, actor)
	c := caller{Actor: actor, rows: s.store.For(actor)}
	switch d.Kind {
	case pay.DueAttempt:
		return s.wakeAttempt(ctx, c, d.ID)
	case pay.DueOperation:
		o, err := first(c.rows.Operations(ctx, []uuid.UUID{d.ID}))
		if err != nil || o == nil || !o.Status.Open() || s.clock().Before(o.LeaseUntil) {
			return err
		}
		return s.perform(ctx, c, o.ID, true)
	case pay.DueRefund:
		r, err := first(c.rows.Refunds(ctx, []uuid.UUID{d.ID}))
		if err != nil || r == nil {
			return err
		}
		return s.payBack(ctx, c, *r, true)
	case pay.DuePayment:
		return s.wakePayment(ctx, c, d.ID)
	case pay.DueSubscription:
		return s.wakeSubscription(ctx, c, d.ID)
	case pay.DueSimulation:
		return s.wakeSimulation(ctx, c, d.ID)
	case pay.DueWebhook:
		return s.wakeWebhook(ctx, c, d.ID)
	case pay.DueDelivery:
		return s.wakeDelivery(ctx, c, d.ID)
	}
	return fmt.Errorf("nothing is known of %s", d.Kind)
}

// wakeAttempt asks first, and ends what ran out only when the gateway still says
// that it waits: time alone is no evidence.
func (s *Service) wakeAttempt(ctx context.Context, c caller, id uuid.UUID) error {
	t, err := first(c.rows.Transactions(ctx, []uuid.UUID{id}))
	if err != nil || t == nil || s.clock().Before(t.LeaseUntil) {
		return err
	}
	if t.Status != pay.TransactionPendingApproval && t.CapturedMinor == 0 {
		w, err := s.readWork(ctx, c, id)
		if err != nil {
			return err
		}
		if _, err := s.attempt(ctx, c, w, true); err != nil {
			return err
		}
		if t.Status == pay.TransactionCreated || t.Status == pay.TransactionUnknown || t.Status == pay.TransactionPending {
			return nil
		}
	}
	return s.endAttempt(ctx, c, *t)
}

func (s *Service) endAttempt(ctx context.Context, c caller, t pay.Transaction) error {
	asked, ok := pay.NewID(), false
	_, err := s.change(ctx, c.Actor, t.PaymentID, func(_ context.Context, state *pay.State) error {
		ok = state.WakeAttempt(t.ID, asked)
		return nil
	})
	if err != nil || !ok {
		return err
	}
	return s.perform(ctx, c, asked, false)
}

// wakePayment attempts a payment whose date or retry has come, closes one whose time
// is over, or gives back what came late.
func (s *Service) wakePayment(ctx context.Context, c caller, id uuid.UUID) error {
	p, err := first(c.rows.Payments(ctx, []uuid.UUID{id}))
	if err != nil || p == nil {
		return err
	}
	if p.Closed != nil {
		return s.giveBackLate(ctx, c, *p)
	}
	d, err := s.dueAttempt(ctx, c, *p)
	if err != nil {
		return err
	}
	started, asked, err := s.begin(ctx, c, id, d)
	if err != nil {
		return err
	}
	if err := s.performAll(ctx, c, asked, false); err != nil {
		return err
	}
	if !started {
		return nil
	}
	w, err := s.readWork(ctx, c, d.id)
	if err != nil {
		return err
	}
	_, err = s.attempt(ctx, c, w, false)
	return err
}

// dueAttempt is the attempt that a due payment may be up to, or why it cannot be made.
type dueAttempt struct {
	id      uuid.UUID
	in      ProcessPaymentInput
	tender  tender
	refusal error
}

// dueAttempt chooses what a due payment is paid with: its stored method alone, because
// nobody is there to pay another way.
func (s *Service) dueAttempt(ctx context.Context, c caller, p pay.Payment) (dueAttempt, error) {
	d := dueAttempt{id: pay.NewID(), in: ProcessPaymentInput{PaymentID: p.GlobalID(), Capture: true}}
	if p.PaymentMethodID == nil {
		d.refusal = refused(pay.Refuse(pay.CodeRequired, nil, "The payment has no stored method."))
		return d, nil
	}
	d.in.PaymentMethodID = ptr(pay.FormatID(pay.KindMethod, *p.PaymentMethodID))
	d.tender, d.refusal = s.chooseTender(ctx, c, p, d.in)
	if d.refusal != nil && pay.AsErrors(d.refusal) == nil {
		return d, d.refusal
	}
	return d, nil
}

// begin stores what a due payment comes to under its lock: an attempt, why there is
// none, or what gateways are asked to release because its time is over.
func (s *Service) begin(ctx context.Context, c caller, payment uuid.UUID, d dueAttempt) (started bool, asked []uuid.UUID, err error) {
	_, err = s.change(ctx, c.Actor, payment, func(_ context.Context, state *pay.State) error {
		started, asked = false, nil
		switch {
		case !state.IsDue():
			return errUnchanged
		case !state.MayAttempt():
			asked, _ = state.Expire(func(uuid.UUID) uuid.UUID { return pay.NewID() })
			return nil // and when it cannot expire yet, it is looked at again
		case d.refusal != nil:
			state.Unattempted(sentences(d.refusal))
			return nil
		}
		if err := s.attemptAgain(state, d.tender, d.in, d.id); err != nil {
			if pay.AsErrors(err) == nil {
				return err
			}
			state.Unattempted(sentences(err))
			return nil
		}
		started = true
		return nil
	})
	return started, asked, err
}

// attemptAgain makes the attempt that is due: all that is left on a date, and on a
// retry what was declined, in the same way.
func (s *Service) attemptAgain(state *pay.State, t tender, in ProcessPaymentInput, id uuid.UUID) error {
	if declined := state.Retries(); declined != nil && state.Payment.Mode != pay.ModeSetup {
		most, refusal := state.MayProcess(t.gateway.IsFoodOnly)
		if refusal != nil {
			return refused(refusal)
		}
		t.minor, in.Capture = ptr(min(declined.RequestedMinor, most)), declined.AutoCapture
	}
	return s.startAttempt(state, t, in, id)
}

// sentences are what refusals tell people.
func sentences(refusal error) string {
	var list []string
	for _, e := range pay.AsErrors(refusal) {
		list = append(list, e.Message)
	}
	return strings.Join(list, " ")
}
