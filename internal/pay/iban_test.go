package pay_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"

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

// TestMentionsIBAN proves that account numbers are found in texts however they are
// written, and how seldom other texts are taken for them.
func TestMentionsIBAN(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NO9386011117947", "MT84MALT011000012345MTLCAST001S", "PT50000201231234567890154"} {
		for _, between := range []string{"", " ", "-", ".", "\t", "\u00a0", "\u200b", "\u00ad", "%20", "+", "%2520"} {
			text := strings.Join(inFours(number), between)
			for _, text := range []string{text, "Refund to " + text + ".", "IBAN:" + text, "iban" + strings.ToLower(text) + ", Ana", "https://a.example/" + text + "?x=1"} {
				if !pay.MentionsIBAN(text) {
					t.Errorf("%q is not found", text)
				}
			}
		}
	}
	for _, text := range []string{"DE89 37040044 0532013000", "pay DE89 3704 0044 0532 0130 00EUR", "pay to DE 89 3704 0044 0532 0130 00 now", "pay DE89370400440532013000EUR", "accountDE89370400440532013000",
		"DE89-370400440532013000", "DE-89-3704-0044-0532-0130-00 x", "IbanDE89370400440532013000x", "DE 89370400440532013000", "DE/89/3704/0044/0532/0130/00", "order12accountDE89370400440532013000", "DE89370400440532013000EUR100",
		"GB82WEST12345698765432ref", "https://a.example/DE%252589370400440532013000", "DE⁸⁹370400440532013000"} {
		if !pay.MentionsIBAN(text) {
			t.Errorf("%q is not found", text)
		}
	}
	for _, text := range []string{"", "DE", "DE89", "DE89 **** 3000", "DE88370400440532013000", "account DE89, 3704, 0044, 0532, 0130, 00", "TN24 adapter with a long cable", "RF18 5390 0754 7034", "order 1DE89370400440532013000", "1ccDE89370400440532013000", "DE893704004405320130001", "DE89370400440532013000a1",
		"pay de 89 3704 0044 0532 0130 00", "DE, 89 3704 0044 0532 0130 00"} {
		if pay.MentionsIBAN(text) {
			t.Errorf("%q is found", text)
		}
	}
	const tried = 50_000
	for name, make := range map[string]func(*rand.Rand) string{
		"UUIDs":           func(r *rand.Rand) string { return random(r).String() },
		"UUIDs in a text": func(r *rand.Rand) string { return "order-" + random(r).String() + "-1" },
		"ids":             func(r *rand.Rand) string { return pay.FormatID(pay.KindPayment, random(r)) },
		"new ids":         func(*rand.Rand) string { return uuid.Must(uuid.NewV7()).String() },
		"hexadecimal ids": func(r *rand.Rand) string { return strings.ReplaceAll(random(r).String(), "-", "") },
		"words and numbers": func(r *rand.Rand) string {
			return "Order NO 45" + digits(r, 2) + " of " + digits(r, 6) + ", code " + digits(r, 12) + " batch " + digits(r, 10)
		},
		"base62": func(r *rand.Rand) string { return "tok_" + base62(random(r)) },
		"products": func(r *rand.Rand) string {
			return "AT" + digits(r, 2) + " adapter for " + digits(r, 3) + " volts, model NO" + digits(r, 4) + " of " + digits(r, 4)
		},
	} {
		found, source := 0, rand.New(rand.NewChaCha8([32]byte{1}))
		for range tried {
			if text := make(source); pay.MentionsIBAN(text) {
				if found++; found == 1 {
					t.Logf("%s: %q", name, text)
				}
			}
		}
		if found*10_000 > tried {
			t.Errorf("%s: %d of %d are taken for an account number", name, found, tried)
		}
	}
}
