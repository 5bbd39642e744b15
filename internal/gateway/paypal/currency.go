package paypal

import (
	"strings"

	"github.com/paygraph/paygraph/internal/money"
)

// decimals are the currencies that PayPal takes, with how many decimals it takes of them.
// Forints and New Taiwan dollars have two in ISO 4217, and none at PayPal.
var decimals = map[money.Currency]int{
	"AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 0, "ILS": 2,
	"JPY": 0, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "PHP": 2, "PLN": 2, "SEK": 2, "SGD": 2, "THB": 2, "TWD": 0, "USD": 2,
}

// amount is money as PayPal writes it.
type amount struct {
	Currency string `json:"currency_code"`
	Value    string `json:"value"`
}

// wire is the money as PayPal writes it, or false where PayPal has no way to: another
// currency, or parts of a forint.
func wire(m money.Money) (amount, bool) {
	places, ok := decimals[m.Currency]
	if !ok || m.Minor < 1 {
		return amount{}, false
	}
	text := m.Decimal()
	if places == 0 {
		whole, rest, _ := strings.Cut(text, ".")
		if strings.Trim(rest, "0") != "" {
			return amount{}, false
		}
		text = whole
	}
	return amount{string(m.Currency), text}, true
}

// Takes says whether PayPal can be asked for the amount.
func (connector) Takes(m money.Money) bool {
	_, ok := wire(m)
	return ok
}

// minor is an amount of PayPal's, or false where it is none.
func (a amount) minor() (money.Money, bool) {
	c, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Money{}, false
	}
	text := a.Value
	if places, ok := decimals[c]; !ok {
		return money.Money{}, false
	} else if places == 0 { // "500.00" yen are told too
		whole, rest, _ := strings.Cut(text, ".")
		if strings.Trim(rest, "0") != "" {
			return money.Money{}, false
		}
		text = whole
	}
	n, err := money.ParseDecimal(text, c)
	return money.Money{Minor: n, Currency: c}, err == nil && n >= 0
}

// is says whether the amount is this money.
func (a amount) is(m money.Money) bool {
	got, ok := a.minor()
	return ok && got == m
}
