package pay

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// LooksLikeCardNumber says whether text holds 12 to 19 digits in a row, spaces
// and hyphens aside, that pass the check of ISO/IEC 7812 (Luhn). Such text is
// refused where a token is wanted: a number that is never taken in cannot leak.
//
// Where spaces and hyphens part the digits into groups, the number may be some
// groups of a longer row: an expiry date or a security code often follows it.
func LooksLikeCardNumber(text string) bool {
	if isUUID(text) {
		return false
	}
	for _, row := range digitRows.FindAllString(inASCII(text), -1) {
		if holdsNumber(row, luhn) {
			return true
		}
	}
	return false
}

// MentionsCardNumber is LooksLikeCardNumber for text that people or programs
// write at will, where long numbers mostly mean something else: the number must
// stand alone, as no part of a hexadecimal id or an IBAN does, and begin and be
// as long as those of the card schemes. That leaves out the 13 and 14 digits of
// barcodes, which cards no longer have.
func MentionsCardNumber(text string) bool {
	if isUUID(text) {
		return false
	}
	text = inASCII(text)
	for _, at := range digitRows.FindAllStringIndex(text, -1) {
		alone := (at[0] == 0 || !isLetter(text[at[0]-1])) && (at[1] == len(text) || !isLetter(text[at[1]]))
		if alone && holdsNumber(text[at[0]:at[1]], func(d []byte) bool { return issued(d) && luhn(d) }) {
			return true
		}
	}
	return false
}

var (
	digitRows  = regexp.MustCompile(`[0-9](?:[0-9 -]*[0-9])?`)
	hexLetters = regexp.MustCompile(`[a-fA-F]`)
)

// isUUID says whether the whole text is a UUID (RFC 9562) with hyphens. Many
// providers' tokens are, and by chance the groups of one in some hundreds pass for
// a card number. A version, a variant and at least one letter are asked for: two
// card numbers in fours make 32 digits too, and what is digits alone is a UUID
// once in a million times. Whoever wants to hide a number in one can write it in
// letters just as well.
func isUUID(text string) bool {
	if len(text) != 36 || !hexLetters.MatchString(text) {
		return false
	}
	id, err := uuid.Parse(text)
	return err == nil && id.Variant() == uuid.RFC4122 && id.Version() >= 1 && id.Version() <= 8
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 }

// inASCII writes the digits of all scripts, the spaces and the hyphens as ASCII
// has them: a number in Arabic digits is still a card's.
func inASCII(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= unicode.MaxASCII:
			return r
		case unicode.IsDigit(r):
			value := 0 // the ten digits of a script stand in order, some scripts in a row
			for unicode.IsDigit(r - 1) {
				r, value = r-1, value+1
			}
			return '0' + rune(value%10)
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Pd, r):
			return '-'
		}
		return r
	}, text)
}

// issued says whether card schemes give out numbers that begin so and are as
// long: 15 digits those of American Express, 16 to 19 the others.
func issued(digits []byte) bool {
	if len(digits) < 15 {
		return false
	}
	first := 0
	for _, d := range digits[:4] {
		first = 10*first + int(d)
	}
	if len(digits) == 15 {
		return first/100 == 34 || first/100 == 37
	}
	return first >= 3000 && first < 7000 || first >= 2221 && first <= 2720
}

// holdsNumber says whether whole groups of a row of digits make a number of 12 to
// 19 digits that passes.
func holdsNumber(row string, passes func([]byte) bool) bool {
	var digits []byte
	var borders []int // where each group of digits begins, and the last one ends
	for i := range len(row) {
		if row[i] < '0' {
			continue // a space or hyphen
		}
		if i == 0 || row[i-1] < '0' {
			borders = append(borders, len(digits))
		}
		digits = append(digits, row[i]-'0')
	}
	borders = append(borders, len(digits))
	for i, start := range borders {
		for _, end := range borders[i+1:] {
			if end-start > 19 {
				break // or a long text of short groups would take for ever
			}
			if end-start >= 12 && passes(digits[start:end]) {
				return true
			}
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
