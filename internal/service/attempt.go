package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// gatewayActor is who causes what a gateway reports.
const gatewayActor = "gateway"

// attempt asks the gateway about a committed attempt and settles its answer.
// It goes on when the client hangs up: from here on the money may move, and
// what the gateway says must not be lost. Whatever fails, the answer is the
// payment as it stands, never a failure of a charge that may have happened.
func (s *Service) attempt(ctx context.Context, c caller, w work, again bool) (Paid, error) {
	// By the end of the lease others may ask about the attempt, so it ends before.
	ctx, cancel := outlive(ctx)
	defer cancel()
	fact := s.ask(ctx, w, again)
	paid, err := s.settle(ctx, c.Actor, w.transaction, fact)
	if err != nil {
		s.log.ErrorContext(ctx, "settling a gateway's answer failed", "transaction", w.transaction.GlobalID(), "error", err)
		// The answer may be one that cannot be recorded. Then a person must look.
		paid, err = s.settle(ctx, c.Actor, w.transaction, pay.Fact{To: pay.TransactionUnknown})
	}
	if err != nil {
		// The attempt stays as it was committed, until the program asks again.
		return s.paid(ctx, c, w.transaction.ID)
	}
	return c.shown(paid), nil
}

// outlive is a context for work that must go on when the client hangs up, and
// that ends before others may ask for the same.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), pay.CallDeadline+10*time.Second)
}

// settle records what a gateway said about an attempt: the only way in which an
// attempt at a gateway gets a result, whoever brings the news. It may be called
// any number of times with the same fact; only the first changes something.
func (s *Service) settle(ctx context.Context, a pay.Actor, t pay.Transaction, f pay.Fact) (Paid, error) {
	a.ID = gatewayActor
	state, err := s.change(ctx, a, t.PaymentID, func(ctx context.Context, state *pay.State) error {
		x := state.Attempt(t.ID)
		if x == nil {
			return fmt.Errorf("transaction %s is missing", t.ID)
		}
		news, err := state.ApplyFact(t.ID, f)
		if err == nil && !news && !state.Asked(t.ID) {
			err = errUnchanged
		}
		return err
	})
	if err != nil {
		return Paid{}, err
	}
	return Paid{Payment: state.Payment, Transaction: *state.Attempt(t.ID)}, nil
}

// work is an attempt with all that the gateway must be told.
type work struct {
	transaction pay.Transaction
	charger     gateway.Charger
	request     gateway.ChargeRequest
}

// newWork puts together what the gateway is told of an attempt of p through g;
// method is the stored method that pays, if one does.
func (s *Service) newWork(e pay.Environment, p pay.Payment, t pay.Transaction, g pay.PaymentGateway, method *pay.PaymentMethod) (work, error) {
	charger, ok := s.charger(g)
	if !ok {
		return work{}, fmt.Errorf("connector %s of transaction %s is missing: %w", g.Connector, t.ID, pay.ErrUnavailable)
	}
	r := gateway.ChargeRequest{AttemptID: t.ID.String(), Form: t.Form, Amount: t.RequestedAmount(), Capture: t.AutoCapture,
		Details: t.Details, MethodType: t.MethodType, Metadata: p.Metadata, Environment: e, Settings: g.Parameters}
	if p.Description != nil {
		r.Description = *p.Description
	}
	if t.VouchersTendered != nil {
		r.VoucherCount = *t.VouchersTendered
	}
	switch {
	case t.Token != nil:
		r.Token = *t.Token
	case method != nil:
		r.Token = method.Token
	}
	return work{transaction: t, charger: charger, request: r}, nil
}

