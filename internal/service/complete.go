package service

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// CompleteTransactionInput is the payer's answer to an attempt's action.
type CompleteTransactionInput struct {
	IdempotencyKey string
	TransactionID  string
	Code           *string
	Payload        pay.JSON
}

// CompleteTransaction hands the payer's answer to the gateway: a one-time
// password, or what a redirect or the gateway's form came back with. It refuses
// ACTION_EXPIRED, and OTP_INVALID for an answer that the gateway did not accept.
// The answer is not stored; a repeat with the same key answers with the attempt
// as it is. Customers may complete their own.
func (s *Service) CompleteTransaction(ctx context.Context, in CompleteTransactionInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	answer, err := in.answer(t)
	if err != nil {
		return Paid{}, err
	}
	id := pay.NewID()
	wish := intention{operation: opComplete, key: in.IdempotencyKey, subject: id,
		content: content{"transaction": t.ID, "answer": fingerprint(content{"code": answer.Code, "payload": answer.Payload})}}
	_, earlier, err := s.command(ctx, c, t.PaymentID, wish, func(_ context.Context, state *pay.State) error {
		return refused(state.BeginCompletion(t.ID))
	})
	if err != nil {
		return Paid{}, err
	}
	if earlier != nil {
		if earlier.RefusedWith != nil {
			return Paid{}, pay.Errors{wrongAnswer()}
		}
		earlier.SubjectID = t.ID
		return s.replayAttempt(ctx, c, *earlier)
	}
	return s.complete(ctx, c, t.ID, in.IdempotencyKey, answer)
}

func (in CompleteTransactionInput) answer(t pay.Transaction) (gateway.Answer, error) {
	var faults checks
	at := pay.At("input")
	faults.characters(in.Code, 1, 100, at.Then("code"))
	var answer gateway.Answer
	if in.Code != nil {
		answer.Code = *in.Code
	}
	if text := string(in.Payload); text != "null" {
		answer.Payload = text
	}
	switch action := t.Action(); {
	case action == nil: // which is refused once the payment is locked
	case action.Type == pay.ActionOTP:
		faults.answers(answer.Code, answer.Payload, at.Then("code"), at.Then("payload"))
	default:
		faults.answers(answer.Payload, answer.Code, at.Then("payload"), at.Then("code"))
		if answer.Payload != "" && !strings.HasPrefix(answer.Payload, "{") {
			faults.Addf(pay.CodeInvalidInput, at.Then("payload"), "The payload must be an object.")
		}
	}
	if len(answer.Payload) > 10_000 {
		faults.Addf(pay.CodeInvalidInput, at.Then("payload"), "The payload is larger than 10000 bytes.")
	}
	return answer, faults.Err()
}

// answers refuses an action's answer that is missing, or that is not what it asked for.
func (c *checks) answers(wanted, other string, at, beside pay.Path) {
	if wanted == "" {
		c.Addf(pay.CodeRequired, at, "The %s is needed.", at[len(at)-1])
	}
	if other != "" {
		c.Addf(pay.CodeInvalidInput, beside, "The action asked for no %s.", beside[len(beside)-1])
	}
}

// complete asks the gateway and records what it answered.
func (s *Service) complete(ctx context.Context, c caller, id uuid.UUID, key string, answer gateway.Answer) (Paid, error) {
	ctx, cancel := outlive(ctx)
	defer cancel()
	w, err := s.readWork(ctx, c, id)
	if err != nil {
		return Paid{}, err
	}
	var fact pay.Fact
	err = s.asked(ctx, w.charger, "complete", func(ctx context.Context) (_ string, err error) {
		fact, err = w.charger.(gateway.Completer).Complete(ctx, w.request, answer)
		return string(fact.To), err
	})
	switch {
	case errors.Is(err, gateway.ErrWrongAnswer):
		return Paid{}, s.wrongAnswer(ctx, c, w.transaction, key)
	case errors.Is(err, gateway.ErrNotSent): // the action still stands
		return Paid{}, s.unsentAnswer(ctx, c, w.transaction, key, err)
	case err != nil:
		s.log.WarnContext(ctx, "outcome of a completion is unknown", "transaction", w.transaction.GlobalID(), "error", err)
		fact = pay.Fact{To: pay.TransactionUnknown}
	}
	fact = fact.Believable(w.request.Amount)
	fact.Answered = true
	if _, err := s.settle(ctx, c.Actor, w.transaction, fact); err != nil {
		s.log.ErrorContext(ctx, "settling a completion failed", "transaction", w.transaction.GlobalID(), "error", err)
	}
	return s.paid(ctx, c, id)
}

// wrongAnswer counts an answer that the gateway refused, which a repeat with the
// same key is told without asking again; after too many codes the attempt is called off.
func (s *Service) wrongAnswer(ctx context.Context, c caller, t pay.Transaction, key string) error {
	cancel, callOff := pay.NewID(), false
	_, err := s.change(ctx, c.Actor, t.PaymentID, func(ctx context.Context, state *pay.State) error {
		state.WrongAnswer(t.ID, t.LeaseUntil)
		callOff = state.Attempt(t.ID).IsGuessed() && state.CancelAttempt(t.ID, cancel) == nil
		return c.rows.RefuseIdempotencyKey(ctx, opComplete, key, pay.CodeOTPInvalid)
	})
	if err != nil {
		return err
	}
	if callOff {
		if err := s.perform(ctx, c, cancel, false); err != nil {
			return err
		}
	}
	return pay.Errors{wrongAnswer()}
}

func wrongAnswer() *pay.Error {
	return pay.Refuse(pay.CodeOTPInvalid, pay.At("input", "code"), "The gateway refused the answer.")
}

// unsentAnswer sets the key free with the attempt: nothing came of the request, so
// that a repeat is to be tried.
func (s *Service) unsentAnswer(ctx context.Context, c caller, t pay.Transaction, key string, why error) error {
	_, err := s.change(ctx, c.Actor, t.PaymentID, func(ctx context.Context, state *pay.State) error {
		state.EndCompletion(t.ID, t.LeaseUntil)
		return c.rows.DeleteIdempotencyKey(ctx, opComplete, key)
	})
	if err != nil {
		return err
	}
	e := pay.Refuse(pay.CodeGatewayUnavailable, pay.At("input", "transactionId"), "The gateway could not be reached; try again.")
	if e.Retryable = !errors.Is(why, gateway.ErrSettings); !e.Retryable {
		e.Message = badSetting + "."
	}
	return pay.Errors{e}
}
