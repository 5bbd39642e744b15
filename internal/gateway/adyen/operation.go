package adyen

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Adyen takes what is asked about a payment, answers "received" and says what came of it in
// a notification. Asked again under the same key it answers the same again. So all of it is
// pending at best here, but for what Adyen refuses at once.

// modification is what is asked about a payment.
type modification struct {
	Amount           *amount `json:"amount,omitempty"`
	MerchantAccount  string  `json:"merchantAccount"`
	Reference        string  `json:"reference"`
	PaymentReference string  `json:"paymentReference,omitempty"`
}

// received is Adyen's answer.
type received struct {
	Status              string  `json:"status"`
	PSPReference        string  `json:"pspReference"`
	PaymentPSPReference string  `json:"paymentPspReference"`
	Reference           string  `json:"reference"`
	Amount              *amount `json:"amount"`
}

// Capture takes held money, once. What it leaves is released by Adyen.
func (c connector) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return operation(c.modify(ctx, r, "capture", "captures", ofCapture, true))
}

// Void releases what is held.
func (c connector) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return operation(c.modify(ctx, r, "void", "cancels", ofVoid, false))
}

// Cancel calls an attempt off. One that waits for Adyen's form is not known to Adyen yet,
// and one that waits for something else is called off by its reference.
func (c connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	if (attempt{ChargeRequest: r.Attempt}).isForm() {
		if err := ctx.Err(); err != nil {
			return pay.OperationFact{}, fmt.Errorf("adyen cancel: %w: %w", gateway.ErrNotSent, err)
		}
		return pay.OperationFact{To: pay.OperationSucceeded}, nil
	}
	return operation(c.modify(ctx, r, "cancel", "cancels", ofCancel, false))
}

// Refund gives money back.
func (c connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	id, why, err := c.modify(ctx, r, "refund", "refunds", ofRefund, true)
	switch {
	case err != nil:
		return pay.RefundFact{}, err
	case why != nil:
		return pay.RefundFact{To: pay.RefundFailed, Error: why}, nil
	}
	return pay.RefundFact{To: pay.RefundPending, ExternalID: &id}, nil
}

func operation(id string, why *pay.TransactionError, err error) (pay.OperationFact, error) {
	switch {
	case err != nil:
		return pay.OperationFact{}, err
	case why != nil:
		return pay.OperationFact{To: pay.OperationFailed, Error: why}, nil
	}
	return pay.OperationFact{To: pay.OperationPending, ExternalID: &id}, nil
}

// modify asks for something about a payment, and returns Adyen's id of that, or why it is
// refused.
func (c connector) modify(ctx context.Context, r gateway.OperationRequest, name, path, of string, counts bool) (string, *pay.TransactionError, error) {
	a, why, err := c.attempt(r.Attempt)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("adyen %s: %w: %w", name, gateway.ErrNotSent, err)
	case why != nil:
		return "", why, nil
	case r.Again && isForgotten(r):
		return "", nil, fmt.Errorf("%w: %s is too old to be asked for again", errOpen, name)
	}
	in := modification{MerchantAccount: a.account.name, Reference: r.OperationID + of}
	if counts {
		value, ok := wire(r.Amount)
		if !ok {
			return "", noSuchAmount, nil
		}
		in.Amount = &value
	}
	at := "/payments/" + url.PathEscape(r.Attempt.ExternalID) + "/" + path
	if r.Attempt.ExternalID == "" {
		if of != ofCancel {
			return "", nil, fmt.Errorf("%w: %s of a payment that is not known", errOpen, name)
		}
		at, in.PaymentReference = "/cancels", a.reference()
	}
	var got received
	err = a.account.post(ctx, name, at, r.OperationID, in, &got)
	if why := refused(err); why != nil {
		return "", why.reason(), nil
	}
	if err == nil && !got.answers(r, in) {
		err = fmt.Errorf("%w: %s is answered with something else", errOpen, name)
	}
	return got.PSPReference, nil, err
}

// answers says that the answer is to what was asked.
func (g received) answers(r gateway.OperationRequest, in modification) bool {
	return g.Status == "received" && g.PSPReference != "" &&
		(g.PaymentPSPReference == "" || g.PaymentPSPReference == r.Attempt.ExternalID) &&
		(g.Reference == "" || g.Reference == in.Reference) &&
		(g.Amount == nil || in.Amount == nil || *g.Amount == *in.Amount)
}

// isForgotten says that Adyen may have forgotten the operation's key. Nothing was asked
// about an attempt before there was one; and our ids tell when they were made.
func isForgotten(r gateway.OperationRequest) bool {
	if r.Attempt.Now.Sub(r.Attempt.CreatedAt) <= keyLife {
		return false
	}
	id, err := uuid.Parse(r.OperationID)
	if err != nil || id.Version() != 7 {
		return true
	}
	return r.Attempt.Now.Sub(time.Unix(id.Time().UnixTime())) > keyLife
}
