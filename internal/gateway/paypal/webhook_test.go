package paypal_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// signer has the sandbox's certificate, and its authority is the only one that is trusted.
var signer = paypaltest.NewSigner("messageverificationcerts.sandbox.paypal.com", 2048, now)

func receiver() gateway.Receiver { return paypal.New(nil, signer.Roots).(gateway.Receiver) }

// signatures keeps what was signed: the same is signed the same way, which takes a while.
var signatures sync.Map

// delivery is one of an event, under a transmission's id.
func delivery(transmission string, body []byte, at time.Time) gateway.Delivery {
	key := fmt.Sprint(transmission, at, string(body))
	kept, ok := signatures.Load(key)
	if !ok {
		kept, _ = signatures.LoadOrStore(key, signer.Sign(transmission, paypaltest.WebhookID, body, at))
	}
	return gateway.Delivery{Header: kept.(http.Header).Clone(), Body: body, Now: at, Environment: pay.Sandbox,
		Settings: settings(paypal.WebhookCertificate, signer.PEM)}
}

// events are those of an attempt of ten euros that was held, of which eight were captured
// in two parts, and whose rest was released; of another that was captured, and of which two
// euros went back by us and one by hand before all was taken back; and of one whose capture
// took a while.
func events(t *testing.T) (held, captured, slow gateway.ChargeRequest, all map[string][]paypaltest.Event) {
	s, c := open(t)
	held, captured = paid(t, s, c, false), paid(t, s, c, true)
	for _, minor := range []int64{300, 500} {
		if _, err := c.Capture(t.Context(), about(held, minor, false)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Void(t.Context(), about(held, 200, false)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Refund(t.Context(), about(captured, 200, false)); err != nil {
		t.Fatal(err)
	}
	s.RefundByHand(captured.AttemptID, 100)
	s.Reverse(captured.AttemptID)
	s.Set("20.00 EUR", paypaltest.Plan{Status: "PENDING"})
	slow = asked(t, c, request(2000))
	s.Approve(slow.ExternalID)
	if _, err := c.Complete(t.Context(), slow, approved(slow.ExternalID)); err != nil {
		t.Fatal(err)
	}
	s.Clear(slow.AttemptID)
	all = map[string][]paypaltest.Event{}
	for _, e := range s.Events() {
		for _, r := range []gateway.ChargeRequest{held, captured, slow} {
			if strings.Contains(string(e.Body), r.AttemptID) {
				all[r.AttemptID] = append(all[r.AttemptID], e)
			}
		}
	}
	return held, captured, slow, all
}

func TestWebhooksConform(t *testing.T) {
	t.Parallel()
	_, _, slow, all := events(t)
	gatewaytest.RunReceiver(t, gatewaytest.Reports{
		Connector: receiver(),
		Delivery: func(at time.Time) gateway.Delivery {
			return delivery("transmission-1", all[slow.AttemptID][1].Body, at)
		},
		Otherwise: func() pay.GatewayParameters {
			return settings(paypal.WebhookCertificate, signer.PEM, paypal.WebhookID, "6GP028458E2496507")
		},
		Signatures: []string{"Paypal-Transmission-Id", "Paypal-Transmission-Time", "Paypal-Transmission-Sig", "Paypal-Cert-Url", "Paypal-Auth-Algo"},
		Tolerance:  paypal.Tolerance,
		Story: func(at time.Time) (list []gateway.Delivery) {
			for _, e := range all[slow.AttemptID] {
				list = append(list, delivery(e.ID, e.Body, at))
			}
			return list
		},
		Amount: money.Money{Minor: 2000, Currency: "EUR"},
	})
}

// TestWhatIsReported proves what each event says.
func TestWhatIsReported(t *testing.T) {
	t.Parallel()
	held, captured, slow, all := events(t)
	var got []pay.Report
	for _, r := range []gateway.ChargeRequest{held, captured, slow} {
		for _, e := range all[r.AttemptID] {
			reports, err := receiver().Receive(delivery("t-"+e.ID, e.Body, now))
			if err != nil || len(reports) != 1 {
				t.Fatalf("%s: %v, %v", e.Type, reports, err)
			}
			if x := reports[0]; x.EventID != "t-"+e.ID || x.AttemptID != r.AttemptID || *x.Currency != "EUR" || !x.Clean() {
				t.Errorf("%s: %+v", e.Type, x)
			}
			got = append(got, reports[0])
		}
	}
	if len(got) != 10 {
		t.Fatalf("%d events", len(got))
	}
	if f := got[0].Fact; f.To != pay.TransactionAuthorized || f.AmountMinor != 1000 || f.HoldExpiresAt == nil || *f.ExternalID != held.ExternalID || f.At == nil {
		t.Errorf("a hold: %+v", f)
	}
	for i, minor := range []int64{300, 500} {
		if o := got[1+i].Operation; o.Fact.To != pay.OperationSucceeded || *o.AmountMinor != minor || *o.Fact.FeeMinor != minor/40 {
			t.Errorf("a capture of it: %+v", o)
		}
	}
	if f := got[3].Fact; f.To != pay.TransactionVoided {
		t.Errorf("a void: %+v", f)
	}
	if f := got[4].Fact; f.To != pay.TransactionCaptured || f.AmountMinor != 1000 || *f.HeldMinor != 0 || *f.FeeMinor != 25 {
		t.Errorf("a capture: %+v", f)
	}
	if r := got[5].Refund; r.Fact.To != pay.RefundSucceeded || *r.AmountMinor != 200 || r.Fact.At == nil {
		t.Errorf("a refund: %+v", r)
	}
	if sum := got[6].RefundedMinor; *sum != 300 {
		t.Errorf("a refund by hand: %d in all", *sum)
	}
	if sum, of := got[7].ChargedBackMinor, got[7].Dispute; *sum != 1000 || of == nil || of.ID == "" || of.IsReturn {
		t.Errorf("a reversal: %d of %+v", *sum, of)
	}
	if first, last := got[8].Fact, got[9].Fact; first.To != pay.TransactionPending || last.To != pay.TransactionCaptured {
		t.Errorf("a capture that took a while: %s, %s", first.To, last.To)
	}
}

// TestEventsOfOthers proves that what no attempt of ours follows is taken and says nothing,
// and that what cannot be understood is refused.
func TestEventsOfOthers(t *testing.T) {
	t.Parallel()
	for body, understood := range map[string]bool{
		`{"event_type":"CHECKOUT.ORDER.APPROVED","resource":{"id":"1"}}`:                                                                                                                  true,
		`{"event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"1","status":"COMPLETED","custom_id":"theirs","amount":{"currency_code":"EUR","value":"1.00"}}}`:                      true,
		`{"event_type":"PAYMENT.CAPTURE.REFUNDED","resource":{"id":"1","status":"COMPLETED","amount":{"currency_code":"EUR","value":"1.00"}}}`:                                            true,
		`{"event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"1","status":"NEW","custom_id":"11111111-1111-4111-8111-111111111111","amount":{"currency_code":"EUR","value":"1"}}}`: false,
		`{"event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"1","status":"COMPLETED","custom_id":"11111111-1111-4111-8111-111111111111"}}`:                                        false,
		`{}`: false, `[`: false,
	} {
		reports, err := receiver().Receive(delivery("t", []byte(body), now))
		if (err == nil) != understood || len(reports) > 0 || errors.Is(err, gateway.ErrForged) {
			t.Errorf("%s: %v, %v", body, reports, err)
		}
	}
}

// TestTheSameChecksum proves that a body that was written to have the checksum of a
// genuine one counts as no other event: PayPal signs no more of it.
func TestTheSameChecksum(t *testing.T) {
	t.Parallel()
	_, _, slow, all := events(t)
	genuine := delivery("transmission-1", all[slow.AttemptID][1].Body, now)
	forged := genuine
	forged.Body = sameChecksum([]byte(strings.Replace(string(genuine.Body), `"WH-`, `"XX-`, 1)), genuine.Body)
	first, err := receiver().Receive(genuine)
	second, err2 := receiver().Receive(forged)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if first[0].EventID != second[0].EventID {
		t.Errorf("the events %q and %q", first[0].EventID, second[0].EventID)
	}
}

// TestCertificates proves whose signatures are believed: only those of PayPal's own
// certificate, while it is valid, in its environment, from an authority that is trusted.
func TestCertificates(t *testing.T) {
	t.Parallel()
	_, _, slow, all := events(t)
	body := all[slow.AttemptID][1].Body
	live := paypaltest.NewSigner("messageverificationcerts.paypal.com", 2048, now)
	for _, tt := range []struct {
		name   string
		by     paypaltest.Signer
		roots  paypaltest.Signer
		e      pay.Environment
		at     time.Time
		change func(http.Header)
		want   error
	}{
		{"the sandbox's", signer, signer, pay.Sandbox, now, nil, nil},
		{"real money's", live, live, pay.Live, now, nil, nil},
		{"the simulator's", live, live, pay.Sandbox, now, nil, nil},
		{"the sandbox's for real money", signer, signer, pay.Live, now, nil, gateway.ErrNoSecret},
		{"of an unknown authority", live, signer, pay.Live, now, nil, gateway.ErrForged},
		{"out of date", signer, signer, pay.Sandbox, now.AddDate(1, 0, 1), nil, gateway.ErrForged},
		{"before its time", signer, signer, pay.Sandbox, now.AddDate(-1, 0, -1), nil, gateway.ErrForged},
		{"for another host", paypaltest.NewSigner("messageverificationcerts.paypal.com.example", 2048, now), signer, pay.Sandbox, now, nil, gateway.ErrNoSecret},
		{"a short key", paypaltest.NewSigner("messageverificationcerts.paypal.com", 1024, now), signer, pay.Sandbox, now, nil, gateway.ErrForged},
		{"elsewhere", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Set("Paypal-Cert-Url", "https://api.paypal.com.example/cert") }, gateway.ErrForged},
		{"not over https", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Set("Paypal-Cert-Url", "http://api.paypal.com/cert") }, gateway.ErrForged},
		{"as somebody", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Set("Paypal-Cert-Url", "https://x@api.paypal.com/cert") }, gateway.ErrForged},
		{"by two", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Add("Paypal-Transmission-Sig", h.Get("Paypal-Transmission-Sig")) }, gateway.ErrForged},
		{"another transmission", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Set("Paypal-Transmission-Id", "other") }, gateway.ErrForged},
		{"another time", signer, signer, pay.Sandbox, now, func(h http.Header) { h.Set("Paypal-Transmission-Time", "2026-03-04T05:06:08Z") }, gateway.ErrForged},
	} {
		d := gateway.Delivery{Header: tt.by.Sign("t", paypaltest.WebhookID, body, tt.at), Body: body, Now: tt.at, Environment: tt.e, Settings: settings(paypal.WebhookCertificate, tt.by.PEM)}
		if tt.change != nil {
			tt.change(d.Header)
		}
		reports, err := paypal.New(nil, tt.roots.Roots).(gateway.Receiver).Receive(d)
		if tt.want == nil && (err != nil || len(reports) != 1) || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, reports, err, tt.want)
		}
	}
	both := delivery("t", body, now)
	both.Settings = settings(paypal.WebhookCertificate, live.PEM+signer.PEM)
	if _, err := receiver().Receive(both); err != nil {
		t.Errorf("beside another certificate: %v", err)
	}
}
