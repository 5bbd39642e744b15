package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// CaptureTransactionInput asks for held money; without an amount, for all of it.
type CaptureTransactionInput struct {
	IdempotencyKey string
	TransactionID  string
	Amount         *pay.MoneyInput
	// Final: what is not captured is released.
	Final bool
}

// TransactionInput names one attempt.
type TransactionInput struct {
	IdempotencyKey string
	TransactionID  string
}

// CaptureTransaction takes money that an attempt holds. For callers with
// payments:write, but no customer. It refuses CAPTURE_EXCEEDS_AUTHORIZED with the
// most that can be captured. A repeat with the same key captures nothing again.
func (s *Service) CaptureTransaction(ctx context.Context, in CaptureTransactionInput) (Paid, error) {
	asked := operationRequest{operation: opCapture, key: in.IdempotencyKey, transactionID: in.TransactionID,
		content: content{"final": in.Final}, amount: in.Amount}
	return s.requestOperation(ctx, asked, func(state *pay.State, t, id uuid.UUID, minor *int64) *pay.Error {
		return state.Capture(t, id, minor, in.Final)
	})
}

// VoidTransaction releases what an attempt holds. For callers with
// payments:write, but no customer. It refuses NOTHING_TO_VOID.
func (s *Service) VoidTransaction(ctx context.Context, in TransactionInput) (Paid, error) {
	asked := operationRequest{operation: opVoid, key: in.IdempotencyKey, transactionID: in.TransactionID, content: content{}}
	return s.requestOperation(ctx, asked, func(state *pay.State, t, id uuid.UUID, _ *int64) *pay.Error { return state.Void(t, id) })
}

// CancelTransaction calls off an attempt that waits for the payer or for its
// gateway. Customers may call off their own.
func (s *Service) CancelTransaction(ctx context.Context, in TransactionInput) (Paid, error) {
	asked := operationRequest{operation: opCancelAttempt, key: in.IdempotencyKey, transactionID: in.TransactionID, content: content{}, byCustomer: true}
	return s.requestOperation(ctx, asked, func(state *pay.State, t, id uuid.UUID, _ *int64) *pay.Error { return state.CancelAttempt(t, id) })
}

// operationRequest is what somebody wants done about an attempt.
type operationRequest struct {
	operation     string
	key           string
	transactionID string
	content       content
	amount        *pay.MoneyInput
	byCustomer    bool
}

