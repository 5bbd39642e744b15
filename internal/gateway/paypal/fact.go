package paypal

import (
	"fmt"
	"slices"

	"github.com/paygraph/paygraph/internal/pay"
)

// strange says that an order is not the attempt's, or for another amount. It is not
// believed: a person must look.
func (a attempt) strange(o order) (pay.Fact, bool) {
	intent := intentAuthorize
	if a.Capture {
		intent = intentCapture
	}
	u := o.unit()
	if u.CustomID != a.AttemptID || !u.Amount.is(a.Amount) || o.Intent != "" && o.Intent != intent {
		return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, true
	}
	return pay.Fact{}, false
}

// fact is what the order says of the attempt. A state that is not known leaves the outcome
// open.
func (a attempt) fact(o order) (pay.Fact, error) {
	if len(o.Units) == 0 && o.waits() { // an answer without what was asked for
		return a.action(o)
	}
	if f, ok := a.strange(o); ok {
		return f, nil
	}
	switch {
	case o.waits() && a.Answered:
		return unapproved(o), nil
	case o.waits(), o.Status == statusApproved:
		return a.action(o)
	case o.Status == statusVoided:
		return pay.Fact{To: pay.TransactionVoided, ExternalID: &o.ID, At: o.told}, nil
	case o.Status != statusCompleted:
		return pay.Fact{}, fmt.Errorf("%w: the order has an unknown status", errOpen)
	}
	var f pay.Fact
	var err error
	if a.Capture {
		f, err = a.factOfCaptures(o.unit().Payments.Captures, nil)
	} else {
		f, err = a.factOfHold(o.unit())
	}
	if err == nil && f.Attention == "" {
		f.ExternalID, f.At, f.Details = &o.ID, o.told, wallet()
	}
	return f, err
}

// action sends the payer to PayPal.
func (a attempt) action(o order) (pay.Fact, error) {
	i := slices.IndexFunc(o.Links, func(l link) bool { return l.Rel == "payer-action" || l.Rel == "approve" })
	if i < 0 {
		return pay.Fact{}, fmt.Errorf("%w: the order has no address for the payer", errOpen)
	}
	return pay.Fact{To: pay.TransactionRequiresAction, ExternalID: &o.ID, At: o.told,
		Action: &pay.TransactionAction{Type: pay.ActionRedirect, ExternalTransactionID: &o.ID, URL: &o.Links[i].Href}}, nil
}

// unapproved is the fact that the payer came back and had not approved. The order stays at
// PayPal for some hours, but nobody takes its money.
func unapproved(o order) pay.Fact {
	return pay.Fact{To: pay.TransactionFailed, ExternalID: &o.ID,
		Error: &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The payer did not approve the payment."}}
}

// factOfCaptures sums up captures; of an order that was to be captured there is one. What
// is held beside is told where it is known.
func (a attempt) factOfCaptures(list []payment, held *int64) (pay.Fact, error) {
	var sum, fees int64
	var pending, failed *payment
	known := true
	f := pay.Fact{To: pay.TransactionCaptured, HeldMinor: held}
	for i, c := range list {
		got, ok := c.Amount.minor()
		switch {
		case !ok || got.Currency != a.Amount.Currency || a.Capture && got != a.Amount:
			return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
		case c.hasMoney():
			sum += got.Minor
			f.ExternalID2 = &list[i].ID
			fee := c.fee(got.Minor)
			if known = known && fee != nil; known {
				fees += *fee
			}
		case c.Status == statusPending:
			pending = &list[i]
		case c.isDeclined():
			failed = &list[i]
		default:
			return pay.Fact{}, fmt.Errorf("%w: a capture has an unknown status", errOpen)
		}
	}
	switch {
	case sum > 0:
		f.AmountMinor = sum
		if known {
			f.FeeMinor = &fees
		}
		if f.HeldMinor == nil {
			f.HeldMinor = new(int64)
		}
		return f, nil
	case pending != nil:
		return pay.Fact{To: pay.TransactionPending, ExternalID2: &pending.ID}, nil
	case failed != nil:
		return failedFact(failed.reason()), nil
	}
	return pay.Fact{}, fmt.Errorf("%w: the order is complete without a capture", errOpen)
}

// factOfHold is what an authorization says, with what was captured of it.
func (a attempt) factOfHold(u unit) (pay.Fact, error) {
	if len(u.Payments.Authorizations) != 1 {
		return pay.Fact{}, fmt.Errorf("%w: the order is complete without a hold", errOpen)
	}
	hold := u.Payments.Authorizations[0]
	if !hold.Amount.is(a.Amount) {
		return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
	}
	taken := slices.ContainsFunc(u.Payments.Captures, payment.hasMoney)
	if taken {
		return a.factOfCaptures(u.Payments.Captures, new(a.left(hold, u.Payments.Captures)))
	}
	f, ok := factOfAuthorization(hold)
	if !ok {
		return pay.Fact{}, fmt.Errorf("%w: the hold has an unknown status", errOpen)
	}
	return f, nil
}

// left is what a hold still holds after captures, in minor units.
func (a attempt) left(hold payment, captures []payment) int64 {
	if hold.Status != statusPartCaptured && hold.Status != statusCreated {
		return 0
	}
	left := a.Amount.Minor
	for _, c := range captures {
		got, ok := c.Amount.minor()
		if ok && c.hasMoney() {
			left -= got.Minor
		}
		if c.Final && c.hasMoney() {
			return 0
		}
	}
	return max(left, 0)
}

// factOfAuthorization is what a hold says of which nothing was captured; ok is false where
// its state is not known.
func factOfAuthorization(hold payment) (f pay.Fact, ok bool) {
	f.ExternalID2 = &hold.ID
	switch hold.Status {
	case statusCreated:
		held, ok := hold.Amount.minor()
		f.To, f.AmountMinor, f.HoldExpiresAt = pay.TransactionAuthorized, held.Minor, hold.Expires
		return f, ok
	case statusPending:
		f.To = pay.TransactionPending
	case statusDenied:
		f.To, f.Error = pay.TransactionFailed, hold.reason()
	case statusVoided:
		f.To = pay.TransactionVoided
	case statusExpired:
		f.To = pay.TransactionExpired
	}
	return f, f.To != ""
}

// fee is what PayPal kept of a capture, in minor units. It is not known yet for what is
// pending, and not in this currency where PayPal pays out another.
func (p payment) fee(captured int64) *int64 {
	kept, ok := p.Receivable.Fee.minor()
	gross, _ := p.Amount.minor()
	if !ok || kept.Currency != gross.Currency || kept.Minor > captured {
		return nil
	}
	return &kept.Minor
}

func wallet() pay.MethodDetails {
	return pay.MethodDetails{Wallet: &pay.WalletDetails{Brand: new("PayPal")}}
}
