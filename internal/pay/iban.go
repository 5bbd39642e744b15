package pay

import (
	"errors"
	"regexp"
	"strings"
)

// ibanLengths are the lengths that the registry of ISO 13616 gives for account
// numbers, by country.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
	"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
	"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
	"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
	"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// What is wrong with an account number. None of them repeats it.
var (
	ErrIBANForm    = errors.New("an IBAN begins with a country and two digits, and holds only letters and digits")
	ErrIBANCountry = errors.New("the country of the IBAN has none")
	ErrIBANLength  = errors.New("the IBAN is too long or too short for its country")
	ErrIBANCheck   = errors.New("the check digits of the IBAN are wrong")
)

// IBAN is an account number whose country, length and check digits are right.
// Nothing gives the whole number out again, so it cannot be stored or logged.
type IBAN struct{ number string }

// ParseIBAN reads an account number as people write it: in any case, with spaces.
func ParseIBAN(text string) (IBAN, error) {
	if len(text) > 100 {
		return IBAN{}, ErrIBANLength
	}
	n := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	switch {
	case len(n) < 5 || !isCapital(n[0]) || !isCapital(n[1]) || !isDigit(n[2]) || !isDigit(n[3]) || !isAlphanumeric(n[4:]):
		return IBAN{}, ErrIBANForm
	case ibanLengths[n[:2]] == 0:
		return IBAN{}, ErrIBANCountry
	case ibanLengths[n[:2]] != len(n):
		return IBAN{}, ErrIBANLength
	// Check digits are 98 less a remainder, so 00, 01 and 99 are never right.
	case n[2:4] < "02" || n[2:4] > "98" || mod97(n[4:], n[:4]) != 1:
		return IBAN{}, ErrIBANCheck
	}
	return IBAN{n}, nil
}

// mod97 is the remainder of the number that letters and digits stand for, a
// letter being two digits: A is 10, Z is 35 (ISO 7064).
func mod97(parts ...string) (remainder int) {
	for _, text := range parts {
		for i := range len(text) {
			if c := text[i]; isDigit(c) {
				remainder = (remainder*10 + int(c-'0')) % 97
			} else {
				remainder = (remainder*100 + int(c-'A') + 10) % 97
			}
		}
	}
	return remainder
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }

func isAlphanumeric(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) && !isCapital(text[i]) {
			return false
		}
	}
	return true
}

// Masked is what may be kept of the number: country, check digits, last four.
func (n IBAN) Masked() string { return n.number[:4] + " **** " + n.number[len(n.number)-4:] }

// String is Masked, so that no format shows the number.
func (n IBAN) String() string {
	if n.number == "" {
		return ""
	}
	return n.Masked()
}

// GoString is String.
func (n IBAN) GoString() string { return n.String() }

// LooksLikeIBAN says whether text is an account number, which belongs into no
// field that is stored as it was given.
func LooksLikeIBAN(text string) bool {
	_, err := ParseIBAN(text)
	return err == nil
}

// MentionsIBAN says whether account numbers stand in a text that people or programs write
// at will: neither escapes of URLs, nor signs between their letters and digits, nor words
// that are written to their ends, nor what nobody sees hide one.
func MentionsIBAN(text string) bool {
	const least = 8 // half of the shortest number, see isAccount
	return LooksLikeIBAN(text) || seen(text, least, func(plain string) bool {
		plain = withoutUUIDs(plain)
		for i := range len(plain) {
			if accountEnd(plain, i) > 0 {
				return true
			}
		}
		return false
	})
}

// isAccount says whether letters and digits, with nothing between them, are an account
// number. Half of it are digits, or words would make one by chance.
func isAccount(number string) bool {
	digits := 0
	for i := range len(number) {
		if isDigit(number[i]) {
			digits++
		}
	}
	return 2*digits >= len(number) && LooksLikeIBAN(number)
}

// isCreditorReference says whether letters and digits, with nothing between them, are what
// a creditor has payers write on transfers (ISO 11649).
func isCreditorReference(number string) bool {
	return strings.HasPrefix(number, "RF") && len(number) >= 9 && len(number) <= 25 && mod97(number[4:], number[:4]) == 1
}

// withoutAccounts is plain text with a letter in the place of each account number and each
// reference of a creditor.
func withoutAccounts(plain string) string {
	var kept strings.Builder
	from := 0
	for i := 0; i < len(plain); i++ {
		end := max(accountEnd(plain, i), referenceEnd(plain, i))
		if end == 0 {
			continue
		}
		kept.WriteString(plain[from:i] + "x")
		from, i = end, end-1
	}
	if from == 0 {
		return plain
	}
	return kept.String() + plain[from:]
}

