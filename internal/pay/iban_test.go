package pay_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

func TestParseIBAN(t *testing.T) {
	t.Parallel()
	for text, masked := range map[string]string{
		"DE89 3704 0044 0532 0130 00":      "DE89 **** 3000",
		"gb82west12345698765432":           "GB82 **** 5432",
		"FR1420041010050500013M02606":      "FR14 **** 2606",
		"NO9386011117947":                  "NO93 **** 7947",
		"MT84MALT011000012345MTLCAST001S":  "MT84 **** 001S",
		"PT50000201231234567890154":        "PT50 **** 0154",
		"NL91ABNA0417164300":               "NL91 **** 4300",
		"BE68539007547034":                 "BE68 **** 7034",
		"CH9300762011623852957":            "CH93 **** 2957",
		" SE45 5000 0000 0583 9825 7466  ": "SE45 **** 7466",
	} {
		t.Run("OK "+text, func(t *testing.T) {
			t.Parallel()
			n, err := pay.ParseIBAN(text)
			if err != nil || n.Masked() != masked || fmt.Sprintf("%v %+v %#v %s %q", n, n, n, n, n) != strings.Repeat(masked+" ", 4)+`"`+masked+`"` {
				t.Errorf("%v, %v", n, err)
			}
		})
	}
	for text, want := range map[string]error{
		"":                             pay.ErrIBANForm,
		"DE":                           pay.ErrIBANForm,
		"DE8937040044053201300-":       pay.ErrIBANForm,
		"DEA9370400440532013000":       pay.ErrIBANForm,
		"8989370400440532013000":       pay.ErrIBANForm,
		"DE89\t370400440532013000":     pay.ErrIBANForm,
		"DE893704004405320130０0":       pay.ErrIBANForm, // a digit of another script
		"US89370400440532013000":       pay.ErrIBANCountry,
		"ZZ89370400440532013000":       pay.ErrIBANCountry,
		"DE8937040044053201300":        pay.ErrIBANLength,
		"DE893704004405320130000":      pay.ErrIBANLength,
		strings.Repeat("DE89", 10_000): pay.ErrIBANLength,
		"DE88370400440532013000":       pay.ErrIBANCheck,
		"DE89370400440532013001":       pay.ErrIBANCheck,
		"DE89370400440532010300":       pay.ErrIBANCheck, // two digits swapped
	} {
		t.Run("ErrIBAN "+text[:min(30, len(text))], func(t *testing.T) {
			t.Parallel()
			n, err := pay.ParseIBAN(text)
			if !errors.Is(err, want) || n != (pay.IBAN{}) {
				t.Errorf("%v, %v, want %v", n, err, want)
			}
		})
	}
}

func TestParseBIC(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"DEUTDEFF": "DEUTDEFF", "deutdeff500": "DEUTDEFF500", "NEDSZAJJXXX": "NEDSZAJJXXX",
		"": "", "DEUTDEF": "", "DEUTDEFF5": "", "DEUT1EFF": "", "1EUTDEFF": "", "DEUTZZFF": "", "DEUTDEFF5000": "", "DEUTDEFF\n": ""} {
		if code, ok := pay.ParseBIC(text); ok != (want != "") || ok && code != want {
			t.Errorf("%q: %q, %v", text, code, ok)
		}
	}
}

// FuzzParseIBAN proves that whatever is taken shows no more than its ends, and
// that no single wrong character passes.
func FuzzParseIBAN(f *testing.F) {
	for _, text := range []string{"DE89 3704 0044 0532 0130 00", "MT84MALT011000012345MTLCAST001S", "xx00", "ı", "DE8937040044053201300０"} {
		f.Add(text, uint8(7), byte('1'))
	}
	f.Fuzz(func(t *testing.T, text string, at uint8, other byte) {
		n, err := pay.ParseIBAN(text)
		if pay.LooksLikeIBAN(text) != (err == nil) {
			t.Fatal("LooksLikeIBAN disagrees")
		}
		if err != nil {
			if n.String() != "" || text != "" && len(text) > 5 && strings.Contains(err.Error(), text) {
				t.Errorf("refused, yet shown: %v, %v", n, err)
			}
			return
		}
		whole := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
		if masked := n.String(); len(masked) != 14 || !strings.HasPrefix(whole, masked[:4]) || !strings.HasSuffix(whole, masked[10:]) {
			t.Errorf("%q is masked as %q", whole, masked)
		}
		changed := []byte(whole)
		i := 4 + int(at)%(len(changed)-4)
		isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
		if isDigit(other) && isDigit(changed[i]) && other != changed[i] {
			if changed[i] = other; pay.LooksLikeIBAN(string(changed)) {
				t.Errorf("%q with another digit at %d passes", whole, i)
			}
		}
	})
}
