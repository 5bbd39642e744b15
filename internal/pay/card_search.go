package pay

import (
	"slices"
	"strings"
)

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
		if s.printed(i) || s.glued(i) || s.free && (s.spelled(i) || s.padded(i)) || !s.free && s.inRow(i) {
			return true
		}
	}
	return false
}

// passes says whether groups of digits, taken together, can be a card's number.
func (s search) passes(groups []group) bool {
	digits := s.digits(groups...)
	return (!s.free || issued(digits)) && luhn(digits)
}

func (s search) digits(groups ...group) (digits []byte) {
	for _, g := range groups {
		for _, c := range []byte(s.plain[g.from:g.to]) {
			digits = append(digits, c-'0')
		}
	}
	return digits
}

// glued says whether a group is two numbers of 15 or 16 digits with nothing between them.
// Both must be of card schemes, also in a token: of 32 digits by chance two in a thousand are.
func (s search) glued(i int) bool {
	if n := s.groups[i].size(); n < 30 || n > 32 {
		return false
	}
	all := s.digits(s.groups[i])
	return slices.ContainsFunc([]int{15, 16}, func(n int) bool {
		one, other := all[:n], all[n:]
		return len(other) >= 15 && len(other) <= 16 && issued(one) && luhn(one) && issued(other) && luhn(other)
	})
}

// padded says whether a group is a number with two zeros or more before it, as fields of a
// fixed size have them. What follows a point or comma is a fraction, and what follows
// letters an id.
func (s search) padded(i int) bool {
	g := s.groups[i]
	if g.size() > 19 || g.from > 0 && (strings.ContainsRune(".,", rune(s.plain[g.from-1])) || isLetter(s.plain[g.from-1]) && !s.named(i)) {
		return false
	}
	for g.from < g.to && s.plain[g.from] == '0' {
		g.from++
	}
	return g.from > s.groups[i].from+1 && (g.size() == 15 || g.size() == 16) && s.passes([]group{g}) && s.labelled(i, i)
}

// inRow says whether a number begins with a group and has any others that follow it in a
// row, with nothing but spaces and hyphens between them.
func (s search) inRow(first int) bool {
	size := 0
	for last := first; last < len(s.groups); last++ {
		if last > first && !isBlank(s.between(last)) {
			return false
		}
		if size += s.groups[last].size(); size > 19 {
			return false // or a long text of short groups would take for ever
		}
		if size >= 12 && s.passes(s.groups[first:last+1]) {
			return true
		}
	}
	return false
}

// shapes are the sizes of the groups in which cards show their numbers, and forms leave them.
var shapes = [][]int{{4, 4, 4, 4}, {4, 4, 4, 3}, {4, 4, 4, 4, 1}, {4, 4, 4, 4, 2}, {4, 4, 4, 4, 3}, {4, 6, 5}, {4, 6, 4}, {6, 13}, {6, 6, 4}, {6, 10}, {15}, {16}, {17}, {18}, {19}}

// printed says whether a number in one of the shapes begins with a group.
func (s search) printed(first int) bool {
	return slices.ContainsFunc(shapes, func(shape []int) bool {
		last := first + len(shape) - 1
		if !s.has(shape, first) || !s.passes(s.groups[first:last+1]) {
			return false
		}
		return !s.free || s.labelled(first, last) && !s.listed(first, last) && (shape[0] != 6 || s.sixFirst(first, shape[1]))
	})
}

// sixFirst says whether a number that begins with six digits in a group, which are its
// issuer's, can be one by the size of the next. 6 and 13 are of UnionPay alone: of others
// these are an order and a barcode. 6 and 10 are a place in India and a telephone there,
// unless the card's word is before them, and two sixes that begin with a 2 are dates.
func (s search) sixFirst(first, next int) bool {
	from := s.groups[first].from
	begins := s.plain[from : from+2]
	switch next {
	case 13:
		return begins == "62" || begins == "81"
	case 10:
		return s.named(first)
	}
	return begins[0] != '2'
}

// has says whether groups have the sizes of a shape, and the same signs between all of
// them, as those of a number have: "4501/2026 - 4502/2026" is two. A comma with a space
// parts those of a card only if its word is before them: amounts have it too.
func (s search) has(shape []int, first int) bool {
	if first+len(shape) > len(s.groups) {
		return false
	}
	blank, alike := true, true
	for i, size := range shape {
		if s.groups[first+i].size() != size {
			return false
		}
		if i > 0 {
			between := s.between(first + i)
			blank = blank && isBlank(between)
			alike = alike && (joins(between) || between == ", " && (!s.free || s.named(first))) && between == s.between(first+1)
		}
	}
	return blank || alike
}

// named says whether a card's word stands before a group, with signs between them or none.
func (s search) named(i int) bool {
	at := s.groups[i].from
	for range 3 {
		if at > 0 && !isLetterOrDigit(s.plain[at-1]) {
			at--
		}
	}
	return slices.Contains(cardWords, strings.ToUpper(wordBefore(s.plain, at)))
}

