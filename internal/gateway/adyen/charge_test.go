package adyen_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestFormIsFilledInFirst goes the way of most payers: without a token nothing is asked of
// Adyen until the state of its form comes, and that is asked for once.
func TestFormIsFilledInFirst(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request("")
	r.Token = ""
	for name, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){"Charge": c.Charge, "Lookup": c.Lookup} {
		f, err := ask(t.Context(), r)
		if err != nil || f.To != pay.TransactionRequiresAction || f.Action.Type != pay.ActionDropin || f.ExternalID != nil {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
		var data struct {
			ClientKey, Environment string
			Amount                 adyentest.Amount
		}
		if err := json.Unmarshal(f.Action.Data, &data); err != nil || data.ClientKey != "test_0123456789ABCDEF" || data.Environment != "test" || data.Amount != (adyentest.Amount{Currency: "EUR", Value: 1234}) {
			t.Errorf("%s: the form gets %s", name, f.Action.Data)
		}
	}
	if n := len(s.Requests(r.AttemptID)); n != 0 {
		t.Fatalf("%d requests before the payer did anything", n)
	}
	completer := c.(gateway.Completer)
	for _, holder := range []string{adyentest.Visa, adyentest.Visa, adyentest.Stolen} { // as from another page
		f, err := completer.Complete(t.Context(), r, gateway.Answer{Payload: adyentest.Token(holder)})
		if err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 1234 {
			t.Fatalf("%+v, %v", f, err)
		}
	}
	if b := s.Books(r.AttemptID); b.Captured != "12.34" || b.Payments != 1 {
		t.Errorf("Adyen has %+v", b)
	}
	r.Answered = true
	if _, err := c.Lookup(t.Context(), r); class(err) != "open" {
		t.Errorf("Lookup: %v", err)
	}
}

// TestFormThenChallenge proves that a payer may have to act a second time, and that what is
// not sent yet can be called off without Adyen.
func TestFormThenChallenge(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request("")
	r.Token = ""
	f, err := c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: adyentest.Token(adyentest.Challenge)})
	if err != nil || f.To != pay.TransactionRequiresAction || !strings.Contains(string(f.Action.Data), `"threeDS2"`) {
		t.Fatalf("%+v, %v", f, err)
	}
	r.Answered = true
	payload := `{"details":` + s.Act(r.AttemptID, true) + `}`
	if f, err = c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: payload}); err != nil || f.To != pay.TransactionCaptured {
		t.Errorf("%+v, %v", f, err)
	}
	unsent := request("")
	unsent.Token = ""
	o, err := c.(gateway.Canceller).Cancel(t.Context(), gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: unsent, Amount: unsent.Amount})
	if err != nil || o.To != pay.OperationSucceeded || len(s.Requests(unsent.AttemptID)) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestPayerDecidesNothing proves that what stands in the state beside the method changes
// neither the amount nor the account, and that card numbers in the clear go nowhere.
func TestPayerDecidesNothing(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request(adyentest.Visa)
	r.Token = strings.TrimSuffix(r.Token, "}") + `,"amount":{"value":1,"currency":"EUR"},"Amount":{"value":2},"reference":"x","merchantAccount":"Other",` +
		`"returnUrl":"https://evil.example","additionalData":{"manualCapture":"true"},"captureDelayHours":500,"shopperReference":"victim","storePaymentMethod":true,` +
		`"shopperEmail":"a@b.example"}`
	if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 1234 {
		t.Fatalf("%+v, %v", f, err)
	}
	sent := s.Requests(r.AttemptID)[0]
	for _, evil := range []string{`"value":1,`, `"value":2`, "Other", "evil", "manualCapture", "500", "victim", "storePaymentMethod"} {
		if strings.Contains(sent.Text, evil) {
			t.Errorf("%s is sent: %s", evil, sent.Text)
		}
	}
	if !strings.Contains(sent.Text, "a@b.example") || sent.Key != r.AttemptID {
		t.Errorf("sent %s under %q", sent.Text, sent.Key)
	}
	for _, token := range []string{`{"paymentMethod":{"type":"scheme","number":"4111111111111111","cvc":"737"}}`, `{"paymentMethod":"scheme"}`, `{}`, `{`, `[]`,
		`pm_123`, `../../x/y`, `0198b2c4-7d1e-7a00-8000-000000000001/a b`} {
		r := request("")
		r.Token = token
		f, err := c.Charge(t.Context(), r)
		if err != nil || f.To != pay.TransactionFailed || f.Error.Code != pay.ErrorMissingPaymentMethod {
			t.Errorf("%s: %+v, %v", token, f, err)
		}
		if _, err := c.Lookup(t.Context(), r); class(err) != "no such attempt" {
			t.Errorf("Lookup of %s: %v", token, err)
		}
	}
}

