package gatewaytest

import (
	"context"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// refund is about captured money that goes back: all of it, in parts, and what does not.
func refund(ctx context.Context, in *inspection) {
	refunder, ok := in.subject.Connector.(gateway.Refunder)
	if !ok {
		in.unable("refunds")
		return
	}
	d := deed{"Refund", func(ctx context.Context, r gateway.OperationRequest) (came, error) {
		f, err := refunder.Refund(ctx, r)
		return came{refundOutcomes[f.To], text(f.ExternalID), f.Error}, err
	}}
	if r, _, ok := in.made(ctx, ApprovedCaptured, pay.TransactionCaptured); ok {
		in.once(ctx, d, about(r, r.Amount.Minor))
		in.books(r, Books{Captured: r.Amount.Decimal(), Refunded: r.Amount.Decimal()})
	}
	in.refundParts(ctx, d)
	if r, _, ok := in.made(ctx, RefundLost, pay.TransactionCaptured); ok {
		in.lostAnswer(ctx, d, about(r, r.Amount.Minor))
		in.books(r, Books{Captured: r.Amount.Decimal(), Refunded: r.Amount.Decimal()})
	}
	in.slowRefund(ctx, d)
	if r, _, ok := in.made(ctx, RefundPending, pay.TransactionCaptured); ok {
		in.must(ctx, d, about(r, r.Amount.Minor), pay.OperationPending)
	}
	if r, _, ok := in.made(ctx, RefundRefused, pay.TransactionCaptured); ok {
		in.must(ctx, d, about(r, r.Amount.Minor), pay.OperationFailed)
		in.books(r, Books{Captured: r.Amount.Decimal()})
	}
}

// refundOutcomes are the states of refunds as those of operations.
var refundOutcomes = map[pay.RefundState]pay.OperationStatus{pay.RefundPending: pay.OperationPending, pay.RefundSucceeded: pay.OperationSucceeded,
	pay.RefundFailed: pay.OperationFailed, pay.RefundImpossible: pay.OperationFailed}

// refundParts gives back two equal parts: they are two refunds, though all of them but
// the id is the same.
func (in *inspection) refundParts(ctx context.Context, d deed) {
	r, _, ok := in.made(ctx, ApprovedCaptured, pay.TransactionCaptured)
	if !ok {
		return
	}
	part := money.Money{Minor: r.Amount.Minor / 2, Currency: r.Amount.Currency}
	seen := map[string]bool{}
	for range 2 {
		o := about(r, part.Minor)
		if c, ok := in.must(ctx, d, o, pay.OperationSucceeded); ok {
			seen[c.externalID] = true
			in.repeat(ctx, d, o, c)
		}
	}
	if len(seen) != 2 {
		in.problem("two refunds have the external ids %v, want two", seen)
	}
	both := money.Money{Minor: 2 * part.Minor, Currency: part.Currency}
	in.books(r, Books{Captured: r.Amount.Decimal(), Refunded: both.Decimal()})
	in.keep(RefundParts)
}
