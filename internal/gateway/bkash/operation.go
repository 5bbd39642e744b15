package bkash

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// begin queries the payment that something is asked about. Until then nothing was asked
// for.
func (c connector) begin(ctx context.Context, what string, r gateway.OperationRequest) (merchant, payment, error) {
	m, err := c.merchant(r.Attempt)
	switch {
	case err != nil:
		return m, payment{}, fmt.Errorf("bkash %s: %w: %w", what, gateway.ErrNotSent, err)
	case r.Attempt.ExternalID == "":
		return m, payment{}, fmt.Errorf("%w: %s of a payment that is not known", errOpen, what)
	}
	p, err := m.query(ctx, r.Attempt.ExternalID)
	if err != nil {
		return m, p, fmt.Errorf("bkash %s: %w: %w", what, gateway.ErrNotSent, err)
	}
	return m, p, nil
}

// Cancel calls an attempt off. bKash has no request for that, and needs none: only this
// connector executes a payment, and of an attempt that was called off it is not asked to.
func (c connector) Cancel(ctx context.Context, r gateway.OperationRequest) (pay.OperationFact, error) {
	_, p, err := c.begin(ctx, "cancel", r)
	switch {
	case err != nil:
		return pay.OperationFact{}, err
	case p.Status == statusCompleted:
		return pay.OperationFact{To: pay.OperationFailed, Error: failedBecause("The payer has paid.")}, nil
	}
	return pay.OperationFact{To: pay.OperationSucceeded, ExternalID: &p.ID}, nil
}

// refund is one that bKash has.
type refund struct {
	Trx    string `json:"refundTrxId"`
	Status string `json:"refundTransactionStatus"`
	Amount string `json:"refundAmount"`
	SKU    string `json:"sku"`
}

// Refund gives money back. bKash takes no key for it, so what there is gets read first, and
// once more where bKash refuses. What was asked for before and is not there is asked for again
// only once bKash cannot be at it any more. bKash takes ten refunds of a payment.
func (c connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	if r.Amount.Currency != taka || r.Amount.Minor < 1 {
		return failedRefund(failedBecause(noSuchAmount)), nil
	}
	m, p, err := c.begin(ctx, "refund", r)
	switch {
	case err != nil:
		return pay.RefundFact{}, err
	case p.Status != statusCompleted || p.Trx == "":
		return failedRefund(failedBecause("There is no money to give back.")), nil
	}
	if f, found, err := m.find(ctx, r, p); found || err != nil {
		return f, err
	}
	if r.Again && isUnderWay(r.AskedAt, r.Attempt.Now) { // its list may not have it yet
		return pay.RefundFact{}, errUnderWay
	}
	var made refund
	answer, err := m.ask(ctx, "refund", pathRefund, map[string]string{"paymentId": p.ID, "trxId": p.Trx, "refundAmount": r.Amount.Decimal(),
		"sku": r.OperationID, "reason": "refund"}, &made)
	if why := refused(err); why != nil {
		return m.refundRefused(ctx, r, p, why)
	}
	if err != nil {
		return pay.RefundFact{}, err
	}
	return made.fact(r, answer.Told())
}

// find looks for the refund among those of the payment. Where bKash does not tell their sku,
// one of the same amount may be ours or another: what was asked for before is not asked for
// again then, and a person must look.
func (m merchant) find(ctx context.Context, r gateway.OperationRequest, p payment) (f pay.RefundFact, found bool, err error) {
	var list struct {
		Refunds []refund `json:"refundTransactions"`
	}
	answer, err := m.ask(ctx, "refunds", pathRefunds, map[string]string{"paymentId": p.ID, "trxId": p.Trx}, &list)
	switch {
	case refused(err) != nil && !r.Again: // that is how bKash may say that there are none
		return f, false, nil
	case err != nil && !r.Again:
		return f, false, fmt.Errorf("%w: %w", gateway.ErrNotSent, err)
	case err != nil:
		return f, false, open(err)
	}
	for _, made := range list.Refunds {
		if made.SKU == r.OperationID {
			f, err = made.fact(r, answer.Told())
			return f, true, err
		}
	}
	alike := func(made refund) bool {
		got, ok := minor(made.Amount)
		return made.SKU == "" && (!ok || got == r.Amount.Minor)
	}
	if r.Again && slices.ContainsFunc(list.Refunds, alike) {
		return f, false, fmt.Errorf("%w: a refund of the same amount is there, and bKash does not tell whose", errOpen)
	}
	return f, false, nil
}

// refundRefused says what a refusal comes to. Another request for the same may have been
// faster.
func (m merchant) refundRefused(ctx context.Context, r gateway.OperationRequest, p payment, why *refusal) (pay.RefundFact, error) {
	r.Again = true
	if f, found, err := m.find(ctx, r, p); found || err != nil {
		return f, err
	}
	if !certain[why.code] && !mistakes[why.code] {
		return pay.RefundFact{}, fmt.Errorf("%w: %s", errOpen, why.Error())
	}
	f := failedRefund(why.reason())
	if why.code == codeReversalOver || why.code == codeIrreversible {
		f.To = pay.RefundImpossible
	}
	return f, nil
}

// fact is what a refund of ours came to.
func (made refund) fact(r gateway.OperationRequest, told *time.Time) (pay.RefundFact, error) {
	got, ok := minor(made.Amount)
	if made.Trx == "" || !ok || got != r.Amount.Minor {
		return pay.RefundFact{}, fmt.Errorf("%w: the refund is not what was asked for", errOpen)
	}
	f := pay.RefundFact{ExternalID: &made.Trx, At: told}
	switch made.Status {
	case statusCompleted:
		f.To = pay.RefundSucceeded
	case "Pending", "Processing", statusInitiated:
		f.To = pay.RefundPending
	case "Failed", "Failure", "Cancelled":
		f.To, f.Error = pay.RefundFailed, failedBecause("The money could not be given back.")
	default:
		return pay.RefundFact{}, fmt.Errorf("%w: the refund has an unknown status", errOpen)
	}
	return f, nil
}

func failedRefund(why *pay.TransactionError) pay.RefundFact {
	return pay.RefundFact{To: pay.RefundFailed, Error: why}
}
