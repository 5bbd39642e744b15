package paypal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// attempt is one attempt on its way to PayPal.
type attempt struct {
	gateway.ChargeRequest
	merchant
	wire amount
}

func (c connector) attempt(r gateway.ChargeRequest) (attempt, *pay.TransactionError, error) {
	m, err := c.merchant(r)
	if err != nil {
		return attempt{}, nil, fmt.Errorf("paypal: %w: %w", gateway.ErrNotSent, err)
	}
	text, ok := wire(r.Amount)
	if !ok {
		return attempt{}, failedBecause(noSuchAmount), nil
	}
	return attempt{r, m, text}, nil, nil
}

// Charge creates the attempt's order, or finds it, and says where to send the payer. Where
// the payer has been there already, and it is not known what came of that, the money is
// asked for.
func (c connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, refusal, err := c.attempt(r)
	if err != nil || refusal != nil {
		return failedFact(refusal), err
	}
	if a.ExternalID != "" {
		o, err := a.read(ctx, a.ExternalID)
		switch {
		case err != nil:
			return pay.Fact{}, err
		case o.Status == statusApproved && a.Answered:
			return a.take(ctx, o)
		}
		return a.fact(o)
	}
	o, _, err := a.create(ctx)
	switch why := refused(err); {
	case why != nil:
		return failedFact(why.reason()), nil
	case err != nil:
		return pay.Fact{}, err
	}
	return a.fact(o)
}

// Lookup reads the attempt's order. One whose id is not known is found by its key, for as
// long as PayPal keeps that. Later there is nothing to find: nobody was sent to an order
// whose id the program does not have, so nobody approved it. An order that the payer
// approved, and that nobody took the money of, is ErrNoSuchAttempt as well: Charge takes it
// then, once, whatever else is on its way.
func (c connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, refusal, err := c.attempt(r)
	switch {
	case err != nil: // that the question is not sent says nothing about the attempt
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, errKeys)
	case refusal != nil:
		return pay.Fact{}, fmt.Errorf("paypal: %w: %s", gateway.ErrNoSuchAttempt, refusal.Message)
	case a.ExternalID == "":
		return a.find(ctx)
	}
	o, err := a.read(ctx, a.ExternalID)
	if err != nil {
		return pay.Fact{}, open(err)
	}
	if o.Status == statusApproved && a.Answered {
		return pay.Fact{}, fmt.Errorf("paypal: %w: its order was approved and never captured", gateway.ErrNoSuchAttempt)
	}
	return a.fact(o)
}

// find is Lookup by the key. Status 201 says that the order was made just now; it is what
// Charge finds next.
func (a attempt) find(ctx context.Context) (pay.Fact, error) {
	if a.Now.Sub(a.CreatedAt) > keyLife {
		return pay.Fact{}, fmt.Errorf("paypal: %w: nobody was sent to its order", gateway.ErrNoSuchAttempt)
	}
	o, answer, err := a.create(ctx)
	switch {
	case refused(err) != nil, err == nil && answer.Status == http.StatusCreated:
		return pay.Fact{}, fmt.Errorf("paypal: %w: its order was not there", gateway.ErrNoSuchAttempt)
	case err != nil:
		return pay.Fact{}, open(err)
	}
	return a.fact(o)
}

// open is an error that says nothing about the attempt, whatever it says about the question.
func open(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errOpen, err)
	}
	return fmt.Errorf("%w: %s", errOpen, err.Error())
}

// Complete takes the money of an order that the payer approved. What the payer came back
// with proves nothing: it only tells that the payer did not want to pay, and is compared,
// so that the way back of one attempt does not end another. Until the money is asked for
// the action still stands.
func (c connector) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	var back struct {
		Order     string `json:"token"`
		Cancelled any    `json:"cancelled"`
	}
	if err := json.Unmarshal([]byte(answer.Payload), &back); err != nil {
		return pay.Fact{}, fmt.Errorf("paypal complete: %w", gateway.ErrWrongAnswer)
	}
	if back.Order != "" && back.Order != r.ExternalID {
		return pay.Fact{}, fmt.Errorf("paypal complete: %w: it is another order's", gateway.ErrWrongAnswer)
	}
	a, refusal, err := c.attempt(r)
	if err != nil || refusal != nil {
		return failedFact(refusal), err
	}
	o, err := a.read(ctx, r.ExternalID)
	if err != nil {
		return pay.Fact{}, fmt.Errorf("%w: %w", gateway.ErrNotSent, err)
	}
	cancelled := back.Cancelled == true || back.Cancelled == "true"
	switch {
	case cancelled && (o.waits() || o.Status == statusApproved):
		return unapproved(o), nil
	case o.waits():
		return pay.Fact{}, fmt.Errorf("paypal complete: %w: the order is not approved", gateway.ErrWrongAnswer)
	case o.Status == statusApproved:
		return a.take(ctx, o)
	}
	return a.fact(o)
}

// take captures or authorizes an approved order. PayPal does that once, whatever the key.
func (a attempt) take(ctx context.Context, o order) (pay.Fact, error) {
	if f, ok := a.strange(o); ok {
		return f, nil
	}
	what := "authorize"
	if a.Capture {
		what = "capture"
	}
	var taken order
	answer, err := a.ask(ctx, question{what + " order", http.MethodPost, pathOrders + "/" + url.PathEscape(o.ID) + "/" + what, a.AttemptID + "-" + what, struct{}{}}, &taken)
	switch why := refused(err); {
	case why != nil && !done[why.issue]:
		f := failedFact(why.reason())
		f.ExternalID = &o.ID
		return f, nil
	case why != nil, err == nil && len(taken.Units) == 0:
		if taken, err = a.read(ctx, o.ID); err != nil {
			return pay.Fact{}, open(err)
		}
		a.Answered = false // what is refused for want of an approval can be approved
	case err != nil:
		return pay.Fact{}, err
	default:
		taken.told = answer.Told()
	}
	return a.fact(taken)
}

// failedFact is the fact that an attempt failed for a reason; nothing without one.
func failedFact(why *pay.TransactionError) pay.Fact {
	if why == nil {
		return pay.Fact{}
	}
	return pay.Fact{To: pay.TransactionFailed, Error: why}
}
