package pay_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// testCards are the numbers that card schemes and providers publish for tests.
var testCards = map[string][]string{
	"Visa":             {"4111111111111111", "4242424242424242", "4012888888881881", "4000056655665556"},
	"Visa, 13 digits":  {"4222222222222"},
	"Visa, 19 digits":  {"4000000000000000006"},
	"Mastercard":       {"5555555555554444", "5105105105105100", "2223003122003222"},
	"American Express": {"378282246310005", "371449635398431"},
	"Discover":         {"6011111111111117", "6011000990139424"},
	"Diners Club":      {"30569309025904", "38520000023237", "3056930009020004"},
	"JCB":              {"3530111333300000", "3566002020360505"},
	"UnionPay":         {"6200000000000005", "6205500000000000004"},
	"Maestro":          {"6759649826438453"},
	"Mir":              {"2200000000000004"},
	"RuPay":            {"8171999927660000"},
	"Troy":             {"9792030394440796"},
	"Uzcard":           {"8600495473316478"},
	"NAPAS":            {"9704000000000018"},
}

// TestCardNumber proves that the test numbers of all brands are found however
// they are written, and what stands before and after them.
func TestCardNumber(t *testing.T) {
	t.Parallel()
	for brand, numbers := range testCards {
		for _, number := range numbers {
			fours := strings.Join(inFours(number), " ")
			for _, text := range []string{number, fours, strings.Join(inFours(number), "-"), strings.Join(inFours(number), " - "), strings.Join(strings.Split(number, ""), " "),
				"tok_" + number, "card " + fours + ".", number + "abc", " " + number + " ", "-" + number + "-", "(" + number + ")", "1/" + number,
				number + " 12/29", fours + " 123", "42 " + fours, number + "-1229-123", number + "\n" + number} {
				if !pay.LooksLikeCardNumber(text) {
					t.Errorf("%s: %q is not found", brand, text)
				}
			}
		}
	}
	if !pay.LooksLikeCardNumber("3782 822463 10005") {
		t.Error("American Express as it is printed is not found")
	}
}

func inFours(number string) []string {
	var groups []string
	for len(number) > 4 {
		groups, number = append(groups, number[:4]), number[4:]
	}
	return append(groups, number)
}

// TestCardNumberOfLongText proves that a long text takes no time.
func TestCardNumberOfLongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1 ", 1<<16)
	if pay.LooksLikeCardNumber(long[:len(long)-2] + "x") {
		t.Error("ones alone look like a card number")
	}
	if !pay.LooksLikeCardNumber(long + "4111 1111 1111 1111") {
		t.Error("a number at the end is not found")
	}
	for _, part := range []string{"AB12 ", "DE12 ", "RF12", "a", "DE......", "4111 ", "1a", "%25", "\U0001d7ff"} {
		text := strings.Repeat(part, 1<<17) + " 12345678901234"
		if pay.MentionsCardNumber(text) || pay.MentionsIBAN(text) {
			t.Errorf("a number is found in %q again and again", part)
		}
	}
}

// TestMistypedCardNumber proves that a number with one digit wrong, too short
// or too long is not taken for a card's.
func TestMistypedCardNumber(t *testing.T) {
	t.Parallel()
	for _, numbers := range testCards {
		for _, number := range numbers {
			for i := range number {
				for d := byte('0'); d <= '9'; d++ {
					if d != number[i] && pay.LooksLikeCardNumber(number[:i]+string(d)+number[i+1:]) {
						t.Errorf("%s with %c in place %d is found", number, d, i)
					}
				}
			}
		}
	}
	for name, text := range map[string]string{"empty": "", "words": "no number here", "eleven digits": "00000000000", "twenty digits": strings.Repeat("0", 20),
		"letters between": "4111a1111a1111a1111", "a date and a time": "2026-03-04 05:06:07", "tokens": "tok_visa_4242", "amount": "1234567.89"} {
		if pay.LooksLikeCardNumber(text) {
			t.Errorf("%s: %q is found", name, text)
		}
	}
}

