package stripe_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/stripe"
	"github.com/paygraph/paygraph/internal/gateway/stripe/stripetest"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// shows says which payment method makes Stripe show a behaviour. What is missing Stripe
// has not: one-time passwords are between the payer and the bank.
var shows = map[gatewaytest.Behaviour]string{
	gatewaytest.ApprovedCaptured:    stripetest.PmVisa,
	gatewaytest.ApprovedHeld:        stripetest.PmVisa,
	gatewaytest.SoftDeclined:        stripetest.PmInsufficient,
	gatewaytest.HardDeclined:        stripetest.PmStolen,
	gatewaytest.NeedsRedirect:       stripetest.PmRedirect,
	gatewaytest.NeedsDropin:         stripetest.PmScript,
	gatewaytest.Pending:             stripetest.PmDebit,
	gatewaytest.TimeoutAfterSuccess: stripetest.PmConfirmLost,
	gatewaytest.Lost:                stripetest.PmConfirmNever,
	gatewaytest.NotSent:             stripetest.PmVisa,
	gatewaytest.RateLimited:         stripetest.PmConfirmLimited,
	gatewaytest.ErrorAfterSuccess:   stripetest.PmConfirmError,
	gatewaytest.GarbledSuccess:      stripetest.PmConfirmGarbled,
	gatewaytest.WrongAmount:         stripetest.PmMore,
	gatewaytest.RedirectPaid:        stripetest.PmRedirect,
	gatewaytest.RedirectRefused:     stripetest.PmRedirect,
	gatewaytest.CaptureLost:         stripetest.PmCaptureLost,
	gatewaytest.CaptureRefused:      stripetest.PmCaptureRefused,
	gatewaytest.VoidLost:            stripetest.PmCancelLost,
	gatewaytest.VoidRefused:         stripetest.PmCancelRefused,
	gatewaytest.CancelLost:          stripetest.PmLeaveLost,
	gatewaytest.CancelRefused:       stripetest.PmLeaveRefused,
	gatewaytest.RefundLost:          stripetest.PmRefundLost,
	gatewaytest.RefundPending:       stripetest.PmRefundPending,
	gatewaytest.RefundRefused:       stripetest.PmRefundRefused,
	gatewaytest.MethodSaved:         stripetest.PmVisa,
	gatewaytest.SaveDeclined:        stripetest.PmStolen,
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := stripetest.New(t)
	gatewaytest.Run(t, gatewaytest.Subject{
		Connector: stripe.New(server.URL),
		Takes:     takes,
		Request: func(b gatewaytest.Behaviour) (gateway.ChargeRequest, bool) {
			r := request(shows[b])
			if b == gatewaytest.NotSent {
				r.Settings = settings(stripetest.RevokedKey)
			}
			return r, shows[b] != ""
		},
		Books: func(r gateway.ChargeRequest) gatewaytest.Books {
			b := server.Books(r.AttemptID)
			if b.Intents > 1 {
				t.Errorf("attempt %s: %s", r.AttemptID, b)
			}
			return gatewaytest.Books{Held: b.Held, Captured: b.Captured, Refunded: b.Refunded}
		},
		Later: func(r gateway.ChargeRequest, by time.Duration) { server.Later(r.AttemptID, by) },
		Act: func(b gatewaytest.Behaviour, _ gateway.ChargeRequest, f pay.Fact) gateway.Answer {
			server.Act(*f.ExternalID, b == gatewaytest.RedirectPaid)
			return gateway.Answer{Payload: `{"payment_intent":"` + *f.ExternalID + `","redirect_status":"succeeded"}`}
		},
	})
}

// takes says what Stripe's page on currencies says of an amount.
func takes(m money.Money) bool {
	amount := m.Minor
	switch m.Currency {
	case "ISK", "UGX":
		if amount > 999_999 {
			return false
		}
		amount *= 100
	case "MGA":
		if amount%100 != 0 {
			return false
		}
		amount /= 100
	case "KWD":
		if amount%10 != 0 {
			return false
		}
	}
	return amount <= 99_999_999
}

// settings are those of a gateway with the secret key.
func settings(key string) pay.GatewayParameters {
	var list pay.GatewayParameters
	for id, value := range map[string]string{stripe.SecretKey: key, stripe.PublishableKey: "pk_test_0123456789", stripe.WebhookSecret: stripetest.WebhookSecret,
		stripe.ReturnURL: "https://shop.example/back"} {
		list = append(list, pay.GatewayParameter{ParameterID: id, TenantDefaultValue: &value})
	}
	return list
}

// request asks to capture 12.34 EUR with a method. Whoever makes one gives it an id.
func request(method string) gateway.ChargeRequest {
	now := time.Now().UTC()
	return gateway.ChargeRequest{AttemptID: pay.NewID().String(), Amount: money.Money{Minor: 1234, Currency: "EUR"}, Capture: true, Token: method,
		MethodType: pay.MethodCard, Description: "Two tickets", Environment: pay.Sandbox, Settings: settings(stripetest.Key), CreatedAt: now, Now: now}
}

func TestWebhooksConform(t *testing.T) {
	t.Parallel()
	server := stripetest.New(t)
	connector := stripe.New(server.URL)
	held := request(stripetest.PmRedirect)
	held.Capture = false
	asked, err := connector.Charge(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	server.Act(*asked.ExternalID, true)
	about := gateway.OperationRequest{OperationID: pay.NewID().String(), Attempt: held, Amount: held.Amount, Final: true}
	about.Attempt.ExternalID = *asked.ExternalID
	if f, err := connector.(gateway.Capturer).Capture(t.Context(), about); err != nil || f.To != pay.OperationSucceeded {
		t.Fatal(f, err)
	}
	delivery := func(e stripetest.Event, at time.Time) gateway.Delivery {
		return gateway.Delivery{Header: e.Sign(stripetest.WebhookSecret, at), Body: e.Body, Settings: settings(stripetest.Key), Environment: pay.Sandbox, Now: at}
	}
	gatewaytest.RunReceiver(t, gatewaytest.Reports{Connector: connector.(gateway.Receiver), Tolerance: 5 * time.Minute,
		Signatures: []string{"Stripe-Signature"}, Amount: held.Amount,
		Delivery: func(at time.Time) gateway.Delivery { return delivery(server.Events()[0], at) },
		Story: func(at time.Time) (list []gateway.Delivery) {
			for _, e := range server.Events() {
				list = append(list, delivery(e, at))
			}
			if len(list) != 3 {
				t.Errorf("%d events, want an action, a hold and a capture", len(list))
			}
			return list
		},
		Otherwise: func() pay.GatewayParameters {
			other := "whsec_abcdef0123456789"
			return pay.GatewayParameters{{ParameterID: stripe.WebhookSecret, TenantDefaultValue: &other}}
		},
	})
}
