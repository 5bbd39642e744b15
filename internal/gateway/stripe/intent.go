package stripe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// searchLag is after what time at most Stripe's search finds what was made.
const searchLag = time.Hour

// expandFee has Stripe answer with the fee, and the masked card, beside the intent.
const expandFee = "latest_charge.balance_transaction"

// maxDescription is how much of a description Stripe is given, in characters. It refuses
// long ones, and a payment should not fail by its description.
const maxDescription = 500

// isUnconfirmed says that nobody asked for the intent's money yet. After a decline it needs
// another method too, but has the error.
func isUnconfirmed(i *stripe.PaymentIntent) bool {
	switch i.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusRequiresConfirmation:
		return i.LastPaymentError == nil
	}
	return false
}

// isForgotten says that Stripe may have forgotten the attempt's idempotency key.
func (a attempt) isForgotten() bool { return a.Now.Sub(a.CreatedAt) > keyLife }

// intent finds the attempt's intent or creates it, for Charge.
func (a attempt) intent(ctx context.Context) (*stripe.PaymentIntent, error) {
	if a.ExternalID != "" {
		return a.known(ctx)
	}
	if a.isForgotten() {
		found, err := a.search(ctx)
		if err != nil || found != nil {
			return found, err
		}
	}
	created, q, err := a.create(ctx)
	switch {
	case err == nil, refused(err) != nil:
		return created, err
	case isOtherUse(err):
		return a.searchUsed(ctx)
	case isConflict(err):
		return nil, fmt.Errorf("stripe create: %w", short(err))
	}
	if sure := q.failed("create", err); errors.Is(sure, gateway.ErrNotSent) {
		return nil, sure
	}
	return nil, fmt.Errorf("stripe create: %w: %w", gateway.ErrNotSent, short(err))
}

// find is the same for Lookup, where a failure says nothing about the attempt but for one:
// Stripe answers with the error that it gave before under the key. Nobody was ever told the
// intent's id then, so nobody can have confirmed it. That Stripe refuses now to create an
// intent does not say that it always did.
func (a attempt) find(ctx context.Context) (*stripe.PaymentIntent, error) {
	if a.ExternalID != "" {
		return a.known(ctx)
	}
	if a.isForgotten() {
		return a.mustSearch(ctx)
	}
	created, _, err := a.create(ctx)
	var said *stripe.Error
	switch {
	case err == nil:
		return a.retrieve(ctx, created.ID)
	case errors.As(err, &said) && said.HTTPStatusCode >= 500 && isReplayed(said.LastResponse):
		return nil, fmt.Errorf("stripe create: %w: %w", gateway.ErrNoSuchAttempt, short(err))
	case refused(err) != nil && a.Now.Sub(a.CreatedAt) > searchLag:
		return a.mustSearch(ctx)
	case isOtherUse(err), refused(err) != nil:
		return a.searchUsed(ctx)
	}
	return nil, fmt.Errorf("%w: create: %w", errOpen, short(err))
}

// known reads the intent whose id the program has.
func (a attempt) known(ctx context.Context) (*stripe.PaymentIntent, error) {
	return a.retrieve(ctx, a.ExternalID)
}

// create makes the intent, or is told which one was made before. All that is sent is of
// the attempt and stays: with other parameters Stripe refuses the key.
func (a attempt) create(ctx context.Context) (*stripe.PaymentIntent, *asking, error) {
	method := stripe.PaymentIntentCaptureMethodManual
	if a.Capture {
		method = stripe.PaymentIntentCaptureMethodAutomatic
	}
	p := &stripe.PaymentIntentCreateParams{Amount: &a.wire, Currency: stripe.String(wireCurrency(a.Amount.Currency)),
		CaptureMethod: stripe.String(string(method)), Metadata: map[string]string{attemptKey: a.AttemptID},
		AutomaticPaymentMethods: &stripe.PaymentIntentCreateAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)}}
	if text := []rune(a.Description); len(text) > 0 {
		p.Description = stripe.String(string(text[:min(len(text), maxDescription)]))
	}
	if a.token.isSaved() {
		p.Customer = &a.token.customer
	}
	p.SetIdempotencyKey(a.AttemptID + "-intent")
	asked, q := begin(ctx)
	created, err := a.client.V1PaymentIntents.Create(asked, p)
	if err == nil && created.ID == "" {
		err = errUnread
	}
	return created, q, err
}

// isConflict says that another request with the key is on its way.
func isConflict(err error) bool {
	var e *stripe.Error
	return errors.As(err, &e) && e.Code == stripe.ErrorCodeIdempotencyKeyInUse
}

// retrieve reads an intent as it is now.
func (a attempt) retrieve(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	return retrieve(ctx, a.client, id)
}

func retrieve(ctx context.Context, client *stripe.Client, id string) (*stripe.PaymentIntent, error) {
	p := &stripe.PaymentIntentRetrieveParams{}
	p.AddExpand(expandFee)
	intent, err := client.V1PaymentIntents.Retrieve(ctx, id, p)
	if err == nil && intent.ID != id {
		err = errUnread
	}
	if err != nil {
		return nil, fmt.Errorf("%w: retrieve: %w", errOpen, short(err))
	}
	return intent, nil
}

// search finds the intent by our id in its metadata; nil where there is none. What was
// made within searchLag may be missing.
func (a attempt) search(ctx context.Context) (*stripe.PaymentIntent, error) {
	p := &stripe.PaymentIntentSearchParams{SearchParams: stripe.SearchParams{Query: fmt.Sprintf("metadata[%q]:%q", attemptKey, a.AttemptID)}}
	for found, err := range a.client.V1PaymentIntents.Search(ctx, p).All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("%w: search: %w", errOpen, short(err))
		}
		if found.Metadata[attemptKey] == a.AttemptID {
			return a.retrieve(ctx, found.ID)
		}
	}
	return nil, nil
}

// mustSearch is search for an attempt of which nothing can be too new to be found.
func (a attempt) mustSearch(ctx context.Context) (*stripe.PaymentIntent, error) {
	found, err := a.search(ctx)
	if err == nil && found == nil {
		err = fmt.Errorf("stripe search: %w", gateway.ErrNoSuchAttempt)
	}
	return found, err
}

// searchUsed finds an intent that was created, as is known from its key, or may have been:
// that it is not found yet says nothing.
func (a attempt) searchUsed(ctx context.Context) (*stripe.PaymentIntent, error) {
	found, err := a.search(ctx)
	if err == nil && found == nil {
		err = fmt.Errorf("%w: the intent is not to be found yet", errOpen)
	}
	return found, err
}

// failedFact is the fact that an attempt failed for a reason; nothing without one.
func failedFact(why *pay.TransactionError) pay.Fact {
	if why == nil {
		return pay.Fact{}
	}
	return pay.Fact{To: pay.TransactionFailed, Error: why}
}
