package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

const (
	// SecretParameter is what the sandbox's webhooks are signed with.
	SecretParameter = "webhookSecret"
	// SecretPrefix begins every secret, before its Base64.
	SecretPrefix = "whsec_"
)

// tolerance is how far a delivery's time may lie from ours, either way: older ones
// could have been recorded and played again.
const tolerance = 5 * time.Minute

// Receive takes deliveries that are signed as Standard Webhooks says, with the
// gateway's own secret.
func (connector) Receive(d gateway.Delivery) ([]pay.Report, error) {
	key, ok := parseSecret(d.Settings.Value(SecretParameter))
	if !ok {
		return nil, gateway.ErrNoSecret
	}
	webhook, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrNoSecret, err)
	}
	// The library goes by its own clock, so the time is checked here.
	if err := webhook.VerifyIgnoringTimestamp(d.Body, d.Header); err != nil {
		return nil, fmt.Errorf("%w: %w", gateway.ErrForged, err)
	}
	seconds, err := strconv.ParseInt(d.Header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if age := d.Now.Sub(time.Unix(seconds, 0)); err != nil || age > tolerance || age < -tolerance {
		return nil, fmt.Errorf("%w: it is not of this time", gateway.ErrForged)
	}
	report, err := read(d.Body)
	if err != nil || report == nil {
		return nil, err
	}
	report.EventID = d.Header.Get(standardwebhooks.HeaderWebhookID)
	return []pay.Report{*report}, nil
}

// parseSecret reads a secret: 24 to 64 bytes, as Standard Webhooks wants them.
func parseSecret(text string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(text, SecretPrefix)
	key, err := base64.StdEncoding.DecodeString(rest)
	return key, ok && err == nil && len(key) >= 24 && len(key) <= 64
}

// event is the body of a delivery, as docs/sandbox.md has it.
type event struct {
	// Type is what the event is about and, after a dot, what happened.
	Type string `json:"type"`
	Data struct {
		AttemptID   string          `json:"attemptId"`
		ExternalID  string          `json:"externalId"`
		OperationID string          `json:"operationId"`
		RefundID    string          `json:"refundId"`
		DisputeID   string          `json:"disputeId"`
		Amount      *int64          `json:"amount"`
		Currency    *money.Currency `json:"currency"`
		Reason      string          `json:"reason"`
		// At is when it happened; when it is delivered says nothing of that.
		At *time.Time `json:"at"`
	} `json:"data"`
}

// read says what a genuine delivery reports; nil is an event that no payment follows.
func read(body []byte) (*pay.Report, error) {
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("sandbox event: %w", err)
	}
	about, what, _ := strings.Cut(e.Type, ".")
	d := e.Data
	d.AttemptID, d.OperationID, d.RefundID = bare(pay.KindTransaction, d.AttemptID), bare(pay.KindOperation, d.OperationID), bare(pay.KindRefund, d.RefundID)
	r := &pay.Report{AttemptID: d.AttemptID, ExternalID: d.ExternalID, Currency: d.Currency}
	if d.Amount != nil && d.Currency == nil { // an amount of no currency is believed of no attempt
		r.Currency = new(money.Currency("none"))
	}
	known := false
	switch about {
	case "attempt":
		known = e.attempt(what, r)
	case "operation":
		to, ok := operationResults[what]
		known = ok
		r.Operation = &pay.OperationReport{ID: d.OperationID, AmountMinor: d.Amount, Fact: pay.OperationFact{To: to}}
	case "refund":
		to, ok := refundResults[what]
		known = ok
		r.Refund = &pay.RefundReport{ID: d.RefundID, AmountMinor: d.Amount, Fact: pay.RefundFact{To: to, At: d.At}}
	}
	if !known {
		return nil, nil
	}
	return r, nil
}

// bare is an id as providers have it: people have only those of the API.
func bare(kind pay.Kind, text string) string {
	if id, ok := pay.ParseID(kind, text); ok {
		return id.String()
	}
	return text
}

// The results that events report, by the word after the dot.
var (
	attemptResults = map[string]pay.TransactionStatus{"pending": pay.TransactionPending, "authorized": pay.TransactionAuthorized,
		"captured": pay.TransactionCaptured, "failed": pay.TransactionFailed, "dropped": pay.TransactionDropped, "cancelled": pay.TransactionCancelled,
		"voided": pay.TransactionVoided, "expired": pay.TransactionExpired, "confirmed": pay.TransactionConfirmed}
	operationResults = map[string]pay.OperationStatus{"pending": pay.OperationPending, "succeeded": pay.OperationSucceeded, "failed": pay.OperationFailed}
	refundResults    = map[string]pay.RefundState{"pending": pay.RefundPending, "succeeded": pay.RefundSucceeded, "failed": pay.RefundFailed}
)

// attempt fills in what happened to an attempt, and says whether that is known. An
// amount that is left out is none: a report of money that does not say how much is
// believed of no attempt.
func (e event) attempt(what string, r *pay.Report) bool {
	var minor int64
	if e.Data.Amount != nil {
		minor = *e.Data.Amount
	}
	switch what {
	case "refunded":
		r.RefundedMinor = &minor
		return true
	case "charged_back":
		r.ChargedBackMinor = &minor
		if e.Data.DisputeID != "" {
			r.Dispute = &pay.DisputeStep{ID: e.Data.DisputeID, Step: 1}
		}
		return true
	case "dispute_won":
		r.ChargedBackMinor, r.Dispute = &minor, &pay.DisputeStep{ID: e.Data.DisputeID, Step: 2, IsReturn: true}
		return true
	}
	to, ok := attemptResults[what]
	r.Fact = &pay.Fact{To: to, At: e.Data.At, AmountMinor: minor}
	switch to {
	case pay.TransactionFailed:
		kind := pay.HardDecline
		r.Fact.Error = &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind}
		if e.Data.Reason != "" {
			r.Fact.Error.External = &pay.ExternalError{Code: &e.Data.Reason}
		}
	case pay.TransactionDropped:
		r.Fact.Error = &pay.TransactionError{Code: pay.ErrorNotCompleted, Message: "The payer left."}
	case pay.TransactionCancelled:
		r.Fact.Error = &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The attempt was called off."}
	}
	return ok
}
