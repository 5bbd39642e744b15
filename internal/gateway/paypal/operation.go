package paypal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// What is asked about an attempt begins with reading its order: it lists what was asked
// for before, under whatever key, and names what is to be asked about.

func (c connector) begin(ctx context.Context, what string, r gateway.OperationRequest) (merchant, order, error) {
	m, err := c.merchant(r.Attempt)
	switch {
	case err != nil:
		return m, order{}, fmt.Errorf("paypal %s: %w: %w", what, gateway.ErrNotSent, err)
	case r.Attempt.ExternalID == "":
		return m, order{}, fmt.Errorf("%w: %s of an order that is not known", errOpen, what)
	}
	o, err := m.read(ctx, r.Attempt.ExternalID)
	if err != nil { // nothing was asked for yet
		return m, o, fmt.Errorf("paypal %s: %w: %w", what, gateway.ErrNotSent, err)
	}
	if o.unit().CustomID != r.Attempt.AttemptID {
		return m, o, fmt.Errorf("%w: %s of another attempt's order", errOpen, what)
	}
	return m, o, nil
}

// Capture takes held money, in one part or in several.
func (c connector) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	text, ok := wire(r.Amount)
	if !ok {
		return failedOperation(failedBecause(noSuchAmount)), nil
	}
	m, o, err := c.begin(ctx, "capture", r)
	if err != nil {
		return pay.OperationFact{}, err
	}
	if made := invoiced(o.unit().Payments.Captures, r.OperationID); made != nil {
		return captured(*made, r)
	}
	hold, err := holdOf(o)
	if err != nil {
		return pay.OperationFact{}, err
	}
	var made payment
	_, err = m.ask(ctx, question{"capture", http.MethodPost, pathAuthorizations + url.PathEscape(hold.ID) + "/capture", r.OperationID,
		map[string]any{"amount": text, "final_capture": r.Final, "invoice_id": r.OperationID}}, &made)
	switch why := refused(err); {
	case why != nil:
		return m.captureRefused(ctx, r, why)
	case err != nil:
		return pay.OperationFact{}, err
	}
	return captured(made, r)
}

// captureRefused says what a refusal comes to. Another request for the same may have been
// faster.
func (m merchant) captureRefused(ctx context.Context, r gateway.OperationRequest, why *refusal) (pay.OperationFact, error) {
	o, err := m.read(ctx, r.Attempt.ExternalID)
	if err != nil {
		return pay.OperationFact{}, open(err)
	}
	if made := invoiced(o.unit().Payments.Captures, r.OperationID); made != nil {
		return captured(*made, r)
	}
	f := failedOperation(why.reason())
	hold, err := holdOf(o)
	f.Impossible = err == nil && (hold.Status == statusVoided || hold.Status == statusExpired)
	return f, nil
}

// captured is what a capture came to.
func captured(made payment, r gateway.OperationRequest) (pay.OperationFact, error) {
	f := pay.OperationFact{ExternalID: &made.ID}
	switch {
	case made.ID == "" || !made.Amount.is(r.Amount):
		return pay.OperationFact{}, fmt.Errorf("%w: the capture is not what was asked for", errOpen)
	case made.hasMoney():
		f.To, f.FeeMinor = pay.OperationSucceeded, made.fee(r.Amount.Minor)
	case made.Status == statusPending:
		f.To = pay.OperationPending
	case made.isDeclined():
		f.To, f.Error = pay.OperationFailed, made.reason()
	default:
		return pay.OperationFact{}, fmt.Errorf("%w: the capture has an unknown status", errOpen)
	}
	return f, nil
}

// holdOf is the authorization of an order.
func holdOf(o order) (payment, error) {
	list := o.unit().Payments.Authorizations
	if len(list) != 1 {
		return payment{}, fmt.Errorf("%w: the order holds nothing", errOpen)
	}
	return list[0], nil
}

// Void releases what is held.
func (c connector) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	m, o, err := c.begin(ctx, "void", r)
	if err != nil {
		return pay.OperationFact{}, err
	}
	hold, err := holdOf(o)
	if err != nil {
		return pay.OperationFact{}, err
	}
	if f, ok := ended(hold); ok {
		return f, nil
	}
	_, err = m.ask(ctx, question{"void", http.MethodPost, pathAuthorizations + url.PathEscape(hold.ID) + "/void", r.OperationID, struct{}{}}, nil)
	switch why := refused(err); {
	case why != nil:
		return m.voidRefused(ctx, r, why)
	case err != nil:
		return pay.OperationFact{}, err
	}
	return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &hold.ID}, nil
}

func (m merchant) voidRefused(ctx context.Context, r gateway.OperationRequest, why *refusal) (pay.OperationFact, error) {
	o, err := m.read(ctx, r.Attempt.ExternalID)
	if err != nil {
		return pay.OperationFact{}, open(err)
	}
	if hold, err := holdOf(o); err == nil {
		if f, ok := ended(hold); ok {
			return f, nil
		}
	}
	return failedOperation(why.reason()), nil
}

// ended says what a hold that is over comes to for who wants to release it.
func ended(hold payment) (pay.OperationFact, bool) {
	switch hold.Status {
	case statusVoided, statusExpired:
		return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &hold.ID}, true
	case statusCaptured:
		return failedOperation(failedBecause("The money was taken.")), true
	}
	return pay.OperationFact{}, false
}

// Cancel calls an attempt off. PayPal has no request for that, and needs none: only this
// connector takes the money of an order, and of an attempt that was called off it is not
// asked to. What PayPal has forgotten, as it does with orders that nobody approved, cannot
// be paid any more.
func (c connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	_, o, err := c.begin(ctx, "cancel", r)
	switch why := refused(err); {
	case why != nil && why.status == http.StatusNotFound:
		return pay.OperationFact{To: pay.OperationSucceeded}, nil
	case err != nil:
		return pay.OperationFact{}, err
	}
	u := o.unit().Payments
	money := slices.ContainsFunc(slices.Concat(u.Captures, u.Authorizations), func(p payment) bool {
		return p.hasMoney() || p.Status == statusPending || p.Status == statusCreated || p.Status == statusCaptured || p.Status == statusPartCaptured
	})
	if money {
		return failedOperation(failedBecause("The payer has paid.")), nil
	}
	return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &o.ID}, nil
}

func failedOperation(why *pay.TransactionError) pay.OperationFact {
	return pay.OperationFact{To: pay.OperationFailed, Error: why}
}
