package bkash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// taka is the only currency that bKash has, with two decimals.
const taka money.Currency = "BDT"

// payment is what bKash has of an attempt, as far as it is read: created, executed and
// queried payments look alike.
type payment struct {
	ID       string `json:"paymentID"`
	URL      string `json:"bkashURL"`
	Trx      string `json:"trxID"`
	Status   string `json:"transactionStatus"`
	Verified string `json:"verificationStatus"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	// Invoice and Queried are our attempt's id: it is called otherwise in a query.
	Invoice string `json:"merchantInvoiceNumber"`
	Queried string `json:"merchantInvoice"`
	Payer   string `json:"customerMsisdn"`
	told    *time.Time
}

// attempt is one attempt on its way to bKash.
type attempt struct {
	gateway.ChargeRequest
	merchant
}

func (c connector) attempt(r gateway.ChargeRequest) (attempt, *pay.TransactionError, error) {
	m, err := c.merchant(r)
	if err != nil {
		return attempt{}, nil, fmt.Errorf("bkash: %w: %w", gateway.ErrNotSent, err)
	}
	if !c.Takes(r.Amount) || !r.Capture {
		return attempt{}, failedBecause(noSuchAmount), nil
	}
	return attempt{r, m}, nil, nil
}

// Takes says whether bKash can be asked for the amount.
func (connector) Takes(m money.Money) bool { return m.Currency == taka && m.Minor > 0 }

// Charge creates the attempt's payment and says where to send the payer. One that is there
// already is queried. Where the payer has been there, and bKash says that it was not
// executed, it is executed.
func (c connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, refusal, err := c.attempt(r)
	if err != nil || refusal != nil {
		return failedFact(refusal), err
	}
	if a.ExternalID == "" {
		return a.create(ctx)
	}
	p, err := a.query(ctx, a.ExternalID)
	switch {
	case err != nil:
		return pay.Fact{}, open(err)
	case a.Answered && p.isConfirmed() && isUnderWay(a.AnsweredAt, a.Now):
		return pay.Fact{}, errUnderWay
	case a.Answered && p.isConfirmed():
		return a.execute(ctx, false)
	}
	return a.fact(p)
}

// create makes a payment. Without an answer there may be one, but nobody goes there.
func (a attempt) create(ctx context.Context) (pay.Fact, error) {
	var p payment
	answer, err := a.ask(ctx, "create", pathCreate, map[string]string{"mode": modeNoAgreement, "payerReference": a.AttemptID, "callbackURL": a.ReturnTo(),
		"amount": a.Amount.Decimal(), "currency": string(taka), "intent": intentSale, "merchantInvoiceNumber": a.AttemptID}, &p)
	switch why := refused(err); {
	case why != nil:
		return failedFact(why.reason()), nil
	case errors.Is(err, gateway.ErrNotSent):
		return pay.Fact{}, err
	case err != nil:
		return pay.Fact{}, fmt.Errorf("%w: %w", gateway.ErrNotSent, err)
	case p.ID == "" || !strings.HasPrefix(p.URL, "https://"):
		return pay.Fact{}, fmt.Errorf("bkash create: %w: the payment has no address for the payer", gateway.ErrNotSent)
	case a.isStrange(p):
		return strange(), nil
	}
	return pay.Fact{To: pay.TransactionRequiresAction, ExternalID: &p.ID, At: answer.Told(),
		Action: &pay.TransactionAction{Type: pay.ActionRedirect, ExternalTransactionID: &p.ID, URL: &p.URL}}, nil
}

// Lookup queries the attempt's payment. Nobody was sent to one whose id the program does
// not have, so that nobody confirmed it. One that the payer confirmed, and that was not
// executed by bKash's own word, is ErrNoSuchAttempt as well, but only once bKash cannot be
// at it any more: Charge executes it then, which bKash does once.
func (c connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	a, refusal, err := c.attempt(r)
	switch {
	case err != nil: // that the question is not sent says nothing about the attempt
		return pay.Fact{}, fmt.Errorf("%w: %w", errOpen, errKeys)
	case refusal != nil:
		return pay.Fact{}, fmt.Errorf("bkash: %w: %s", gateway.ErrNoSuchAttempt, refusal.Message)
	case ctx.Err() != nil:
		return pay.Fact{}, open(ctx.Err())
	case a.ExternalID == "":
		return pay.Fact{}, fmt.Errorf("bkash: %w: nobody was sent to its payment", gateway.ErrNoSuchAttempt)
	}
	p, err := a.query(ctx, a.ExternalID)
	switch {
	case err != nil:
		return pay.Fact{}, open(err)
	case a.Answered && p.isConfirmed() && isUnderWay(a.AnsweredAt, a.Now):
		return pay.Fact{}, errUnderWay
	case a.Answered && p.isConfirmed():
		return pay.Fact{}, fmt.Errorf("bkash: %w: its payment was confirmed and not executed", gateway.ErrNoSuchAttempt)
	}
	return a.fact(p)
}

// Complete executes the payment that the payer confirmed. What the payer came back with
// proves nothing: it only tells that the payer did not want to pay, or could not, and is
// compared, so that the way back of one attempt does not end another. Until the money is
// asked for the action still stands.
func (c connector) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	var back struct {
		Payment string `json:"paymentID"`
		Status  string `json:"status"`
	}
	if err := json.Unmarshal([]byte(answer.Payload), &back); err != nil {
		return pay.Fact{}, fmt.Errorf("bkash complete: %w", gateway.ErrWrongAnswer)
	}
	if back.Payment != "" && back.Payment != r.ExternalID {
		return pay.Fact{}, fmt.Errorf("bkash complete: %w: it is another payment's", gateway.ErrWrongAnswer)
	}
	a, refusal, err := c.attempt(r)
	if err != nil || refusal != nil {
		return failedFact(refusal), err
	}
	p, err := a.query(ctx, r.ExternalID)
	switch {
	case err != nil:
		return pay.Fact{}, fmt.Errorf("%w: %w", gateway.ErrNotSent, err)
	case p.Status != statusInitiated:
		return a.fact(p)
	case back.Status == "cancel", back.Status == "failure":
		return unconfirmed(p), nil
	case !p.isConfirmed():
		return pay.Fact{}, fmt.Errorf("bkash complete: %w: the payment is not confirmed", gateway.ErrWrongAnswer)
	}
	return a.execute(ctx, true)
}

// execute asks for the money; first says that nobody asked before. Whatever bKash refuses,
// the payment is queried: it may have been executed before, or be on its way.
func (a attempt) execute(ctx context.Context, first bool) (pay.Fact, error) {
	var p payment
	answer, err := a.ask(ctx, "execute", pathExecute, map[string]string{"paymentID": a.ExternalID}, &p)
	why := refused(err)
	switch {
	case why == nil && err != nil:
		return pay.Fact{}, err
	case why == nil && (p.ID != a.ExternalID || p.Status == statusInitiated):
		return pay.Fact{}, fmt.Errorf("%w: the execution is not what was asked for", errOpen)
	case why == nil:
		p.told = answer.Told()
		return a.fact(p)
	case why.code == codeUnverified && first:
		return pay.Fact{}, fmt.Errorf("bkash complete: %w: the payment is not confirmed", gateway.ErrWrongAnswer)
	}
	return a.unexecuted(ctx, why, first)
}

// unexecuted is what became of a payment that bKash refused to execute. While it is
// initiated, the refusal counts only where nothing else can be on its way.
func (a attempt) unexecuted(ctx context.Context, why *refusal, first bool) (pay.Fact, error) {
	certain := declines[why.code] != "" || mistakes[why.code]
	p, err := a.query(ctx, a.ExternalID)
	switch {
	case err != nil:
		return pay.Fact{}, open(err)
	case p.Status == statusInitiated && first && certain:
		f := failedFact(why.reason())
		f.ExternalID = &a.ExternalID
		return f, nil
	case p.Status == statusInitiated:
		return pay.Fact{}, fmt.Errorf("%w: %s", errOpen, why.Error())
	}
	f, err := a.fact(p)
	if err == nil && f.To == pay.TransactionFailed && certain {
		f.Error = why.reason() // it tells more than the payment's state
	}
	return f, err
}

// query is what bKash has of a payment now.
func (m merchant) query(ctx context.Context, id string) (payment, error) {
	var p payment
	answer, err := m.ask(ctx, "query", pathQuery, map[string]string{"paymentID": id}, &p)
	if err == nil && p.ID != id {
		err = fmt.Errorf("%w: another payment was queried", errOpen)
	}
	p.told = answer.Told()
	return p, err
}

// open is an error that says nothing about the attempt, whatever it says about the question.
func open(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errOpen, err)
	}
	return fmt.Errorf("%w: %s", errOpen, err.Error())
}
