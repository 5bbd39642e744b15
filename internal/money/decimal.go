package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Decimal returns the amount in major units with exactly as many places as the
// currency has: "12.34" for 1234 EUR, "-5" for -5 JPY, "0.001" for 1 KWD. It is
// exact for every int64, and ParseDecimal reads it back for every amount within
// MaxMinor. It panics where Currency.Exponent does.
func (m Money) Decimal() string {
	places := m.Exponent()
	digits := strconv.FormatUint(magnitude(m.Minor), 10)
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if places > 0 {
		point := len(digits) - places
		digits = digits[:point] + "." + digits[point:]
	}
	if m.Minor < 0 {
		return "-" + digits
	}
	return digits
}

// ParseDecimal reads an amount in major units of c and returns its minor units.
//
// The text is an optional '-', digits without needless leading zeros, and
// optionally a '.' with at least one digit after it. Signs of other kinds,
// spaces, grouping and exponents are ErrMalformed. Fewer places than the
// currency has are filled with zeros; more are ErrTooPrecise even if they are
// zeros, because whoever writes "100.00" JPY believes in sen, and may next send
// 10000 of them as minor units. "-0" is zero.
//
// The checks come in a fixed order: ErrUnknownCurrency, ErrMalformed,
// ErrTooPrecise, then ErrOverflow for what lies beyond MaxMinor.
func ParseDecimal(s string, c Currency) (int64, error) {
	places, known := exponents[c]
	if !known {
		return 0, fmt.Errorf("%w: %.8q", ErrUnknownCurrency, string(c))
	}
	unsigned, negative := strings.CutPrefix(s, "-")
	whole, fraction, pointed := strings.Cut(unsigned, ".")
	if !isWhole(whole) || pointed && !isDigits(fraction) {
		return 0, fmt.Errorf("%w: %.40q", ErrMalformed, s)
	}
	if len(fraction) > places {
		return 0, fmt.Errorf("%w: %.40q, %s has %d", ErrTooPrecise, s, c, places)
	}
	var minor uint64
	for _, digit := range whole + fraction + strings.Repeat("0", places-len(fraction)) {
		minor = minor*10 + uint64(digit-'0') // #nosec G115 -- only digits get here
		if minor > MaxMinor {                // at every step, or a long text would wrap around
			return 0, fmt.Errorf("%w: %.40q %s", ErrOverflow, s, c)
		}
	}
	return signed(minor, negative), nil
}

// isWhole reports whether s is a whole number in its one canonical spelling. A
// leading zero is refused because some readers take it for octal, and two
// spellings of one amount defeat comparison of requests.
func isWhole(s string) bool {
	return isDigits(s) && (len(s) == 1 || s[0] != '0')
}

// isDigits reports whether s is one or more of 0 to 9, and no other script's
// digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
