package pay

import (
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// Report is one event that a gateway's provider told by itself. It is kept as it
// came and counted once, whenever what it is about is known.
type Report struct {
	// EventID is the provider's id of the event, at most 255 characters; a gateway
	// has each once.
	EventID string `json:"eventId"`
	// AttemptID is our attempt's id in UUID text, where the provider has it from us,
	// and ExternalID the provider's own. One of them may be enough, and neither is
	// needed where an operation or refund of ours is named.
	AttemptID  string `json:"attemptId,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	// Currency is that of all amounts of the report, where it names one. A report
	// whose amounts have another currency than the attempt settles nothing.
	Currency *money.Currency `json:"currency,omitempty"`

	// Exactly one of these is set.

	// Fact is about the attempt.
	Fact *Fact `json:"fact,omitempty"`
	// IsWhole: the provider took all that was asked for, or the Fact is none of the
	// attempt's. One that is no more than is known already is no contradiction.
	IsWhole bool `json:"isWhole,omitempty"`
	// Operation is about a capture, void or cancel that we asked for.
	Operation *OperationReport `json:"operation,omitempty"`
	// Refund is about a refund that we asked for.
	Refund *RefundReport `json:"refund,omitempty"`
	// RefundedMinor is what the provider gave back of the attempt in all, our own
	// refunds included.
	RefundedMinor *int64 `json:"refundedMinor,omitempty"`
	// ChargedBackMinor is what the payer's bank took back of the attempt: by the step of
	// Dispute, or in all where the provider names no dispute.
	ChargedBackMinor *int64 `json:"chargedBackMinor,omitempty"`

	// Dispute goes with ChargedBackMinor.
	Dispute *DisputeStep `json:"dispute,omitempty"`
}

// Clean makes texts of the report fit to be kept. It is false when its ids are none.
func (r *Report) Clean() bool {
	ids, failure := []*string{&r.EventID}, (*TransactionError)(nil)
	for _, id := range []*string{&r.AttemptID, &r.ExternalID, (*string)(r.Currency)} {
		if id != nil && *id != "" {
			ids = append(ids, id)
		}
	}
	if r.Dispute != nil {
		ids = append(ids, &r.Dispute.ID)
	}
	switch {
	case r.Fact != nil:
		ids, failure = append(ids, r.Fact.ExternalID, r.Fact.ExternalID2, r.Fact.ExternalID3), r.Fact.Error
	case r.Operation != nil:
		ids, failure = append(ids, &r.Operation.ID, r.Operation.Fact.ExternalID), r.Operation.Fact.Error
	case r.Refund != nil:
		ids, failure = append(ids, r.Refund.Fact.ExternalID), r.Refund.Fact.Error
		if r.Refund.ID != "" {
			ids = append(ids, &r.Refund.ID)
		}
	}
	for _, id := range ids {
		if id != nil && !isProviderID(*id) {
			return false
		}
	}
	if failure != nil {
		failure.Message = providerText(failure.Message)
		if e := failure.External; e != nil {
			e.Code, e.Message = cleaned(e.Code), cleaned(e.Message)
		}
	}
	return true
}

// OperationReport is what a provider tells of a capture, void or cancel.
type OperationReport struct {
	// ID is our operation's id in UUID text.
	ID   string        `json:"id"`
	Fact OperationFact `json:"fact"`
	// AmountMinor is what was captured or released, where the provider tells it.
	AmountMinor *int64 `json:"amountMinor,omitempty"`
}

// RefundReport is what a provider tells of a refund.
type RefundReport struct {
	// ID is our refund's id in UUID text; where it is empty the refund is found by
	// the provider's own, which the fact names.
	ID   string     `json:"id,omitempty"`
	Fact RefundFact `json:"fact"`
	// AmountMinor is what went back, where the provider tells it.
	AmountMinor *int64 `json:"amountMinor,omitempty"`
}

// Scan reads the report from a JSON column.
func (r *Report) Scan(src any) error { return scanJSON(src, r) }

// disputeStep is the movement that ChargedBackMinor is about.
func (r Report) disputeStep() DisputeStep {
	if r.Dispute == nil {
		return DisputeStep{}
	}
	return *r.Dispute
}

// ReportedAttempt finds the attempt at the gateway that the report is about among
// those that may be it: by our own id, and else by the provider's, if only one has it.
// It is nil where there is none. ofTwo says that the ids are not those of one attempt: another
// has the provider's, or none has ours, which is stored before a provider hears of it.
func (r Report) ReportedAttempt(gateway uuid.UUID, named, external []Transaction) (t *Transaction, ofTwo bool) {
	for _, list := range [][]Transaction{named, external} {
		list = slices.DeleteFunc(slices.Clone(list), func(t Transaction) bool { return t.GatewayID != gateway })
		switch {
		case t != nil:
			ofTwo = slices.ContainsFunc(list, func(x Transaction) bool { return x.ID != t.ID })
		case len(list) == 1:
			t = &list[0]
		}
	}
	id, err := uuid.Parse(r.AttemptID)
	return t, ofTwo || t != nil && r.AttemptID != "" && (err != nil || id != t.ID)
}
