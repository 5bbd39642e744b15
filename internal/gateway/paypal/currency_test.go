package paypal

import (
	"testing"

	"github.com/paygraph/paygraph/internal/money"
)

// TestAmountsAsPayPalWritesThem compares with PayPal's page of currencies, which names
// forints, yen and New Taiwan dollars as those without decimals.
func TestAmountsAsPayPalWritesThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		m    money.Money
		want string
	}{
		{money.Money{Minor: 1, Currency: "EUR"}, "0.01"},
		{money.Money{Minor: 123456, Currency: "USD"}, "1234.56"},
		{money.Money{Minor: money.MaxMinor, Currency: "EUR"}, "90071992547409.91"},
		{money.Money{Minor: 500, Currency: "JPY"}, "500"},
		{money.Money{Minor: 50000, Currency: "HUF"}, "500"},
		{money.Money{Minor: 50000, Currency: "TWD"}, "500"},
		{money.Money{Minor: 50050, Currency: "HUF"}, ""},
		{money.Money{Minor: 50001, Currency: "TWD"}, ""},
		{money.Money{Minor: 0, Currency: "EUR"}, ""},
		{money.Money{Minor: -100, Currency: "EUR"}, ""},
		{money.Money{Minor: 1000, Currency: "KWD"}, ""},
		{money.Money{Minor: 1000, Currency: "BDT"}, ""},
	} {
		got, ok := wire(tt.m)
		if ok != (tt.want != "") || got.Value != tt.want || ok && got.Currency != string(tt.m.Currency) {
			t.Errorf("%d %s is %+v, %t", tt.m.Minor, tt.m.Currency, got, ok)
		}
		if back, same := got.minor(); ok && (!same || back != tt.m) {
			t.Errorf("%+v is read as %+v, %t", got, back, same)
		}
	}
	for c, places := range decimals {
		if iso := c.Exponent(); places != iso && places != 0 {
			t.Errorf("%s has %d decimals at PayPal and %d in ISO 4217", c, places, iso)
		}
	}
}

// TestAmountsThatPayPalTells proves that what is no amount is none, and zeros that mean
// nothing are.
func TestAmountsThatPayPalTells(t *testing.T) {
	t.Parallel()
	for a, want := range map[amount]int64{
		{"JPY", "500.00"}: 500, {"HUF", "500.00"}: 50000, {"EUR", "5"}: 500, {"EUR", "0.00"}: 0,
		{"HUF", "500.5"}: -1, {"EUR", "5.001"}: -1, {"EUR", "-5.00"}: -1, {"EUR", ""}: -1, {"eur", "5.00"}: -1, {"KWD", "5.000"}: -1, {"EUR", "1e3"}: -1, {"", "5"}: -1,
	} {
		got, ok := a.minor()
		if ok != (want >= 0) || ok && got.Minor != want {
			t.Errorf("%+v is %d, %t", a, got.Minor, ok)
		}
	}
}
