package money

import (
	"fmt"
	"maps"
	"slices"

	iso "github.com/bojanz/currency"
)

// Currency is an ISO 4217 alphabetic code in upper case, such as "EUR". Text
// becomes a Currency through ParseCurrency; a conversion skips the check.
type Currency string

// ParseCurrency returns the currency with exactly this code: three upper-case
// letters, no spaces. Anything else is ErrUnknownCurrency, "eur" included:
// guessing what a caller meant is how two spellings end up in one ledger.
//
// Known are the active codes and those withdrawn since 2009, so that old
// payments stay readable; Active tells them apart. Codes to which ISO 4217
// gives no minor unit (gold, test codes, "no currency") are not known, since an
// amount of them has no exponent.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if _, known := exponents[c]; !known {
		return "", fmt.Errorf("%w: %.8q", ErrUnknownCurrency, s)
	}
	return c, nil
}

// Currencies returns the active currencies in alphabetical order. The slice is
// the caller's own.
func Currencies() []Currency {
	return slices.DeleteFunc(known(), func(c Currency) bool { return !c.Active() })
}

// Exponent returns how many decimal places ISO 4217 gives the currency: 0 for
// JPY, 2 for EUR, 3 for KWD, 4 for CLF. It panics on a code that ParseCurrency
// refuses: whatever number it returned instead, somebody would be charged or
// shown an amount wrong by a power of ten.
func (c Currency) Exponent() int {
	exponent, known := exponents[c]
	if !known {
		panic(fmt.Sprintf("money: exponent of unknown currency %.8q", string(c)))
	}
	return exponent
}

// Active reports whether c is in use today. New payments need an active
// currency; reading, refunding and reporting old ones does not.
func (c Currency) Active() bool {
	_, known := exponents[c]
	_, gone := withdrawn[c]
	return known && !gone
}

// withdrawn holds the currencies that left the active list of ISO 4217 from
// January 2009 on, each with the last exponent it had there. Older ones are
// left out: nothing stored here can be that old, and a mistyped code is refused
// rather than taken for a franc of 1998. An entry must never be removed, or the
// amounts stored in it could no longer be shown.
var withdrawn = map[Currency]int{
	"ANG": 2, // 2025, became XCG
	"BGN": 2, // 2026, became EUR
	"BYR": 0, // 2017, became BYN
	"CUC": 2, // 2021, became CUP
	"EEK": 2, // 2011, became EUR
	"HRK": 2, // 2023, became EUR
	"LTL": 2, // 2015, became EUR
	"LVL": 2, // 2014, became EUR
	"MRO": 2, // 2018, became MRU
	"SKK": 2, // 2009, became EUR
	"SLL": 2, // 2024, became SLE
	"STD": 2, // 2018, became STN
	"TMM": 2, // 2009, became TMT
	"USS": 2, // 2014, same-day dollar fund
	"VEF": 2, // 2018, became VES
	"ZMK": 2, // 2013, became ZMW
	"ZWL": 2, // 2024, became ZWG
	"ZWR": 2, // 2009, became ZWL
}

// exponents maps every known currency to its decimal places. It is never
// written after start-up, which is what makes reading it from many goroutines
// safe.
var exponents = loadExponents()

// loadExponents takes the active list from a module that generates it from
// ISO 4217 itself, not from locale data: the latter says how many places a
// shop prints (none for AFN or IQD), which is not where the minor unit is. The
// tests pin every code and exponent, so a new version of that module cannot
// move the decimal point of amounts already stored.
func loadExponents() map[Currency]int {
	table := maps.Clone(withdrawn)
	for _, code := range iso.GetCurrencyCodes() {
		if digits, ok := iso.GetDigits(code); ok {
			table[Currency(code)] = int(digits)
		}
	}
	return table
}

// known returns every known currency, active or withdrawn, in order.
func known() []Currency {
	return slices.Sorted(maps.Keys(exponents))
}
