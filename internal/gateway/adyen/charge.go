package adyen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// attempt is one attempt on its way to Adyen.
type attempt struct {
	gateway.ChargeRequest
	account account
	// wire is the amount as Adyen counts it.
	wire amount
}

// Charge asks for the money, or first for the payer to fill in Adyen's form where there is
// no token.
func (c connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, why, err := c.attempt(r)
	switch {
	case ctx.Err() != nil:
		return pay.Fact{}, fmt.Errorf("adyen: %w: %w", gateway.ErrNotSent, ctx.Err())
	case err != nil:
		return pay.Fact{}, fmt.Errorf("adyen: %w: %w", gateway.ErrNotSent, err)
	case why != nil:
		return failedFact(why), nil
	}
	m, needsForm, ok := a.method()
	switch {
	case needsForm:
		return a.form()
	case !ok:
		return failedFact(noMethod), nil
	}
	return a.ask(ctx, m)
}

// Save saves the method under a shopper's reference of its own, for payments at which the
// payer is not there: one for all of a payer's methods would have to be remembered between
// payments, and nothing here needs it.
func (c connector) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return c.Charge(ctx, r)
}

// Lookup says what is certain without asking Adyen for the money. Adyen cannot be asked
// about a payment by our id. To send the request again under its key brings its first
// answer back, if it arrived; but if it did not, it takes the money now, so that is left to
// Charge: ErrOnlySame, as long as Adyen certainly remembers the key. After that the attempt
// is open until a notification tells, as is the payer's answer to an action, which is not
// kept and so cannot be sent again. Beside that these are known:
//
//   - What Charge refuses by itself was never sent: ErrNoSuchAttempt.
//   - Where Adyen's form asks for the method nothing is sent until the payer answers: the
//     form is asked for still.
//   - To save a method again moves no money, and gives the first answer again.
func (c connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, why, err := c.attempt(r)
	switch {
	case ctx.Err() != nil:
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, ctx.Err())
	case err != nil: // that the question is not sent says nothing about the attempt
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, err)
	case why != nil:
		return pay.Fact{}, fmt.Errorf("adyen: %w: %s", gateway.ErrNoSuchAttempt, why.Message)
	case a.Answered:
		return pay.Fact{}, fmt.Errorf("%w: a notification tells what came of the payer's answer", errOpen)
	}
	m, needsForm, ok := a.method()
	switch {
	case needsForm && a.Action == pay.ActionRedirect: // the setting is gone by which it was sent
		return pay.Fact{}, fmt.Errorf("%w: a notification tells what came of the redirect", errOpen)
	case needsForm:
		return a.form()
	case !ok:
		return pay.Fact{}, fmt.Errorf("adyen: %w: %s", gateway.ErrNoSuchAttempt, noMethod.Message)
	case !a.isSave() && a.isForgotten():
		return pay.Fact{}, fmt.Errorf("%w: the attempt is too old to be sent again", errOpen)
	case !a.isSave():
		return pay.Fact{}, fmt.Errorf("adyen: %w", gateway.ErrOnlySame)
	}
	f, err := a.ask(ctx, m)
	if err != nil { // not what was sent before, but the question
		return pay.Fact{}, fmt.Errorf("%w: saving again", errOpen)
	}
	return f, nil
}

// Complete asks for the money where the payer filled in the form, and else hands on what
// came of a redirect or of another step. The key of the former is the attempt's, so it is
// asked for once whatever else a payer sends; that of a step is made of what it came to,
// for it may come again.
func (c connector) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	a, why, err := c.attempt(r)
	switch {
	case err != nil:
		return pay.Fact{}, fmt.Errorf("adyen complete: %w: %w", gateway.ErrNotSent, err)
	case why != nil:
		return failedFact(why), nil
	}
	back, ok := parseAnswer(answer, a.MethodType)
	_, needsForm, _ := a.method()
	switch {
	case !ok, back.state != nil && !needsForm:
		return pay.Fact{}, fmt.Errorf("adyen complete: %w", gateway.ErrWrongAnswer)
	case back.state != nil:
		return a.ask(ctx, method{state: *back.state})
	}
	return a.step(ctx, back)
}

// attempt is the request as Adyen is to see it, or why it can never have one.
func (c connector) attempt(r gateway.ChargeRequest) (attempt, *pay.TransactionError, error) {
	account, err := c.account(r.Settings, r.Environment)
	if err != nil {
		return attempt{}, nil, err
	}
	value, ok := wire(r.Amount)
	if !ok || r.Amount.Minor < 0 {
		return attempt{}, noSuchAmount, nil
	}
	return attempt{ChargeRequest: r, account: account, wire: value}, nil, nil
}

// isForgotten says that Adyen may have forgotten the attempt's idempotency key. What is
// sent then could be done a second time.
func (a attempt) isForgotten() bool { return a.Now.Sub(a.CreatedAt) > keyLife }

// ask asks for the money.
func (a attempt) ask(ctx context.Context, m method) (pay.Fact, error) {
	if a.isForgotten() {
		return pay.Fact{}, fmt.Errorf("%w: the attempt is too old to be sent again", errOpen)
	}
	var got result
	err := a.account.post(ctx, "payment", "/payments", a.AttemptID, a.payment(m), &got)
	switch why := refused(err); {
	case why != nil && a.Same:
		// Adyen remembers what it did, not what it refused, and the gateway's settings may
		// have been changed since: this is no word on the first request.
		return pay.Fact{}, fmt.Errorf("%w: sent again: %w", errOpen, why)
	case why != nil:
		return failedFact(why.reason()), nil
	case err != nil:
		return pay.Fact{}, err
	}
	return a.fact(got)
}

// step hands on what came of an action. What Adyen refuses to take was no right answer;
// that it is about another payment comes out by the reference, without which nothing that
// it says is believed: a payer could come back with what another payment came to.
func (a attempt) step(ctx context.Context, back answered) (pay.Fact, error) {
	if a.isForgotten() {
		return pay.Fact{}, fmt.Errorf("%w: the attempt is too old to be completed", errOpen)
	}
	sum := sha256.Sum256(append(append([]byte{}, back.details...), back.paymentData...))
	in := struct {
		Details     json.RawMessage `json:"details"`
		PaymentData json.RawMessage `json:"paymentData,omitempty"`
	}{back.details, back.paymentData}
	var got result
	err := a.account.post(ctx, "step", "/payments/details", a.AttemptID+"-"+hex.EncodeToString(sum[:12]), in, &got)
	switch {
	case refused(err) != nil:
		return pay.Fact{}, fmt.Errorf("adyen complete: %w: %w", gateway.ErrWrongAnswer, err)
	case err != nil:
		return pay.Fact{}, err
	case got.MerchantReference != "" && got.MerchantReference != a.reference():
		return pay.Fact{}, fmt.Errorf("adyen complete: %w: it is another payment's", gateway.ErrWrongAnswer)
	}
	f, err := a.fact(got)
	if got.MerchantReference == "" && f.To != pay.TransactionRequiresAction {
		return pay.Fact{}, fmt.Errorf("%w: the result of a step names no payment", errOpen)
	}
	return f, err
}
