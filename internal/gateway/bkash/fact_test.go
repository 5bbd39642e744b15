package bkash

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

// TestChangedAnswers changes the payment that bKash answers with in 5,000 ways, and wants
// money to be believed only where it says so of this attempt and amount.
func TestChangedAnswers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- nothing is to be secret
	came := map[pay.TransactionStatus]int{}
	for range 5_000 {
		a := attempt{ChargeRequest: gateway.ChargeRequest{AttemptID: "a-1", Amount: money.Money{Minor: 1550, Currency: taka}, Capture: true, Answered: random.IntN(2) == 0}}
		body := changedAnswer(random)
		var p payment
		if json.Unmarshal([]byte(body), &p) != nil {
			came["unread"]++
			continue
		}
		f, err := a.fact(p)
		if err != nil && f != (pay.Fact{}) {
			t.Fatalf("a fact beside the error %v: %s", err, body)
		}
		if f = f.Believable(a.Amount); f.To == pay.TransactionCaptured {
			if p.Status != "Completed" || p.Amount != "15.5" && p.Amount != "15.50" || p.Currency != "BDT" && p.Currency != "" || p.Queried != "a-1" && p.Queried != "" || f.AmountMinor != 1550 {
				t.Errorf("%d are taken for paid by %s", f.AmountMinor, body)
			}
		}
		came[f.To]++
	}
	t.Logf("%v", came)
	for _, to := range []pay.TransactionStatus{"unread", "", pay.TransactionCaptured, pay.TransactionUnknown, pay.TransactionFailed, pay.TransactionRequiresAction} {
		if came[to] < 20 {
			t.Errorf("%d of the answers came to %q: %v", came[to], to, came)
		}
	}
}

// changedAnswer has other values in it, mostly the right ones, and sometimes a byte changed
// or the end missing.
func changedAnswer(random *rand.Rand) string {
	pick := func(right string, others ...string) string {
		if random.IntN(6) > 0 {
			return right
		}
		return others[random.IntN(len(others))]
	}
	body := fmt.Sprintf(`{"statusCode":"0000","paymentID":"TR1","trxID":"AIB1","transactionStatus":%q,"verificationStatus":%q,"amount":%s,"currency":%q,"merchantInvoice":%q}`,
		pick("Completed", "Initiated", "Cancelled", "Failed", "completed", "New", ""), pick("Complete", "Incomplete", ""), pick(`"15.50"`, `"15.5"`, `"15"`, `"1550"`, `"-15.50"`, `15.5`, `"15.501"`, `""`, `null`),
		pick("BDT", "USD", ""), pick("a-1", "a-2", ""))
	switch random.IntN(20) {
	case 0:
		return body[:random.IntN(len(body))]
	case 1:
		return strings.Replace(body, `"`, "", 1+random.IntN(9))
	}
	return body
}
