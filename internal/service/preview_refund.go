package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// RefundPreview is what a refund would come to.
type RefundPreview struct {
	Amount money.Money
	// Maximum is nil only where the caller sees no such payment.
	Maximum *money.Money
	Parts   []RefundPreviewPart
}

// RefundPreviewPart is what one attempt would give back.
type RefundPreviewPart struct {
	Transaction pay.Transaction
	Amount      money.Money
	Method      pay.RefundMethod
}

// PreviewRefund says what RefundPayment would do, with the same refusals, and
// stores nothing. With a refusal it still says the most that could be given back.
func (s *Service) PreviewRefund(ctx context.Context, in RefundPaymentInput) (RefundPreview, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsRefund)
	if err != nil {
		return RefundPreview{}, err
	}
	p, err := c.visiblePayment(ctx, in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return RefundPreview{}, err
	}
	wish, refusal := s.refundWish(ctx, c, in, p)
	if refusal != nil && pay.AsErrors(refusal) == nil {
		return RefundPreview{}, refusal
	}
	state := &pay.State{Payment: p, Actor: c.Actor, Now: s.clock()}
	if err := s.readParts(ctx, c.rows, state); err != nil {
		return RefundPreview{}, err
	}
	if err := readBalance(ctx, state, c.rows.CreditBalance); err != nil {
		return RefundPreview{}, err
	}
	amount := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: p.Currency} }
	preview := RefundPreview{Amount: amount(0), Maximum: ptr(amount(state.MaxRefund(wish)))}
	if refusal != nil {
		return preview, refusal
	}
	parts, no := state.PlanRefund(wish)
	for _, part := range parts {
		preview.Amount.Minor += part.AmountMinor
		preview.Parts = append(preview.Parts, RefundPreviewPart{Transaction: *state.Attempt(part.TransactionID), Amount: amount(part.AmountMinor), Method: part.Method})
	}
	return preview, refused(no)
}
