package sandbox_test

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

func secretOf(word string) string {
	return sandbox.SecretPrefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(word, 24)))
}

func signedWith(secret string) pay.GatewayParameters {
	return pay.GatewayParameters{{ParameterID: sandbox.SecretParameter, TenantDefaultValue: &secret}}
}

// delivery is a genuine one.
func delivery(t *testing.T, body string, at time.Time) gateway.Delivery {
	t.Helper()
	return deliveryOf(t, "evt", body, at)
}

func deliveryOf(t *testing.T, event, body string, at time.Time) gateway.Delivery {
	t.Helper()
	key, err := standardwebhooks.NewWebhook(secretOf("a"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(event, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Delivery{Body: []byte(body), Settings: signedWith(secretOf("a")), Environment: pay.Sandbox, Now: at,
		Header: http.Header{"Webhook-Id": {event}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {"v1,other v1a,x " + signature}}}
}

func TestWebhooksConform(t *testing.T) {
	t.Parallel()
	gatewaytest.RunReceiver(t, gatewaytest.Reports{Connector: sandbox.Connector.(gateway.Receiver), Tolerance: 5 * time.Minute,
		Signatures: []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"},
		Delivery: func(at time.Time) gateway.Delivery {
			return delivery(t, `{"type": "attempt.captured", "data": {"attemptId": "txn_1", "amount": 5}}`, at)
		},
		Otherwise: func() pay.GatewayParameters { return signedWith(secretOf("b")) },
		Amount:    money.Money{Minor: 1234, Currency: "EUR"},
		Story: func(at time.Time) (list []gateway.Delivery) {
			for _, what := range []string{"pending", "authorized", "captured"} {
				list = append(list, deliveryOf(t, "evt_"+what, `{"type": "attempt.`+what+`", "data": {"attemptId": "txn_1", "currency": "EUR", "amount": 1234}}`, at))
			}
			return list
		},
	})
}

// TestPageEvents proves what the page says of each event.
func TestPageEvents(t *testing.T) {
	t.Parallel()
	var named int
	euro, five := money.Currency("EUR"), int64(5)
	for _, row := range pageRows(t, "event |") {
		named++
		body := `{"type":"` + row[0] + `","data":{"attemptId":"a","externalId":"x","operationId":"o","refundId":"r","disputeId":"d","amount":5,"currency":"EUR","reason":"no"}}`
		reports, err := sandbox.Connector.(gateway.Receiver).Receive(delivery(t, body, time.Now()))
		if err != nil || len(reports) != 1 {
			t.Errorf("%s: %+v, %v", row[0], reports, err)
			continue
		}
		got := reports[0]
		if got.EventID != "evt" || got.AttemptID != "a" || got.ExternalID != "x" || got.Currency == nil || *got.Currency != euro {
			t.Errorf("%s: %+v", row[0], got)
		}
		var says string
		switch {
		case got.Fact != nil && got.Fact.AmountMinor == five:
			says = "attempt " + string(got.Fact.To)
		case got.Operation != nil && got.Operation.ID == "o" && *got.Operation.AmountMinor == five:
			says = "operation " + string(got.Operation.Fact.To)
		case got.Refund != nil && got.Refund.ID == "r" && *got.Refund.AmountMinor == five:
			says = "refund " + string(got.Refund.Fact.To)
		case reflect.DeepEqual(got.RefundedMinor, &five):
			says = "given back in all"
		case reflect.DeepEqual(got.ChargedBackMinor, &five) && got.Dispute != nil && got.Dispute.ID == "d" && got.Dispute.IsReturn:
			says = "dispute won"
		case reflect.DeepEqual(got.ChargedBackMinor, &five):
			says = "charged back in all"
		}
		if says != row[1] {
			t.Errorf("%s: %s, the page says %s", row[0], says, row[1])
		}
	}
	if named != 18 {
		t.Errorf("the page names %d events", named)
	}
	for _, strange := range []string{`{}`, `{"type": "attempt.eaten"}`, `{"type": "attempt"}`, `{"type": "operation.eaten"}`, `{"type": "refund."}`, `{"type": "payout.paid", "data": {}}`} {
		if reports, err := sandbox.Connector.(gateway.Receiver).Receive(delivery(t, strange, time.Now())); err != nil || len(reports) > 0 {
			t.Errorf("%s: %+v, %v; want nothing", strange, reports, err)
		}
	}
	for _, broken := range []string{`[]`, `{"type": 1}`, `nonsense`, `{"type": "attempt.captured", "data": {"amount": 1.5}}`} {
		if reports, err := sandbox.Connector.(gateway.Receiver).Receive(delivery(t, broken, time.Now())); err == nil {
			t.Errorf("%s: %+v, want an error", broken, reports)
		}
	}
}
