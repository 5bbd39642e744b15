package adyen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/adyen"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestSettingsBelongToAnEnvironment proves that what belongs to the other environment, and
// what can be none, is refused by the parameter's name and without repeating it.
func TestSettingsBelongToAnEnvironment(t *testing.T) {
	t.Parallel()
	c := adyen.Connector.(gateway.SettingChecker)
	both := []pay.Environment{pay.Sandbox, pay.Live}
	for _, tt := range []struct {
		parameter, value string
		takes            []pay.Environment
	}{
		{"apiKey", "AQE1hmfxKo3NaxZDw0m_n3Q5qf3Ve45eLbV-xyz==", both},
		{"apiKey", "short", nil},
		{"apiKey", "AQE1hmfxKo3Nax ZDw0m", nil},
		{"apiKey", "AQE1hmfxKo3NaxZDw0m\r\nX: y", nil},
		{"merchantAccount", "TestCompany_ECOM.1", both},
		{"merchantAccount", "Test:Company", nil},
		{"merchantAccount", strings.Repeat("x", 81), nil},
		{"liveUrlPrefix", "1797a841fbb37ca7-AdyenDemo", []pay.Environment{pay.Live}},
		{"liveUrlPrefix", "evil.example/", nil},
		{"liveUrlPrefix", "1797a841fbb37ca7-AdyenDemo.evil", nil},
		{"liveUrlPrefix", "1797a841fbb37ca7-AdyenDemo\n", nil},
		{"liveUrlPrefix", "x@1797a841fbb37ca7-AdyenDemo", nil},
		{"clientKey", "test_870be2ABCDEF", nil},
		{"clientKey", "test_0123456789ABCDEF", []pay.Environment{pay.Sandbox}},
		{"clientKey", "live_0123456789ABCDEF", []pay.Environment{pay.Live}},
		{"clientKey", "AQE1hmfxKo3NaxZDw0m", nil}, // an API key, which everybody would see
		{"hmacKey", strings.Repeat("0F", 32), both},
		{"hmacKey", strings.Repeat("0f", 31), nil},
		{"hmacKey", strings.Repeat("0g", 32), nil},
		{"redirectMethod", "ideal", both},
		{"redirectMethod", "scheme", nil},
		{"redirectMethod", `ideal","amount":"1`, nil},
		{"returnUrl", "https://shop.example/back?x=1", both},
		{"returnUrl", "http://localhost:3000/back", []pay.Environment{pay.Sandbox}},
		{"returnUrl", "http://shop.example/back", nil},
		{"returnUrl", "https://me:you@shop.example/", nil},
		{"returnUrl", "javascript:alert(1)", nil},
	} {
		for _, e := range both {
			fault := c.CheckSetting(e, tt.parameter, tt.value)
			if (fault == "") != slices.Contains(tt.takes, e) {
				t.Errorf("%s %q in %s: %q", tt.parameter, tt.value, e, fault)
			}
			if fault != "" && (!strings.Contains(fault, tt.parameter) || strings.Contains(fault, tt.value)) {
				t.Errorf("%s %q: %q does not name the parameter, or repeats the value", tt.parameter, tt.value, fault)
			}
		}
	}
	for _, parameter := range []string{"apiKey", "liveUrlPrefix", "clientKey", "paymentToken"} {
		if fault := c.CheckSetting(pay.Sandbox, parameter, ""); fault != "" {
			t.Errorf("no %s: %s", parameter, fault)
		}
	}
}
