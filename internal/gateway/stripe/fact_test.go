package stripe

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// paidIntent is an intent that was paid, as Stripe writes it.
const paidIntent = `{"id":"pi_1","object":"payment_intent","amount":1234,"amount_capturable":0,"amount_received":1234,"currency":"eur","capture_method":"automatic",
"livemode":false,"metadata":{"paygraph_attempt":"a-1"},"status":"succeeded","last_payment_error":null,"next_action":null,"latest_charge":{"id":"ch_1","object":"charge",
"amount":1234,"balance_transaction":{"id":"txn_1","object":"balance_transaction","fee":37,"currency":"eur"},"payment_method_details":{"type":"card",
"card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2034}}}}`

// TestChangedAnswers changes the answer of a payment in 5,000 ways and wants each to be
// understood as it stands or not at all: nothing is taken for paid with another amount, in
// another currency, or for another attempt.
func TestChangedAnswers(t *testing.T) {
	t.Parallel()
	a := attempt{ChargeRequest: gateway.ChargeRequest{AttemptID: "a-1", Amount: money.Money{Minor: 1234, Currency: "EUR"}, Capture: true, Environment: pay.Sandbox}}
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- nothing is to be secret
	came := map[pay.TransactionStatus]int{}
	for range 5_000 {
		body := changedAnswer(random)
		var i stripe.PaymentIntent
		if json.Unmarshal([]byte(body), &i) != nil {
			came["unread"]++
			continue
		}
		f, err := a.fact(&i)
		if err != nil && f != (pay.Fact{}) {
			t.Fatalf("a fact beside the error %v: %s", err, body)
		}
		if f = f.Believable(a.Amount); f.To == pay.TransactionCaptured || f.To == pay.TransactionAuthorized {
			saysSo := i.Amount == 1234 && i.Currency == "eur" && i.Metadata[attemptKey] == "a-1" && !i.Livemode &&
				(i.Status == "succeeded" && i.AmountReceived == f.AmountMinor || i.Status == "requires_capture" && i.AmountCapturable == f.AmountMinor)
			partly := i.CaptureMethod == "manual" && f.AmountMinor < 1234
			if !saysSo || f.AmountMinor != 1234 && !partly {
				t.Errorf("%d are taken for paid by %s", f.AmountMinor, body)
			}
			if f.FeeMinor != nil && (*f.FeeMinor < 0 || *f.FeeMinor > f.AmountMinor) {
				t.Errorf("a fee of %d by %s", *f.FeeMinor, body)
			}
		}
		came[f.To]++
	}
	t.Logf("%v", came)
	for _, to := range []pay.TransactionStatus{"unread", "", pay.TransactionCaptured, pay.TransactionUnknown} {
		if came[to] < 50 {
			t.Errorf("%d of the answers came to %q: %v", came[to], to, came)
		}
	}
}

// values are where the values are in the intent, and others what may stand there.
var (
	values = regexp.MustCompile(`:("[a-zA-Z_0-9-]*"|\d+|null|false)`).FindAllStringSubmatchIndex(paidIntent, -1)
	others = map[byte][]string{
		'1': {`0`, `-1`, `1`, `1235`, `1233`, `123400`, `9223372036854775807`, `1e3`, `12.34`},
		'"': {`"succeeded"`, `"requires_capture"`, `"canceled"`, `"requires_action"`, `"processing"`, `"eaten"`, `"usd"`, `"isk"`, `"xyz"`, `"manual"`, `"pi_2"`, `"a-2"`, `""`},
		'n': {`null`, `{}`, `[]`, `[{}]`, `true`, `{"type":"card_error","decline_code":"stolen_card"}`},
		'f': {`true`, `null`, `0`},
	}
)

// changedAnswer has other values in it, and sometimes a byte changed or the end missing.
func changedAnswer(random *rand.Rand) string {
	body := paidIntent
	places := random.Perm(len(values))[:1+random.IntN(3)]
	slices.Sort(places)
	for _, n := range slices.Backward(places) { // from the end, so that the others stay where they are
		kind := body[values[n][2]]
		if kind >= '0' && kind <= '9' {
			kind = '1'
		}
		if random.IntN(8) == 0 { // of another kind
			kind = "1\"nf"[random.IntN(4)]
		}
		may := others[kind]
		body = body[:values[n][2]] + may[random.IntN(len(may))] + body[values[n][3]:]
	}
	switch at := random.IntN(len(body)); random.IntN(10) {
	case 0:
		body = body[:at] + string(rune(32+random.IntN(90))) + body[at+1:]
	case 1:
		body = body[:at]
	}
	return body
}

// TestDeclineCodes proves which declines may pass later, by some that matter: a method that
// can never pay must not be tried again and again, which card schemes fine.
func TestDeclineCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]pay.DeclineType{"insufficient_funds": pay.SoftDecline, "authentication_required": pay.SoftDecline, "processing_error": pay.SoftDecline,
		"generic_decline": pay.SoftDecline, "do_not_honor": pay.SoftDecline, "try_again_later": pay.SoftDecline, "a_code_of_next_year": pay.SoftDecline, "": pay.SoftDecline,
		"stolen_card": pay.HardDecline, "lost_card": pay.HardDecline, "expired_card": pay.HardDecline, "fraudulent": pay.HardDecline, "pickup_card": pay.HardDecline,
		"do_not_try_again": pay.HardDecline, "stop_payment_order": pay.HardDecline} {
		got := declined(&stripe.Error{DeclineCode: stripe.DeclineCode(code), Msg: "The card was reported stolen."})
		if *got.DeclineType != want || got.Retryable != (want == pay.SoftDecline) || *got.External.Code != code || strings.Contains(fmt.Sprintf("%+v", got), "reported") {
			t.Errorf("%s: %+v", code, got)
		}
	}
	if got := declined(&stripe.Error{Code: "expired_card"}); *got.DeclineType != pay.HardDecline {
		t.Errorf("a code beside no decline code: %+v", got)
	}
}
