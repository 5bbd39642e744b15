package adyen

import (
	"math"

	"github.com/paygraph/paygraph/internal/money"
)

// Adyen counts most currencies in the minor units of ISO 4217. These are the others.
var (
	// decimals are those that Adyen gives another number of decimals.
	decimals = map[money.Currency]int{"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
	// noDecimals and threeDecimals are the currencies so many decimals that Adyen takes.
	noDecimals = map[money.Currency]bool{"DJF": true, "GNF": true, "JPY": true, "KMF": true, "KRW": true, "PYG": true, "RWF": true,
		"UGX": true, "VND": true, "VUV": true, "XAF": true, "XOF": true, "XPF": true}
	threeDecimals = map[money.Currency]bool{"BHD": true, "IQD": true, "JOD": true, "KWD": true, "LYD": true, "OMR": true, "TND": true}
	// unsure is the ariary: ISO 4217 gives it two decimals, but nobody uses them, and
	// providers count it either way. How Adyen does is not known.
	unsure = map[money.Currency]bool{"MGA": true}
)

// amount is one as Adyen writes it.
type amount struct {
	Currency string `json:"currency"`
	Value    int64  `json:"value"`
}

// exponent is how many decimals the currency has at Adyen. It is false where that is not
// known: an amount that is taken for a hundred times as much is worse than none.
func exponent(c money.Currency) (int, bool) {
	if n, ok := decimals[c]; ok {
		return n, true
	}
	n := c.Exponent()
	return n, n == 2 && !unsure[c] || n == 0 && noDecimals[c] || n == 3 && threeDecimals[c]
}

// wire is the amount as Adyen counts it, or false where Adyen has no way to write it, such
// as a part of a rupiah.
func wire(m money.Money) (amount, bool) {
	n, ok := exponent(m.Currency)
	if !ok {
		return amount{}, false
	}
	value, ok := scale(m.Minor, n-m.Currency.Exponent())
	return amount{string(m.Currency), value}, ok
}

// Takes says whether Adyen can be asked for the amount.
func (connector) Takes(m money.Money) bool {
	_, ok := wire(m)
	return ok && m.Minor > 0
}

// money is an amount of Adyen's in minor units, or false where it is not a whole number of
// them.
func (a amount) money() (money.Money, bool) {
	c, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Money{}, false
	}
	n, ok := exponent(c)
	if !ok {
		return money.Money{}, false
	}
	minor, ok := scale(a.Value, c.Exponent()-n)
	return money.Money{Minor: minor, Currency: c}, ok
}

// scale multiplies by a power of ten, or divides by it where that leaves nothing over.
func scale(value int64, power int) (int64, bool) {
	factor := int64(math.Pow10(max(power, -power)))
	switch {
	case value < 0:
		return 0, false
	case power < 0:
		return value / factor, value%factor == 0
	case value > money.MaxMinor/factor:
		return 0, false
	}
	return value * factor, true
}
