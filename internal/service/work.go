package service

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// work is an attempt with all that the gateway must be told.
type work struct {
	transaction pay.Transaction
	charger     gateway.Charger
	request     gateway.ChargeRequest
}

// newWork puts together what the gateway is told of an attempt of p through g;
// method is the stored method that pays, if one does.
func (s *Service) newWork(c caller, p pay.Payment, t pay.Transaction, g pay.PaymentGateway, method *pay.PaymentMethod) (work, error) {
	charger, ok := s.charger(g)
	if !ok {
		return work{}, fmt.Errorf("connector %s of transaction %s is missing: %w", g.Connector, t.ID, pay.ErrUnavailable)
	}
	r := gateway.ChargeRequest{AttemptID: t.ID.String(), Form: t.Form, Amount: t.RequestedAmount(), Capture: t.AutoCapture,
		Details: t.Details, MethodType: t.MethodType, Metadata: p.Metadata, Environment: c.Environment, Settings: s.settingsOf(g), CreatedAt: t.CreatedAt,
		Now: s.clock(), Answered: t.IsAnswered}
	if t.IsAnswered {
		r.AnsweredAt = t.LeaseUntil
	}
	if t.ReturnsToPage {
		r.ReturnURL = s.returnURL(c.Actor, t)
	}
	if t.ActionType != nil {
		r.Action = *t.ActionType
	}
	if t.ExternalID != nil {
		r.ExternalID = *t.ExternalID
	}
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
	return s.newWork(c, p, t, gateways[0], method)
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
	ctx, cancel := context.WithTimeout(ctx, s.callDeadline)
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			s.log.ErrorContext(ctx, "connector panicked", "connector", c.Describe().Name, "panic", fault)
			err = errNoAnswer
		}
	}()
	return do(ctx)
}

// together does something for each of a payment's parts at the same time, and returns when
// all is done: one after another could take longer than the caller waits, and than the
// leases last that the parts got together. They are pay.MaxAttempts at most. A panic is
// that of the caller.
func together[T any](parts []T, do func(T) error) error {
	errs, faults := make([]error, len(parts)), make([]any, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() {
			defer func() { faults[i] = recover() }()
			errs[i] = do(part)
		})
	}
	all.Wait()
	for _, fault := range faults {
		if fault != nil {
			panic(fault)
		}
	}
	return errors.Join(errs...)
}

// errNoAnswer is what is known of a call that broke: nothing.
var errNoAnswer = errors.New("connector gave no answer")

// ask asks the gateway for an attempt, or what became of it, and returns what is
// known afterwards; not knowing is an answer too.
func (s *Service) ask(ctx context.Context, a pay.Actor, w work, again bool) pay.Fact {
	var fact pay.Fact
	first, sent := !again, false
	err := s.call(ctx, w.charger, func(ctx context.Context) (err error) {
		if again {
			err = s.told(ctx, w.charger, "lookup", func(ctx context.Context) (string, error) {
				fact, err = w.charger.Lookup(ctx, w.request)
				return string(fact.To), err
			})
			// Never arrived: it is sent now, under the same id, and so is what the
			// provider tells by the same request alone. That only the question was not
			// sent says nothing about the attempt.
			w.request.Again = errors.Is(err, gateway.ErrNoSuchAttempt)
			w.request.Same = errors.Is(err, gateway.ErrOnlySame) && w.transaction.IsUntold()
			again = !w.request.Again && !w.request.Same
		}
		if !again {
			sent = true
			err = s.told(ctx, w.charger, w.question(), func(ctx context.Context) (string, error) {
				fact, err = w.send(ctx)
				return string(fact.To), err
			})
		}
		return err
	})
	if sent {
		s.remember(ctx, a, w, err)
	}
	switch {
	// Of the first request only it is certain that there was no other, and only while its
	// lease lasts: a provider whose reads lag behind does not know yet what it did.
	case first && errors.Is(err, gateway.ErrNotSent):
		return pay.Fact{To: pay.TransactionFailed, Error: unsent(err), Lease: pay.FirstLease(w.transaction.CreatedAt)}
	case err != nil:
		s.log.WarnContext(ctx, "outcome of an attempt is unknown", "transaction", w.transaction.GlobalID(), "connector", w.charger.Describe().Name, "error", err)
		return pay.Fact{To: pay.TransactionUnknown}
	}
	return fact.Believable(w.request.Amount)
}

// remember tells the gateway's breaker what came of asking it for money.
func (s *Service) remember(ctx context.Context, a pay.Actor, w work, err error) {
	gatewayID, connector := w.transaction.GatewayID, w.charger.Describe().Name
	changed := s.breakers.Record(gateway.BreakerKey{Tenant: a.TenantID, Gateway: gatewayID}, err != nil, s.clock())
	if changed == "" {
		return
	}
	s.observer.Breaker(connector, string(changed))
	s.log.WarnContext(ctx, "breaker of a gateway changed", "gateway", pay.FormatID(pay.KindGateway, gatewayID), "connector", connector, "change", string(changed))
}

// send asks for the money, or to save the method where no money is wanted.
func (w work) send(ctx context.Context) (pay.Fact, error) {
	if saver := w.saver(); saver != nil {
		return saver.Save(ctx, w.request)
	}
	return w.charger.Charge(ctx, w.request)
}

// question names what send asks.
func (w work) question() string {
	if w.saver() != nil {
		return "save"
	}
	return "charge"
}

// saver is the connector where no money is wanted and it can save methods, or nil.
func (w work) saver() gateway.Saver {
	if saver, ok := w.charger.(gateway.Saver); ok && w.request.Amount.Minor == 0 {
		return saver
	}
	return nil
}
