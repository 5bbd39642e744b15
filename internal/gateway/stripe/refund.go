package stripe

import (
	"context"
	"fmt"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// refundSuffix ends the idempotency keys of refunds.
const refundSuffix = "-refund"

// Refund gives money back. An intent takes many refunds, so nothing but the key keeps one
// from being made twice, and Stripe forgets keys. What is asked again is therefore looked
// for first among the intent's refunds, by our id in the metadata: only what is not there
// is asked for again, under the same key, which still counts while the list could be
// behind.
func (c connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	client, err := c.client(r.Attempt.Settings, r.Attempt.Environment)
	amount, ok := wire(r.Amount)
	switch {
	case err != nil:
		return pay.RefundFact{}, fmt.Errorf("stripe refund: %w: %w", gateway.ErrNotSent, err)
	case !ok:
		return failedRefund(&pay.TransactionError{Code: pay.ErrorGeneric, Message: noSuchAmount}), nil
	case r.Attempt.ExternalID == "":
		return pay.RefundFact{}, fmt.Errorf("%w: refund of an intent that is not known", errOpen)
	}
	if r.Again {
		if f, err := findRefund(ctx, client, r, amount); f.To != "" || err != nil {
			return f, err
		}
	}
	return createRefund(ctx, client, r, amount)
}

func createRefund(ctx context.Context, client *stripe.Client, r gateway.OperationRequest, amount int64) (pay.RefundFact, error) {
	p := &stripe.RefundCreateParams{PaymentIntent: &r.Attempt.ExternalID, Amount: &amount,
		Metadata: map[string]string{refundKey: r.OperationID, attemptKey: r.Attempt.AttemptID}}
	p.SetIdempotencyKey(r.OperationID + refundSuffix)
	asked, q := begin(ctx)
	made, err := client.V1Refunds.Create(asked, p)
	switch why := refused(err); {
	case isOtherUse(err):
		return mustFindRefund(ctx, client, r, amount)
	case why != nil:
		return failedRefund(reason(why)), nil
	case err != nil:
		return pay.RefundFact{}, q.failed("refund", err)
	case isReplayed(made.LastResponse): // it may have come to something since
		return mustFindRefund(ctx, client, r, amount)
	}
	return refundFact(made, r, amount, made.LastResponse)
}

// mustFindRefund finds a refund that was asked for, as is known from its key.
func mustFindRefund(ctx context.Context, client *stripe.Client, r gateway.OperationRequest, amount int64) (pay.RefundFact, error) {
	f, err := findRefund(ctx, client, r, amount)
	if err == nil && f.To == "" {
		err = fmt.Errorf("%w: the refund is not to be found yet", errOpen)
	}
	return f, err
}

// findRefund looks for the refund among those of its intent; none is no fact.
func findRefund(ctx context.Context, client *stripe.Client, r gateway.OperationRequest, amount int64) (pay.RefundFact, error) {
	p := &stripe.RefundListParams{PaymentIntent: &r.Attempt.ExternalID}
	p.Limit = stripe.Int64(100)
	list := client.V1Refunds.List(ctx, p)
	for made, err := range list.All(ctx) {
		if err != nil {
			return pay.RefundFact{}, fmt.Errorf("%w: refunds: %w", errOpen, short(err))
		}
		if made.Metadata[refundKey] == r.OperationID {
			return refundFact(made, r, amount, list.LastResponse())
		}
	}
	return pay.RefundFact{}, nil
}

// refundFact is what a refund of ours came to, by an answer of Stripe.
func refundFact(made *stripe.Refund, r gateway.OperationRequest, amount int64, answer *stripe.APIResponse) (pay.RefundFact, error) {
	f, ok := refundOf(made)
	if !ok || made.Amount != amount || made.Currency != stripe.Currency(wireCurrency(r.Amount.Currency)) {
		return pay.RefundFact{}, fmt.Errorf("%w: the refund is not what was asked for", errOpen)
	}
	f.At = told(answer)
	return f, nil
}

// refundOf is what a refund says; ok is false where its state is not known.
func refundOf(made *stripe.Refund) (f pay.RefundFact, ok bool) {
	f.ExternalID = &made.ID
	switch made.Status {
	case stripe.RefundStatusSucceeded:
		f.To = pay.RefundSucceeded
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
		f.To = pay.RefundPending
	case stripe.RefundStatusCanceled:
		f.To = pay.RefundCancelled
	case stripe.RefundStatusFailed:
		why := string(made.FailureReason)
		f.To, f.Error = pay.RefundFailed, &pay.TransactionError{Code: pay.ErrorGeneric, Message: "The money could not be given back.",
			External: &pay.ExternalError{Code: &why}}
	}
	return f, f.To != "" && made.ID != ""
}

func failedRefund(why *pay.TransactionError) pay.RefundFact {
	return pay.RefundFact{To: pay.RefundFailed, Error: why}
}
