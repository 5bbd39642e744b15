package pay

import (
	"errors"

	"github.com/paygraph/paygraph/internal/money"
)

// MoneyInput is an amount as a caller gives it: exactly one of MinorUnits and
// Decimal, and the currency where the subject does not fix it.
type MoneyInput struct {
	MinorUnits *int64
	Decimal    *string
	Currency   *money.Currency
}

// In reads the amount in the subject's currency, in minor units. It refuses
// INVALID_INPUT for both or neither form, for more decimals than the currency
// has and for an amount out of range, and CURRENCY_MISMATCH for another
// currency; path leads to the input.
func (m MoneyInput) In(currency money.Currency, path Path) (int64, *Error) {
	if m.Currency != nil && *m.Currency != currency {
		return 0, Refuse(CodeCurrencyMismatch, path.Then("currency"), "Currency must be %s.", currency)
	}
	switch {
	case (m.MinorUnits == nil) == (m.Decimal == nil):
		return 0, Refuse(CodeInvalidInput, path, "Give exactly one of minorUnits and decimal.")
	case m.MinorUnits != nil && (*m.MinorUnits > money.MaxMinor || *m.MinorUnits < -money.MaxMinor):
		return 0, Refuse(CodeInvalidInput, path.Then("minorUnits"), "The amount is too large.")
	case m.MinorUnits != nil:
		return *m.MinorUnits, nil
	}
	minor, err := money.ParseDecimal(*m.Decimal, currency)
	at := path.Then("decimal")
	switch {
	case errors.Is(err, money.ErrTooPrecise):
		return 0, Refuse(CodeInvalidInput, at, "%s has %d decimals; the amount has more.", currency, currency.Exponent())
	case errors.Is(err, money.ErrOverflow):
		return 0, Refuse(CodeInvalidInput, at, "The amount is too large.")
	case err != nil:
		return 0, Refuse(CodeInvalidInput, at, `The amount must be decimal text such as "12.34".`)
	}
	return minor, nil
}

// NotNegative is In for amounts that may be zero but not below.
func (m MoneyInput) NotNegative(currency money.Currency, path Path) (int64, *Error) {
	minor, refusal := m.In(currency, path)
	if refusal == nil && minor < 0 {
		return 0, Refuse(CodeInvalidInput, path, "The amount must not be negative.")
	}
	return minor, refusal
}

// Positive is In for amounts that are to be paid: at least one minor unit.
func (m MoneyInput) Positive(currency money.Currency, path Path) (int64, *Error) {
	minor, refusal := m.In(currency, path)
	if refusal == nil && minor < 1 {
		e := Refuse(CodeAmountTooSmall, path, "The amount must be at least one minor unit.")
		e.Minimum = &money.Money{Minor: 1, Currency: currency}
		return 0, e
	}
	return minor, refusal
}