// TestOldAttemptsAreNotSent proves that nothing is sent under a key that Adyen may have
// forgotten, for that would be a second payment: Lookup never claims that there is none.
func TestOldAttemptsAreNotSent(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	for age, ok := range map[time.Duration]bool{5 * 24 * time.Hour: true, 6*24*time.Hour + time.Second: false, 40 * 24 * time.Hour: false} {
		r := request(adyentest.PaymentLost)
		if _, err := c.Charge(t.Context(), r); class(err) != "open" {
			t.Fatal(err)
		}
		s.Later(r.AttemptID, age)
		r.Now = r.Now.Add(age)
		f, err := c.Charge(t.Context(), r)
		if ok != (err == nil && f.To == pay.TransactionCaptured) || !ok && class(err) != "open" {
			t.Errorf("after %s: %s, %v", age, f.To, err)
		}
		if _, err := c.Lookup(t.Context(), r); class(err) != map[bool]string{true: "only the same", false: "open"}[ok] {
			t.Errorf("Lookup after %s: %v", age, err)
		}
		if b := s.Books(r.AttemptID); b.Payments != 1 || b.Captured != "12.34" {
			t.Errorf("after %s Adyen has %+v", age, b)
		}
		o := about(t, c, adyentest.RefundLost, true)
		if _, err := c.(gateway.Refunder).Refund(t.Context(), o); class(err) != "open" {
			t.Fatal(err)
		}
		s.Later(o.Attempt.AttemptID, age)
		o.Again, o.Attempt.Now = true, o.Attempt.Now.Add(age)
		if _, err := c.(gateway.Refunder).Refund(t.Context(), o); (err == nil) != ok || !ok && class(err) != "open" {
			t.Errorf("a refund after %s: %v", age, err)
		}
		if b := s.Books(o.Attempt.AttemptID); b.Refunded != "10.00" {
			t.Errorf("after %s Adyen gave back %s", age, b.Refunded)
		}
	}
	// What is new about an old attempt is sent.
	o := about(t, c, adyentest.Visa, true)
	o.Attempt.CreatedAt = o.Attempt.CreatedAt.Add(-300 * 24 * time.Hour)
	o.Again = true
	if f, err := c.(gateway.Refunder).Refund(t.Context(), o); err != nil || f.To != pay.RefundPending {
		t.Errorf("a new refund of an old attempt: %+v, %v", f, err)
	}
}

// TestOtherAmountsAreNotBelieved proves that a success of another amount is none, unless
// Adyen says that it is a part.
func TestOtherAmountsAreNotBelieved(t *testing.T) {
	t.Parallel()
	c := adyen.New(adyentest.New(t).URL)
	for holder, want := range map[string]pay.Fact{adyentest.More: {To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch},
		adyentest.Less: {To: pay.TransactionUnknown, Attention: pay.AttentionAmountMismatch}, adyentest.Part: {To: pay.TransactionCaptured, AmountMinor: 617}} {
		f, err := c.Charge(t.Context(), request(holder))
		if err != nil || f.To != want.To || f.Attention != want.Attention || f.AmountMinor != want.AmountMinor {
			t.Errorf("%s: %+v, %v", holder, f, err)
		}
	}
}

// TestActionsOfTheProvider proves that slips are shown by Adyen's script until they expire.
func TestActionsOfTheProvider(t *testing.T) {
	t.Parallel()
	f, err := adyen.New(adyentest.New(t).URL).Charge(t.Context(), request(adyentest.Slip))
	if err != nil || f.To != pay.TransactionRequiresAction || f.Action.Type != pay.ActionDropin || f.Action.ExpiresAt == nil || f.Action.ExpiresAt.Year() != 2099 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestVouchersAndCardsAreDescribed proves what is told of the money.
func TestVouchersAndCardsAreDescribed(t *testing.T) {
	t.Parallel()
	c := adyen.New(adyentest.New(t).URL)
	r := request(adyentest.Visa)
	r.MethodType, r.VoucherCount = pay.MethodVoucher, 3
	if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionFailed || f.VoucherMinor != 0 {
		t.Errorf("a card where vouchers pay: %+v, %v", f, err)
	}
	r.Token = adyentest.VoucherToken(adyentest.Visa)
	if f, err := c.Charge(t.Context(), r); err != nil || f.VoucherMinor != 1234 || f.VoucherCount != 3 || f.Details != (pay.MethodDetails{}) {
		t.Errorf("%+v, %v", f, err)
	}
	f, err := c.Charge(t.Context(), request(adyentest.Visa))
	if err != nil || *f.Details.Card.Brand != "visa" || *f.Details.Card.LastFour != "1111" || *f.Details.Card.ExpirationMonth != 3 || *f.Details.Card.ExpirationYear != 2030 {
		t.Errorf("%+v, %v", f.Details.Card, err)
	}
}

// TestAccountsOfOthers proves that nothing is sent with settings of another environment, and
// that a merchant account which the key has no rights to is not asked for money.
func TestAccountsOfOthers(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	for name, spoil := range map[string]func(*gateway.ChargeRequest){
		"no key":                 func(r *gateway.ChargeRequest) { r.Settings = settings(adyen.APIKey, "") },
		"no account":             func(r *gateway.ChargeRequest) { r.Settings = settings(adyen.MerchantAccount, "") },
		"no way back":            func(r *gateway.ChargeRequest) { r.Settings = settings(adyen.ReturnURL, "") },
		"a prefix of real money": func(r *gateway.ChargeRequest) { r.Settings = settings(adyen.LivePrefix, "1797a841fbb37ca7-Shop") },
		"real money, no prefix":  func(r *gateway.ChargeRequest) { r.Environment = pay.Live },
		"no environment":         func(r *gateway.ChargeRequest) { r.Environment = "" },
		"a key of two lines":     func(r *gateway.ChargeRequest) { r.Settings = settings(adyen.APIKey, adyentest.APIKey+"\r\nX: y") },
	} {
		r := request(adyentest.Visa)
		spoil(&r)
		if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Charge(ctx, r) }); class(err) != "not sent" || len(s.Requests(r.AttemptID)) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := within(t.Context(), t, func(ctx context.Context) (pay.Fact, error) { return c.Lookup(ctx, r) }); class(err) != "open" {
			t.Errorf("%s: Lookup: %v", name, err)
		}
		if _, err := c.(gateway.Capturer).Capture(t.Context(), gateway.OperationRequest{Attempt: r}); class(err) != "not sent" {
			t.Errorf("%s: Capture: %v", name, err)
		}
	}
	r := request(adyentest.Visa)
	r.Settings = settings(adyen.MerchantAccount, "Other")
	if _, err := c.Charge(t.Context(), r); class(err) != "not sent" {
		t.Errorf("another account: %v", err)
	}
}

