package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// errOpen is where nothing can be said of an attempt by what Stripe answered.
var errOpen = errors.New("stripe: the outcome is open")

// attempt is one attempt on its way to Stripe.
type attempt struct {
	gateway.ChargeRequest
	client *stripe.Client
	token  token
	// wire is the amount as Stripe counts it.
	wire int64
}

// Charge creates the attempt's intent, or finds it, and confirms it. What goes wrong
// before the confirmation leaves nothing that moves money, and is ErrNotSent, as long as
// no other request for the attempt can be at the same.
func (c connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, refusal, err := c.attempt(r)
	if err != nil || refusal != nil {
		return failedFact(refusal), err
	}
	intent, err := a.intent(ctx)
	if why := refused(err); why != nil {
		return failedFact(reason(why)), nil
	}
	if err != nil {
		return pay.Fact{}, err
	}
	if !isUnconfirmed(intent) {
		return a.fact(intent)
	}
	return a.confirm(ctx, intent)
}

// Lookup finds the attempt's intent and says what became of it. Within the life of the
// idempotency key that means to send the first step again, which may create an intent; it
// is not paid, for only Charge confirms. One that was never confirmed is ErrNoSuchAttempt:
// to confirm it once more cannot pay it twice.
func (c connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if r.Amount.Minor == 0 {
		return c.lookupSetup(ctx, r)
	}
	a, refusal, err := c.attempt(r)
	switch {
	case err != nil: // that the question is not sent says nothing about the attempt
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, errKey)
	case refusal != nil:
		return pay.Fact{}, fmt.Errorf("stripe: %w: %s", gateway.ErrNoSuchAttempt, refusal.Message)
	}
	intent, err := a.find(ctx)
	if err != nil {
		return pay.Fact{}, err
	}
	if isUnconfirmed(intent) {
		return pay.Fact{}, fmt.Errorf("stripe: %w: its intent was never confirmed", gateway.ErrNoSuchAttempt)
	}
	return a.fact(intent)
}

// Complete reads what became of the intent while the payer was away. What the payer came
// back with proves nothing; it is only compared, so that the way back of one attempt does
// not end another.
func (c connector) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	var back struct {
		Payment string `json:"payment_intent"`
		Setup   string `json:"setup_intent"`
	}
	if err := json.Unmarshal([]byte(answer.Payload), &back); err != nil {
		return pay.Fact{}, fmt.Errorf("stripe complete: %w", gateway.ErrWrongAnswer)
	}
	if named := back.Payment + back.Setup; named != "" && named != r.ExternalID {
		return pay.Fact{}, fmt.Errorf("stripe complete: %w: it is another intent's", gateway.ErrWrongAnswer)
	}
	return c.Lookup(ctx, r)
}

// attempt is the request as Stripe is to see it, or why it can never have one.
func (c connector) attempt(r gateway.ChargeRequest) (attempt, *pay.TransactionError, error) {
	client, err := c.client(r.Settings, r.Environment)
	if err != nil {
		return attempt{}, nil, fmt.Errorf("stripe: %w: %w", gateway.ErrNotSent, err)
	}
	amount, ok := wire(r.Amount)
	if !ok || r.Amount.Minor < 1 {
		return attempt{}, &pay.TransactionError{Code: pay.ErrorGeneric, Message: noSuchAmount}, nil
	}
	return attempt{ChargeRequest: r, client: client, token: parseToken(r.Token), wire: amount}, nil, nil
}

// confirm asks for the money. Under the attempt's own key Stripe gives its first answer
// again; that may have changed since, so it is read anew.
func (a attempt) confirm(ctx context.Context, intent *stripe.PaymentIntent) (pay.Fact, error) {
	p := &stripe.PaymentIntentConfirmParams{PaymentMethod: &a.token.method, ReturnURL: stripe.String(a.ReturnTo())}
	p.AddExpand(expandFee)
	p.SetIdempotencyKey(a.confirmKey())
	if a.token.isSaved() {
		p.OffSession = stripe.Bool(true)
	}
	if a.MethodType == pay.MethodDirectDebit {
		p.MandateData = &stripe.PaymentIntentMandateDataParams{CustomerAcceptance: &stripe.PaymentIntentMandateDataCustomerAcceptanceParams{
			Type: stripe.String("offline"), Offline: &stripe.PaymentIntentMandateDataCustomerAcceptanceOfflineParams{}}}
	}
	asked, q := begin(ctx)
	confirmed, err := a.client.V1PaymentIntents.Confirm(asked, intent.ID, p)
	switch why := refused(err); {
	case why != nil && isState(why), isOtherUse(err), err == nil && isReplayed(confirmed.LastResponse):
		return a.read(ctx, intent.ID)
	case why != nil:
		f := failedFact(reason(why))
		f.ExternalID = &intent.ID
		return f, nil
	case err != nil:
		return pay.Fact{}, q.failed("confirm", err)
	case confirmed.ID != intent.ID:
		return pay.Fact{}, fmt.Errorf("%w: confirm: %w", errOpen, errUnread)
	}
	return a.fact(confirmed)
}

// confirmKey is the idempotency key of the second step. Sent again after the intent was
// found unconfirmed, it gets another: under the first one Stripe may keep an error of its
// own for a day. An intent is paid once under any key.
func (a attempt) confirmKey() string {
	if a.Again {
		return fmt.Sprintf("%s-confirm-%d", a.AttemptID, a.Now.Unix())
	}
	return a.AttemptID + "-confirm"
}

// read is what Stripe says of the intent now.
func (a attempt) read(ctx context.Context, id string) (pay.Fact, error) {
	intent, err := a.retrieve(ctx, id)
	if err != nil {
		return pay.Fact{}, err
	}
	if isUnconfirmed(intent) {
		return pay.Fact{}, fmt.Errorf("%w: the intent is not confirmed yet", errOpen)
	}
	return a.fact(intent)
}
