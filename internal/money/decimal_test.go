package money

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// grammar is the accepted form of a decimal, written a second time and another
// way than in the parser.
var grammar = regexp.MustCompile(`\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\z`)

// powerOfTen returns 10^n.
func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// exactDecimal is the oracle of Decimal: the quotient as a fraction, printed.
func exactDecimal(m Money) string {
	return new(big.Rat).SetFrac(big.NewInt(m.Minor), powerOfTen(m.Exponent())).FloatString(m.Exponent())
}

// checkParse fails unless ParseDecimal does with s what the grammar and exact
// fractions say it must.
func checkParse(t rapid.TB, s string, c Currency) {
	t.Helper()
	got, err := ParseDecimal(s, c)
	want, wantErr := expectedParse(s, c)
	if got != want || !errors.Is(err, wantErr) {
		t.Fatalf("ParseDecimal(%q, %q): got %d, %v; want %d, %v", s, c, got, err, want, wantErr)
	}
	if err != nil && len(err.Error()) > 600 {
		t.Fatalf("error of %d bytes repeats the caller's text", len(err.Error()))
	}
}

// expectedParse is the oracle of ParseDecimal.
func expectedParse(s string, c Currency) (int64, error) {
	if _, err := ParseCurrency(string(c)); err != nil {
		return 0, ErrUnknownCurrency
	}
	if !grammar.MatchString(s) {
		return 0, ErrMalformed
	}
	if _, fraction, _ := strings.Cut(s, "."); len(fraction) > c.Exponent() {
		return 0, ErrTooPrecise
	}
	if len(s) > 1000 { // digits without a leading zero: surely too big
		return 0, ErrOverflow
	}
	exact, _ := new(big.Rat).SetString(s)
	exact.Mul(exact, new(big.Rat).SetInt(powerOfTen(c.Exponent())))
	if exact.Num().CmpAbs(big.NewInt(MaxMinor)) > 0 {
		return 0, ErrOverflow
	}
	return exact.Num().Int64(), nil
}

func TestDecimalRoundTripsForEveryCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range known() {
		t.Run(string(c)+" comes back exact", func(t *testing.T) {
			t.Parallel()
			for minor := int64(1); minor < MaxMinor; minor *= 10 {
				for _, edge := range []int64{minor - 1, minor, 1 - minor, -minor} {
					checkRoundTrip(t, Money{edge, c})
				}
			}
			checkRoundTrip(t, Money{MaxMinor, c})
			checkRoundTrip(t, Money{-MaxMinor, c})
			rapid.Check(t, func(t *rapid.T) {
				checkRoundTrip(t, Money{amount().Draw(t, "minor"), c})
			})
		})
	}
}

// checkRoundTrip fails unless m prints exactly and reads back as itself.
func checkRoundTrip(t rapid.TB, m Money) {
	t.Helper()
	text := m.Decimal()
	if want := exactDecimal(m); text != want {
		t.Fatalf("%#v: got %q, want %q", m, text, want)
	}
	if back, err := ParseDecimal(text, m.Currency); back != m.Minor || err != nil {
		t.Fatalf("%q: got %d, %v; want %d", text, back, err, m.Minor)
	}
}

func TestDecimalIsExactForEveryInteger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := Money{anyInt64().Draw(t, "minor"), rapid.SampledFrom(known()).Draw(t, "currency")}
		if got, want := m.Decimal(), exactDecimal(m); got != want {
			t.Fatalf("%#v: got %q, want %q", m, got, want)
		}
	})
}

func TestDecimalShowsEveryPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]Money{
		"12.34":                 {1234, "EUR"},
		"0.00":                  {0, "EUR"},
		"0.05":                  {5, "EUR"},
		"-0.05":                 {-5, "EUR"},
		"10.00":                 {1000, "BGN"},
		"-5":                    {-5, "JPY"},
		"0":                     {0, "ISK"},
		"0.001":                 {1, "KWD"},
		"1.000":                 {1000, "IQD"},
		"-0.0001":               {-1, "CLF"},
		"90071992547409.91":     {MaxMinor, "USD"},
		"-922337203685477.5808": {math.MinInt64, "UYW"},
		"-92233720368547758.08": {math.MinInt64, "USD"},
		"-9223372036854775808":  {math.MinInt64, "KRW"},
		"9223372036854775.807":  {math.MaxInt64, "TND"},
		"9007199254740991":      {MaxMinor, "VND"},
		"900719925474.0991":     {MaxMinor, "CLF"},
	}
	for want, m := range tests {
		if got := m.Decimal(); got != want {
			t.Errorf("%#v: got %q, want %q", m, got, want)
		}
	}
}

