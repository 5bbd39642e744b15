package paypal

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestChangedAnswers changes the order that PayPal answers with in 5,000 ways, and wants
// money to be believed only where the order says so of this attempt and amount.
func TestChangedAnswers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- nothing is to be secret
	came := map[pay.TransactionStatus]int{}
	for range 5_000 {
		a := attempt{ChargeRequest: gateway.ChargeRequest{AttemptID: "a-1", Amount: money.Money{Minor: 1234, Currency: "EUR"}, Capture: random.IntN(2) == 0, Environment: pay.Sandbox}}
		body := changedAnswer(random, a.Capture)
		var o order
		if json.Unmarshal([]byte(body), &o) != nil {
			came["unread"]++
			continue
		}
		f, err := a.fact(o)
		if err != nil && f != (pay.Fact{}) {
			t.Fatalf("a fact beside the error %v: %s", err, body)
		}
		if f = f.Believable(a.Amount); f.To == pay.TransactionCaptured || f.To == pay.TransactionAuthorized {
			u := o.unit()
			whole := amount{"EUR", "12.34"}
			saysSo := o.Status == "COMPLETED" && u.CustomID == "a-1" && u.Amount == whole
			switch {
			case !saysSo, a.Capture && (o.Intent != "CAPTURE" || u.Payments.Captures[0].Amount != whole || !u.Payments.Captures[0].hasMoney()):
				t.Errorf("%d are taken for paid by %s", f.AmountMinor, body)
			case !a.Capture && (o.Intent != "AUTHORIZE" || u.Payments.Authorizations[0].Amount != whole):
				t.Errorf("%d are taken for held by %s", f.AmountMinor, body)
			case f.AmountMinor > 1234 || f.AmountMinor < 1 || f.HeldMinor != nil && *f.HeldMinor > 1234-f.AmountMinor:
				t.Errorf("%d with %v held by %s", f.AmountMinor, f.HeldMinor, body)
			case f.FeeMinor != nil && (*f.FeeMinor < 0 || *f.FeeMinor > f.AmountMinor):
				t.Errorf("a fee of %d by %s", *f.FeeMinor, body)
			}
		}
		came[f.To]++
	}
	t.Logf("%v", came)
	for _, to := range []pay.TransactionStatus{"unread", "", pay.TransactionCaptured, pay.TransactionAuthorized, pay.TransactionUnknown, pay.TransactionFailed} {
		if came[to] < 20 {
			t.Errorf("%d of the answers came to %q: %v", came[to], to, came)
		}
	}
}

// changedAnswer has other values in it, mostly the right ones, and sometimes a byte changed
// or the end missing.
func changedAnswer(random *rand.Rand, capture bool) string {
	pick := func(right string, others ...string) string {
		if random.IntN(8) > 0 {
			return right
		}
		return others[random.IntN(len(others))]
	}
	sum := func() string {
		return fmt.Sprintf(`{"currency_code":%q,"value":%s}`, pick("EUR", "USD", "", "eur"), pick(`"12.34"`, `"12.35"`, `"0.00"`, `"-12.34"`, `12.34`, `"1234"`, `"99999999999999999999"`, `null`, `"12.340"`))
	}
	intent := pick("AUTHORIZE", "CAPTURE")
	if capture {
		intent = pick("CAPTURE", "AUTHORIZE")
	}
	hold := ""
	if !capture || random.IntN(9) == 0 {
		hold = fmt.Sprintf(`{"id":"A1","status":%q,"amount":%s}`, pick("CREATED", "PENDING", "DENIED", "VOIDED", "CAPTURED", "PARTIALLY_CAPTURED", "NEW"), sum())
	}
	taken := ""
	if capture || random.IntN(3) == 0 {
		taken = fmt.Sprintf(`{"id":"C1","status":%q,"final_capture":%t,"amount":%s,"seller_receivable_breakdown":{"paypal_fee":%s}}`,
			pick("COMPLETED", "PENDING", "DECLINED", "REFUNDED", "NEW", ""), random.IntN(2) == 0, sum(), sum())
		if random.IntN(9) == 0 {
			taken += "," + taken
		}
	}
	body := fmt.Sprintf(`{"id":"O1","status":%q,"intent":%q,"purchase_units":[{"custom_id":%q,"amount":%s,"payments":{"authorizations":[%s],"captures":[%s]}}],"links":[]}`,
		pick("COMPLETED", "CREATED", "APPROVED", "VOIDED", "NEW", ""), intent, pick("a-1", "a-2", ""), sum(), hold, taken)
	switch random.IntN(20) {
	case 0:
		return body[:random.IntN(len(body))]
	case 1:
		return strings.Replace(body, `"`, "", 1+random.IntN(9))
	}
	return body
}
