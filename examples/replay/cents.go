package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// currency is the currency of all files. It has two decimals.
const currency = "BRL"

// cents is an amount in minor units. Amounts are read digit by digit and never
// pass through a float: 0.1 + 0.2 has to be 0.3 in every sum.
type cents int64

// maxWholeDigits keeps sums of any file that fits into memory within 64 bits.
const maxWholeDigits = 12

// parseCents reads decimal text such as 541.0. It rounds nothing.
func parseCents(text string) (cents, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || (point && fraction == "") || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, errors.New("is not a decimal number")
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 2 {
		return 0, errors.New("has more than two decimals")
	}
	if len(strings.TrimLeft(whole, "0")) > maxWholeDigits {
		return 0, errors.New("is too large")
	}
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("cannot be read: %w", err)
	}
	if negative {
		n = -n
	}
	return cents(n), nil
}

// String writes the amount as the API reads it: always with two decimals.
func (c cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// money is the amount as an input of the API.
func (c cents) money() map[string]any {
	return map[string]any{"decimal": c.String(), "currency": currency}
}
