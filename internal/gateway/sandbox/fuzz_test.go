package sandbox_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// FuzzReceive sends a delivery with headers of any sort, which must be refused, and the
// same body under a good signature, which may report but must not break anything.
func FuzzReceive(f *testing.F) {
	receiver := sandbox.Connector.(gateway.Receiver)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	key, err := standardwebhooks.NewWebhook(secretOf("a"))
	if err != nil {
		f.Fatal(err)
	}
	old := now.Add(-time.Hour)
	signature, _ := key.Sign("evt", old, []byte(`{}`))
	f.Add([]byte(`{"type":"attempt.captured","data":{"attemptId":"tx_x","amount":9223372036854775807,"currency":"EUR","at":"2026-03-01T12:00:00Z"}}`), "evt", strconv.FormatInt(now.Unix(), 10), "v1,")
	f.Add([]byte(`{}`), "evt", strconv.FormatInt(old.Unix(), 10), signature)
	f.Add([]byte(`{"type":"refund.failed","data":{"amount":-1,"currency":"x"}}`), "", "-9223372036854775808", "v1,AAAA v2,x v1")
	f.Add([]byte(`{"type":"operation.","data":null}`), "a b", "1e9", " ")
	f.Add([]byte(`[{"type":1}]`), "\n", "", "v1")
	f.Fuzz(func(t *testing.T, body []byte, id, at, signature string) {
		d := gateway.Delivery{Body: body, Settings: signedWith(secretOf("a")), Environment: pay.Sandbox, Now: now,
			Header: http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}}
		if got, err := receiver.Receive(d); !errors.Is(err, gateway.ErrForged) {
			t.Fatalf("not signed by the provider now: got %+v, %v", got, err)
		}
		good, err := key.Sign(id, now, body)
		if err != nil {
			t.Fatal(err)
		}
		d.Header = http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {good}}
		got, err := receiver.Receive(d)
		if errors.Is(err, gateway.ErrForged) && id != "" {
			t.Fatalf("genuine, and refused: %v", err)
		}
		if err == nil && !json.Valid(body) {
			t.Fatalf("read %q as %+v", body, got)
		}
		for _, report := range got {
			if report.EventID != id || (report.Fact == nil) == (report.Operation == nil && report.Refund == nil && report.RefundedMinor == nil && report.ChargedBackMinor == nil) {
				t.Errorf("%q reports %+v", body, report)
			}
		}
	})
}
