package adyen

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// result is what Adyen answers to a payment, or a step of one.
type result struct {
	ResultCode        string            `json:"resultCode"`
	PSPReference      string            `json:"pspReference"`
	MerchantReference string            `json:"merchantReference"`
	RefusalReasonCode string            `json:"refusalReasonCode"`
	Amount            *amount           `json:"amount"`
	Action            json.RawMessage   `json:"action"`
	AdditionalData    map[string]string `json:"additionalData"`
	PaymentMethod     struct {
		Brand string `json:"brand"`
		Type  string `json:"type"`
	} `json:"paymentMethod"`
}

// fact is what a result says of the attempt. One that is another's, or of another amount,
// is not believed: a person must look. A code that is not known leaves the outcome open.
func (a attempt) fact(got result) (pay.Fact, error) {
	if got.MerchantReference != "" && got.MerchantReference != a.reference() {
		return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
	}
	f := pay.Fact{}
	if got.PSPReference != "" {
		f.ExternalID = &got.PSPReference
	}
	switch got.ResultCode {
	case "Authorised", "PartiallyAuthorised":
		return a.success(f, got)
	case "Refused", "Error":
		f.To, f.Error = pay.TransactionFailed, declined(got.RefusalReasonCode)
	case "Cancelled":
		f.To, f.Error = pay.TransactionFailed, cancelledByPayer()
	case "Pending", "Received":
		f.To = pay.TransactionPending
	case "RedirectShopper", "IdentifyShopper", "ChallengeShopper", "PresentToShopper":
		return a.action(got)
	default:
		return pay.Fact{}, fmt.Errorf("%w: an unknown result", errOpen)
	}
	return f, nil
}

// success is about money that is held or taken, or a method that is saved. What is to be
// captured at once counts as captured: Adyen sends no word of that but when it fails.
func (a attempt) success(f pay.Fact, got result) (pay.Fact, error) {
	partly := got.ResultCode == "PartiallyAuthorised"
	if f.ExternalID == nil || partly && got.Amount == nil {
		return pay.Fact{}, fmt.Errorf("%w: a success without a reference or an amount", errOpen)
	}
	f.AmountMinor = a.Amount.Minor
	if got.Amount != nil {
		told, ok := got.Amount.money()
		if !ok || told.Currency != a.Amount.Currency || told.Minor > a.Amount.Minor || told.Minor != a.Amount.Minor && !partly {
			return pay.Fact{To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, nil
		}
		f.AmountMinor = told.Minor
	}
	f.Details = a.details(got)
	switch {
	case a.isSave():
		return a.saved(f, got)
	case !a.Capture:
		f.To = pay.TransactionAuthorized
		return f, nil
	}
	f.To, f.HeldMinor = pay.TransactionCaptured, new(int64)
	if a.MethodType == pay.MethodVoucher {
		f.VoucherMinor, f.VoucherCount = f.AmountMinor, a.VoucherCount
	}
	return f, nil
}

// The names that Adyen has for the id of a saved method, the newer one first.
var storedNames = []string{"tokenization.storedPaymentMethodId", "recurring.recurringDetailReference"}

// saved adds the token. Adyen tells the id of what it saved only where the merchant
// switched that on; without it nothing could be paid.
func (a attempt) saved(f pay.Fact, got result) (pay.Fact, error) {
	for _, name := range storedNames {
		if id := got.AdditionalData[name]; id != "" {
			token := a.AttemptID + "/" + id
			if !savedForm.Matches(token) {
				return pay.Fact{}, fmt.Errorf("%w: the id of what was saved is none", errOpen)
			}
			f.To, f.SavedToken = pay.TransactionCaptured, &token
			return f, nil
		}
	}
	f.To, f.Details = pay.TransactionFailed, pay.MethodDetails{}
	f.Error = &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Adyen does not tell the id of what it saved; switch on the recurring details in its additional data."}
	return f, nil
}

// action is what the payer must do: visit a page, or else whatever Adyen's own script makes
// of it. There is no external id yet: the payment gets its own once the payer has acted.
func (a attempt) action(got result) (pay.Fact, error) {
	var what struct {
		Type      string     `json:"type"`
		Method    string     `json:"method"`
		URL       string     `json:"url"`
		ExpiresAt *time.Time `json:"expiresAt"`
	}
	if json.Unmarshal(got.Action, &what) != nil || what.Type == "" {
		return pay.Fact{}, fmt.Errorf("%w: an action that cannot be read", errOpen)
	}
	todo := &pay.TransactionAction{Type: pay.ActionDropin, Data: a.scriptData(got.Action), ExpiresAt: what.ExpiresAt}
	if got.PSPReference != "" {
		todo.ExternalTransactionID = &got.PSPReference
	}
	if u, err := url.Parse(what.URL); what.Type == "redirect" && what.Method != "POST" && err == nil && u.Scheme == "https" && u.Host != "" {
		todo.Type, todo.URL, todo.Data = pay.ActionRedirect, &what.URL, nil
	}
	return pay.Fact{To: pay.TransactionRequiresAction, Action: todo}, nil
}

// scriptData is what Adyen's script in the payer's browser needs to go on.
func (a attempt) scriptData(action json.RawMessage) pay.JSON {
	data, err := json.Marshal(map[string]any{"clientKey": a.account.settings.Value(ClientKey), "environment": a.account.scriptEnvironment(), "action": action})
	if err != nil {
		return nil
	}
	return pay.JSON(data)
}

var lastFour = regexp.MustCompile(`^[0-9]{4}$`)

// details are the masked ones of what paid. Which of them Adyen tells is a setting of the
// merchant's.
func (a attempt) details(got result) pay.MethodDetails {
	if a.Details != (pay.MethodDetails{}) || a.MethodType != pay.MethodCard {
		return a.Details
	}
	card := &pay.CardDetails{}
	if got.PaymentMethod.Brand != "" {
		card.Brand = &got.PaymentMethod.Brand
	}
	if last := got.AdditionalData["cardSummary"]; lastFour.MatchString(last) {
		card.LastFour = &last
	}
	month, year, _ := strings.Cut(got.AdditionalData["expiryDate"], "/")
	m, err := strconv.Atoi(month)
	y, fault := strconv.Atoi(year)
	if err == nil && fault == nil && 1 <= m && m <= 12 && 2000 <= y && y <= 2100 {
		card.ExpirationMonth, card.ExpirationYear = &m, &y
	}
	if *card == (pay.CardDetails{}) {
		return pay.MethodDetails{}
	}
	return pay.MethodDetails{Card: card}
}
