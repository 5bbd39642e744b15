package adyen_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/pay"
)

const (
	attemptID   = "0198b2c4-7d1e-7a00-8000-000000000001"
	operationID = "0198b2c4-7d1e-7a00-8000-00000000000a"
)

// item is one of 12.34 EUR.
func item(code, reference, success string) adyentest.Item {
	return adyentest.Item{Amount: adyentest.Amount{Currency: "EUR", Value: 1234}, EventCode: code, EventDate: "2026-03-04T06:06:07+01:00", MerchantAccountCode: adyentest.Account,
		MerchantReference: reference, PaymentMethod: "visa", PSPReference: "PSPEVENT", Success: success, Reason: "secret reason"}
}

// said is what an item comes to in a word.
func said(r pay.Report) string {
	switch {
	case r.Fact != nil:
		return "fact " + string(r.Fact.To)
	case r.Operation != nil:
		return "operation " + string(r.Operation.Fact.To)
	case r.Refund != nil && r.Refund.ID == "":
		return "unknown refund " + string(r.Refund.Fact.To)
	case r.Refund != nil:
		return "refund " + string(r.Refund.Fact.To)
	case r.ChargedBackMinor != nil && r.Dispute.IsReturn:
		return "came back"
	case r.ChargedBackMinor != nil:
		return "charged back"
	}
	return "nothing"
}

// TestEvents tells what each of Adyen's events comes to; "" is nothing.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ code, of, success, want string }{
		{"AUTHORISATION", "", "true", "fact CAPTURED"},
		{"AUTHORISATION", "-hold", "true", "fact AUTHORIZED"},
		{"AUTHORISATION", "-save", "true", ""}, // the token is not signed
		{"AUTHORISATION", "-save", "false", "fact FAILED"},
		{"AUTHORISATION", "", "false", "fact FAILED"},
		{"AUTHORISATION", "-capture", "true", ""},
		{"PENDING", "", "true", "fact PENDING"},
		{"PENDING", "", "false", ""},
		{"OFFER_CLOSED", "", "true", "fact DROPPED"},
		{"OFFER_CLOSED", "", "false", ""},
		{"EXPIRE", "-hold", "true", "fact EXPIRED"},
		{"EXPIRE", "", "true", ""},
		{"CAPTURE", "-capture", "true", "operation SUCCEEDED"},
		{"CAPTURE", "-capture", "false", "operation FAILED"},
		{"CAPTURE", "-hold", "true", "fact CAPTURED"}, // in Adyen's pages
		{"CAPTURE", "-hold", "false", ""},
		{"CAPTURE", "", "true", ""},
		{"CAPTURE_FAILED", "-capture", "true", "charged back"},
		{"CAPTURE_FAILED", "", "true", "charged back"},
		{"CANCELLATION", "-void", "true", "operation SUCCEEDED"},
		{"CANCELLATION", "-void", "false", "operation FAILED"},
		{"CANCELLATION", "-cancel", "true", "operation SUCCEEDED"},
		{"CANCELLATION", "-hold", "true", "fact VOIDED"},
		{"CANCELLATION", "", "true", ""},
		{"TECHNICAL_CANCEL", "-cancel", "true", "operation SUCCEEDED"},
		{"TECHNICAL_CANCEL", "-cancel", "false", "operation FAILED"},
		{"REFUND", "-refund", "true", "refund SUCCEEDED"},
		{"REFUND", "-refund", "false", "refund FAILED"},
		{"REFUND", "", "true", "unknown refund SUCCEEDED"}, // in Adyen's pages
		{"CANCEL_OR_REFUND", "", "true", "unknown refund SUCCEEDED"},
		{"REFUND_FAILED", "-refund", "true", "refund FAILED"},
		{"REFUNDED_REVERSED", "-refund", "true", "refund FAILED"},
		{"CHARGEBACK", "", "true", "charged back"},
		{"CHARGEBACK", "-hold", "true", "charged back"},
		{"CHARGEBACK", "", "false", ""},
		{"CHARGEBACK_REVERSED", "", "true", "came back"},
		{"CHARGEBACK_REVERSED", "", "false", ""},
		{"NOTIFICATION_OF_CHARGEBACK", "", "true", ""},
		{"REPORT_AVAILABLE", "", "true", ""},
		{"RECURRING_CONTRACT", "-save", "true", ""},
		{"SOMETHING_NEW", "", "true", ""},
	} {
		id := attemptID
		if tt.of != "" && tt.of != "-hold" && tt.of != "-save" {
			id = operationID
		}
		i := item(tt.code, id+tt.of, tt.success)
		i.OriginalReference = "PSPPAYMENT"
		got, err := receiver.Receive(delivery(i))
		want := ""
		if len(got) > 0 {
			want = said(got[0])
		}
		if err != nil || want != tt.want || len(got) > 1 {
			t.Errorf("%s%s %s: %+v, %v; want %q", tt.code, tt.of, tt.success, got, err, tt.want)
			continue
		}
		for _, r := range got {
			checkReport(t, tt.code+tt.of, r)
		}
	}
}

