package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// What follows from the ways in which a request to Stripe fails:
//
//   - The connection could not be made, or Stripe refused the key: ErrNotSent.
//   - 429: ErrRateLimited. Stripe counts requests before it looks at them, and keeps
//     nothing under the idempotency key. Only "lock_timeout" is a 429 that says that
//     another request is at the same object, perhaps an earlier one of ours.
//   - 400, 402, 404: Stripe looked at it and refused. That is certain.
//   - 409, and the key used with other parameters: another request of ours is on its way
//     or was answered; nothing is known by this one.
//   - Everything else: nothing is known.

// refused returns what Stripe said where it certainly did not do what it was asked, nil
// otherwise.
func refused(err error) *stripe.Error {
	var e *stripe.Error
	if !errors.As(err, &e) || e.Type == stripe.ErrorTypeIdempotency {
		return nil
	}
	switch e.HTTPStatusCode {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return e
	}
	return nil
}

// isState says that Stripe refused because of the state of the object: it is read then.
func isState(e *stripe.Error) bool {
	return e.Code == stripe.ErrorCodePaymentIntentUnexpectedState || e.Code == stripe.ErrorCodeSetupIntentUnexpectedState
}

// isOtherUse says that the idempotency key was used with other parameters.
func isOtherUse(err error) bool {
	var e *stripe.Error
	return errors.As(err, &e) && e.Type == stripe.ErrorTypeIdempotency && e.HTTPStatusCode == http.StatusBadRequest
}

// isReplayed says that the answer is the one that was given under the key before.
func isReplayed(r *stripe.APIResponse) bool {
	return r != nil && r.Header.Get("Idempotent-Replayed") == "true"
}

// asking is one request, of which it is known whether anything of it can have left.
type asking struct{ connected atomic.Bool }

// begin returns the context for one request.
func begin(ctx context.Context) (context.Context, *asking) {
	a := &asking{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { a.connected.Store(true) }}), a
}

// failed is the error of a request that gave no answer, by what is certain about it.
func (a *asking) failed(what string, err error) error {
	var e *stripe.Error
	switch {
	case errors.As(err, &e) && e.HTTPStatusCode == http.StatusTooManyRequests && e.Code != stripe.ErrorCodeLockTimeout:
		return fmt.Errorf("stripe %s: %w", what, gateway.ErrRateLimited)
	case errors.As(err, &e) && (e.HTTPStatusCode == http.StatusUnauthorized || e.HTTPStatusCode == http.StatusForbidden):
		return fmt.Errorf("stripe %s: %w: %w", what, gateway.ErrNotSent, short(err))
	case !a.connected.Load():
		return fmt.Errorf("stripe %s: %w: %w", what, gateway.ErrNotSent, short(err))
	}
	return fmt.Errorf("stripe %s: %w", what, short(err))
}

// short leaves of an error what may be logged. Stripe's own text is the whole answer, in
// which there may be anything, and that of an answer that cannot be read is its body.
func short(err error) error {
	var e *stripe.Error
	var network net.Error
	var sent *url.Error
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &e):
		return fmt.Errorf("status %d, type %q, code %q, request %q", e.HTTPStatusCode, e.Type, e.Code, e.RequestID)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &sent): // without the address, which names the object
		return sent.Err
	case errors.As(err, &network), errors.As(err, &syntax):
		return err
	}
	return errUnread
}

var errUnread = errors.New("answer cannot be read")

// declines are the codes after which the same method cannot be expected to pay later. All
// others may pass.
var hardDeclines = map[stripe.DeclineCode]bool{
	stripe.DeclineCodeCardNotSupported: true, stripe.DeclineCodeCurrencyNotSupported: true, stripe.DeclineCodeDoNotTryAgain: true,
	stripe.DeclineCodeDuplicateTransaction: true, stripe.DeclineCodeExpiredCard: true, stripe.DeclineCodeFraudulent: true,
	stripe.DeclineCodeIncorrectNumber: true, stripe.DeclineCodeInvalidAccount: true, stripe.DeclineCodeInvalidAmount: true,
	stripe.DeclineCodeInvalidExpiryMonth: true, stripe.DeclineCodeInvalidExpiryYear: true, stripe.DeclineCodeInvalidNumber: true,
	stripe.DeclineCodeLostCard: true, stripe.DeclineCodeMerchantBlacklist: true, stripe.DeclineCodeNotPermitted: true,
	stripe.DeclineCodePickupCard: true, stripe.DeclineCodeRestrictedCard: true, stripe.DeclineCodeRevocationOfAllAuthorizations: true,
	stripe.DeclineCodeRevocationOfAuthorization: true, stripe.DeclineCodeSecurityViolation: true, stripe.DeclineCodeServiceNotAllowed: true,
	stripe.DeclineCodeStolenCard: true, stripe.DeclineCodeStopPaymentOrder: true, stripe.DeclineCodeTestModeDecline: true,
	stripe.DeclineCodeTransactionNotAllowed: true,
}

// declined is why the payer's bank, or the payer, refused. What Stripe says of a card that
// was lost, stolen or is suspected is not for the payer, who may be the thief: the code is
// kept, and the text is not.
func declined(e *stripe.Error) *pay.TransactionError {
	code, kind, retry := e.DeclineCode, pay.SoftDecline, true
	if code == "" {
		code = stripe.DeclineCode(e.Code)
	}
	if hardDeclines[code] {
		kind, retry = pay.HardDecline, false
	}
	return &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind, Retryable: retry,
		External: &pay.ExternalError{Code: new(string(code))}}
}

// mistaken is why Stripe refused what has nothing to do with the payer's bank.
func mistaken(e *stripe.Error) *pay.TransactionError {
	code := string(e.Code)
	if code == "" {
		code = string(e.Type)
	}
	why := &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Stripe does not accept the request.", External: &pay.ExternalError{Code: &code}}
	switch {
	case e.Param == "payment_method":
		why.Code, why.Message = pay.ErrorMissingPaymentMethod, "Stripe has no such payment method."
	case e.Code == stripe.ErrorCodeAmountTooLarge, e.Code == stripe.ErrorCodeAmountTooSmall:
		why.Message = noSuchAmount
	}
	return why
}

const noSuchAmount = "Stripe does not take such an amount."

// reason is why Stripe refused, whatever that has to do with.
func reason(e *stripe.Error) *pay.TransactionError {
	if e.Type == stripe.ErrorTypeCard {
		return declined(e)
	}
	return mistaken(e)
}