// TestCardNumberLengths proves, against the check digit computed here, that
// every length from 12 to 19 is found and no other.
func TestCardNumberLengths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{9,22}`).Draw(t, "digits")
		number := digits + checkDigit(digits)
		if got := pay.LooksLikeCardNumber(number); got != (len(number) >= 12 && len(number) <= 19) {
			t.Fatalf("%s of %d digits: %v", number, len(number), got)
		}
	})
}

// checkDigit completes digits to a number whose weighted sum ends in zero.
func checkDigit(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[i] - '0')
		if (len(digits)-i)%2 == 1 { // doubled: every second one from the right, the check digit left out
			d = 2*d/10 + 2*d%10
		}
		sum += d
	}
	return string(rune('0' + (10-sum%10)%10))
}

// TestNotCardNumbers counts how often what legitimately stands in a token is
// taken for a card number, so that callers are seldom refused for nothing. The
// seed is fixed: the counts are the same in every run.
func TestNotCardNumbers(t *testing.T) {
	t.Parallel()
	const tried = 100_000
	for name, test := range map[string]struct {
		make func(*rand.Rand) string
		// most is the greatest share, in thousandths, that may be taken for a card's.
		most int
	}{
		"UUIDs":              {func(r *rand.Rand) string { return random(r).String() }, 5},
		"UUIDs of a version": {versioned, 0},
		"ids":                {func(r *rand.Rand) string { return pay.FormatID(pay.KindMethod, random(r)) }, 1},
		"base62 tokens":      {func(r *rand.Rand) string { return "tok_" + base62(random(r)) }, 1},
		"phone numbers":      {func(r *rand.Rand) string { return "+351 9" + digits(r, 2) + " " + digits(r, 3) + " " + digits(r, 3) }, 120},
		"nine digits":        {func(r *rand.Rand) string { return digits(r, 9) }, 0},
		"human ids":          {func(*rand.Rand) string { return pay.NewHumanID() }, 0},
		"sandbox tokens":     {func(r *rand.Rand) string { return "tok_decline_" + digits(r, 4) }, 0},
	} {
		found, source := 0, rand.New(rand.NewChaCha8([32]byte{1}))
		for range tried {
			if pay.LooksLikeCardNumber(test.make(source)) {
				found++
			}
		}
		t.Logf("%s: %d of %d look like a card number", name, found, tried)
		if found*1000 > test.most*tried {
			t.Errorf("%s: %d of %d look like a card number", name, found, tried)
		}
	}
}

func random(source *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(source.Uint32())
	}
	return id
}

// versioned is a UUID of version 4.
func versioned(source *rand.Rand) string {
	id := random(source)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

func digits(source *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + source.IntN(10)))
	}
	return b.String()
}

func base62(id uuid.UUID) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var b strings.Builder
	for _, c := range id {
		b.WriteByte(alphabet[int(c)%len(alphabet)])
	}
	return b.String()
}

// TestCardNumberInTheShapeOfAUUID proves that hyphens in a UUID's places make no
// number acceptable.
func TestCardNumberInTheShapeOfAUUID(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"two numbers in digits":         "41111111-1111-1111-4111-111111111111",
		"digits with a variant":         "41111111-1111-1111-8111-111111111111",
		"no variant":                    "41111111-1111-1111-c111-11111111111f",
		"no version":                    "41111111-1111-0000-8111-4222222222aa 4222222222222",
		"number after a UUID":           "1b4e28ba-2fa1-41d2-883f-0016d3cca427 4111111111111111",
		"braces":                        "{41111111-1111-1111-8111-11111111111f}",
		"a letter that is no hex digit": "41111111-1111-1111-8111-11111111111g",
		"hyphens in other places":       "4111-1111-1111-1111-8111-abcdefabcdef",
	} {
		if !pay.LooksLikeCardNumber(text) {
			t.Errorf("%s: %q is not found", name, text)
		}
	}
	for _, text := range []string{"41111111-1111-1111-8111-11111111111f", "41111111-1111-1111-8111-11111111111F"} {
		if pay.LooksLikeCardNumber(text) || pay.MentionsCardNumber(text) {
			t.Errorf("UUID %q is found", text)
		}
	}
}

// TestMentionedCardNumber proves that card numbers are found in free text, and
// that other long numbers are left alone.
func TestMentionedCardNumber(t *testing.T) {
	t.Parallel()
	for brand, numbers := range testCards {
		for _, number := range numbers {
			if len(number) < 15 {
				if pay.MentionsCardNumber(number) {
					t.Errorf("%s: %s is found, although barcodes are as long", brand, number)
				}
				continue
			}
			for _, text := range []string{number, "paid with " + strings.Join(inFours(number), " ") + ".", "card:" + number + ",12/29", "tok_" + number, "2026-11-21 " + number} {
				if !pay.MentionsCardNumber(text) {
					t.Errorf("%s: %q is not found", brand, text)
				}
			}
		}
	}
	const visa, diners = "4012888888881881", "3056 930902 5904"
	fours := strings.Join(inFours(visa), " ")
	for _, text := range []string{diners, "4012 8888-8888 1881", "4012 88888888 1881 ", "Card 4 0 1 2 8 8 8 8 8 8 8 8 1 8 8 1.", "40-12-88-88-88-88-18-81", "4012   8888   8888   1881",
		"2026 " + fours, fours + " 1229", "12/29 " + fours + " 123", fours + " 5555 5555 5555 4444", fours + " 5555 5555 5555 4443 5555 5555 5555 4443",
		"5555 5555 5555 4443 5555 5555 5555 4443 " + fours, "5555 5555 5555 4443\n" + fours + "\n5555 5555 5555 4443", "PAN" + visa, "cc" + visa, "VISA" + visa, visa + "EUR", "620550-0000000000004",
		visa + "D29121010000", visa + "d29121010000", visa + "=29121010000", ";" + visa + "=29121010000?", "%B" + visa + "^COSTA/ANA^29121010000", visa + "T1229", visa + "exp1229", visa + "cvv123", visa + "CVV2 123", visa + "exp12/29",
		"Visa 4012, 8888, 8888, 1881", "card: 4012, 8888, 8888, 1881", "MIR2200000000000004", "JCB3530111333300000", "exp1229card" + visa, "40128888 88881881", "card 401288 8888881881", "401288-888888-1881", "paid by 401288 888888 1881", "000" + visa, "no. 00" + visa, "00378282246310005", "PAN000" + visa,
		visa + "5555555555554444", visa + "378282246310005", "378282246310005" + visa, "1229 " + fours + " 1234", "2912 " + fours + " 1234"} {
		if !pay.MentionsCardNumber(text) {
			t.Errorf("%q is not found", text)
		}
	}
	for _, text := range []string{"40128888-88881881", "4012-88888888-1881", "401-2888888-881881", "4012/2026 - 8888/1881", "ORD" + visa, "a0" + visa, visa + "x1", visa + "D1", visa + "D9999", visa + "abc123", "0cc" + visa, "4012, 8888, 8888, 1881", "40128888 88881881 12", "400000-0000000000006", strings.ReplaceAll(diners, " ", ""),
		"1111 " + fours + " 1111", strings.Repeat("1111 ", 5) + fours, parcel("9405" + visa + "9"),
		"401288 8888881881", "401288-8888881881", "0.000" + visa, "0000" + visa, "0" + visa, "a000" + visa, visa + "5555555555554443", "9" + visa + "5555555555554444"} {
		if pay.MentionsCardNumber(text) {
			t.Errorf("%q is found", text)
		}
	}
	for name, make := range map[string]func(*rand.Rand) string{
		"hexadecimal ids": func(r *rand.Rand) string { return strings.ReplaceAll(random(r).String(), "-", "") },
		"times":           func(r *rand.Rand) string { return "17" + digits(r, 11) },
		"dated numbers":   func(r *rand.Rand) string { return "202611" + digits(r, 8) },
		"phone numbers":   func(r *rand.Rand) string { return "+351 9" + digits(r, 8) },
		"IBANs":           func(r *rand.Rand) string { return strings.Join(inFours(checked("PT", digits(r, 21))), " ") },
		"references": func(r *rand.Rand) string {
			return "Pay " + strings.Join(inFours(checked("RF", digits(r, 21))), " ") + "."
		},
		"EAN-13 barcodes": func(r *rand.Rand) string { return "EAN " + string(rune('3'+r.IntN(4))) + digits(r, 12) },
		"GTIN-14 codes":   func(r *rand.Rand) string { return "(01)" + string(rune('3'+r.IntN(4))) + digits(r, 13) },
		"15 digits":       func(r *rand.Rand) string { return "35" + digits(r, 13) }, // as IMEIs have
	} {
		source := rand.New(rand.NewChaCha8([32]byte{1}))
		for range 20_000 {
			if text := make(source); pay.MentionsCardNumber(text) {
				t.Errorf("%s: %q is found", name, text)
				break
			}
		}
	}
}

// TestCardNumberInOtherScripts proves that a number is found in the digits of
// every script that has ten, and between the spaces and hyphens of typesetting.
func TestCardNumberInOtherScripts(t *testing.T) {
	t.Parallel()
	const number = "4012888888881881"
	scripts := 0
	for zero := rune(0x80); zero <= unicode.MaxRune; zero++ {
		if !unicode.IsDigit(zero) {
			continue
		}
		text := strings.Map(func(d rune) rune { return zero + d - '0' }, number)
		if !pay.MentionsCardNumber("card "+text) || !pay.LooksLikeCardNumber(text) {
			t.Errorf("%U: %s is not found", zero, text)
		}
		scripts, zero = scripts+1, zero+9
	}
	if scripts < 50 {
		t.Errorf("%d scripts, want those that Unicode has", scripts)
	}
	for _, between := range []string{"\u00a0", "\u2009", "\u3000", "\u2010", "\u2013", " \u2014 "} {
		if text := strings.Join(inFours(number), between); !pay.MentionsCardNumber(text) || !pay.LooksLikeCardNumber(text) {
			t.Errorf("%q is not found", text)
		}
	}
}

// checked is the number that a country, or RF, and digits make with their check digits.
func checked(country, digits string) string {
	value := func(text string) *big.Int {
		var number strings.Builder
		for _, c := range text {
			if c >= 'A' {
				c -= 'A' - 10
				number.WriteRune('0' + c/10)
				c = '0' + c%10
			}
			number.WriteRune(c)
		}
		n, _ := new(big.Int).SetString(number.String(), 10)
		return n
	}
	rest := new(big.Int).Mod(value(digits+country+"00"), big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, 98-rest, digits)
}

// TestDisguisedCardNumber proves that neither signs between the digits, nor what nobody
// sees, nor the escapes of URLs, nor letters around it hide a number.
func TestDisguisedCardNumber(t *testing.T) {
	t.Parallel()
	const number = "4012888888881881"
	texts := []string{"https://a.example/?n=40128888+8888+1881", "https://a.example/%34012888888881881", "https://a.example/%2534012888888881881", "https://a.example/%25252534012888888881881", "https://a.example/%2525252534012888888881881",
		"⁴⁰¹²⁸⁸⁸⁸⁸⁸⁸⁸¹⁸⁸¹", "₄₀₁₂₈₈₈₈₈₈₈₈₁₈₈₁", "④⓪①②⑧⑧⑧⑧⑧⑧⑧⑧①⑧⑧①", "➃⓿➀➁➇➇➇➇➇➇➇➇➀➇➇➀", "https://a.example/?n=4012%E2%80%8B888888881881",
		"x" + number, "Visa" + number, "n" + number + "x", "xVisa4012 8888 8888 1881", "A1 4012 8888 8888 1881", "AT12 4012 8888 8888 1881", "3782.822463.10005", "2026/4012/8888/8888/1881", "4012,8888,8888,1881,1229",
		"４０１２－８８８８－８８８８－１８８１", "4012_8888_8888_1881", "4012 / 8888 / 8888 / 1881", "4012\r\n8888\r\n8888\r\n1881", "\u202e" + number, "4" + strings.Join(strings.Split(number[1:], ""), "\ufe0f\u20e3")}
	for _, between := range []string{"+", "%20", "%2D", "%2520", ".", "_", "/", ",", "\t", "\n", "·", "•", "|", ":", "\u2212", "\u200b", "\u00ad", "\ufeff", "\u2060", "\u034f", "\u3164", "\x01", "\u2007", "\u2800", "%C2%A0"} {
		groups := strings.Join(inFours(number), between)
		texts = append(texts, groups, "paid "+groups+".", "https://a.example/?n="+groups+"&x=1", "https://a.example/"+groups)
	}
	for _, text := range texts {
		if !pay.MentionsCardNumber(text) || !pay.LooksLikeCardNumber(text) {
			t.Errorf("%q is not found", text)
		}
	}
}
