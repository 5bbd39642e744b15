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

// charge is what Tally has of an attempt.
type charge struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Reason   string `json:"reason"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Charge puts the attempt's charge, or finds the one that is there.
func (c connector) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	if !r.Capture {
		return failed("Tally takes money at once, and holds none."), nil
	}
	var made charge
	err := c.ask(ctx, r, http.MethodPut, "", map[string]string{"amount": r.Amount.Decimal(), "currency": string(r.Amount.Currency), Wallet: r.Form[Wallet]}, &made)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return failed("Tally does not accept the request."), nil
	case err != nil:
		return pay.Fact{}, err
	}
	return made.fact(r.Amount)
}

// Lookup reads the attempt's charge. Tally keeps charges for ever, so that one that is not
// there was never made.
func (c connector) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	var found charge
	err := c.ask(ctx, r, http.MethodGet, "", nil, &found)
	var refused *refusal
	switch {
	case errors.As(err, &refused) && refused.word == noSuchCharge:
		return pay.Fact{}, fmt.Errorf("tally: %w", gateway.ErrNoSuchAttempt)
	case err != nil:
		return pay.Fact{}, err
	}
	return found.fact(r.Amount)
}

// fact is what the charge says of the attempt. A state that is not known leaves the outcome
// open, and another amount has a person look.
func (c charge) fact(asked money.Money) (pay.Fact, error) {
	switch c.Status {
	case "refused":
		return pay.Fact{To: pay.TransactionFailed, ExternalID: &c.ID, Error: c.decline()}, nil
	case "paid":
		got, err := money.ParseDecimal(c.Amount, asked.Currency)
		if err != nil || got != asked.Minor || c.Currency != string(asked.Currency) {
			return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
		}
		return pay.Fact{To: pay.TransactionCaptured, AmountMinor: got, HeldMinor: new(int64), ExternalID: &c.ID}, nil
	}
	return pay.Fact{}, fmt.Errorf("%w: the charge has an unknown status", errOpen)
}

// decline is why Tally refused. After a soft decline the payer may pay later; only those
// that are known to be such are.
func (c charge) decline() *pay.TransactionError {
	kind := pay.HardDecline
	if c.Reason == "wallet_empty" {
		kind = pay.SoftDecline
	}
	return &pay.TransactionError{Code: pay.ErrorDeclined, Message: "The payment was declined.", DeclineType: &kind, Retryable: kind == pay.SoftDecline,
		External: &pay.ExternalError{Code: &c.Reason}}
}

func failed(why string) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, Error: &pay.TransactionError{Code: pay.ErrorGeneric, Message: why}}
}
