package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// page is where the payer is sent. Its top-level domain is reserved, so nobody
// can own it and take a rehearsing payer for a real one.
const page = "https://sandbox.paygraph.example/redirect/"

// errNoAnswer stands for a provider that does not answer in time. It is neither
// ErrNotSent nor ErrNoSuchAttempt: nothing follows from it.
var errNoAnswer = errors.New("sandbox: no answer in time")

func unanswered(gateway.ChargeRequest) (pay.Fact, error) { return pay.Fact{}, errNoAnswer }

func unsent(gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{}, fmt.Errorf("sandbox: %w", gateway.ErrNotSent)
}

func unknown(gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{}, fmt.Errorf("sandbox: %w", gateway.ErrNoSuchAttempt)
}

func pending(r gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{To: pay.TransactionPending, ExternalID: new(externalID(r.AttemptID))}, nil
}

func softDecline(r gateway.ChargeRequest) (pay.Fact, error) {
	return declined(r, pay.SoftDecline, "insufficient_funds", "The balance does not cover the amount."), nil
}

func hardDecline(r gateway.ChargeRequest) (pay.Fact, error) {
	return declined(r, pay.HardDecline, "stolen_card", "The card was reported stolen."), nil
}

func declined(r gateway.ChargeRequest, kind pay.DeclineType, code, text string) pay.Fact {
	return failed(r, pay.TransactionError{
		Code:        pay.ErrorDeclined,
		Message:     "The payment was declined.",
		DeclineType: &kind,
		Retryable:   kind == pay.SoftDecline,
		External:    &pay.ExternalError{Code: &code, Message: &text},
	})
}

func missingMethod(r gateway.ChargeRequest) (pay.Fact, error) {
	return failed(r, pay.TransactionError{
		Code:    pay.ErrorMissingPaymentMethod,
		Message: "There is no payment method to charge.",
	}), nil
}

// noSuchOutcome does not repeat the name: it may be part of a token.
func noSuchOutcome(r gateway.ChargeRequest) (pay.Fact, error) {
	return failed(r, pay.TransactionError{
		Code:    pay.ErrorGeneric,
		Message: "The sandbox has no such outcome; there are " + strings.Join(Outcomes(), ", ") + ".",
	}), nil
}

func failed(r gateway.ChargeRequest, why pay.TransactionError) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, ExternalID: new(externalID(r.AttemptID)), Error: &why}
}

func askOTP(r gateway.ChargeRequest) (pay.Fact, error) {
	return ask(r, pay.TransactionAction{
		Type: pay.ActionOTP,
		Data: pay.JSON(`{"maskedPhone":"*** *** **42","digits":6}`),
	}), nil
}

func askRedirect(r gateway.ChargeRequest) (pay.Fact, error) {
	return ask(r, pay.TransactionAction{
		Type: pay.ActionRedirect,
		URL:  new(page + externalID(r.AttemptID)),
		Data: pay.JSON(`{"method":"GET"}`),
	}), nil
}

func askDropin(r gateway.ChargeRequest) (pay.Fact, error) {
	return ask(r, pay.TransactionAction{
		Type: pay.ActionDropin,
		Data: pay.JSON(`{"component":"card","session":"` + externalID(r.AttemptID) + `"}`),
	}), nil
}

// ask makes the fact that the payer must act. It never expires: the connector
// has no clock to count from.
func ask(r gateway.ChargeRequest, what pay.TransactionAction) pay.Fact {
	id := externalID(r.AttemptID)
	what.ExternalTransactionID = &id
	return pay.Fact{To: pay.TransactionRequiresAction, ExternalID: new(id), Action: &what}
}

// externalID is the attempt's id at this provider. It is made from the attempt's
// own id, so that a replay gets the same one without anything being stored, and
// 96 bits of it keep two attempts apart. The alphabet needs no escaping in URLs
// or JSON.
func externalID(attemptID string) string {
	sum := sha256.Sum256([]byte(attemptID))
	return "sbx_" + hex.EncodeToString(sum[:12])
}