// readWork is newWork for an attempt of an earlier request.
func (s *Service) readWork(ctx context.Context, c caller, id uuid.UUID) (work, error) {
	t, p, err := c.attemptAndPayment(ctx, id)
	if err != nil {
		return work{}, err
	}
	gateways, err := c.rows.Gateways(ctx, []uuid.UUID{t.GatewayID})
	if err == nil && len(gateways) == 0 {
		err = fmt.Errorf("gateway of transaction %s is missing", id)
	}
	if err != nil {
		return work{}, err
	}
	var method *pay.PaymentMethod
	if t.PaymentMethodID != nil {
		if method, err = first(c.rows.PaymentMethods(ctx, []uuid.UUID{*t.PaymentMethodID})); err != nil {
			return work{}, err
		}
	}
	return s.newWork(c.Environment, p, t, gateways[0], method)
}

// first is the only row of a read by one id, or nil.
func first[T any](rows []T, err error) (*T, error) {
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func (c caller) attemptAndPayment(ctx context.Context, id uuid.UUID) (pay.Transaction, pay.Payment, error) {
	attempts, err := c.rows.Transactions(ctx, []uuid.UUID{id})
	if err == nil && len(attempts) == 0 {
		err = fmt.Errorf("transaction %s is missing", id)
	}
	if err != nil {
		return pay.Transaction{}, pay.Payment{}, err
	}
	payments, err := c.rows.Payments(ctx, []uuid.UUID{attempts[0].PaymentID})
	if err == nil && len(payments) == 0 {
		err = fmt.Errorf("payment of transaction %s is missing", id)
	}
	if err != nil {
		return pay.Transaction{}, pay.Payment{}, err
	}
	return attempts[0], payments[0], nil
}

// call calls a connector: outside any transaction, whose locks would be held for
// as long as it takes, and within its own deadline. A connector that breaks is
// one without an answer: the request may have left before.
func (s *Service) call(ctx context.Context, c gateway.Connector, do func(context.Context) error) (err error) {
	if store.HoldsTx(ctx) {
		panic("service: gateway called inside a transaction")
	}
	ctx, cancel := context.WithTimeout(ctx, pay.CallDeadline)
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			s.log.ErrorContext(ctx, "connector panicked", "connector", c.Describe().Name, "panic", fault)
			err = errNoAnswer
		}
	}()
	return do(ctx)
}

// errNoAnswer is what is known of a call that broke: nothing.
var errNoAnswer = errors.New("connector gave no answer")

// ask asks the gateway for an attempt, or what became of it, and returns what is
// known afterwards; not knowing is an answer too.
func (s *Service) ask(ctx context.Context, w work, again bool) pay.Fact {
	var fact pay.Fact
	err := s.call(ctx, w.charger, func(ctx context.Context) (err error) {
		if again {
			fact, err = w.charger.Lookup(ctx, w.request)
			// Never arrived: it is sent now, under the same id. That only the
			// question was not sent says nothing about the attempt.
			w.request.Again = errors.Is(err, gateway.ErrNoSuchAttempt)
			again = !w.request.Again
		}
		if !again {
			fact, err = w.send(ctx)
		}
		return err
	})
	switch {
	case !again && errors.Is(err, gateway.ErrNotSent):
		return pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorSystem,
			Message: "The gateway could not be reached; no money moved.", Retryable: true}}
	case err != nil:
		s.log.WarnContext(ctx, "outcome of an attempt is unknown", "transaction", w.transaction.GlobalID(), "connector", w.charger.Describe().Name, "error", err)
		return pay.Fact{To: pay.TransactionUnknown}
	}
	return believable(fact, w.request.Amount)
}

// send asks for the money, or to save the method where no money is wanted.
func (w work) send(ctx context.Context) (pay.Fact, error) {
	if saver, ok := w.charger.(gateway.Saver); ok && w.request.Amount.Minor == 0 {
		return saver.Save(ctx, w.request)
	}
	return w.charger.Charge(ctx, w.request)
}

// believable turns an answer that cannot be about this request into an unknown
// outcome: a person must look before anything more is concluded from it.
func believable(f pay.Fact, asked money.Money) pay.Fact {
	moved := f.To == pay.TransactionAuthorized || f.To == pay.TransactionCaptured
	if asked.Minor == 0 && f.To == pay.TransactionCaptured && f.AmountMinor == 0 {
		return f // a method was saved
	}
	if moved && (f.AmountMinor < 1 || f.AmountMinor > asked.Minor || f.VoucherMinor < 0 || f.VoucherMinor > f.AmountMinor) {
		return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}
	}
	return f
}

