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
	return !isUUID(text) && seen(text, func(plain string) bool {
		return search{plain, groupsOf(plain), false}.holdsCard()
	})
}

// MentionsCardNumber is LooksLikeCardNumber for text that people or programs
// write at will, where long numbers mostly mean something else: the number must
// begin and be as long as those of the card schemes. That leaves out the 13 and 14 digits
// of barcodes, which cards no longer have. It must stand alone, or with letters alone at
// its ends ("Visa4111…"): between letters and other digits it is a part of an id. UUIDs are left
// out, and account numbers and references of creditors, which have check digits of their own.
func MentionsCardNumber(text string) bool {
	return !isUUID(text) && seen(text, func(plain string) bool {
		plain = withoutUUIDs(withoutAccounts(plain))
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

// group is where digits stand in a text, with no others next to them.
type group struct{ from, to int }

func (g group) size() int { return g.to - g.from }

func groupsOf(plain string) (list []group) {
	for i := 0; i < len(plain); i++ {
		from := i
		for i < len(plain) && isDigit(plain[i]) {
			i++
		}
		if i > from {
			list = append(list, group{from, i})
		}
	}
	return list
}

// search looks for a card number in plain text.
type search struct {
	plain  string
	groups []group
	// free text has other long numbers than tokens have.
	free bool
}

func (s search) holdsCard() bool {
	for i := range s.groups {
		if s.inRow(i) || s.printed(i) {
			return true
		}
	}
	return false
}

// passes says whether groups of digits, taken together, can be a card's number.
func (s search) passes(groups []group) bool {
	var digits []byte
	for _, g := range groups {
		for _, c := range []byte(s.plain[g.from:g.to]) {
			digits = append(digits, c-'0')
		}
	}
	return (!s.free || issued(digits)) && luhn(digits)
}

// inRow says whether a number begins with a group and has any others that follow it in a
// row, with nothing but spaces and hyphens between them.
func (s search) inRow(first int) bool {
	if s.free && s.letterBefore(first) {
		return false
	}
	size := 0
	for last := first; last < len(s.groups); last++ {
		if last > first && strings.Trim(s.between(last), " -") != "" {
			return false
		}
		if size += s.groups[last].size(); size > 19 {
			return false // or a long text of short groups would take for ever
		}
		if size >= 12 && !(s.free && s.letterAfter(last)) && s.passes(s.groups[first:last+1]) {
			return true
		}
	}
	return false
}

// shapes are the sizes of the groups in which cards show their numbers, and forms leave them.
var shapes = [][]int{{4, 4, 4, 4}, {4, 4, 4, 4, 1}, {4, 4, 4, 4, 2}, {4, 4, 4, 4, 3}, {4, 6, 5}, {4, 6, 4}, {6, 13}, {15}, {16}, {17}, {18}, {19}}

// printed says whether a number in one of the shapes begins with a group. What stands
// between the groups is looser than in a row, and the shape stricter: four numbers of four
// digits in the middle of more of them are no card's.
func (s search) printed(first int) bool {
	return slices.ContainsFunc(shapes, func(shape []int) bool {
		last := first + len(shape) - 1
		if last >= len(s.groups) {
			return false
		}
		for i, size := range shape {
			if s.groups[first+i].size() != size || i > 0 && !joins(s.between(first+i)) {
				return false
			}
		}
		return !(s.goesOn(first, first-1) && s.goesOn(last+1, last+1)) && s.labelled(first, last) && s.passes(s.groups[first:last+1])
	})
}

// goesOn says whether other four digits are joined to a number: those of a group, with what
// is before the group at border between them.
func (s search) goesOn(border, other int) bool {
	return other >= 0 && other < len(s.groups) && s.groups[other].size() == 4 && joins(s.between(border))
}

// between is what stands before a group that is not the first, after the one before.
func (s search) between(i int) string { return s.plain[s.groups[i-1].to:s.groups[i].from] }

func (s search) letterBefore(i int) bool {
	at := s.groups[i].from
	return at > 0 && isLetter(s.plain[at-1])
}

func (s search) letterAfter(i int) bool {
	at := s.groups[i].to
	return at < len(s.plain) && isLetter(s.plain[at])
}

// labelled says whether the letters next to a number, if any, are words: letters with
// digits behind them, as ids have them, are not.
func (s search) labelled(first, last int) bool {
	if !s.free {
		return true
	}
	from, to := s.groups[first].from, s.groups[last].to
	for from > 0 && isLetter(s.plain[from-1]) {
		from--
	}
	for to < len(s.plain) && isLetter(s.plain[to]) {
		to++
	}
	return (from == 0 || !isDigit(s.plain[from-1])) && (to == len(s.plain) || !isDigit(s.plain[to]))
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