// requestOperation stores an operation, and then has the gateway do it.
func (s *Service) requestOperation(ctx context.Context, r operationRequest, add func(state *pay.State, attempt, id uuid.UUID, minor *int64) *pay.Error) (Paid, error) {
	admit := s.maintains
	if r.byCustomer {
		admit = s.writes
	}
	c, err := admit(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, r.transactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	minor, err := positive(r.amount, t.Currency, pay.At("input", "amount"))
	if err != nil {
		return Paid{}, err
	}
	r.content["transaction"], r.content["minor"] = t.ID, minor
	id := pay.NewID()
	_, earlier, err := s.command(ctx, c, t.PaymentID, intention{operation: r.operation, key: r.key, content: r.content, subject: id},
		func(_ context.Context, state *pay.State) error { return refused(add(state, t.ID, id, minor)) })
	if err != nil {
		return Paid{}, err
	}
	if earlier != nil {
		return s.replayOperation(ctx, c, t.ID, *earlier)
	}
	if err := s.perform(ctx, c, id, false); err != nil {
		return Paid{}, err
	}
	return s.operated(ctx, c, t.ID, id)
}

// operated reads the payment, the attempt and the operation as they stand.
func (s *Service) operated(ctx context.Context, c caller, attempt, id uuid.UUID) (Paid, error) {
	result, err := s.paid(ctx, c, attempt)
	if err != nil {
		return Paid{}, err
	}
	result.Operation, err = first(c.rows.Operations(ctx, []uuid.UUID{id}))
	return result, err
}

// positive reads an amount that may be left out.
func positive(in *pay.MoneyInput, currency money.Currency, path pay.Path) (*int64, error) {
	if in == nil {
		return nil, nil
	}
	minor, refusal := in.Positive(currency, path)
	return &minor, refused(refusal)
}

// replayOperation answers a repeat: the attempt as it is now, once the operation
// has a result or was asked for again.
func (s *Service) replayOperation(ctx context.Context, c caller, attempt uuid.UUID, earlier store.IdempotencyKey) (Paid, error) {
	if err := s.askAgain(ctx, c, []uuid.UUID{earlier.SubjectID}, earlier); err != nil {
		return Paid{}, err
	}
	result, err := s.operated(ctx, c, attempt, earlier.SubjectID)
	result.Replayed = true
	return result, err
}

// askAgain asks gateways again for the operations of an earlier request that have no
// result. It refuses a repeat while the first request may be waiting for one of them.
func (s *Service) askAgain(ctx context.Context, c caller, ids []uuid.UUID, earlier store.IdempotencyKey) error {
	found, err := s.everything(c).Operations(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range found {
		if err := stillRunning(o.Asking, s.clock(), o.Status == pay.OperationRequested, earlier); err != nil {
			return err
		}
	}
	var open []uuid.UUID
	for _, o := range found {
		if o.Status.Open() {
			open = append(open, o.ID)
		}
	}
	return s.performAll(ctx, c, open, true)
}

// performAll is perform for the operations of one request.
func (s *Service) performAll(ctx context.Context, c caller, ids []uuid.UUID, again bool) error {
	return together(ids, func(id uuid.UUID) error { return s.perform(ctx, c, id, again) })
}

// perform has the gateway do a stored operation, and records what it answered.
// When even that fails the operation stays as it is, and the program asks again.
func (s *Service) perform(ctx context.Context, c caller, id uuid.UUID, again bool) error {
	ctx, cancel := outlive(ctx)
	defer cancel()
	found, err := s.everything(c).Operations(ctx, []uuid.UUID{id})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("operation %s is missing", id)
	}
	if err != nil {
		return err
	}
	o := found[0]
	if !o.Status.Open() { // it ended since it was looked for
		return nil
	}
	if again && o.Status == pay.OperationRequested {
		taken, err := s.take(ctx, c, o.PaymentID, func(state *pay.State) bool { return state.TakeOperation(id) })
		if err != nil || !taken {
			return err
		}
	}
	w, err := s.readWork(ctx, c, o.TransactionID)
	if err != nil {
		return err
	}
	fact := s.operate(ctx, w, o, again)
	a := c.Actor
	a.ID = pay.ActorGateway
	_, err = s.change(ctx, a, o.PaymentID, func(_ context.Context, state *pay.State) error {
		news, err := state.ApplyOperation(id, fact)
		if err == nil && !news && !state.AskedOperation(id) {
			err = errUnchanged
		}
		return err
	})
	if err != nil {
		s.log.ErrorContext(ctx, "recording an operation's answer failed", "transactionOperation", o.GlobalID(), "error", err)
	}
	return nil
}

// everything reads all rows of the caller's tenant: for what concerns the company,
// whoever asked.
func (s *Service) everything(c caller) store.Tenant {
	a := c.Actor
	a.CustomerID, a.PaymentID = nil, nil
	return s.store.For(a)
}

// operate asks the gateway for one operation.
func (s *Service) operate(ctx context.Context, w work, o pay.Operation, again bool) (fact pay.OperationFact) {
	r := w.about(o.ID, money.Money{Minor: o.AmountMinor, Currency: o.Currency}, o.Asking, again)
	r.Final = o.IsFinal
	if o.RefundID != nil {
		r.RefundID = o.RefundID.String()
	}
	err := s.asked(ctx, w.charger, strings.ToLower(string(o.Kind)), func(ctx context.Context) (_ string, err error) {
		switch o.Kind {
		case pay.OperationCapture:
			fact, err = w.charger.(gateway.Capturer).Capture(ctx, r)
		case pay.OperationVoid, pay.OperationExpire:
			fact, err = w.charger.(gateway.Voider).Void(ctx, r)
		case pay.OperationCancelRefund:
			fact, err = w.charger.(gateway.RefundCanceller).CancelRefund(ctx, r)
		default:
			fact, err = w.charger.(gateway.Canceller).Cancel(ctx, r)
		}
		return string(fact.To), err
	})
	switch {
	case !again && errors.Is(err, gateway.ErrNotSent):
		return pay.OperationFact{To: pay.OperationFailed, Error: unsent(err), Lease: pay.FirstLease(o.CreatedAt)}
	case err != nil:
		s.log.WarnContext(ctx, "outcome of an operation is unknown", "transactionOperation", o.GlobalID(), "error", err)
		return pay.OperationFact{To: pay.OperationUnknown}
	}
	return fact
}

// badSetting is what is told of gateway.ErrSettings.
const badSetting = "A setting of the gateway is missing or cannot be used"

// unsent says why the gateway was certainly not asked. The payer is told no more of the
// merchant's settings than that it is they.
func unsent(err error) *pay.TransactionError {
	if errors.Is(err, gateway.ErrSettings) {
		return &pay.TransactionError{Code: pay.ErrorSystem, Message: badSetting + "; no money moved."}
	}
	return unreachable()
}

func unreachable() *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorSystem, Message: "The gateway could not be reached; no money moved.", Retryable: true}
}

// about is a request about the attempt under an id of its own; asked is when that was asked
// for, before this request takes its lease.
func (w work) about(id uuid.UUID, amount money.Money, asked pay.Asking, again bool) gateway.OperationRequest {
	r := gateway.OperationRequest{OperationID: id.String(), Attempt: w.request, Amount: amount, Again: again}
	if again {
		r.AskedAt = asked.LeaseUntil
	}
	return r
}
