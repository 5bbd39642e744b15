package sandbox

import (
	"fmt"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// The tariff, the same in every currency.
const (
	feeBasisPoints = 140
	feeFixedMinor  = 25
)

func approve(r gateway.ChargeRequest) (pay.Fact, error) { return approved(r, r.Amount.Minor) }

// approveAgain approves what is sent for the second time.
func approveAgain(r gateway.ChargeRequest) (pay.Fact, error) {
	if !r.Again {
		return unanswered(r)
	}
	return approve(r)
}

func approveTooMuch(r gateway.ChargeRequest) (pay.Fact, error) {
	return approved(r, r.Amount.Minor+1)
}

func approveHalf(r gateway.ChargeRequest) (pay.Fact, error) {
	return approved(r, max(1, r.Amount.Minor/2))
}

func hold(r gateway.ChargeRequest) (pay.Fact, error) {
	r.Capture = false
	return approved(r, r.Amount.Minor)
}

// approved makes the fact that minor units were captured or held.
func approved(r gateway.ChargeRequest, minor int64) (pay.Fact, error) {
	// At most the amount that was asked, which is known to be in range: the
	// wrong amount may lie one beyond it.
	charged, err := fee(min(minor, r.Amount.Minor))
	if err != nil {
		return pay.Fact{}, fmt.Errorf("sandbox: %w", err)
	}
	f := pay.Fact{
		To:          pay.TransactionAuthorized,
		AmountMinor: minor,
		ExternalID:  new(externalID(r.AttemptID)),
		Details:     details(r),
	}
	if r.Capture {
		f.To, f.FeeMinor = pay.TransactionCaptured, &charged
		if r.MethodType == pay.MethodVoucher {
			f.VoucherMinor, f.VoucherCount = minor, r.VoucherCount
		}
	}
	return f, nil
}

// fee is the tariff for an amount in minor units, never more than the amount.
func fee(minor int64) (int64, error) {
	part, err := money.Percent(minor, feeBasisPoints)
	if err != nil {
		return 0, fmt.Errorf("fee: %w", err)
	}
	return min(part+feeFixedMinor, minor), nil
}

// details are those of the stored method, or invented ones of the request's
// sort of money. They are made anew each time: facts outlive the call, and a
// shared one could be changed under another payment.
func details(r gateway.ChargeRequest) pay.MethodDetails {
	if r.Details != (pay.MethodDetails{}) {
		return r.Details
	}
	switch r.MethodType {
	case pay.MethodCard:
		return pay.MethodDetails{Card: &pay.CardDetails{Brand: new("visa"), LastFour: new("4242"),
			ExpirationMonth: new(12), ExpirationYear: new(2034)}}
	case pay.MethodVoucher:
		return pay.MethodDetails{Voucher: &pay.VoucherDetails{Brand: new("Sandbox Voucher"), LastFour: new("4242")}}
	case pay.MethodLocalWallet, pay.MethodMobileWallet:
		return pay.MethodDetails{Wallet: &pay.WalletDetails{Brand: new("Sandbox Wallet"), MaskedAccount: new("*** *** **42")}}
	case pay.MethodDirectDebit:
		return pay.MethodDetails{DirectDebit: &pay.DirectDebitDetails{MaskedIBAN: new("DE50 **** 4242")}}
	}
	return pay.MethodDetails{}
}
