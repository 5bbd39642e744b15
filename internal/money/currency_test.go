package money

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// activeCodes is the active list of ISO 4217 less the codes without a minor
// unit. When an update of the data changes it, a withdrawn code must move to
// the withdrawn table, never out of the package.
const activeCodes = `
	AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
	CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
	GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
	KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
	MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
	SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
	USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`

const withdrawnCodes = `
	ANG BGN BYR CUC EEK HRK LTL LVL MRO SKK SLL STD TMM USS VEF ZMK ZWL ZWR`

// notTwoPlaces is every known currency whose exponent is not 2.
var notTwoPlaces = map[Currency]int{
	"BIF": 0, "BYR": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0,
	"PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

func codes(list string) []Currency {
	var out []Currency
	for code := range strings.FieldsSeq(list) {
		out = append(out, Currency(code))
	}
	return out
}

func TestKnownCurrenciesArePinned(t *testing.T) {
	t.Parallel()
	active, gone := codes(activeCodes), codes(withdrawnCodes)
	if got := Currencies(); !slices.Equal(got, active) {
		t.Errorf("active currencies: got %v, want %v", got, active)
	}
	if got := slices.Sorted(maps.Keys(withdrawn)); !slices.Equal(got, gone) {
		t.Errorf("withdrawn currencies: got %v, want %v", got, gone)
	}
	if want := slices.Sorted(slices.Values(append(active, gone...))); !slices.Equal(known(), want) {
		t.Errorf("known currencies: got %v, want %v", known(), want)
	}
}

func TestExponentsArePinned(t *testing.T) {
	t.Parallel()
	for _, c := range known() {
		want, odd := notTwoPlaces[c]
		if !odd {
			want = 2
		}
		if got := c.Exponent(); got != want {
			t.Errorf("%s: got exponent %d, want %d", c, got, want)
		}
	}
	for c := range notTwoPlaces {
		if _, err := ParseCurrency(string(c)); err != nil {
			t.Error(err)
		}
	}
}

// Locale data gives these no decimals, because nobody prints them. Taking its
// word would multiply every amount by 100 or 1000.
func TestExponentsFollowTheStandardNotTheLocale(t *testing.T) {
	t.Parallel()
	const printedWhole = `AFN ALL AMD COP GYD HUF IDR IRR KPW LAK LBP MGA MMK MNT MUR PKR RSD SOS SYP TWD TZS UZS YER`
	for _, c := range codes(printedWhole) {
		if got := c.Exponent(); got != 2 {
			t.Errorf("%s: got exponent %d, want 2", c, got)
		}
	}
	if got := Currency("IQD").Exponent(); got != 3 {
		t.Errorf("IQD: got exponent %d, want 3", got)
	}
}

func TestParseCurrencyReturnsKnownCodes(t *testing.T) {
	t.Parallel()
	for _, want := range known() {
		if got, err := ParseCurrency(string(want)); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

func TestParseCurrencyRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"empty text":                "",
		"lower case":                "eur",
		"mixed case":                "Eur",
		"a trailing space":          "EUR ",
		"a leading space":           " EUR",
		"a trailing newline":        "EUR\n",
		"a numeric code":            "978",
		"two letters":               "EU",
		"four letters":              "EURO",
		"a Cyrillic lookalike":      "ЕUR",
		"full-width letters":        "ＥＵＲ",
		"an unassigned code":        "ZZZ",
		"gold, which has no unit":   "XAU",
		"no currency":               "XXX",
		"the code kept for testing": "XTS",
		"a code gone before 2009":   "DEM",
		"invalid UTF-8":             "\xff\xfe\xfd",
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := ParseCurrency(code); got != "" || !errors.Is(err, ErrUnknownCurrency) {
				t.Errorf("got %q, %v; want ErrUnknownCurrency", got, err)
			}
		})
	}
}

func TestActiveTellsWithdrawnCodesApart(t *testing.T) {
	t.Parallel()
	for c, want := range map[Currency]bool{"EUR": true, "XCG": true, "BGN": false, "ANG": false, "ZZZ": false, "": false} {
		if got := c.Active(); got != want {
			t.Errorf("%q: got active %t, want %t", c, got, want)
		}
	}
}

func TestCurrenciesIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	first := Currencies()
	first[0] = "ZZZ"
	if got := Currencies()[0]; got != "AED" {
		t.Errorf("got %q after the caller changed its copy, want AED", got)
	}
}

func TestUnknownCurrencyHasNoExponent(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(){
		"exponent panics": func() { Currency("ZZZ").Exponent() },
		"decimal panics":  func() { _ = Money{Minor: 1}.Decimal() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("returned as if the currency were known")
				}
			}()
			use()
		})
	}
}

func FuzzParseCurrency(f *testing.F) {
	for _, seed := range []string{"EUR", "JPY", "BGN", "CLF", "eur", "", "XXX", "EUR ", "ЕUR", "EU\x00", "EUREUR"} {
		f.Add(seed)
	}
	pattern := regexp.MustCompile(`\A[A-Z]{3}\z`)
	listed := codes(activeCodes + withdrawnCodes)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCurrency(s)
		if want := slices.Contains(listed, Currency(s)); want != (err == nil) {
			t.Fatalf("%q: got error %v, listed %t", s, err, want)
		}
		if err != nil {
			if c != "" || !errors.Is(err, ErrUnknownCurrency) || len(err.Error()) > 200 {
				t.Fatalf("%q: got %q, %v", s, c, err)
			}
			return
		}
		if string(c) != s || !pattern.MatchString(s) || c.Exponent() < 0 || c.Exponent() > 4 {
			t.Fatalf("%q: got %q with exponent %d", s, c, c.Exponent())
		}
	})
}
