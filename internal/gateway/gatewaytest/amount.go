package gatewaytest

import (
	"context"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// exactAmounts tries the least and the greatest amount and one between, whose
// digits all differ, in currencies with no, two and three decimals.
func exactAmounts(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		for _, currency := range []money.Currency{"JPY", "EUR", "KWD"} {
			for _, minor := range []int64{1, 1234567, money.MaxMinor} {
				r, ok := in.request(b)
				if !ok {
					continue
				}
				r.Amount = money.Money{Minor: minor, Currency: currency}
				in.exactAmount(ctx, r)
			}
		}
	}
}

func (in *inspection) exactAmount(ctx context.Context, r gateway.ChargeRequest) {
	f, ok := in.mustCharge(ctx, r)
	switch {
	case !ok: // already reported
	case !succeeded(f):
		in.problem("%d minor units of %s become %s, want a success", r.Amount.Minor, r.Amount.Currency, f.To)
	default:
		in.judge(r, f, pay.TransactionCreated)
	}
}