// paid reads the payment and attempt as they stand.
func (s *Service) paid(ctx context.Context, c caller, id uuid.UUID) (Paid, error) {
	t, p, err := c.attemptAndPayment(ctx, id)
	if err != nil {
		return Paid{}, err
	}
	return c.shown(Paid{Payment: p, Transaction: t}), nil
}

// shown leaves out personal data for callers who may not see it.
func (c caller) shown(p Paid) Paid {
	if !c.seesPII() {
		p.Payment, p.Transaction = p.Payment.Redacted(), p.Transaction.Redacted()
	}
	return p
}

// replay answers a repeat of an earlier request: the same payment as it is now.
// An attempt that never got an answer is asked about first.
func (s *Service) replay(ctx context.Context, c caller, earlier store.IdempotencyKey) (Paid, error) {
	attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{earlier.PaymentID})
	if err != nil {
		return Paid{}, err
	}
	if len(attempts) == 0 { // of another customer: not theirs to know
		return Paid{}, pay.Errors{keyReused(earlier)}
	}
	return s.answerAgain(ctx, c, attempts[0], earlier)
}

// replayAttempt is replay for a request that added an attempt to a payment.
func (s *Service) replayAttempt(ctx context.Context, c caller, earlier store.IdempotencyKey) (Paid, error) {
	t, err := first(c.rows.Transactions(ctx, []uuid.UUID{earlier.SubjectID}))
	if err == nil && t == nil {
		err = fmt.Errorf("transaction %s is missing", earlier.SubjectID)
	}
	if err != nil {
		return Paid{}, err
	}
	return s.answerAgain(ctx, c, *t, earlier)
}

func (s *Service) answerAgain(ctx context.Context, c caller, t pay.Transaction, earlier store.IdempotencyKey) (Paid, error) {
	if err := stillRunning(t.Asking, s.clock(), t.Status == pay.TransactionCreated, earlier); err != nil {
		return Paid{}, err
	}
	result, err := s.refresh(ctx, c, t)
	result.Replayed = true
	return result, err
}

// stillRunning refuses a repeat while the first request may be waiting for its
// answer, and says for how long.
func stillRunning(a pay.Asking, now time.Time, unanswered bool, earlier store.IdempotencyKey) error {
	left := a.LeaseUntil.Sub(now)
	if !unanswered || left <= 0 {
		return nil
	}
	e := pay.Refuse(pay.CodeIdempotencyInProgress, pay.At("input", "idempotencyKey"), "The first request with this key is still running.")
	e.Retryable, e.FirstUsedAt, e.RetryAfter = true, earlier.CreatedAt, left
	return pay.Errors{e}
}

// refreshLive asks about an attempt of a payment that has no result, before
// anything is decided about the payment.
func (s *Service) refreshLive(ctx context.Context, c caller, paymentID uuid.UUID) error {
	attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{paymentID})
	if err != nil {
		return err
	}
	for _, t := range attempts {
		if t.Status == pay.TransactionUnknown || t.Status == pay.TransactionCreated && !s.clock().Before(t.LeaseUntil) {
			if _, err := s.refresh(ctx, c, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// refresh asks the gateway about an attempt that may have moved without us, and
// returns the payment as it is then.
func (s *Service) refresh(ctx context.Context, c caller, t pay.Transaction) (Paid, error) {
	switch t.Status {
	case pay.TransactionCreated, pay.TransactionUnknown, pay.TransactionPending:
	default:
		return s.paid(ctx, c, t.ID)
	}
	w, err := s.readWork(ctx, c, t.ID)
	if err != nil {
		return Paid{}, err
	}
	return s.attempt(ctx, c, w, true)
}