// labelled says whether the letters next to a number, if any, are words. Those with digits
// behind them are of an id, and so are two or three in front of digits in one piece, as
// carriers and shops have them: all but those of card numbers.
func (s search) labelled(first, last int) bool {
	number := group{s.groups[first].from, s.groups[last].to}
	if s.dated(last) {
		number.to = s.groups[last+1].to
	}
	to := number.to
	for to < len(s.plain) && isLetter(s.plain[to]) {
		to++
	}
	word := strings.ToUpper(wordBefore(s.plain, number.from))
	from, isCard := number.from-len(word), slices.Contains(cardWords, word)
	if from > 0 && isDigit(s.plain[from-1]) && !(isCard && isWord(word, 3)) {
		return false
	}
	if to < len(s.plain) && isDigit(s.plain[to]) && !s.dated(last) && !slices.Contains(codeWords, strings.ToUpper(s.plain[number.to:to])) {
		return false
	}
	return isCard || first < last || len(word) < 2 || len(word) > 3
}

// dated says whether a letter and the month and year in which a card ends stand right behind
// a group, as in the second track of a card that was read ("4111111111111111D2912…").
func (s search) dated(i int) bool {
	if i+1 >= len(s.groups) {
		return false
	}
	letter, next := s.between(i+1), s.groups[i+1]
	return (strings.EqualFold(letter, "D") || strings.EqualFold(letter, "T")) && next.size() >= 4 && isExpiry(s.plain[next.from:next.from+4])
}

// isExpiry says whether four digits are the month and year in which a card ends, in
// whichever order.
func isExpiry(digits string) bool {
	isMonth := func(text string) bool { return text >= "01" && text <= "12" }
	isYear := func(text string) bool { return text >= "20" && text <= "49" }
	return isMonth(digits[:2]) && isYear(digits[2:]) || isYear(digits[:2]) && isMonth(digits[2:])
}

// cardWords are what people write right in front of card numbers.
var cardWords = []string{"AMEX", "CARD", "CB", "CC", "CCN", "CRD", "CUP", "DC", "DCI", "DISCOVER", "ELO", "JCB", "MAESTRO", "MASTERCARD", "MC", "MIR", "NO",
	"NR", "NUM", "NUMBER", "PAN", "TDC", "UNIONPAY", "UPI", "VCC", "VISA"}

// codeWords are what stands between a card number and other digits of the card.
var codeWords = []string{"CCV", "CID", "CSC", "CV", "CVC", "CVN", "CVV", "EXP", "EXPDATE", "EXPIRES", "EXPIRY", "PIN", "SEC", "THRU", "VAL", "VALID", "VALIDTHRU"}

// listed says whether four groups of four digits are of a list, or of a longer number. A
// date may stand before a card's number, or behind it; what has others like it at both
// ends is none unless a date is before and a code behind, and a list of more than eight is
// one of cards only if it has four for each.
func (s search) listed(first, last int) bool {
	if first == last || s.groups[first].size() != 4 || s.groups[first+1].size() != 4 {
		return false
	}
	const most = 60 // or a long list would take for ever
	like := func(border, other int) bool {
		return other >= 0 && other < len(s.groups) && s.groups[other].size() == 4 && s.between(border) == s.between(first+1)
	}
	before, after := 0, 0
	for before < most && like(first-before, first-before-1) {
		before++
	}
	for after < most && like(last+after+1, last+after+1) {
		after++
	}
	if n := before + 4 + after; n > 8 {
		return n > most || n%4 != 0 || before%4 != 0
	}
	if before == 1 && after == 1 {
		return !isExpiry(s.plain[s.groups[first-1].from:s.groups[first-1].to])
	}
	return before > 0 && after > 0
}

// spelled says whether a number is a row of its own that begins with a group, written digit
// by digit or in pairs, or in fours with spaces left out. Order numbers have other groups:
// "450-1234567-1234567" or "4500012345-000010".
func (s search) spelled(first int) bool {
	last, size := first, s.groups[first].size()
	pairs, fours := size <= 2, size%4 == 0
	for last+1 < len(s.groups) && isBlank(s.between(last+1)) && size <= 19 {
		last++
		next := s.groups[last].size()
		size += next
		pairs = pairs && next <= 2
		fours = fours && strings.Trim(s.between(last), " ") == "" && (next%4 == 0 || size > 16)
	}
	halves := fours && last == first+1 && s.groups[first].size() == 8 && s.groups[last].size() == 8
	return size >= 15 && size <= 19 && (last >= first+2 || halves) && (pairs || fours) && s.isRow(first, last) && s.passes(s.groups[first:last+1])
}

// isRow says whether neither letters nor other digits are next to a row.
func (s search) isRow(first, last int) bool {
	from, to := s.groups[first].from, s.groups[last].to
	return !(first > 0 && isBlank(s.between(first))) && !(from > 0 && isLetter(s.plain[from-1])) && !(to < len(s.plain) && isLetter(s.plain[to]))
}

// between is what stands before a group that is not the first, after the one before.
func (s search) between(i int) string { return s.plain[s.groups[i-1].to:s.groups[i].from] }

// isBlank says whether what stands between two groups is spaces and hyphens only.
func isBlank(between string) bool { return strings.Trim(between, " -") == "" }