// checkReport wants a report that can be kept, about the right thing, without Adyen's text.
func checkReport(t *testing.T, name string, r pay.Report) {
	t.Helper()
	if text, err := json.Marshal(r); err != nil || strings.Contains(string(text), "secret") || !r.Clean() {
		t.Errorf("%s: %s, %v", name, text, err)
	}
	named := r.AttemptID == attemptID || r.Operation != nil && r.Operation.ID == operationID || r.Refund != nil && r.Refund.ID == operationID || r.ExternalID == "PSPPAYMENT"
	if !named || r.Currency == nil || *r.Currency != "EUR" {
		t.Errorf("%s: it is about nothing: %+v", name, r)
	}
	if r.Operation != nil && r.Operation.AmountMinor != nil && *r.Operation.AmountMinor != 1234 || r.Refund != nil && *r.Refund.AmountMinor != 1234 {
		t.Errorf("%s: another amount: %+v", name, r)
	}
}

// TestSeveralItems proves that all items of a delivery count, that each has an event of its
// own, and that one forged item refuses all.
func TestSeveralItems(t *testing.T) {
	t.Parallel()
	items := []adyentest.Item{item("AUTHORISATION", attemptID+"-hold", "true"), item("CAPTURE", operationID+"-capture", "true"), item("REPORT_AVAILABLE", "", "true")}
	got, err := receiver.Receive(delivery(items...))
	if err != nil || len(got) != 2 || got[0].EventID != "AUTHORISATION:PSPEVENT:true" || got[1].EventID != "CAPTURE:PSPEVENT:true" {
		t.Errorf("%+v, %v", got, err)
	}
	d := delivery(items...)
	items[1].AdditionalData = map[string]string{"hmacSignature": items[0].AdditionalData["hmacSignature"]}
	d.Body = adyentest.Body(false, items...)
	if got, err := receiver.Receive(d); !errors.Is(err, gateway.ErrForged) || got != nil {
		t.Errorf("with one forged: %+v, %v", got, err)
	}
}

