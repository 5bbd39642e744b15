// Package money does exact arithmetic on amounts of money.
//
// An amount is a whole number of minor units (cents for EUR, yen for JPY, fils
// for KWD) held in an int64 beside its ISO 4217 currency. There is no floating
// point anywhere, nothing wraps around, and nothing is rounded except where
// Percent says so. The package is pure: no clock, no I/O, no mutable state, so
// every function may be called from any goroutine.
//
// Amounts from outside enter through ParseCurrency, ParseDecimal or New, which
// refuse what the rest of the package could not represent exactly.
package money

import (
	"errors"
	"fmt"
	"math/bits"
)

// MaxMinor is the greatest magnitude, in minor units, that an amount may have.
// Every integer up to it survives a JavaScript number unchanged; one more and a
// browser could show or send back a neighbouring amount.
const MaxMinor = 1<<53 - 1

// The errors of this package, always wrapped with context: test with errors.Is.
var (
	// ErrOverflow means that a result or an argument lies outside
	// [-MaxMinor, MaxMinor].
	ErrOverflow = errors.New("money: amount out of range")
	// ErrMalformed means that a text is not a plain decimal number.
	ErrMalformed = errors.New("money: malformed decimal")
	// ErrTooPrecise means that a decimal has more places than its currency.
	ErrTooPrecise = errors.New("money: more decimal places than the currency has")
	// ErrUnknownCurrency means that a code is not one this package knows.
	ErrUnknownCurrency = errors.New("money: unknown currency")
	// ErrInvalid means that a share cannot be computed from the arguments, such
	// as a negative weight or a rate above 100 %. It is a bug in the caller, not
	// in what a customer typed.
	ErrInvalid = errors.New("money: invalid argument")
)

// Money is an amount in one currency. Minor may be negative. Build it with New
// unless both fields are already known to be good. The zero value has no
// currency and can only be compared or logged.
type Money struct {
	Minor    int64
	Currency Currency
}

// New returns minor units of c as Money. It fails with ErrUnknownCurrency if c
// is not known and with ErrOverflow if minor lies beyond MaxMinor either way.
func New(minor int64, c Currency) (Money, error) {
	if _, err := ParseCurrency(string(c)); err != nil {
		return Money{}, err
	}
	if magnitude(minor) > MaxMinor {
		return Money{}, fmt.Errorf("%w: %d minor units of %s", ErrOverflow, minor, c)
	}
	return Money{Minor: minor, Currency: c}, nil
}

// MinorUnits returns the amount in minor units of its currency.
func (m Money) MinorUnits() int64 { return m.Minor }

// Exponent returns how many decimal places the currency has. It panics where
// Currency.Exponent does.
func (m Money) Exponent() int { return m.Currency.Exponent() }

// String returns the amount for people and logs, such as "12.34 EUR". Unlike
// Decimal it never panics: a log line about a broken amount must still appear,
// and then says minor units outright so that nobody reads them as major ones.
func (m Money) String() string {
	if _, known := exponents[m.Currency]; !known {
		return fmt.Sprintf("%d minor units of unknown currency %.8q", m.Minor, string(m.Currency))
	}
	return m.Decimal() + " " + string(m.Currency)
}

// Add returns a + b, or ErrOverflow if the exact result lies beyond MaxMinor.
// The caller must know that both are in the same currency.
func Add(a, b int64) (int64, error) {
	sum := a + b
	if wrapped := (sum > a) != (b > 0); wrapped || magnitude(sum) > MaxMinor {
		return 0, fmt.Errorf("%w: %d + %d", ErrOverflow, a, b)
	}
	return sum, nil
}

// Sub returns a - b, or ErrOverflow if the exact result lies beyond MaxMinor.
// The caller must know that both are in the same currency.
func Sub(a, b int64) (int64, error) {
	difference := a - b
	if wrapped := (difference < a) != (b > 0); wrapped || magnitude(difference) > MaxMinor {
		return 0, fmt.Errorf("%w: %d - %d", ErrOverflow, a, b)
	}
	return difference, nil
}

// Mul returns a * b, or ErrOverflow if the exact result lies beyond MaxMinor.
// One of the two is an amount, the other a plain count.
func Mul(a, b int64) (int64, error) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > MaxMinor {
		return 0, fmt.Errorf("%w: %d * %d", ErrOverflow, a, b)
	}
	return signed(lo, (a < 0) != (b < 0)), nil
}

// Sum returns the sum of xs, 0 for none, or ErrOverflow if the exact total lies
// beyond MaxMinor. Only the total is judged: running totals are kept in 128
// bits, for otherwise the same ledger lines would pass in one order and fail in
// another. The caller must know that all are in the same currency.
func Sum(xs ...int64) (int64, error) {
	var hi, lo uint64 // one two's complement number of 128 bits
	for _, x := range xs {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(x), 0)     // #nosec G115 -- two's complement, as said above
		hi, _ = bits.Add64(hi, uint64(x>>63), carry) // #nosec G115 -- two's complement
	}
	total := int64(lo)
	if wider := hi != uint64(total>>63); wider || magnitude(total) > MaxMinor {
		return 0, fmt.Errorf("%w: sum of %d amounts", ErrOverflow, len(xs))
	}
	return total, nil
}

// magnitude returns |x| unsigned, because the least int64 has no positive twin.
func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x) // #nosec G115 -- wraps to |x|, even of the least int64
	}
	return uint64(x)
}

// signed is the inverse of magnitude for values up to MaxMinor.
func signed(value uint64, negative bool) int64 {
	if negative {
		return -int64(value) // #nosec G115 -- at most MaxMinor
	}
	return int64(value) // #nosec G115 -- at most MaxMinor
}
