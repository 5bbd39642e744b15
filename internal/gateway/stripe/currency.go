package stripe

import (
	"math"
	"strings"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/money"
)

// Stripe counts most currencies in the minor units of ISO 4217. These are the others.
var (
	// decimals are those that Stripe gives another number of decimals. Kronas and Uganda
	// shillings lost theirs, but are still written with two, which must be zero.
	decimals = map[money.Currency]int{"ISK": 2, "UGX": 2, "MGA": 0}
	// threeDecimals are the currencies of three decimals that Stripe takes, in steps of ten.
	threeDecimals = map[money.Currency]bool{"BHD": true, "JOD": true, "KWD": true, "OMR": true, "TND": true}
	// noDecimals are the currencies without decimals that Stripe takes.
	noDecimals = map[money.Currency]bool{"BIF": true, "CLP": true, "DJF": true, "GNF": true, "JPY": true, "KMF": true, "KRW": true,
		"MGA": true, "PYG": true, "RWF": true, "VND": true, "VUV": true, "XAF": true, "XOF": true, "XPF": true}
)

// exponent is how many decimals the currency has at Stripe. It is false where that is not
// known: an amount that is taken for ten or a hundred times as much is worse than none.
func exponent(c money.Currency) (int, bool) {
	if n, ok := decimals[c]; ok {
		return n, true
	}
	switch n := c.Exponent(); {
	case n == 2, n == 0 && noDecimals[c], n == 3 && threeDecimals[c]:
		return n, true
	}
	return 0, false
}

// wire is the amount as Stripe counts it, or false where Stripe has no way to write it:
// cents of ariaries, or single fils.
func wire(m money.Money) (int64, bool) {
	n, ok := exponent(m.Currency)
	if !ok {
		return 0, false
	}
	amount, ok := scale(m.Minor, n-m.Currency.Exponent())
	if !ok || threeDecimals[m.Currency] && amount%10 != 0 {
		return 0, false
	}
	return amount, true
}

// Takes says whether Stripe can be asked for the amount.
func (connector) Takes(m money.Money) bool {
	n, ok := wire(m)
	return ok && n > 0
}

// minor is an amount of Stripe's in minor units, or false where it is not a whole number
// of them.
func minor(amount int64, currency stripe.Currency) (int64, money.Currency, bool) {
	c, err := money.ParseCurrency(strings.ToUpper(string(currency)))
	if err != nil {
		return 0, "", false
	}
	n, ok := exponent(c)
	if !ok {
		return 0, c, false
	}
	amount, ok = scale(amount, c.Exponent()-n)
	return amount, c, ok
}

// scale multiplies by a power of ten, or divides by it where that leaves nothing over.
func scale(amount int64, power int) (int64, bool) {
	factor := int64(math.Pow10(max(power, -power)))
	if power < 0 {
		return amount / factor, amount%factor == 0
	}
	if amount > money.MaxMinor/factor || amount < 0 {
		return 0, false
	}
	return amount * factor, true
}

// wireCurrency is the currency as Stripe writes it.
func wireCurrency(c money.Currency) string { return strings.ToLower(string(c)) }
