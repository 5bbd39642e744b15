package paypal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Refund gives money back. A capture takes many refunds, so what was asked for before is
// looked for first among the order's refunds, by our id; PayPal keeps the key for 45 days
// beside. A refund is of one capture: of an attempt that was captured in parts, one that
// has enough left is taken.
func (c connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	text, ok := wire(r.Amount)
	if !ok {
		return failedRefund(failedBecause(noSuchAmount)), nil
	}
	m, o, err := c.begin(ctx, "refund", r)
	if err != nil {
		return pay.RefundFact{}, err
	}
	if made := invoiced(o.unit().Payments.Refunds, r.OperationID); made != nil {
		return refunded(*made, r, o.told)
	}
	from := refundable(o, r.Amount)
	if from == "" {
		return failedRefund(failedBecause("No capture at PayPal has that much left to give back.")), nil
	}
	var made payment
	answer, err := m.ask(ctx, question{"refund", http.MethodPost, pathCaptures + url.PathEscape(from) + "/refund", r.OperationID,
		map[string]any{"amount": text, "invoice_id": r.OperationID, "custom_id": r.Attempt.AttemptID}}, &made)
	switch why := refused(err); {
	case why != nil:
		return m.refundRefused(ctx, r, why)
	case err != nil:
		return pay.RefundFact{}, err
	}
	return refunded(made, r, answer.Told())
}

// refundRefused says what a refusal comes to. Another request for the same may have been
// faster.
func (m merchant) refundRefused(ctx context.Context, r gateway.OperationRequest, why *refusal) (pay.RefundFact, error) {
	o, err := m.read(ctx, r.Attempt.ExternalID)
	if err != nil {
		return pay.RefundFact{}, open(err)
	}
	if made := invoiced(o.unit().Payments.Refunds, r.OperationID); made != nil {
		return refunded(*made, r, o.told)
	}
	f := failedRefund(why.reason())
	if why.issue == "REFUND_TIME_LIMIT_EXCEEDED" {
		f.To = pay.RefundImpossible
	}
	return f, nil
}

// refundable is the id of the first capture that has that much left, or "".
func refundable(o order, m money.Money) string {
	payments := o.unit().Payments
	for _, c := range payments.Captures {
		left, ok := c.Amount.minor()
		if !ok || !c.hasMoney() || left.Currency != m.Currency {
			continue
		}
		for _, back := range payments.Refunds {
			gone, ok := back.Amount.minor()
			if ok && (len(payments.Captures) == 1 || back.of(c.ID)) && (back.Status == statusCompleted || back.Status == statusPending) {
				left.Minor -= gone.Minor
			}
		}
		if left.Minor >= m.Minor {
			return c.ID
		}
	}
	return ""
}

// refunded is what a refund of ours came to.
func refunded(made payment, r gateway.OperationRequest, told *time.Time) (pay.RefundFact, error) {
	f, ok := factOfRefund(made)
	if !ok || !made.Amount.is(r.Amount) {
		return pay.RefundFact{}, fmt.Errorf("%w: the refund is not what was asked for", errOpen)
	}
	f.At = told
	return f, nil
}

// factOfRefund is what a refund says; ok is false where its state is not known.
func factOfRefund(made payment) (f pay.RefundFact, ok bool) {
	f.ExternalID = &made.ID
	switch made.Status {
	case statusCompleted:
		f.To = pay.RefundSucceeded
	case statusPending:
		f.To = pay.RefundPending
	case statusCancelled:
		f.To = pay.RefundCancelled
	case statusFailed:
		f.To, f.Error = pay.RefundFailed, failedBecause("The money could not be given back.")
	}
	return f, f.To != "" && made.ID != ""
}

func failedRefund(why *pay.TransactionError) pay.RefundFact {
	return pay.RefundFact{To: pay.RefundFailed, Error: why}
}
