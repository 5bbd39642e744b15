package paypal_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/paypal"
	"github.com/paygraph/paygraph/internal/gateway/paypal/paypaltest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestSettings proves which values are refused when they are saved, by a sentence that does
// not repeat them.
func TestSettings(t *testing.T) {
	t.Parallel()
	live := paypaltest.NewSigner("messageverificationcerts.paypal.com", 2048, now)
	authority := live.PEM[strings.LastIndex(live.PEM, "-----BEGIN"):]
	checker := paypal.Connector.(gateway.SettingChecker)
	for _, tt := range []struct {
		e         pay.Environment
		id, value string
		taken     bool
	}{
		{pay.Live, paypal.ClientID, paypaltest.ClientID, true},
		{pay.Live, paypal.ClientID, "short", false},
		{pay.Live, paypal.ClientID, paypaltest.ClientID + " ", false},
		{pay.Live, paypal.ClientSecret, paypaltest.ClientSecret, true},
		{pay.Sandbox, paypal.ClientSecret, "with a blank in the middle of it", false},
		{pay.Live, paypal.ReturnURL, "https://shop.example/back", true},
		{pay.Live, paypal.ReturnURL, "http://shop.example/back", false},
		{pay.Live, paypal.ReturnURL, "http://localhost:3000/back", false},
		{pay.Sandbox, paypal.ReturnURL, "http://localhost:3000/back", true},
		{pay.Sandbox, paypal.ReturnURL, "https://user@shop.example/", false},
		{pay.Live, paypal.WebhookID, paypaltest.WebhookID, true},
		{pay.Live, paypal.WebhookID, "5GP|8", false},
		{pay.Live, paypal.WebhookCertificate, live.PEM, true},
		{pay.Sandbox, paypal.WebhookCertificate, live.PEM + "\n" + signer.PEM, true},
		{pay.Live, paypal.WebhookCertificate, signer.PEM, false},
		{pay.Live, paypal.WebhookCertificate, live.PEM + "and more", false},
		{pay.Live, paypal.WebhookCertificate, authority, false},
		{pay.Live, paypal.WebhookCertificate, "https://api.paypal.com/v1/notifications/certs/CERT-1", false},
		{pay.Live, paypal.WebhookCertificate, "", true},
	} {
		said := checker.CheckSetting(tt.e, tt.id, tt.value)
		if (said == "") != tt.taken {
			t.Errorf("%s %s %.40q: %q", tt.e, tt.id, tt.value, said)
		}
		if said != "" && strings.Contains(said, tt.value) {
			t.Errorf("%q repeats the value", said)
		}
	}
	for _, p := range paypal.Connector.Describe().Parameters {
		if p.IsSecret != (p.ParameterID == paypal.ClientSecret) {
			t.Errorf("%s: secret %t", p.ParameterID, p.IsSecret)
		}
	}
}
