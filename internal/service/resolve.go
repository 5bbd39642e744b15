package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// ResolveTransactionInput is what a person found out about an attempt whose outcome is
// not known.
type ResolveTransactionInput struct {
	IdempotencyKey string
	TransactionID  string
	Outcome        pay.ResolvedOutcome
	// Amount is what is held or was captured; left out, all that was asked for.
	Amount     *pay.MoneyInput
	ExternalID *string
	Note       string
}

// ResolveTransaction takes a person's word for the outcome of an attempt that the
// gateway itself cannot tell: after a look at the provider's dashboard, say. The
// gateway is asked once more before. For callers with payments:approve, but no
// customer.
func (s *Service) ResolveTransaction(ctx context.Context, in ResolveTransactionInput) (Paid, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return Paid{}, err
	}
	at := pay.At("input")
	t, err := c.visibleAttempt(ctx, in.TransactionID, at.Then("transactionId"))
	if err != nil {
		return Paid{}, err
	}
	minor, err := positive(in.Amount, t.Currency, at.Then("amount"))
	if err != nil {
		return Paid{}, err
	}
	var faults checks
	faults.text(&in.Note, 1, 1000, at.Then("note"))
	faults.text(in.ExternalID, 1, 255, at.Then("externalId"))
	if minor != nil && in.Outcome == pay.ResolvedFailed {
		faults.Addf(pay.CodeInvalidInput, at.Then("amount"), "What failed has no amount.")
	}
	if faults.Any() {
		return Paid{}, faults.Err()
	}
	if err := s.refreshLive(ctx, c, t.PaymentID); err != nil {
		return Paid{}, err
	}
	wish := content{"transaction": t.ID, "outcome": in.Outcome, "minor": minor, "externalId": in.ExternalID, "note": in.Note}
	result, err := s.decide(ctx, c, opResolve, in.IdempotencyKey, t, wish, func(state *pay.State) (*pay.Error, error) {
		return state.Resolve(t.ID, in.Outcome.Fact(*state.Attempt(t.ID), minor, in.ExternalID), in.Note)
	})
	if store.IsDuplicateExternalID(err) && in.ExternalID != nil {
		err = c.sameCharge(ctx, t.GatewayID, *in.ExternalID)
	}
	return result, err
}

// sameCharge refuses a provider's id that another attempt at the gateway has, and names that
// attempt where the caller may see it.
func (c caller) sameCharge(ctx context.Context, gateway uuid.UUID, id string) error {
	found, err := first(c.rows.TransactionsByExternalID(ctx, gateway, []string{id}))
	if err != nil {
		return err
	}
	existing := ""
	if found != nil {
		existing = found.GlobalID()
	}
	return pay.Errors{duplicateReference(existing, pay.At("input", "externalId"))}
}

// ResolveAttentionInput is which reasons for attention a person has seen to.
type ResolveAttentionInput struct {
	PaymentID       string
	ExpectedVersion *int
	Reasons         []pay.AttentionReason
	Note            string
}

// ResolveAttention notes that a person has seen to why a payment needed attention. The
// reasons come back with the next fact of the same sort. For callers with
// payments:approve, but no customer.
func (s *Service) ResolveAttention(ctx context.Context, in ResolveAttentionInput) (pay.Payment, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return pay.Payment{}, err
	}
	at := pay.At("input")
	p, err := c.visiblePayment(ctx, in.PaymentID, at.Then("paymentId"))
	if err != nil {
		return pay.Payment{}, err
	}
	var faults checks
	faults.text(&in.Note, 1, 1000, at.Then("note"))
	faults.bulk(len(in.Reasons), 10, at.Then("reasons"))
	if faults.Any() {
		return pay.Payment{}, faults.Err()
	}
	return s.editPayment(ctx, c, p.ID, in.ExpectedVersion, func(state *pay.State) (bool, *pay.Error) {
		return true, state.Acknowledge(in.Reasons, in.Note)
	})
}