// accountEnd is where the account number ends that begins at a place of a plain text; 0
// where there is none. Its country says how long it is, so that whatever begins as one is
// checked once.
func accountEnd(plain string, at int) int {
	if !beginsChecked(plain, at) {
		return 0
	}
	size := ibanLengths[string([]byte{upper(plain[at]), upper(plain[at+1])})]
	return checkedEnd(plain, at, size, size, isAccount)
}

// referenceEnd is accountEnd for a creditor's reference.
func referenceEnd(plain string, at int) int {
	if at+2 > len(plain) || upper(plain[at]) != 'R' || upper(plain[at+1]) != 'F' || !beginsChecked(plain, at) {
		return 0
	}
	return checkedEnd(plain, at, 9, 25, isCreditorReference)
}

// checkedEnd is where the longest number of a size ends that begins at a place of a plain
// text and is good; 0 where there is none. It may be parted by signs, but by hyphens into
// its beginning and the rest or groups of four only: UUIDs have hyphens too.
func checkedEnd(plain string, at, least, most int, good func(number string) bool) (end int) {
	var number [34]byte
	size, group, hyphens := 0, 0, false
	for i := at; i < len(plain) && size < most; {
		if !isLetterOrDigit(plain[i]) {
			next := i
			for next < len(plain) && next < i+4 && !isLetterOrDigit(plain[next]) {
				next++
			}
			hyphens = hyphens || strings.Contains(plain[i:next], "-")
			if !joins(plain[i:next]) || hyphens && group != 4 && size != 2 && size != 4 {
				return end
			}
			i, group = next, 0
			continue
		}
		number[size] = upper(plain[i])
		size, group, i = size+1, group+1, i+1
		if size >= least && endsChecked(plain, i, least == most) && !(hyphens && group > 4 && group != size-4) && good(string(number[:size])) {
			end = i
		}
	}
	return end
}

// beginsChecked says whether two letters and two digits stand at a place, as a number with
// check digits begins. A sign may part them where nothing is before the letters and these
// are capitals, or many words would begin one; and a word may be written to them.
func beginsChecked(plain string, at int) bool {
	if at+5 > len(plain) || !isLetter(plain[at]) || !isLetter(plain[at+1]) {
		return false
	}
	if isDigit(plain[at+2]) && isDigit(plain[at+3]) {
		word := wordBefore(plain, at)
		return at == len(word) || !isDigit(plain[at-len(word)-1]) || isWord(word, 5)
	}
	if at > 0 && isLetterOrDigit(plain[at-1]) || !isCapital(plain[at]) || !isCapital(plain[at+1]) {
		return false
	}
	for digits := at + 2; digits+1 < len(plain) && digits <= at+5; digits++ {
		if isLetterOrDigit(plain[digits]) {
			return joins(plain[at+2:digits]) && isDigit(plain[digits]) && isDigit(plain[digits+1])
		}
	}
	return false
}

// endsChecked says whether a number can end before a place: before a sign, and, where its
// length is known, before letters too, since currencies and words are written to numbers; where digits follow
// these, they must be capitals, as those of currencies are.
func endsChecked(plain string, at int, known bool) bool {
	to := at
	for known && to < len(plain) && isLetter(plain[to]) {
		to++
	}
	return to == len(plain) || !isLetterOrDigit(plain[to]) || plain[at:to] == strings.ToUpper(plain[at:to]) && isWord(plain[at:to], 3)
}

// accounts begin as account numbers do.
var accounts = regexp.MustCompile(`\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}\b`)

// MaskIBANs puts something else in the place of each account number in a text of others,
// as these are mostly written. Who keeps the text asks MentionsIBAN whether it has more.
func MaskIBANs(text, instead string) string {
	if !mayBeginAccount(text) {
		return text
	}
	return accounts.ReplaceAllStringFunc(text, func(found string) string {
		// Other words may follow, which spaces join to it: the longest beginning that is one counts.
		for end := len(found); end >= 15; end-- {
			if found[end-1] != ' ' && LooksLikeIBAN(found[:end]) {
				return instead + found[end:]
			}
		}
		return found
	})
}

// mayBeginAccount says whether two letters, two digits and eleven more characters stand
// somewhere, which takes less than to look for an account number.
func mayBeginAccount(text string) bool {
	for i := 0; i+15 <= len(text); i++ {
		if isLetter(text[i]) && isLetter(text[i+1]) && isDigit(text[i+2]) && isDigit(text[i+3]) {
			return true
		}
	}
	return false
}

var bicForm = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// ParseBIC reads a bank identifier code: bank, country, place, and a branch of
// three characters or none. It says whether the code has that form.
func ParseBIC(text string) (string, bool) {
	if len(text) > 11 {
		return "", false
	}
	code := strings.ToUpper(text)
	return code, bicForm.MatchString(code) && KnownCountry(code[4:6])
}
