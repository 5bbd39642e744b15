package bkash

import (
	"fmt"
	"strings"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// isConfirmed says that the payer confirmed the payment, as far as bKash tells, and that
// nobody executed it.
func (p payment) isConfirmed() bool {
	return p.Status == statusInitiated && p.Verified != statusIncomplete
}

// minor is an amount of bKash's in minor units: "15" and "15.5" are told too.
func minor(text string) (int64, bool) {
	n, err := money.ParseDecimal(text, taka)
	return n, err == nil && n >= 0
}

// isStrange says that a payment is not the attempt's, or for another amount.
func (a attempt) isStrange(p payment) bool {
	got, ok := minor(p.Amount)
	invoice := p.Invoice + p.Queried
	return !ok || got != a.Amount.Minor || p.Currency != "" && p.Currency != string(taka) || invoice != "" && invoice != a.AttemptID
}

// strange is the fact of what is not believed: a person must look.
func strange() pay.Fact {
	return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}
}

// fact is what the payment says of the attempt. A state that is not known leaves the
// outcome open.
func (a attempt) fact(p payment) (pay.Fact, error) {
	if a.isStrange(p) {
		return strange(), nil
	}
	switch p.Status {
	case statusCompleted:
		f := pay.Fact{To: pay.TransactionCaptured, AmountMinor: a.Amount.Minor, HeldMinor: new(int64), ExternalID: &p.ID, At: p.told, Details: wallet(p.Payer)}
		if p.Trx != "" {
			f.ExternalID2 = &p.Trx
		}
		return f, nil
	case statusInitiated:
		if a.Answered {
			return unconfirmed(p), nil
		}
		// bKash tells the payer's address once, when the payment is created; the program has it.
		return pay.Fact{To: pay.TransactionRequiresAction, ExternalID: &p.ID, At: p.told}, nil
	case "Cancelled", "Canceled", "Expired":
		return unconfirmed(p), nil
	case "Failed", "Failure", "Declined":
		return pay.Fact{To: pay.TransactionFailed, ExternalID: &p.ID, Error: declined(pay.SoftDecline, p.Status)}, nil
	}
	return pay.Fact{}, fmt.Errorf("%w: the payment has an unknown status", errOpen)
}

// unconfirmed is the fact that the payer came back and had not confirmed. The payment stays
// at bKash for a while, but nobody executes it.
func unconfirmed(p payment) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, ExternalID: &p.ID,
		Error: &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The payer did not confirm the payment."}}
}

// wallet is what is kept of the payer's: the last three digits of a telephone number.
func wallet(payer string) pay.MethodDetails {
	w := pay.WalletDetails{Brand: new("bKash")}
	if n := len(payer); n > 3 {
		w.MaskedAccount = new(strings.Repeat("*", n-3) + payer[n-3:])
	}
	return pay.MethodDetails{Wallet: &w}
}

// failedFact is the fact that an attempt failed for a reason; nothing without one.
func failedFact(why *pay.TransactionError) pay.Fact {
	if why == nil {
		return pay.Fact{}
	}
	return pay.Fact{To: pay.TransactionFailed, Error: why}
}
