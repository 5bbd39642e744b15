package money

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// edges are the integers around which checked arithmetic breaks.
var edges = []int64{
	0, 1, -1, 1 << 32, -1 << 32, MaxMinor, -MaxMinor, MaxMinor + 1, -MaxMinor - 1,
	math.MaxInt64, math.MinInt64, math.MinInt64 + 1,
}

// anyInt64 draws from the whole range, the edges often.
func anyInt64() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64(), amount(), rapid.Int64Range(-1000, 1000))
}

// amount draws an amount this package accepts.
func amount() *rapid.Generator[int64] { return rapid.Int64Range(-MaxMinor, MaxMinor) }

// wantExact fails unless got is exact, or err is ErrOverflow and exact is out
// of range.
func wantExact(t rapid.TB, exact *big.Int, got int64, err error) {
	t.Helper()
	if exact.CmpAbs(big.NewInt(MaxMinor)) > 0 {
		if !errors.Is(err, ErrOverflow) || got != 0 {
			t.Fatalf("exact result %s: got %d, %v; want 0, ErrOverflow", exact, got, err)
		}
		return
	}
	if err != nil || exact.Cmp(big.NewInt(got)) != 0 {
		t.Fatalf("exact result %s: got %d, %v", exact, got, err)
	}
}

func TestArithmeticIsExactOrOverflow(t *testing.T) {
	t.Parallel()
	operations := map[string]struct {
		checked func(a, b int64) (int64, error)
		oracle  func(z, a, b *big.Int) *big.Int
	}{
		"add":      {Add, (*big.Int).Add},
		"subtract": {Sub, (*big.Int).Sub},
		"multiply": {Mul, (*big.Int).Mul},
	}
	for name, op := range operations {
		t.Run(name+" matches big integers", func(t *testing.T) {
			t.Parallel()
			check := func(t rapid.TB, a, b int64) {
				t.Helper()
				got, err := op.checked(a, b)
				wantExact(t, op.oracle(new(big.Int), big.NewInt(a), big.NewInt(b)), got, err)
			}
			for _, a := range edges {
				for _, b := range edges {
					check(t, a, b)
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				check(t, anyInt64().Draw(t, "a"), anyInt64().Draw(t, "b"))
			})
		})
	}
}

func TestSumIsExactInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(anyInt64(), 0, 20).Draw(t, "xs")
		if rapid.Bool().Draw(t, "cancelling") { // else nearly every total overflows
			for _, x := range xs {
				xs = append(xs, ^x)
			}
		}
		exact := new(big.Int)
		for _, x := range xs {
			exact.Add(exact, big.NewInt(x))
		}
		got, err := Sum(xs...)
		wantExact(t, exact, got, err)
		again, errAgain := Sum(rapid.Permutation(xs).Draw(t, "shuffled")...)
		if again != got || (err == nil) != (errAgain == nil) {
			t.Fatalf("got %d, %v; shuffled %d, %v", got, err, again, errAgain)
		}
	})
}

func TestArithmeticAtItsLimits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		run  func() (int64, error)
		want int64
		err  error
	}{
		"add reaches the greatest amount":     {func() (int64, error) { return Add(MaxMinor-1, 1) }, MaxMinor, nil},
		"add refuses one more":                {func() (int64, error) { return Add(MaxMinor, 1) }, 0, ErrOverflow},
		"add does not wrap":                   {func() (int64, error) { return Add(math.MaxInt64, math.MaxInt64) }, 0, ErrOverflow},
		"subtract reaches the least amount":   {func() (int64, error) { return Sub(-MaxMinor+1, 1) }, -MaxMinor, nil},
		"subtract refuses one less":           {func() (int64, error) { return Sub(-MaxMinor, 1) }, 0, ErrOverflow},
		"subtract survives the least integer": {func() (int64, error) { return Sub(0, math.MinInt64) }, 0, ErrOverflow},
		"subtract does not wrap to -1":        {func() (int64, error) { return Sub(math.MaxInt64, math.MinInt64) }, 0, ErrOverflow},
		"multiply refuses a wrap to zero":     {func() (int64, error) { return Mul(1<<32, 1<<32) }, 0, ErrOverflow},
		"multiply keeps the sign":             {func() (int64, error) { return Mul(-3, 7) }, -21, nil},
		"sum of nothing is zero":              {func() (int64, error) { return Sum() }, 0, nil},
		"sum may pass beyond on its way":      {func() (int64, error) { return Sum(MaxMinor, MaxMinor, -MaxMinor) }, MaxMinor, nil},
		"sum does not wrap around to zero":    {func() (int64, error) { return Sum(math.MinInt64, math.MinInt64) }, 0, ErrOverflow},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := tt.run(); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestNewRefusesWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		minor    int64
		currency Currency
		err      error
	}{
		"greatest amount is kept":         {MaxMinor, "EUR", nil},
		"least amount is kept":            {-MaxMinor, "BGN", nil},
		"one beyond overflows":            {MaxMinor + 1, "EUR", ErrOverflow},
		"least integer overflows":         {math.MinInt64, "EUR", ErrOverflow},
		"unknown currency is refused":     {1, "ZZZ", ErrUnknownCurrency},
		"lower-case currency is refused":  {1, "eur", ErrUnknownCurrency},
		"missing currency is not assumed": {1, "", ErrUnknownCurrency},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := New(tt.minor, tt.currency)
			want := Money{}
			if tt.err == nil {
				want = Money{Minor: tt.minor, Currency: tt.currency}
			}
			if got != want || !errors.Is(err, tt.err) {
				t.Errorf("got %#v, %v; want %#v, %v", got, err, want, tt.err)
			}
		})
	}
}

func TestStringNamesTheCurrency(t *testing.T) {
	t.Parallel()
	tests := map[string]Money{
		"12.34 EUR": {1234, "EUR"},
		"-5 JPY":    {-5, "JPY"},
		"0.001 KWD": {1, "KWD"},
		`1234 minor units of unknown currency "ZZZ"`: {1234, "ZZZ"},
		`0 minor units of unknown currency ""`:       {},
	}
	for want, m := range tests {
		if got := fmt.Sprint(m); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMoneyReportsMinorUnitsAndExponent(t *testing.T) {
	t.Parallel()
	m := Money{Minor: -7, Currency: "KWD"}
	if m.MinorUnits() != -7 || m.Exponent() != 3 {
		t.Errorf("got %d minor units, exponent %d; want -7, 3", m.MinorUnits(), m.Exponent())
	}
}
