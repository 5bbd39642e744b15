package adyen

import (
	"testing"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestAmountsAsAdyenCounts has the currencies that Adyen's page marks as differing from the
// standard, and others beside them; wire is 0 for what cannot be written.
func TestAmountsAsAdyenCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency    money.Currency
		minor, wire int64
	}{
		{"CLP", 5000, 500000}, {"CVE", 1200, 12}, {"CVE", 1250, 0}, {"IDR", 1500000, 15000}, {"IDR", 1, 0}, {"ISK", 2790, 279000},
		{"EUR", 1234, 1234}, {"HUF", 12340, 12340}, {"TWD", 100, 100}, {"BDT", 1050, 1050}, {"UGX", 500, 500}, {"JPY", 500, 500},
		{"KWD", 1234, 1234}, {"TND", 1, 1}, {"XOF", 700, 700},
		{"BIF", 100, 0}, {"UYI", 100, 0}, {"CLF", 100, 0}, {"UYW", 100, 0}, // which Adyen does not take
		{"EUR", money.MaxMinor, money.MaxMinor}, {"ISK", money.MaxMinor, 0}, {"CLP", money.MaxMinor / 100, money.MaxMinor / 100 * 100},
	} {
		m := money.Money{Minor: tt.minor, Currency: tt.currency}
		got, ok := wire(m)
		if ok != (tt.wire != 0) || ok && got != (amount{string(tt.currency), tt.wire}) {
			t.Errorf("%d of %s: got %+v, %t; want %d", tt.minor, tt.currency, got, ok, tt.wire)
		}
		if back, whole := got.money(); ok && (!whole || back != m) {
			t.Errorf("%+v: got %+v, %t", got, back, whole)
		}
	}
	for _, a := range []amount{{"CLP", 150}, {"ISK", 1}, {"EUR", -1}, {"eur", 1}, {"", 1}, {"BIF", 1}, {"CVE", money.MaxMinor}} {
		if got, ok := a.money(); ok {
			t.Errorf("%+v is %+v", a, got)
		}
	}
}

// TestAddresses proves where requests go: to the test environment, or to the merchant's own
// address for real money, which only a prefix without surprises can make.
func TestAddresses(t *testing.T) {
	t.Parallel()
	settings := func(prefix string) (list pay.GatewayParameters) {
		for id, value := range map[string]string{APIKey: "AQE0123456789abcdef", MerchantAccount: "Shop", ReturnURL: "https://shop.example", LivePrefix: prefix} {
			list = append(list, pay.GatewayParameter{ParameterID: id, TenantDefaultValue: &value})
		}
		return list
	}
	c := Connector.(connector)
	for _, tt := range []struct {
		environment pay.Environment
		prefix, url string
	}{
		{pay.Sandbox, "", "https://checkout-test.adyen.com/v71"},
		{pay.Live, "1797a841fbb37ca7-Shop", "https://1797a841fbb37ca7-Shop-checkout-live.adyenpayments.com/checkout/v71"},
		{pay.Live, "", ""}, {pay.Sandbox, "1797a841fbb37ca7-Shop", ""}, {pay.Live, "evil.example/", ""}, {"", "", ""},
	} {
		a, err := c.account(settings(tt.prefix), tt.environment)
		if a.url != tt.url || (err != nil) != (tt.url == "") {
			t.Errorf("%s with %q: %q, %v; want %q", tt.environment, tt.prefix, a.url, err, tt.url)
		}
	}
}
