package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/pay"
)

// told is when Stripe gave an answer, by its own clock (UTC): what it says is true of then.
func told(r *stripe.APIResponse) *time.Time {
	if r == nil {
		return nil
	}
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return nil
	}
	return &at
}

// fact is what the intent says of the attempt. One that is not the attempt's, or for
// another amount, is not believed: a person must look.
func (a attempt) fact(i *stripe.PaymentIntent) (pay.Fact, error) {
	amount, currency, ok := minor(i.Amount, i.Currency)
	if !ok || amount != a.Amount.Minor || currency != a.Amount.Currency || i.Metadata[attemptKey] != a.AttemptID ||
		i.Livemode != (a.Environment == pay.Live) || isUneven(i) {
		return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
	}
	f, err := factOf(i, a.Settings)
	if err == nil {
		f.At = told(i.LastResponse)
	}
	return f, err
}

// isUneven says that another amount moved than the intent is for. Only what was held first
// may be taken in part.
func isUneven(i *stripe.PaymentIntent) bool {
	switch i.Status {
	case stripe.PaymentIntentStatusRequiresCapture:
		return i.AmountCapturable != i.Amount
	case stripe.PaymentIntentStatusSucceeded:
		return i.AmountReceived > i.Amount || i.AmountReceived < i.Amount && i.CaptureMethod != stripe.PaymentIntentCaptureMethodManual
	}
	return false
}

// factOf is what an intent says, whoever asks. A state that is not known leaves the outcome
// open.
func factOf(i *stripe.PaymentIntent, settings pay.GatewayParameters) (pay.Fact, error) {
	f := pay.Fact{ExternalID: &i.ID}
	switch i.Status {
	case stripe.PaymentIntentStatusSucceeded:
		f.To, f.HeldMinor = pay.TransactionCaptured, new(int64) // Stripe releases what a capture leaves
		return withMoney(f, i, i.AmountReceived)
	case stripe.PaymentIntentStatusRequiresCapture:
		f.To = pay.TransactionAuthorized
		return withMoney(f, i, i.AmountCapturable)
	case stripe.PaymentIntentStatusProcessing:
		f.To = pay.TransactionPending
	case stripe.PaymentIntentStatusRequiresAction:
		f.To, f.Action = pay.TransactionRequiresAction, action(i.ID, i.ClientSecret, redirectOf(i.NextAction), settings)
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusRequiresConfirmation:
		if i.LastPaymentError == nil {
			return pay.Fact{}, fmt.Errorf("%w: the intent waits to be confirmed", errOpen)
		}
		f.To, f.Error = pay.TransactionFailed, declined(i.LastPaymentError)
	case stripe.PaymentIntentStatusCanceled:
		return canceled(f, i), nil
	default:
		return pay.Fact{}, fmt.Errorf("%w: the intent has an unknown status", errOpen)
	}
	return f, nil
}

// canceled tells what ended with an intent: a hold, or an attempt without money. Stripe
// cancels by itself what was held for too long.
func canceled(f pay.Fact, i *stripe.PaymentIntent) pay.Fact {
	held := i.CaptureMethod == stripe.PaymentIntentCaptureMethodManual && i.LatestCharge != nil && i.LastPaymentError == nil
	switch {
	case held && i.CancellationReason == stripe.PaymentIntentCancellationReasonAutomatic:
		f.To = pay.TransactionExpired
	case held:
		f.To = pay.TransactionVoided
	default:
		f.To, f.Error = pay.TransactionCancelled, &pay.TransactionError{Code: pay.ErrorCancelled, Message: "The attempt was called off."}
	}
	return f
}

// withMoney adds the amount, and what is told beside it.
func withMoney(f pay.Fact, i *stripe.PaymentIntent, amount int64) (pay.Fact, error) {
	var ok bool
	if f.AmountMinor, _, ok = minor(amount, i.Currency); !ok {
		return pay.Fact{}, fmt.Errorf("%w: an amount that is no whole number of minor units", errOpen)
	}
	if i.LatestCharge == nil {
		return f, nil
	}
	f.ExternalID2 = &i.LatestCharge.ID
	f.Details = details(i.LatestCharge.PaymentMethodDetails)
	if f.To == pay.TransactionCaptured {
		f.FeeMinor = fee(i.LatestCharge.BalanceTransaction, i.Currency, f.AmountMinor)
	}
	if d := i.LatestCharge.PaymentMethodDetails; d != nil && d.Card != nil && d.Card.CaptureBefore > 0 {
		f.HoldExpiresAt = new(time.Unix(d.Card.CaptureBefore, 0).UTC())
	}
	return f, nil
}

// fee is what Stripe kept, in minor units of the payment's currency. It is not known yet
// for what takes days, and not in this currency where Stripe pays out another.
func fee(b *stripe.BalanceTransaction, currency stripe.Currency, captured int64) *int64 {
	if b == nil || b.ID == "" || b.Currency != currency {
		return nil
	}
	kept, _, ok := minor(b.Fee, b.Currency)
	if !ok || kept < 0 || kept > captured {
		return nil
	}
	return &kept
}

// details are the masked ones of what paid.
func details(d *stripe.ChargePaymentMethodDetails) pay.MethodDetails {
	switch {
	case d == nil:
	case d.Card != nil:
		return cardDetails(string(d.Card.Brand), d.Card.Last4, d.Card.ExpMonth, d.Card.ExpYear)
	case d.SEPADebit != nil:
		return debitDetails(d.SEPADebit.Country, d.SEPADebit.Last4)
	}
	return pay.MethodDetails{}
}

func cardDetails(brand, last4 string, month, year int64) pay.MethodDetails {
	return pay.MethodDetails{Card: &pay.CardDetails{Brand: &brand, LastFour: &last4, ExpirationMonth: new(int(month)), ExpirationYear: new(int(year))}}
}

func debitDetails(country, last4 string) pay.MethodDetails {
	return pay.MethodDetails{DirectDebit: &pay.DirectDebitDetails{MaskedIBAN: new(country + "** **** " + last4)}}
}

func redirectOf(n *stripe.PaymentIntentNextAction) string {
	if n == nil || n.RedirectToURL == nil {
		return ""
	}
	return n.RedirectToURL.URL
}

// action is what the payer must do: visit a page, or else whatever Stripe's own script in
// the payer's browser makes of the intent.
func action(id, secret, redirect string, settings pay.GatewayParameters) *pay.TransactionAction {
	a := &pay.TransactionAction{Type: pay.ActionRedirect, ExternalTransactionID: &id, URL: &redirect}
	if redirect == "" {
		data, err := json.Marshal(map[string]string{"clientSecret": secret, "publishableKey": settings.Value(PublishableKey)})
		if err != nil {
			return nil
		}
		a.Type, a.URL, a.Data = pay.ActionDropin, nil, pay.JSON(data)
	}
	return a
}
