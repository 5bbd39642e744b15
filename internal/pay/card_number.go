package pay

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// LooksLikeCardNumber says whether text holds 12 to 19 digits in a row, spaces
// and hyphens aside, that pass the check of ISO/IEC 7812 (Luhn), or such a number in
// groups of digits as cards show them, whatever signs are between these. Such text is
// refused where a token is wanted: a number that is never taken in cannot leak.
//
// Where spaces and hyphens part the digits into groups, the number may be some
// groups of a longer row: an expiry date or a security code often follows it.
// Escapes of URLs and what nobody sees hide no number.
func LooksLikeCardNumber(text string) bool {
	const least = 12
	return !isUUID(text) && seen(text, least, func(plain string) bool {
		return search{plain, groupsOf(plain), false}.holdsCard()
	})
}

// MentionsCardNumber is LooksLikeCardNumber for text that people or programs
// write at will, where long numbers mostly mean something else: the number must
// begin and be as long as those of the card schemes, and be written as people write them.
// That leaves out the 13 and 14 digits of barcodes, and the groups of order numbers. Letters
// may stand at its ends ("Visa4111…"), but those with other digits behind, or two or three
// in front, are of an id unless they are what is written next to card numbers ("exp1229").
// UUIDs are left out, and numbers with check digits of their own.
func MentionsCardNumber(text string) bool {
	const least = 14
	return !isUUID(text) && seen(text, least, func(plain string) bool {
		plain = withoutParcels(withoutUUIDs(withoutAccounts(plain)))
		return search{plain, groupsOf(plain), true}.holdsCard()
	})
}

var hexLetters = regexp.MustCompile(`[a-fA-F]`)

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

var uuids = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)

// withoutUUIDs is plain text with a letter in the place of each UUID.
func withoutUUIDs(plain string) string {
	if strings.Count(plain, "-") < 4 {
		return plain
	}
	return uuids.ReplaceAllStringFunc(plain, func(found string) string {
		if isUUID(found) {
			return "x"
		}
		return found
	})
}

// parcels are the numbers by which the post of the United States finds parcels, as it
// prints them: four of their groups are a card's number more often than any other's.
var parcels = regexp.MustCompile(`\b9[1-5][0-9]{2}(?: [0-9]{4}){4} [0-9]{2}\b`)

// withoutParcels is plain text with a letter in the place of each number of a parcel whose
// check digit (GS1) is right.
func withoutParcels(plain string) string {
	if !strings.Contains(plain, "9") || !hasDigits(plain, 22) {
		return plain
	}
	return parcels.ReplaceAllStringFunc(plain, func(found string) string {
		sum, weight := 0, 1
		for i := len(found) - 1; i >= 0; i-- {
			if isDigit(found[i]) {
				sum, weight = sum+weight*int(found[i]-'0'), 4-weight
			}
		}
		if sum%10 == 0 {
			return "x"
		}
		return found
	})
}

// issuers are the first four digits of the numbers that card schemes give out, and how many
// digits these have.
var issuers = []struct {
	from, to int
	sizes    []int
}{
	{2200, 2204, []int{16, 17, 18, 19}}, // Mir
	{2221, 2720, []int{16}},             // Mastercard
	{3000, 3059, []int{14, 16, 19}},     // Diners Club, with the next one, 36, 38 and 39
	{3095, 3095, []int{14, 16, 19}},
	{3400, 3499, []int{15}},             // American Express, with 37
	{3528, 3589, []int{16, 17, 18, 19}}, // JCB
	{3600, 3699, []int{14, 16, 19}},
	{3700, 3799, []int{15}},
	{3800, 3999, []int{14, 16, 19}},
	{4000, 4999, []int{16, 19}},         // Visa
	{5000, 5099, []int{16, 17, 18, 19}}, // Maestro, Elo, Verve
	{5100, 5599, []int{16}},             // Mastercard
	{5600, 6999, []int{16, 17, 18, 19}}, // Maestro, Discover, UnionPay, RuPay, Elo, Hipercard
	{8100, 8299, []int{16, 19}},         // UnionPay, RuPay
	{8600, 8600, []int{16}},             // Uzcard
	{9704, 9704, []int{16, 19}},         // NAPAS
	{9792, 9792, []int{16}},             // Troy
	{9860, 9860, []int{16}},             // Humo
}

// issued says whether card schemes give out numbers that begin so and are as long.
func issued(digits []byte) bool {
	first := 0
	for _, d := range digits[:4] {
		first = 10*first + int(d)
	}
	for _, of := range issuers {
		if of.from <= first && first <= of.to && slices.Contains(of.sizes, len(digits)) {
			return true
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
