package sandbox

import (
	"slices"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// The outcomes.
const (
	// Approve captures the amount when capture was asked and holds it otherwise.
	Approve = "approve"
	// Authorize holds the amount even when capture was asked.
	Authorize = "authorize"
	// SoftDecline refuses for now: insufficient funds.
	SoftDecline = "soft_decline"
	// HardDecline refuses for good: stolen card.
	HardDecline = "hard_decline"
	// OTP waits for a one-time password.
	OTP = "otp"
	// Redirect waits for the payer to visit the provider's page.
	Redirect = "redirect"
	// Dropin waits for the provider's form in the page.
	Dropin = "dropin"
	// Pending has no result yet.
	Pending = "pending"
	// Timeout gives no answer; Lookup says that it was approved.
	Timeout = "timeout"
	// TimeoutDeclined gives no answer; Lookup says HardDecline.
	TimeoutDeclined = "timeout_declined"
	// TimeoutLost gives no answer; Lookup says gateway.ErrNoSuchAttempt, and what
	// is sent again is approved.
	TimeoutLost = "timeout_lost"
	// TimeoutForever gives no answer, and neither does Lookup.
	TimeoutForever = "timeout_forever"
	// Unsent is gateway.ErrNotSent; Lookup says gateway.ErrNoSuchAttempt.
	Unsent = "unsent"
	// WrongAmount approves one minor unit more than was asked. Asked for
	// money.MaxMinor that is an amount which nothing can record.
	WrongAmount = "wrong_amount"
	// MissingMethod fails because there is nothing to pay with.
	MissingMethod = "missing_method"
	// Partial approves half of the amount, rounded down, but at least one minor unit.
	Partial = "partial"
)

const (
	// TokenPrefix before an outcome makes the token that asks for it.
	TokenPrefix = "tok_"
	// MetadataKey is where the request's metadata may name an outcome.
	MetadataKey = "sandbox.outcome"
)

// Outcomes returns the names of all outcomes, the default first. The slice is
// the caller's own.
func Outcomes() []string {
	names := make([]string, len(branches))
	for i, b := range branches {
		names[i] = b.name
	}
	return names
}

// answer is what the provider would say to a request.
type answer func(gateway.ChargeRequest) (pay.Fact, error)

// branch is one outcome with both of its answers.
type branch struct {
	name   string
	text   string
	charge answer
	lookup answer
}

// branches are the outcomes in the order in which merchants see them; the first
// is the default.
var branches = []branch{
	{Approve, "Approve", approve, approve},
	{Authorize, "Hold only, even when capture was asked", hold, hold},
	{SoftDecline, "Decline: insufficient funds", softDecline, softDecline},
	{HardDecline, "Decline: stolen card", hardDecline, hardDecline},
	{OTP, "Ask for a one-time password", askOTP, askOTP},
	{Redirect, "Send the payer to another page", askRedirect, askRedirect},
	{Dropin, "Show the provider's form", askDropin, askDropin},
	{Pending, "Stay pending", pending, pending},
	{Timeout, "No answer, but approved", unanswered, approve},
	{TimeoutDeclined, "No answer, but declined", unanswered, hardDecline},
	{TimeoutLost, "No answer, and never received; approved when sent again", approveAgain, unknown},
	{TimeoutForever, "No answer, and none later", unanswered, unanswered},
	{Unsent, "Not sent", unsent, unknown},
	{WrongAmount, "Approve one minor unit too much", approveTooMuch, approveTooMuch},
	{MissingMethod, "Fail: no payment method", missingMethod, missingMethod},
	{Partial, "Approve half", approveHalf, approveHalf},
}

// choose returns the branch that the request asks for. A name that is no outcome
// fails the attempt: approving it would let a rehearsal with a mistyped name pass
// as if it had gone through what it never went through.
func choose(r gateway.ChargeRequest) branch {
	return outcome(named(r))
}

func outcome(name string) branch {
	if i := slices.IndexFunc(branches, func(b branch) bool { return b.name == name }); i >= 0 {
		return branches[i]
	}
	return branch{charge: noSuchOutcome, lookup: noSuchOutcome}
}

func isOutcome(name string) bool {
	return slices.ContainsFunc(branches, func(b branch) bool { return b.name == name })
}

// named is what the strongest of the request's sources says, known or not.
func named(r gateway.ChargeRequest) string {
	if rest, ok := strings.CutPrefix(r.Token, TokenPrefix); ok {
		name, _, _ := strings.Cut(rest, ".")
		return name
	}
	if name := r.Metadata.Get(MetadataKey); name != nil {
		return *name
	}
	if name := r.Settings.Value(OutcomeParameter); name != "" {
		return name
	}
	return branches[0].name
}
