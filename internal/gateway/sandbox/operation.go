package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// RightCode is the one-time password that the sandbox takes.
const RightCode = "123456"

// The metadata keys that name what becomes of what is asked after the attempt.
const (
	CompletionKey = "sandbox.completion"
	CaptureKey    = "sandbox.capture"
	VoidKey       = "sandbox.void"
	CancelKey     = "sandbox.cancel"
	RefundKey     = "sandbox.refund"
	// CancelRefundKey is about calling off a refund that is pending.
	CancelRefundKey = "sandbox.cancelRefund"
)

// The results of operations; the first is the default.
const (
	Succeed = "succeed"
	Fail    = "fail"
	// Wait leaves it pending, however often it is asked about.
	Wait = "pending"
	// Lose gives no answer the first time, and success when asked again.
	Lose = "timeout"
	// Impossible is a refund that can never succeed.
	Impossible = "impossible"
)

// Complete takes RightCode for an OTP, and any payload for a redirect or the form
// but one by which the payer refuses: {"cancelled":true}, or one with an error, such
// as {"error":"access_denied"}. What follows is the outcome that
// the token names after its dot, "tok_otp.hard_decline", or the metadata under
// CompletionKey; else approval. A refusal is told even after the deadline: the sandbox does
// not remember it, and Lookup would take an answer that got lost for a good one.
func (connector) Complete(ctx context.Context, r gateway.ChargeRequest, answer gateway.Answer) (pay.Fact, error) {
	late := wait(ctx, latency(r.Settings))
	saving := r.Amount.Minor == 0
	if saving {
		r.Amount.Minor = 1
	}
	if err := refuse(r); err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox complete: %w: %w", gateway.ErrNotSent, err)
	}
	if named(r) == OTP && answer.Code != RightCode {
		return pay.Fact{}, fmt.Errorf("sandbox complete: %w", gateway.ErrWrongAnswer)
	}
	if hasCancelled(answer.Payload) {
		return failed(r, pay.TransactionError{Code: pay.ErrorCancelled, Message: "The payer cancelled."}), nil
	}
	if late != nil {
		return pay.Fact{}, fmt.Errorf("sandbox complete: %w", late)
	}
	f, err := completion(r).charge(r)
	if saving {
		f = saved(r, f)
	}
	return f, err
}

// hasCancelled says whether the payload is an object that says so. What else it says
// may be of any form.
func hasCancelled(payload string) bool {
	var said struct{ Cancelled, Error any }
	return json.Unmarshal([]byte(payload), &said) == nil && (said.Cancelled == true || said.Error != nil)
}

// completion is the outcome once the payer has acted.
func completion(r gateway.ChargeRequest) branch {
	name := Approve
	if wanted := r.Metadata.Get(CompletionKey); wanted != nil {
		name = *wanted
	}
	if _, suffix, ok := strings.Cut(r.Token, "."); ok && isOutcome(suffix) {
		name = suffix
	}
	return outcome(name)
}

// Capture, Void, Cancel and Refund come to what the metadata says. A capture has its
// fee.
func (connector) Capture(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	f, err := operate(ctx, r, CaptureKey)
	if err != nil || f.To != pay.OperationSucceeded {
		return f, err
	}
	charged, err := fee(r.Amount.Minor)
	f.FeeMinor = &charged
	return f, err
}

// Void releases what is held.
func (connector) Void(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return operate(ctx, r, VoidKey)
}

// Cancel calls an attempt off.
func (connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return operate(ctx, r, CancelKey)
}

// Refund gives money back.
func (connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	f, err := operate(ctx, r, RefundKey)
	to := map[pay.OperationStatus]pay.RefundState{pay.OperationSucceeded: pay.RefundSucceeded,
		pay.OperationPending: pay.RefundPending, pay.OperationFailed: pay.RefundFailed}[f.To]
	if f.Impossible {
		to = pay.RefundImpossible
	}
	return pay.RefundFact{To: to, At: &r.Attempt.Now, ExternalID: f.ExternalID, Error: f.Error}, err
}

// CancelRefund calls off a refund that is pending.
func (connector) CancelRefund(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	return operate(ctx, r, CancelRefundKey)
}

// Save saves the method under a new token, after the same outcomes as a charge of
// one minor unit.
func (connector) Save(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	r.Amount.Minor, r.Capture = 1, true
	f, err := connector{}.Charge(ctx, r)
	return saved(r, f), err
}

// saved turns the fact about the minor unit into one about the method.
func saved(r gateway.ChargeRequest, f pay.Fact) pay.Fact {
	if f.To != pay.TransactionCaptured && f.To != pay.TransactionAuthorized {
		return f
	}
	token := "pm_" + externalID(r.AttemptID)
	f.To, f.AmountMinor, f.FeeMinor, f.VoucherMinor, f.VoucherCount, f.SavedToken = pay.TransactionCaptured, 0, nil, 0, 0, &token
	return f
}

func operate(ctx context.Context, r gateway.OperationRequest, key string) (pay.OperationFact, error) {
	if err := wait(ctx, latency(r.Attempt.Settings)); err != nil {
		return pay.OperationFact{}, fmt.Errorf("sandbox: %w", err)
	}
	if r.Attempt.Environment != pay.Sandbox {
		return pay.OperationFact{}, fmt.Errorf("sandbox: %w: environment %q", gateway.ErrNotSent, r.Attempt.Environment)
	}
	result := Succeed
	if wanted := r.Attempt.Metadata.Get(key); wanted != nil {
		result = *wanted
	}
	sum := sha256.Sum256([]byte(r.OperationID))
	f := pay.OperationFact{To: pay.OperationSucceeded, ExternalID: new("sbo_" + hex.EncodeToString(sum[:12]))}
	switch {
	case result == Wait:
		f.To = pay.OperationPending
	case result == Lose && !r.Again:
		return pay.OperationFact{}, errNoAnswer
	case result != Succeed && result != Lose:
		f.To, f.Impossible = pay.OperationFailed, result == Impossible
		f.Error = &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The sandbox was told to refuse.",
			External: &pay.ExternalError{Code: new("sandbox_refused")}}
	}
	return f, nil
}
