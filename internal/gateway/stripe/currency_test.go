package stripe

import (
	"testing"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/money"
)

// TestAmountsAsStripeCountsThem has what Stripe's page on currencies says.
func TestAmountsAsStripeCountsThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		m    money.Money
		wire int64
		ok   bool
	}{
		{money.Money{Minor: 1234, Currency: "EUR"}, 1234, true},
		{money.Money{Minor: 1234, Currency: "JPY"}, 1234, true},
		{money.Money{Minor: 5, Currency: "ISK"}, 500, true},
		{money.Money{Minor: 5, Currency: "UGX"}, 500, true},
		{money.Money{Minor: 1200, Currency: "MGA"}, 12, true},
		{money.Money{Minor: 1250, Currency: "MGA"}, 0, false},
		{money.Money{Minor: 5120, Currency: "KWD"}, 5120, true},
		{money.Money{Minor: 5124, Currency: "KWD"}, 0, false},
		{money.Money{Minor: 1240, Currency: "IQD"}, 0, false}, // three decimals, but not at Stripe
		{money.Money{Minor: 1234, Currency: "HUF"}, 1234, true},
		{money.Money{Minor: 1234, Currency: "TWD"}, 1234, true},
		{money.Money{Minor: 1234, Currency: "CLP"}, 1234, true},
		{money.Money{Minor: money.MaxMinor, Currency: "ISK"}, 0, false},
		{money.Money{Minor: -1, Currency: "EUR"}, 0, false},
	} {
		got, ok := wire(tt.m)
		if got != tt.wire || ok != tt.ok {
			t.Errorf("%v: %d %t, want %d %t", tt.m, got, ok, tt.wire, tt.ok)
		}
		if !ok {
			continue
		}
		if back, c, ok := minor(got, stripe.Currency(wireCurrency(tt.m.Currency))); !ok || back != tt.m.Minor || c != tt.m.Currency {
			t.Errorf("%v comes back as %d %s", tt.m, back, c)
		}
	}
}

func TestAmountsOfStripeThatCannotBe(t *testing.T) {
	t.Parallel()
	for currency, amount := range map[stripe.Currency]int64{"isk": 550, "ugx": 1, "xyz": 1, "": 1, "eur": -1, "iqd": 1000} {
		if got, c, ok := minor(amount, currency); ok {
			t.Errorf("%d of %q is %d %s", amount, currency, got, c)
		}
	}
}

// TestEveryCurrencyIsKnownOrRefused proves that no currency is taken to have the decimals
// that another one has: what the tables do not name is one with two, or is not sent.
func TestEveryCurrencyIsKnownOrRefused(t *testing.T) {
	t.Parallel()
	taken := 0
	for _, c := range money.Currencies() {
		n, ok := exponent(c)
		if !ok {
			continue
		}
		taken++
		if _, other := decimals[c]; !other && n != c.Exponent() {
			t.Errorf("%s has %d decimals at Stripe, and %d", c, n, c.Exponent())
		}
	}
	if taken < 120 {
		t.Errorf("%d currencies are taken", taken)
	}
}
