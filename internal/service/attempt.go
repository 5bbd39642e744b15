package service

import (
	"context"
	"errors"
	"fmt"

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
func (s *Service) attempt(ctx context.Context, c caller, id uuid.UUID, again bool) (Paid, error) {
	ctx = context.WithoutCancel(ctx)
	work, err := s.readAttempt(ctx, c, id)
	if err != nil {
		return Paid{}, err
	}
	fact := s.ask(ctx, work.charger, work.request, again)
	if err := s.settle(ctx, c.Actor, id, fact); err != nil {
		// The attempt stays as it was committed; the next request with the same
		// key asks the gateway again.
		s.log.ErrorContext(ctx, "settling a gateway's answer failed", "transaction", pay.FormatID(pay.KindTransaction, id), "error", err)
	}
	return s.paid(ctx, c, id)
}

// work is an attempt with all that the gateway must be told.
type work struct {
	charger gateway.Charger
	request gateway.ChargeRequest
}

func (s *Service) readAttempt(ctx context.Context, c caller, id uuid.UUID) (work, error) {
	t, p, err := c.attemptAndPayment(ctx, id)
	if err != nil {
		return work{}, err
	}
	gateways, err := c.rows.Gateways(ctx, []uuid.UUID{t.GatewayID})
	if err != nil {
		return work{}, err
	}
	if len(gateways) == 0 {
		return work{}, fmt.Errorf("gateway of transaction %s is missing", id)
	}
	charger, ok := s.charger(gateways[0])
	if !ok {
		return work{}, fmt.Errorf("connector %s of transaction %s is missing: %w", gateways[0].Connector, id, pay.ErrUnavailable)
	}
	r := gateway.ChargeRequest{AttemptID: t.ID.String(), Amount: t.RequestedAmount(), Capture: t.AutoCapture,
		Details: t.Details, MethodType: t.MethodType, Metadata: p.Metadata, Environment: c.Environment,
		Settings: gateways[0].Parameters}
	if p.Description != nil {
		r.Description = *p.Description
	}
	if t.VouchersTendered != nil {
		r.VoucherCount = *t.VouchersTendered
	}
	r.Token, err = c.token(ctx, t)
	return work{charger: charger, request: r}, err
}

// token is the one-time token of the attempt, or that of its stored method.
func (c caller) token(ctx context.Context, t pay.Transaction) (string, error) {
	if t.Token != nil {
		return *t.Token, nil
	}
	if t.PaymentMethodID == nil {
		return "", nil
	}
	methods, err := c.rows.PaymentMethods(ctx, []uuid.UUID{*t.PaymentMethodID})
	if err != nil || len(methods) == 0 {
		return "", err
	}
	return methods[0].Token, nil
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

// ask calls the gateway outside any transaction, within its own deadline, and
// returns what is known afterwards; not knowing is an answer too.
func (s *Service) ask(ctx context.Context, charger gateway.Charger, r gateway.ChargeRequest, again bool) (fact pay.Fact) {
	if store.HoldsTx(ctx) {
		panic("service: gateway called inside a transaction") // row locks would be held for as long as it takes
	}
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil { // the request may have left before the connector broke
			s.log.ErrorContext(ctx, "connector panicked", "connector", charger.Describe().Name, "panic", fault)
			fact = pay.Fact{To: pay.TransactionUnknown}
		}
	}()
	var err error
	if again {
		fact, err = charger.Lookup(ctx, r)
		if errors.Is(err, gateway.ErrNoSuchAttempt) {
			// It never arrived, so it is sent now, under the same id.
			again = false
		}
	}
	if !again {
		fact, err = charger.Charge(ctx, r)
	}
	switch {
	case errors.Is(err, gateway.ErrNotSent):
		return pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorSystem,
			Message: "The gateway could not be reached; no money moved.", Retryable: true}}
	case err != nil:
		s.log.WarnContext(ctx, "outcome of an attempt is unknown", "transaction", r.AttemptID, "connector", charger.Describe().Name, "error", err)
		return pay.Fact{To: pay.TransactionUnknown}
	}
	return believable(fact, r.Amount)
}

// believable turns an answer that cannot be about this request into an unknown
// outcome: a person must look before anything more is concluded from it.
func believable(f pay.Fact, asked money.Money) pay.Fact {
	moved := f.To == pay.TransactionAuthorized || f.To == pay.TransactionCaptured
	if moved && (f.AmountMinor < 1 || f.AmountMinor > asked.Minor) {
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
	payments, _ := c.payments([]pay.Payment{p}, nil)
	attempts, _ := c.transactions([]pay.Transaction{t}, nil)
	return Paid{Payment: payments[0], Transaction: attempts[0]}, nil
}

// replay answers a repeat of an earlier request: the same payment as it is now.
// An attempt that never got an answer is asked about first.
func (s *Service) replay(ctx context.Context, c caller, earlier store.IdempotencyKey) (Paid, error) {
	attempts, err := c.rows.TransactionsOf(ctx, []uuid.UUID{earlier.PaymentID})
	if err != nil {
		return Paid{}, err
	}
	if len(attempts) == 0 { // of another customer: not theirs to know
		e := pay.Refuse(pay.CodeIdempotencyKeyReused, pay.At("input", "idempotencyKey"), "The key was used for another request.")
		e.FirstUsedAt = earlier.CreatedAt
		return Paid{}, pay.Errors{e}
	}
	first, now := attempts[0], s.clock()
	if first.Status == pay.TransactionCreated && now.Before(first.LeaseUntil) {
		e := pay.Refuse(pay.CodeIdempotencyInProgress, pay.At("input", "idempotencyKey"), "The first request with this key is still running.")
		e.Retryable, e.FirstUsedAt = true, earlier.CreatedAt
		return Paid{}, pay.Errors{e}
	}
	var result Paid
	if first.Status == pay.TransactionCreated || first.Status == pay.TransactionUnknown || first.Status == pay.TransactionPending {
		result, err = s.attempt(ctx, c, first.ID, true)
	} else {
		result, err = s.paid(ctx, c, first.ID)
	}
	result.Replayed = true
	return result, err
}