func TestParseDecimalReads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		currency Currency
		want     int64
	}{
		{"12.34", "EUR", 1234}, {"12.3", "EUR", 1230}, {"12", "EUR", 1200}, {"0.5", "EUR", 50},
		{"0", "EUR", 0}, {"-0", "EUR", 0}, {"-0.00", "EUR", 0}, {"-0.01", "EUR", -1},
		{"-5", "JPY", -5}, {"0.001", "KWD", 1}, {"7", "CLF", 70000},
		{"90071992547409.91", "USD", MaxMinor}, {"-9007199254740991", "JPY", -MaxMinor},
	}
	for _, tt := range tests {
		t.Run(tt.text+" "+string(tt.currency)+" is read", func(t *testing.T) {
			t.Parallel()
			if got, err := ParseDecimal(tt.text, tt.currency); got != tt.want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, tt.want)
			}
		})
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	t.Parallel()
	tests := map[error][]struct {
		text     string
		currency Currency
	}{
		ErrMalformed: {
			{"", "EUR"}, {"-", "EUR"}, {".", "EUR"}, {"12.", "EUR"}, {".5", "EUR"}, {"-.5", "EUR"}, {"+1", "EUR"},
			{"--1", "EUR"}, {"1-", "EUR"}, {" 1", "EUR"}, {"1 ", "EUR"}, {"1\n", "EUR"}, {"1 000", "EUR"},
			{"1,000", "EUR"}, {"1,50", "EUR"}, {"1_000", "EUR"}, {"007", "EUR"}, {"00", "EUR"}, {"00.5", "EUR"},
			{"-01", "EUR"}, {"1e3", "EUR"}, {"1E3", "EUR"}, {"0x10", "EUR"}, {"NaN", "EUR"}, {"Inf", "EUR"},
			{"1.2.3", "EUR"}, {"1.-2", "EUR"}, {"1.234x", "EUR"}, {"١٢", "EUR"}, {"１", "EUR"}, {"−1", "EUR"},
			{"1\x00", "EUR"}, {"\xff", "EUR"}, {"1/2", "EUR"}, {"€1", "EUR"}, {"1.", "JPY"},
		},
		ErrTooPrecise: {
			{"1.234", "EUR"}, {"1.000", "EUR"}, {"100.0", "JPY"}, {"100.00", "JPY"}, {"0.0001", "KWD"},
			{"0.00000", "CLF"}, {"99999999999999999999.999", "EUR"},
		},
		ErrOverflow: {
			{"90071992547409.92", "USD"}, {"-90071992547409.92", "USD"}, {"9007199254740992", "JPY"},
			{"900719925475", "CLF"}, {"18446744073709551616", "JPY"}, {"18446744073709551617", "JPY"},
			{"1" + strings.Repeat("0", 100_000), "JPY"},
		},
		ErrUnknownCurrency: {{"1", "ZZZ"}, {"1", "eur"}, {"1", ""}, {"x", "XXX"}},
	}
	for want, cases := range tests {
		t.Run(want.Error(), func(t *testing.T) {
			t.Parallel()
			for _, tt := range cases {
				if got, err := ParseDecimal(tt.text, tt.currency); got != 0 || !errors.Is(err, want) {
					t.Errorf("%.40q %s: got %d, %v", tt.text, tt.currency, got, err)
				}
			}
		})
	}
}

func TestParseDecimalMatchesExactFractions(t *testing.T) {
	t.Parallel()
	nearly := rapid.StringMatching(`-?[0-9]{0,18}\.?[0-9]{0,5}[ e+]?`)
	rapid.Check(t, func(t *rapid.T) {
		checkParse(t, nearly.Draw(t, "text"), rapid.SampledFrom(known()).Draw(t, "currency"))
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []struct{ text, currency string }{
		{"12.34", "EUR"}, {"-5", "JPY"}, {"0.001", "KWD"}, {"-0", "EUR"}, {"90071992547409.92", "USD"},
		{"9007199254740991", "JPY"}, {"007", "EUR"}, {"1e3", "EUR"}, {"1.", "EUR"}, {"", "EUR"},
		{"1.00000", "CLF"}, {"18446744073709551616", "JPY"}, {"1", "ZZZ"}, {"١٢", "EUR"}, {"12.34", "BGN"},
	} {
		f.Add(seed.text, seed.currency)
	}
	f.Fuzz(func(t *testing.T, s, code string) {
		c := Currency(code)
		checkParse(t, s, c)
		if minor, err := ParseDecimal(s, c); err == nil {
			checkRoundTrip(t, Money{minor, c})
		}
	})
}
