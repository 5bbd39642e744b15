package gatewaytest

import (
	"context"
	"errors"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// exactAmounts tries the least and the greatest amount and some between, one of whose
// digits all differ, in currencies with no, two and three decimals. Providers count some
// of them otherwise than ISO 4217: the krona and the Uganda shilling with decimals that are
// always zero, the ariary without any.
func exactAmounts(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		for _, currency := range []money.Currency{"JPY", "EUR", "KWD", "ISK", "UGX", "CLP", "MGA", "HUF", "TWD"} {
			for _, minor := range []int64{1, 500, 12340, 1234567, money.MaxMinor} {
				r, ok := in.request(b)
				if !ok {
					continue
				}
				r.Amount = money.Money{Minor: minor, Currency: currency}
				in.exactAmount(ctx, r)
				in.keep(AmountsExact)
			}
		}
	}
}

// mayExceed is the amount from which on the connector need not know that it is too large:
// that may be a matter of the merchant's account. It is in minor units.
const mayExceed = 100_000

func (in *inspection) exactAmount(ctx context.Context, r gateway.ChargeRequest) {
	taken := in.subject.Takes == nil || in.subject.Takes(r.Amount)
	if said := gateway.Takes(in.subject.Connector, r.Amount); said != taken && (taken || r.Amount.Minor <= mayExceed) {
		in.problem("the connector says %t of whether %d minor units of %s are taken, want %t", said, r.Amount.Minor, r.Amount.Currency, taken)
	}
	if !taken {
		in.refusedAmount(ctx, r)
		return
	}
	f, ok := in.mustCharge(ctx, r)
	switch {
	case !ok: // already reported
	case !succeeded(f):
		in.problem("%d minor units of %s become %s, want a success", r.Amount.Minor, r.Amount.Currency, f.To)
	default:
		in.judge(r, f, pay.TransactionCreated)
		want := Books{Held: r.Amount.Decimal()}
		if r.Capture {
			want = Books{Captured: r.Amount.Decimal()}
		}
		in.books(r, want)
	}
}

// saidBeforehand is that of what the connector says is not taken nothing is: no currency,
// and no hold where it says that it never holds. Otherwise payers would be sent there.
func saidBeforehand(ctx context.Context, in *inspection) {
	for _, b := range in.successes() {
		for _, currency := range money.Currencies() {
			r, ok := in.request(b)
			if ok && !gateway.TakesCurrency(in.subject.Connector, currency) {
				r.Amount = money.Money{Minor: 10_000, Currency: currency}
				in.refusedAmount(ctx, r)
			}
		}
		if r, ok := in.request(b); ok && in.subject.Connector.Describe().NeverHolds {
			r.Capture = false
			in.refusedAmount(ctx, r)
		}
	}
}

// refusedAmount is about amounts that the provider does not take: that is certain.
func (in *inspection) refusedAmount(ctx context.Context, r gateway.ChargeRequest) {
	f, err := in.charge(ctx, r)
	switch {
	case err != nil && !errors.Is(err, gateway.ErrNotSent):
		in.problem("%d minor units of %s, which are not taken, fail with %q, want a certain failure", r.Amount.Minor, r.Amount.Currency, err)
	case err == nil && f.To != pay.TransactionFailed:
		in.problem("%d minor units of %s, which are not taken, become %s, want %s", r.Amount.Minor, r.Amount.Currency, f.To, pay.TransactionFailed)
	case err == nil:
		in.judge(r, f, pay.TransactionCreated)
	}
	in.books(r, Books{})
}
