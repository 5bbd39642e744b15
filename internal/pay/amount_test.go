package pay_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestMoneyInput proves what each form of an amount means and which code
// refuses it, and that the path leads to the form at fault.
func TestMoneyInput(t *testing.T) {
	t.Parallel()
	units := func(n int64) pay.MoneyInput { return pay.MoneyInput{MinorUnits: &n} }
	decimal := func(text string) pay.MoneyInput { return pay.MoneyInput{Decimal: &text} }
	in := func(c money.Currency, m pay.MoneyInput) pay.MoneyInput { m.Currency = &c; return m }
	const notNegative, positive = 1, 2
	for name, test := range map[string]struct {
		input    pay.MoneyInput
		currency money.Currency
		want     int64
		// code is why it is refused, at the step below the amount.
		code pay.Code
		step string
		// from is the first of In, NotNegative and Positive that refuses it so.
		from int
	}{
		"minor units":                       {input: units(1234), currency: "EUR", want: 1234},
		"decimal":                           {input: decimal("12.34"), currency: "EUR", want: 1234},
		"decimal without decimals":          {input: decimal("12"), currency: "EUR", want: 1200},
		"decimal of yen":                    {input: decimal("12"), currency: "JPY", want: 12},
		"decimal of dinars":                 {input: decimal("0.001"), currency: "KWD", want: 1},
		"with the subject's currency":       {input: in("EUR", units(5)), currency: "EUR", want: 5},
		"the largest":                       {input: units(money.MaxMinor), currency: "EUR", want: money.MaxMinor},
		"the largest as decimal":            {input: decimal("90071992547409.91"), currency: "EUR", want: money.MaxMinor},
		"neither form":                      {currency: "EUR", code: pay.CodeInvalidInput},
		"both forms":                        {input: pay.MoneyInput{MinorUnits: ptr(int64(1)), Decimal: ptr("0.01")}, currency: "EUR", code: pay.CodeInvalidInput},
		"another currency":                  {input: in("USD", units(5)), currency: "EUR", code: pay.CodeCurrencyMismatch, step: "currency"},
		"more decimals than yen have":       {input: decimal("12.0"), currency: "JPY", code: pay.CodeInvalidInput, step: "decimal"},
		"more decimals than euros have":     {input: decimal("12.340"), currency: "EUR", code: pay.CodeInvalidInput, step: "decimal"},
		"too large as decimal":              {input: decimal("90071992547409.92"), currency: "EUR", code: pay.CodeInvalidInput, step: "decimal"},
		"too large":                         {input: units(money.MaxMinor + 1), currency: "EUR", code: pay.CodeInvalidInput, step: "minorUnits"},
		"too far below zero":                {input: units(-money.MaxMinor - 1), currency: "EUR", code: pay.CodeInvalidInput, step: "minorUnits"},
		"no number":                         {input: decimal("12,34"), currency: "EUR", code: pay.CodeInvalidInput, step: "decimal"},
		"exponent":                          {input: decimal("1e2"), currency: "EUR", code: pay.CodeInvalidInput, step: "decimal"},
		"empty decimal":                     {input: decimal(""), currency: "EUR", code: pay.CodeInvalidInput, step: "decimal"},
		"negative where it may not be":      {input: units(-1), currency: "EUR", want: -1, code: pay.CodeInvalidInput, from: notNegative},
		"negative decimal where it may not": {input: decimal("-0.01"), currency: "EUR", want: -1, code: pay.CodeInvalidInput, from: notNegative},
		"zero where something must be":      {input: units(0), currency: "EUR", want: 0, code: pay.CodeAmountTooSmall, from: positive},
		"minus zero":                        {input: decimal("-0.00"), currency: "EUR", want: 0, code: pay.CodeAmountTooSmall, from: positive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := pay.At("input", "amount")
			for from, read := range []func(money.Currency, pay.Path) (int64, *pay.Error){test.input.In, test.input.NotNegative, test.input.Positive} {
				got, refusal := read(test.currency, at)
				code, step := test.code, test.step
				if from == positive && test.from == notNegative {
					code = pay.CodeAmountTooSmall // which also says how much is needed
				}
				switch {
				case code == "" || from < test.from:
					if refusal != nil || got != test.want {
						t.Errorf("form %d: %d, %v; want %d", from, got, refusal, test.want)
					}
				case refusal == nil || refusal.Code != code || got != 0:
					t.Errorf("form %d: %d, %v; want %s", from, got, refusal, code)
				case step != "" && !slices.Equal(refusal.Path, at.Then(step)), step == "" && !slices.Equal(refusal.Path, at):
					t.Errorf("form %d: path %v", from, refusal.Path)
				case code == pay.CodeAmountTooSmall && (refusal.Minimum == nil || *refusal.Minimum != (money.Money{Minor: 1, Currency: "EUR"})):
					t.Errorf("form %d: minimum %v", from, refusal.Minimum)
				}
			}
		})
	}
}
