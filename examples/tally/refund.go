package tally

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Refund puts a refund at its own id, so that the same again is the same refund.
func (c connector) Refund(ctx context.Context, r gateway.OperationRequest) (pay.RefundFact, error) {
	var made struct {
		ID     string `json:"id"`
		Amount string `json:"amount"`
	}
	err := c.ask(ctx, r.Attempt, http.MethodPut, "/refunds/"+r.OperationID, map[string]string{"amount": r.Amount.Decimal()}, &made)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		why := &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Tally does not give the money back.", External: &pay.ExternalError{Code: &refused.word}}
		return pay.RefundFact{To: pay.RefundFailed, Error: why}, nil
	case err != nil:
		return pay.RefundFact{}, err
	}
	if got, err := money.ParseDecimal(made.Amount, r.Amount.Currency); err != nil || got != r.Amount.Minor || made.ID == "" {
		return pay.RefundFact{}, fmt.Errorf("%w: the refund is not what was asked for", errOpen)
	}
	return pay.RefundFact{To: pay.RefundSucceeded, ExternalID: &made.ID}, nil
}
