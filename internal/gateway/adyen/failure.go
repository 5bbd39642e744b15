package adyen

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// What follows from the ways in which a request to Adyen fails:
//
//   - The connection could not be made, or Adyen refused the API key or its rights:
//     ErrNotSent.
//   - 429: ErrRateLimited.
//   - 400, 404, 422: Adyen looked at it and refused. That is certain, but for two: the code
//     704 says that an earlier request with the key is under way or was done, and the
//     header Transient-Error that the same may work later.
//   - Everything else: nothing is known.

// errOpen is where nothing can be said of an attempt by what Adyen answered.
var errOpen = errors.New("adyen: the outcome is open")

// refusal is a request that Adyen certainly did not do. Its text may hold anything, so only
// the code is kept.
type refusal struct{ code string }

// Error names the code.
func (r *refusal) Error() string {
	return fmt.Sprintf("adyen refuses the request with the code %q", r.code)
}

// denial is that Adyen does not let the API key do that: it is ErrNotSent.
type denial struct {
	status int
	code   string
}

// Error names the status and the code.
func (d *denial) Error() string {
	return fmt.Sprintf("%v: status %d, code %q", gateway.ErrNotSent, d.status, d.code)
}

// Unwrap is what follows for who asked for money.
func (d *denial) Unwrap() error { return gateway.ErrNotSent }

// inProgress is Adyen's code for a key that is in use.
const inProgress = "704"

// fault is Adyen's answer to a request that it does not do.
type fault struct {
	ErrorCode string `json:"errorCode"`
}

// failed is the error of an answer with another status than success.
func failed(what string, response *http.Response, f fault) error {
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return fmt.Errorf("adyen %s: %w", what, gateway.ErrRateLimited)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("adyen %s: %w", what, &denial{response.StatusCode, short(f.ErrorCode)})
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		if f.ErrorCode != "" && f.ErrorCode != inProgress && response.Header.Get("Transient-Error") != "true" {
			return &refusal{short(f.ErrorCode)}
		}
	}
	return fmt.Errorf("%w: %s: status %d, code %q", errOpen, what, response.StatusCode, short(f.ErrorCode))
}

// short bounds a code, which is shown.
func short(code string) string { return code[:min(len(code), 20)] }

// refused returns what Adyen refused, or nil.
func refused(err error) *refusal {
	var r *refusal
	errors.As(err, &r)
	return r
}

// reason is why a request was refused that has nothing to do with the payer's bank.
func (r *refusal) reason() *pay.TransactionError {
	why := &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Adyen does not accept the request.", External: &pay.ExternalError{Code: &r.code}}
	if methodFaults[r.code] {
		why.Code, why.Message = pay.ErrorMissingPaymentMethod, "Adyen does not accept the payment method."
	}
	return why
}

// methodFaults are the codes that are about what the payer entered.
var methodFaults = map[string]bool{"101": true, "102": true, "103": true, "104": true, "105": true, "108": true, "129": true, "140": true,
	"141": true, "153": true, "161": true, "800": true, "803": true, "14_002": true, "14_003": true, "14_006": true, "14_012": true, "14_0434": true}

// noSuchAmount and noMethod are refused before anything is sent.
var (
	noSuchAmount = &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Adyen does not take such an amount."}
	noMethod     = &pay.TransactionError{Code: pay.ErrorMissingPaymentMethod, Message: "The payment token is no state of Adyen's form, and no saved method."}
)

// hardDeclines are the refusal reasons after which the same method cannot be expected to
// pay later: blocked, expired and invalid cards, what the bank does not allow, fraud,
// PIN tries that are used up, restricted cards and authorizations that were revoked. All
// others may pass.
var hardDeclines = map[string]bool{"5": true, "6": true, "8": true, "10": true, "14": true, "18": true, "20": true, "22": true,
	"23": true, "25": true, "26": true, "31": true, "46": true}

// declined is why the payer's bank, or Adyen, refused. What Adyen says of a card that is
// blocked or suspected is not for the payer, who may be the thief: the code is kept, and the
// text is not.
func declined(code string) *pay.TransactionError {
	kind := pay.SoftDecline
	if hardDeclines[code] {
		kind = pay.HardDecline
	}
	e := &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind, Retryable: kind == pay.SoftDecline}
	if code != "" {
		e.External = &pay.ExternalError{Code: new(short(code))}
	}
	return e
}

func cancelledByPayer() *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The payer cancelled."}
}

// failedFact is the fact that an attempt failed for a reason.
func failedFact(why *pay.TransactionError) pay.Fact {
	e := *why
	return pay.Fact{To: pay.TransactionFailed, Error: &e}
}
