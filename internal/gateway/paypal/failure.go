package paypal

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/rest"
	"github.com/paygraph/paygraph/internal/pay"
)

// What follows from what PayPal answers, beside what rest.Client.Ask says of requests
// without an answer:
//
//   - 401 and 403: PayPal does not let the keys do that, which it finds before anything
//     else: ErrNotSent.
//   - 400, 404, 422: PayPal looked at it and refused. That is certain, unless it refused
//     because another request with the same key is on its way.
//   - Everything else, 409 too: nothing is known.

// errOpen is where nothing can be said by what PayPal answered.
var errOpen = errors.New("paypal: the outcome is open")

func errUnread(what string) error { return fmt.Errorf("paypal %s: %w", what, rest.ErrUnread) }

// refusal is what PayPal said where it certainly did not do what it was asked.
type refusal struct {
	what         string
	status       int
	issue, debug string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("paypal %s: status %d, issue %q, debug id %q", r.what, r.status, r.issue, r.debug)
}

// code is a text of PayPal's that can be logged: a word of capitals, or an id.
var code = pay.NewPattern(`^[A-Za-z0-9_]+$`, 100)

// running are the issues of a request whose twin is on its way.
var running = map[string]bool{"PREVIOUS_REQUEST_IN_PROGRESS": true, "DUPLICATE_REQUEST_ID": true, "PAYPAL_REQUEST_ID_REUSED": true}

// judge reads an answer.
func judge(what string, a rest.Answer, into any) error {
	switch a.Status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		if into == nil {
			return nil
		}
		if err := a.Read(into); err != nil {
			return fmt.Errorf("paypal %s: %w", what, err)
		}
		return nil
	case http.StatusNoContent:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("paypal %s: %w: status %d", what, gateway.ErrNotSent, a.Status)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return refusedBy(what, a)
	}
	return fmt.Errorf("paypal %s: status %d", what, a.Status)
}

// refusedBy reads a refusal. One that is not PayPal's own, such as a page of something
// between, refuses nothing.
func refusedBy(what string, a rest.Answer) error {
	var said struct {
		Name    string `json:"name"`
		Debug   string `json:"debug_id"`
		Details []struct {
			Issue string `json:"issue"`
		} `json:"details"`
	}
	if err := a.Read(&said); err != nil || said.Name == "" {
		return fmt.Errorf("paypal %s: status %d: %w", what, a.Status, rest.ErrUnread)
	}
	r := &refusal{what: what, status: a.Status, issue: said.Name}
	if len(said.Details) > 0 && said.Details[0].Issue != "" {
		r.issue = said.Details[0].Issue
	}
	if !code.Matches(r.issue) {
		r.issue = "UNKNOWN"
	}
	if code.Matches(said.Debug) {
		r.debug = said.Debug
	}
	if running[r.issue] {
		return fmt.Errorf("paypal %s: status %d, issue %q", what, a.Status, r.issue)
	}
	return r
}

// refused returns why PayPal certainly did not do what it was asked, nil otherwise.
func refused(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// done are the issues of an order or payment that went on already: it is read then.
var done = map[string]bool{"ORDER_ALREADY_CAPTURED": true, "ORDER_ALREADY_AUTHORIZED": true, "ORDER_ALREADY_COMPLETED": true, "ORDER_COMPLETED_OR_VOIDED": true,
	"ORDER_NOT_APPROVED": true, "PAYER_ACTION_REQUIRED": true}

// declines are the issues by which the payer's account, bank or PayPal's own checks refuse.
// After a soft one the payer may pay otherwise, or later.
var declines = map[string]pay.DeclineType{
	"INSTRUMENT_DECLINED": pay.SoftDecline, "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": pay.SoftDecline, "PAYER_CANNOT_PAY": pay.SoftDecline,
	"TRANSACTION_LIMIT_EXCEEDED": pay.SoftDecline, "TRANSACTION_AMOUNT_EXCEEDS_MONTHLY_MAX_LIMIT": pay.SoftDecline, "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": pay.SoftDecline,
	"CARD_EXPIRED": pay.HardDecline, "PAYER_ACCOUNT_LOCKED_OR_CLOSED": pay.HardDecline, "PAYER_ACCOUNT_RESTRICTED": pay.HardDecline,
	"PAYER_COUNTRY_NOT_SUPPORTED": pay.HardDecline, "COMPLIANCE_VIOLATION": pay.HardDecline, "TRANSACTION_REFUSED": pay.HardDecline,
	"TRANSACTION_BLOCKED_BY_PAYEE": pay.HardDecline, "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": pay.HardDecline, "AUTHORIZATION_DENIED": pay.HardDecline,
}

// hardCodes are the processor's codes after which the same method cannot be expected to
// pay later: of accounts and cards that are closed, lost, not there or not for this, and of
// suspected fraud. All others may pass.
var hardCodes = map[string]bool{"1330": true, "5140": true, "5150": true, "5160": true, "5180": true, "5200": true, "5210": true, "5400": true, "5700": true,
	"6300": true, "7800": true, "9500": true, "9510": true, "9520": true, "9540": true}

// declined is why the payer's money did not come. What is said of suspicions is not for
// the payer: the code is kept, and no text.
func declined(kind pay.DeclineType, code string) *pay.TransactionError {
	why := &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind, Retryable: kind == pay.SoftDecline}
	if code != "" {
		why.External = &pay.ExternalError{Code: &code}
	}
	return why
}

// reason is why PayPal refused, whatever that has to do with.
func (r *refusal) reason() *pay.TransactionError {
	if kind, ok := declines[r.issue]; ok {
		return declined(kind, r.issue)
	}
	return &pay.TransactionError{Code: pay.ErrorGeneric, Message: "PayPal does not accept the request.", External: &pay.ExternalError{Code: &r.issue}}
}

// reason is why a payment was declined.
func (p payment) reason() *pay.TransactionError {
	text, kind := p.Processor.Code, pay.SoftDecline
	if hardCodes[text] {
		kind = pay.HardDecline
	}
	if !code.Matches(text) {
		text = p.Status
	}
	return declined(kind, text)
}

func failedBecause(message string) *pay.TransactionError {
	return &pay.TransactionError{Code: pay.ErrorGeneric, Message: message}
}

const noSuchAmount = "PayPal does not take such an amount."
