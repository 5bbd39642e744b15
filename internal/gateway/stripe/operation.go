package stripe

import (
	"context"
	"fmt"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// Stripe captures an intent once and cancels it once, so what is asked again, under
// whatever key, does nothing again. Whoever asks for the second time reads the intent
// first: Stripe's first answer may have been an error of its own, which it would give again
// for a day.

// operation is what is asked about an intent.
type operation struct {
	gateway.OperationRequest
	client *stripe.Client
	name   string
	// send asks for it, and came says what the intent says of it; ok is false where it says
	// nothing yet.
	send func(ctx context.Context, id string) (*stripe.PaymentIntent, error)
	came func(*stripe.PaymentIntent) (f pay.OperationFact, ok bool)
}

// Capture takes held money, once. What it leaves is released by Stripe.
func (c connector) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	amount, ok := wire(r.Amount)
	if !ok {
		return failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: noSuchAmount}), nil
	}
	return c.operate(ctx, "capture", r, func(o *operation) {
		o.send = func(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
			p := &stripe.PaymentIntentCaptureParams{AmountToCapture: &amount, Metadata: map[string]string{captureKey: r.OperationID}}
			p.AddExpand(expandFee)
			p.SetIdempotencyKey(r.OperationID + "-capture")
			return o.client.V1PaymentIntents.Capture(ctx, id, p)
		}
		o.came = func(i *stripe.PaymentIntent) (pay.OperationFact, bool) { return captured(r, amount, i) }
	})
}

// captured says what the intent says of a capture. Its amount tells more than its metadata:
// whoever captured, no more can be.
func captured(r gateway.OperationRequest, amount int64, i *stripe.PaymentIntent) (pay.OperationFact, bool) {
	switch {
	case i.Status == stripe.PaymentIntentStatusCanceled:
		f := failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: "What was held has been released."})
		f.Impossible = true
		return f, true
	case i.Status != stripe.PaymentIntentStatusSucceeded || i.Currency != stripe.Currency(wireCurrency(r.Amount.Currency)):
		return pay.OperationFact{}, false
	case i.AmountReceived != amount && i.Metadata[captureKey] == r.OperationID:
		return pay.OperationFact{}, false // another amount than was asked: a person must look
	case i.AmountReceived != amount:
		return failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: "Another amount was captured."}), true
	}
	f := pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &i.ID}
	if i.LatestCharge != nil {
		f.FeeMinor = fee(i.LatestCharge.BalanceTransaction, i.Currency, r.Amount.Minor)
	}
	return f, true
}

// Void releases what is held.
func (c connector) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.cancel(ctx, "void", r)
}

// Cancel calls an attempt off, whatever it waits for.
func (c connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	if r.Attempt.Amount.Minor == 0 {
		return c.cancelSetup(ctx, r)
	}
	return c.cancel(ctx, "cancel", r)
}

func (c connector) cancel(ctx context.Context, name string, r gateway.OperationRequest) (pay.OperationFact, error) {
	return c.operate(ctx, name, r, func(o *operation) {
		o.send = func(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
			p := &stripe.PaymentIntentCancelParams{}
			p.SetIdempotencyKey(r.OperationID + "-cancel")
			return o.client.V1PaymentIntents.Cancel(ctx, id, p)
		}
		o.came = func(i *stripe.PaymentIntent) (pay.OperationFact, bool) {
			switch i.Status {
			case stripe.PaymentIntentStatusCanceled:
				return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &i.ID}, true
			case stripe.PaymentIntentStatusSucceeded:
				return failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: "The money was taken."}), true
			case stripe.PaymentIntentStatusProcessing:
				return failedOperation(&pay.TransactionError{Code: pay.ErrorGeneric, Message: "The payer's bank is at it already."}), true
			}
			return pay.OperationFact{}, false
		}
	})
}

// operate asks for the operation unless it came to something already.
func (c connector) operate(ctx context.Context, name string, r gateway.OperationRequest, with func(*operation)) (pay.OperationFact, error) {
	client, err := c.client(r.Attempt.Settings, r.Attempt.Environment)
	switch {
	case err != nil:
		return pay.OperationFact{}, fmt.Errorf("stripe %s: %w: %w", name, gateway.ErrNotSent, err)
	case r.Attempt.ExternalID == "":
		return pay.OperationFact{}, fmt.Errorf("%w: %s of an intent that is not known", errOpen, name)
	}
	o := &operation{OperationRequest: r, client: client, name: name}
	with(o)
	if r.Again {
		if f, ok, err := o.read(ctx); ok || err != nil {
			return f, err
		}
	}
	return o.ask(ctx)
}

func (o *operation) ask(ctx context.Context) (pay.OperationFact, error) {
	asked, q := begin(ctx)
	intent, err := o.send(asked, o.Attempt.ExternalID)
	switch why := refused(err); {
	case why != nil && isState(why), isOtherUse(err):
		f, ok, err := o.read(ctx)
		if err == nil && !ok {
			err = fmt.Errorf("%w: %s is refused and yet possible", errOpen, o.name)
		}
		return f, err
	case why != nil:
		return failedOperation(reason(why)), nil
	case err != nil:
		return pay.OperationFact{}, q.failed(o.name, err)
	}
	if f, ok := o.came(intent); ok && intent.ID == o.Attempt.ExternalID {
		return f, nil
	}
	return pay.OperationFact{}, fmt.Errorf("%w: %s is not what the intent says", errOpen, o.name)
}

// read is what the intent says of the operation now.
func (o *operation) read(ctx context.Context) (pay.OperationFact, bool, error) {
	intent, err := retrieve(ctx, o.client, o.Attempt.ExternalID)
	if err != nil {
		return pay.OperationFact{}, false, err
	}
	f, ok := o.came(intent)
	return f, ok, nil
}

func failedOperation(why *pay.TransactionError) pay.OperationFact {
	return pay.OperationFact{To: pay.OperationFailed, Error: why}
}