// TestDeliveriesOfOthers proves that what is not ours is taken and reports nothing, and that
// the other environment is refused.
func TestDeliveriesOfOthers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*adyentest.Item){
		"another account":           func(i *adyentest.Item) { i.MerchantAccountCode = "Other" },
		"a reference of others":     func(i *adyentest.Item) { i.MerchantReference = "order-7" },
		"an id and something else":  func(i *adyentest.Item) { i.MerchantReference = attemptID + "-other" },
		"an id in capitals":         func(i *adyentest.Item) { i.MerchantReference = strings.ToUpper(attemptID) },
		"a colon in the reference":  func(i *adyentest.Item) { i.MerchantReference = "a:" + attemptID },
		"a colon before the events": func(i *adyentest.Item) { i.PSPReference = "PSP:EVENT" },
	} {
		i := item("AUTHORISATION", attemptID, "true")
		change(&i)
		if got, err := receiver.Receive(delivery(i)); err != nil || len(got) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	live := delivery(item("AUTHORISATION", attemptID, "true"))
	live.Environment = pay.Live
	if got, err := receiver.Receive(live); err == nil || got != nil || errors.Is(err, gateway.ErrForged) {
		t.Errorf("a rehearsal at a live gateway: %+v, %v", got, err)
	}
	live.Body = adyentest.Body(true, item("AUTHORISATION", attemptID, "true").Signed(adyentest.HMACKey))
	if got, err := receiver.Receive(live); err != nil || len(got) != 1 {
		t.Errorf("real money at a live gateway: %+v, %v", got, err)
	}
	for name, change := range map[string]func(*adyentest.Item){
		"an amount that cannot be counted": func(i *adyentest.Item) { i.Amount = adyentest.Amount{Currency: "CLP", Value: 150} },
		"a currency of nobody":             func(i *adyentest.Item) { i.Amount.Currency = "ZZZ" },
		"less than nothing":                func(i *adyentest.Item) { i.Amount.Value = -1 },
		"neither success nor failure":      func(i *adyentest.Item) { i.Success = "maybe" },
		"no id":                            func(i *adyentest.Item) { i.PSPReference = "" },
	} {
		i := item("AUTHORISATION", attemptID, "true")
		change(&i)
		if got, err := receiver.Receive(delivery(i)); err == nil || errors.Is(err, gateway.ErrForged) || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestColonsMoveNothing proves that a genuine item with colons cannot be cut otherwise to
// become one of ours.
func TestColonsMoveNothing(t *testing.T) {
	t.Parallel()
	theirs := item("AUTHORISATION", "x", "true")
	theirs.MerchantReference = attemptID + ":1234:EUR:AUTHORISATION:true"
	theirs.Amount.Value, theirs.Success = 1, "false"
	signed := theirs.Signed(adyentest.HMACKey)
	ours := item("AUTHORISATION", attemptID, "true:1:EUR:AUTHORISATION:false")
	ours.AdditionalData = signed.AdditionalData
	d := delivery()
	d.Body = adyentest.Body(false, ours)
	if got, err := receiver.Receive(d); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestUnsignedThingsChangeNothing proves that what Adyen does not sign is not reported.
func TestUnsignedThingsChangeNothing(t *testing.T) {
	t.Parallel()
	i := item("AUTHORISATION", attemptID, "false")
	want, err := receiver.Receive(delivery(i))
	if err != nil {
		t.Fatal(err)
	}
	i = i.Signed(adyentest.HMACKey)
	i.EventDate, i.Reason, i.PaymentMethod = "2099-01-01T00:00:00Z", "05: stolen", "other"
	i.AdditionalData["recurring.recurringDetailReference"] = "evil"
	d := delivery()
	d.Body = adyentest.Body(false, i)
	if got, err := receiver.Receive(d); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestSignedThingsCannotChange changes what is signed, ten thousand times, and wants every
// one refused.
func TestSignedThingsCannotChange(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- nothing is to be secret
	genuine := item("CAPTURE", operationID+"-capture", "true")
	genuine.OriginalReference = "PSPPAYMENT"
	genuine = genuine.Signed(adyentest.HMACKey)
	believed := 0
	for changed := 0; changed < 10_000; {
		i := genuine
		text := func(s string) string {
			at, c := random.IntN(len(s)+1), string(rune(' '+random.IntN(95)))
			switch random.IntN(3) {
			case 0:
				return s[:at] + c + s[at:]
			case 1:
				return s[:at]
			}
			return s[:at] + strings.ToLower(s[at:]) + c
		}
		for range 1 + random.IntN(2) {
			field := []*string{&i.PSPReference, &i.OriginalReference, &i.MerchantReference, &i.MerchantAccountCode, &i.Amount.Currency, &i.EventCode, &i.Success}
			switch n := random.IntN(len(field) + 2); n {
			case len(field):
				i.Amount.Value += random.Int64N(1_000_000) - 500_000
			case len(field) + 1:
				i.AdditionalData = maps.Clone(genuine.AdditionalData)
				i.AdditionalData["hmacSignature"] = text(i.AdditionalData["hmacSignature"])
			default:
				*field[n] = text(*field[n])
			}
		}
		if reflect.DeepEqual(i, genuine) {
			continue
		}
		changed++
		d := delivery()
		d.Body = adyentest.Body(false, i)
		if got, err := receiver.Receive(d); !errors.Is(err, gateway.ErrForged) || got != nil {
			believed++
		}
	}
	if believed > 0 {
		t.Errorf("%d of 10000 changed notifications are not refused", believed)
	}
}

// TestSecretsAreNeeded proves that a key of another form checks nothing.
func TestSecretsAreNeeded(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "short", strings.Repeat("g", 64), adyentest.HMACKey + "00"} {
		d := delivery(item("AUTHORISATION", attemptID, "true"))
		d.Settings = settings(adyen.HMACKey, key)
		if got, err := receiver.Receive(d); !errors.Is(err, gateway.ErrNoSecret) || got != nil {
			t.Errorf("%q: %+v, %v", key, got, err)
		}
	}
}