// TestAmountsThatCannotBeWritten proves that they fail for certain, also as operations.
func TestAmountsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request(adyentest.Visa)
	r.Amount = money.Money{Minor: 1250, Currency: "IDR"} // 12.50, and Adyen counts no sen
	if f, err := c.Charge(t.Context(), r); err != nil || f.To != pay.TransactionFailed {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := c.Lookup(t.Context(), r); class(err) != "no such attempt" {
		t.Errorf("Lookup: %v", err)
	}
	r = request(adyentest.Visa)
	r.Amount, r.Capture = money.Money{Minor: 120000, Currency: "IDR"}, false
	f, err := c.Charge(t.Context(), r)
	if err != nil || f.To != pay.TransactionAuthorized {
		t.Fatalf("%+v, %v", f, err)
	}
	r.ExternalID = *f.ExternalID
	o := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: r, Amount: money.Money{Minor: 1250, Currency: "IDR"}}
	if f, err := c.(gateway.Capturer).Capture(t.Context(), o); err != nil || f.To != pay.OperationFailed {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := c.(gateway.Refunder).Refund(t.Context(), o); err != nil || f.To != pay.RefundFailed {
		t.Errorf("%+v, %v", f, err)
	}
	if b := s.Books(r.AttemptID); b.Held != "1200" || b.Captured != "0" {
		t.Errorf("Adyen has %+v", b)
	}
}

// TestMethodIsSavedByTheForm proves that saving goes by the form too, that its failure is
// told by notification and its success is not, and that asking again moves nothing.
func TestMethodIsSavedByTheForm(t *testing.T) {
	t.Parallel()
	s := adyentest.New(t)
	c := adyen.New(s.URL)
	r := request("")
	r.Token, r.Amount.Minor, r.Capture = "", 0, false
	for name, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){"Save": c.(gateway.Saver).Save, "Lookup": c.Lookup} {
		if f, err := ask(t.Context(), r); err != nil || f.To != pay.TransactionRequiresAction || f.Action.Type != pay.ActionDropin {
			t.Fatalf("%s: %+v, %v", name, f, err)
		}
	}
	f, err := c.(gateway.Completer).Complete(t.Context(), r, gateway.Answer{Payload: adyentest.Token(adyentest.Visa)})
	if err != nil || f.To != pay.TransactionCaptured || f.AmountMinor != 0 || !strings.HasPrefix(*f.SavedToken, r.AttemptID+"/") {
		t.Fatalf("%+v, %v", f, err)
	}
	if sent := s.Requests(r.AttemptID)[0].Text; !strings.Contains(sent, `"reference":"`+r.AttemptID+`-save"`) {
		t.Errorf("sent %s", sent)
	}
	if got := reported(t, s, r.AttemptID); len(got) != 0 {
		t.Errorf("the success is told without its token: %+v", got)
	}
	failing := request(adyentest.Stolen)
	failing.Amount.Minor, failing.Capture = 0, false
	if f, err := c.(gateway.Saver).Save(t.Context(), failing); err != nil || f.To != pay.TransactionFailed || *f.Error.DeclineType != pay.HardDecline {
		t.Errorf("%+v, %v", f, err)
	}
	if got := reported(t, s, failing.AttemptID); len(got) != 1 || got[0].Fact.To != pay.TransactionFailed {
		t.Errorf("the failure is told as %+v", got)
	}
}
