package service

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// attempt asks the gateway about a committed attempt and settles its answer.
// It goes on when the client hangs up: from here on the money may move, and
// what the gateway says must not be lost. Whatever fails, the answer is the
// payment as it stands, never a failure of a charge that may have happened.
func (s *Service) attempt(ctx context.Context, c caller, w work, again bool) (Paid, error) {
	if w.transaction.Status.Over() {
		// It ended since it was looked for. What failed because it was not sent must not be
		// sent now.
		return s.paid(ctx, c, w.transaction.ID)
	}
	// By the end of the lease others may ask about the attempt, so it ends before.
	unbound := ctx
	ctx, cancel := outlive(ctx)
	defer cancel()
	if again && w.transaction.Status == pay.TransactionCreated {
		taken, err := s.take(ctx, c, w.transaction.PaymentID, func(state *pay.State) bool { return state.TakeAttempt(w.transaction.ID) })
		if err != nil {
			return Paid{}, err
		}
		if !taken {
			return s.paid(ctx, c, w.transaction.ID)
		}
	}
	fact := s.ask(ctx, c.Actor, w, again)
	next := uuid.Nil
	if !again { // of what is asked about again nobody knows what else was done meanwhile
		next = pay.NewID()
	}
	paid, err := s.settleAnswer(ctx, c.Actor, w.transaction, fact, next)
	if err != nil {
		s.log.ErrorContext(ctx, "settling a gateway's answer failed", "transaction", w.transaction.GlobalID(), "error", err)
		// The answer may be one that cannot be recorded. Then a person must look.
		paid, err = s.settle(ctx, c.Actor, w.transaction, pay.Fact{To: pay.TransactionUnknown})
	}
	if err != nil {
		// The attempt stays as it was committed, until the program asks again.
		return s.paid(ctx, c, w.transaction.ID)
	}
	if took := paid.Transaction; took.ID == next {
		s.observer.FellOver(w.charger.Describe().Name, string(took.Routing.OutcomeOf(w.transaction.GatewayID)))
		return s.attemptNext(unbound, c, next)
	}
	return c.shown(paid), nil
}

// attemptNext asks the gateway that took over. Its attempt is committed: should this fail,
// the program sends it by itself once its lease is over.
func (s *Service) attemptNext(ctx context.Context, c caller, id uuid.UUID) (Paid, error) {
	ctx = context.WithoutCancel(ctx)
	w, err := s.readWork(ctx, c, id)
	if err != nil {
		return s.paid(ctx, c, id)
	}
	return s.attempt(ctx, c, w, false)
}

// take lets may take the lease of something that may never have been sent, before it is
// asked about again, and says whether it could.
func (s *Service) take(ctx context.Context, c caller, paymentID uuid.UUID, may func(*pay.State) bool) (taken bool, err error) {
	_, err = s.change(ctx, c.Actor, paymentID, func(_ context.Context, state *pay.State) error {
		taken = may(state)
		return nil
	})
	return taken, err
}

// outlive is a context for work that must go on when the client hangs up, and
// that ends before others may ask for the same.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), pay.LeaseLength)
}

// settle records what a gateway said about an attempt: the only way in which an
// attempt at a gateway gets a result, whoever brings the news. It may be called
// any number of times with the same fact; only the first changes something. A fact
// with the provider's id of another attempt is believed of neither: a person must look.
func (s *Service) settle(ctx context.Context, a pay.Actor, t pay.Transaction, f pay.Fact) (Paid, error) {
	return s.settleAnswer(ctx, a, t, f, uuid.Nil)
}

// settleAnswer is settle for the answer to the first request for the money. Where it lets
// another gateway take over, the same transaction makes that attempt, under the id next,
// and the result is about it; the nil id lets none take over.
func (s *Service) settleAnswer(ctx context.Context, a pay.Actor, t pay.Transaction, f pay.Fact, next uuid.UUID) (Paid, error) {
	a.ID = pay.ActorGateway
	state, err := s.change(ctx, a, t.PaymentID, func(ctx context.Context, state *pay.State) error {
		x := state.Attempt(t.ID)
		if x == nil {
			return fmt.Errorf("transaction %s is missing", t.ID)
		}
		asked := *x
		news, err := state.ApplyFact(t.ID, f)
		if err == nil && news && next != uuid.Nil {
			err = s.fallOver(ctx, s.store.For(pay.Actor{TenantID: a.TenantID}), state, asked, f, next)
		}
		later := err == nil && f.To == pay.TransactionUnknown && state.AskLater(t.ID)
		if err == nil && !news && !later && !state.Asked(t.ID) {
			err = errUnchanged
		}
		return err
	})
	if store.IsDuplicateExternalID(err) && f.To != pay.TransactionUnknown {
		return s.settle(ctx, a, t, pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch, Answered: f.Answered})
	}
	if err != nil {
		return Paid{}, err
	}
	settled := state.Attempt(t.ID)
	if took := state.Attempt(next); took != nil { // also where the answer to COMMIT was lost, and this is the second try
		settled = took
	}
	return Paid{Payment: state.Payment, Transaction: *settled}, nil
}
