package adyen_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/gateway/adyen/adyentest"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// shows says which holder makes Adyen show a behaviour. What is missing Adyen has not:
// one-time passwords are between the payer and the bank.
var shows = map[gatewaytest.Behaviour]string{
	gatewaytest.ApprovedCaptured:    adyentest.Visa,
	gatewaytest.ApprovedHeld:        adyentest.Visa,
	gatewaytest.SoftDeclined:        adyentest.Insufficient,
	gatewaytest.HardDeclined:        adyentest.Stolen,
	gatewaytest.NeedsRedirect:       adyentest.Redirect,
	gatewaytest.NeedsDropin:         adyentest.Challenge,
	gatewaytest.Pending:             adyentest.Debit,
	gatewaytest.TimeoutAfterSuccess: adyentest.PaymentLost,
	gatewaytest.Lost:                adyentest.PaymentNever,
	gatewaytest.NotSent:             adyentest.Visa,
	gatewaytest.RateLimited:         adyentest.PaymentLimited,
	gatewaytest.ErrorAfterSuccess:   adyentest.PaymentError,
	gatewaytest.GarbledSuccess:      adyentest.PaymentGarbled,
	gatewaytest.WrongAmount:         adyentest.More,
	gatewaytest.RedirectPaid:        adyentest.Redirect,
	gatewaytest.RedirectRefused:     adyentest.Redirect,
	gatewaytest.CaptureLost:         adyentest.CaptureLost,
	gatewaytest.CaptureRefused:      adyentest.CaptureRefused,
	gatewaytest.VoidLost:            adyentest.VoidLost,
	gatewaytest.VoidRefused:         adyentest.VoidRefused,
	gatewaytest.CancelLost:          adyentest.LeaveLost,
	gatewaytest.CancelRefused:       adyentest.LeaveRefused,
	gatewaytest.RefundLost:          adyentest.RefundLost,
	gatewaytest.RefundPending:       adyentest.RefundPending,
	gatewaytest.RefundRefused:       adyentest.RefundRefused,
	gatewaytest.MethodSaved:         adyentest.Visa,
	gatewaytest.SaveDeclined:        adyentest.Stolen,
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := adyentest.New(t)
	connector := adyen.New(server.URL)
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: connector,
		Takes:     takes,
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			r := request(shows[b])
			if b == gatewaytest.NotSent {
				r.Settings = settings(adyen.APIKey, adyentest.RevokedKey)
			}
			return r, shows[b] != ""
		},
		Books: func(r gateway.ChargeRequest) gatewaytest.Books {
			b := server.Books(r.AttemptID)
			if b.Payments > 1 {
				t.Errorf("attempt %s has %d payments", r.AttemptID, b.Payments)
			}
			return gatewaytest.Books{Held: b.Held, Captured: b.Captured, Refunded: b.Refunded}
		},
		Later: func(r gateway.ChargeRequest, by time.Duration) { server.Later(r.AttemptID, by) },
		Act: func(b gatewaytest.Behaviour, r gateway.ChargeRequest, _ pay.Fact) gateway.Answer {
			return gateway.Answer{Payload: server.Act(r.AttemptID, b == gatewaytest.RedirectPaid)}
		},
		Reported: func(r gateway.ChargeRequest) []pay.Report { return reported(t, server, r.AttemptID) },
	})
}

// takes says what Adyen's page on currencies says of an amount.
func takes(m money.Money) bool {
	switch m.Currency {
	case "MGA":
		return false
	case "CLP", "ISK":
		return m.Minor <= money.MaxMinor/100
	}
	return true
}

// settings are those of a gateway for rehearsals; others follow in pairs of an id and a
// value.
func settings(others ...string) (list pay.GatewayParameters) {
	values := map[string]string{adyen.APIKey: adyentest.APIKey, adyen.MerchantAccount: adyentest.Account, adyen.ClientKey: "test_0123456789ABCDEF",
		adyen.HMACKey: adyentest.HMACKey, adyen.ReturnURL: "https://shop.example/back"}
	for i := 0; i < len(others); i += 2 {
		values[others[i]] = others[i+1]
	}
	for id, value := range values {
		list = append(list, pay.GatewayParameter{ParameterID: id, TenantDefaultValue: &value})
	}
	return list
}

// request asks to capture 12.34 EUR from the holder. Whoever makes one gives it an id.
func request(holder string) gateway.ChargeRequest {
	now := time.Now().UTC()
	return gateway.ChargeRequest{AttemptID: pay.NewID().String(), Amount: money.Money{Minor: 1234, Currency: "EUR"}, Capture: true, Token: adyentest.Token(holder),
		MethodType: pay.MethodCard, Environment: pay.Sandbox, Settings: settings(), CreatedAt: now, Now: now}
}

// delivery is a genuine one of the items.
func delivery(items ...adyentest.Item) gateway.Delivery {
	for i := range items {
		items[i] = items[i].Signed(adyentest.HMACKey)
	}
	return gateway.Delivery{Body: adyentest.Body(false, items...), Settings: settings(), Environment: pay.Sandbox, Now: time.Now().UTC()}
}

// reported is what the connector makes of all notifications about an attempt.
func reported(t *testing.T, server *adyentest.Server, attempt string) []pay.Report {
	t.Helper()
	items := server.Items(attempt)
	if len(items) == 0 {
		return nil
	}
	reports, err := receiver.Receive(delivery(items...))
	if err != nil {
		t.Errorf("notifications of %s: %v", attempt, err)
	}
	return reports
}

var receiver = adyen.Connector.(gateway.Receiver)

func TestWebhooksConform(t *testing.T) {
	t.Parallel()
	server := adyentest.New(t)
	r := request(adyentest.Debit)
	r.Capture = false
	if f, err := adyen.New(server.URL).Charge(t.Context(), r); err != nil || f.To != pay.TransactionPending {
		t.Fatalf("got %s, %v", f.To, err)
	}
	server.Settle(r.AttemptID, true)
	held := server.Items(r.AttemptID)[0]
	captured := held
	captured.EventCode, captured.PSPReference, captured.OriginalReference = "CAPTURE", "PSP9", held.PSPReference
	pending := held
	pending.EventCode = "PENDING"
	gatewaytest.RunReceiver(t, gatewaytest.Reports{
		Connector:    receiver,
		SignsContent: true,
		Amount:       r.Amount,
		Otherwise:    func() pay.GatewayParameters { return settings(adyen.HMACKey, adyentest.OtherKey) },
		Delivery:     func(at time.Time) gateway.Delivery { return at1(at, held) },
		Story: func(at time.Time) []gateway.Delivery {
			return []gateway.Delivery{at1(at, pending), at1(at, held), at1(at, captured)}
		},
	})
}

// at1 is a delivery of one item at a time.
func at1(at time.Time, i adyentest.Item) gateway.Delivery {
	d := delivery(i)
	d.Now = at
	return d
}
