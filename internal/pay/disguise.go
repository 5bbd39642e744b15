package pay

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// seen says whether find finds something in text, in plain letters: as it stands, and as
// a URL has it, escaped up to five times. Text with fewer digits than least has nothing to
// find, and is not looked at any further: most texts have none.
func seen(text string, least int, find func(plain string) bool) bool {
	if !hasDigits(text, least) {
		return false
	}
	for range 6 {
		if find(undisguised(text)) {
			return true
		}
		decoded := unescaped(text)
		if decoded == text {
			break
		}
		text = decoded
	}
	return false
}

// hasDigits says whether text may have so many digits, escaped ones too: each of these has
// a percent sign.
func hasDigits(text string, least int) bool {
	for _, r := range text {
		if _, ok := digitOf(r); ok || r == '%' {
			least--
		}
		if least <= 0 {
			return true
		}
	}
	return false
}

// undisguised writes text in ASCII, for numbers to be looked for in: the digits of all
// scripts as digits, raised, lowered and encircled ones too, letters that are none of ASCII
// as x, spaces and dashes as ASCII has them, line breaks as tabs, and all other signs as full
// stops. What nobody sees is left out: it can stand in the middle of a number.
func undisguised(text string) string {
	if isPlain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // ASCII as it is written between Chinese characters
			r -= '！' - '!'
		}
		if r >= ' ' && r < unicode.MaxASCII {
			return r
		}
		if value, ok := digitOf(r); ok {
			return '0' + value
		}
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return '\t'
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me, unicode.Other_Default_Ignorable_Code_Point):
			return -1
		case unicode.Is(unicode.Pd, r), r == '\u2212': // minus
			return '-'
		case unicode.IsLetter(r):
			return 'x'
		}
		return '.'
	}, text)
}

// isPlain says whether text is printable ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= unicode.MaxASCII {
			return false
		}
	}
	return true
}

// shownDigits are digits that Unicode takes for signs: raised, lowered, and in circles,
// brackets or with a full stop. value is that of the first.
var shownDigits = []struct{ from, to, value rune }{
	{'²', '³', 2}, {'¹', '¹', 1}, {'⁰', '⁰', 0}, {'⁴', '⁹', 4}, {'₀', '₉', 0}, {'①', '⑨', 1}, {'⑴', '⑼', 1}, {'⒈', '⒐', 1},
	{'⓪', '⓪', 0}, {'⓵', '⓽', 1}, {'⓿', '⓿', 0}, {'❶', '❾', 1}, {'➀', '➈', 1}, {'➊', '➒', 1}, {'🄁', '🄊', 0},
}

// digitOf is the value of a digit of any script: the ten of a script stand in order, those
// of some scripts in a row.
func digitOf(r rune) (value rune, ok bool) {
	if r < 0x80 {
		return r - '0', '0' <= r && r <= '9'
	}
	for _, of := range shownDigits {
		if r >= of.from && r <= of.to {
			return of.value + r - of.from, true
		}
	}
	if !unicode.IsDigit(r) {
		return 0, false
	}
	for _, of := range unicode.Nd.R16 {
		if r <= rune(of.Hi) {
			return (r - rune(of.Lo)) % 10, true
		}
	}
	for _, of := range unicode.Nd.R32 {
		if r <= rune(of.Hi) { // #nosec G115 -- all are characters
			return (r - rune(of.Lo)) % 10, true // #nosec G115 -- as above
		}
	}
	return 0, false
}

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescaped is text as it is once the escapes of a URL are taken back. Those that are none
// stay, since text that is no URL has percent signs too.
func unescaped(text string) string {
	if strings.Contains(text, "://") {
		text = strings.ReplaceAll(text, "+", " ")
	}
	if !strings.Contains(text, "%") {
		return text
	}
	return escape.ReplaceAllStringFunc(text, func(found string) string {
		value, _ := strconv.ParseUint(found[1:], 16, 8) // two digits always are one
		return string([]byte{byte(value)})
	})
}

// joins says whether what stands between two groups of letters or digits can be inside of
// one number, as it is printed: up to three signs, whichever. A comma or semicolon with a
// space parts the items of a list.
func joins(between string) bool {
	if len(between) < 1 || len(between) > 3 || strings.ContainsAny(between, ",;") && strings.ContainsAny(between, " \t") {
		return false
	}
	for i := range len(between) {
		if isLetterOrDigit(between[i]) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || isCapital(c) }

func isLetterOrDigit(c byte) bool { return isLetter(c) || isDigit(c) }

// upper is a letter of ASCII as a capital, and whatever else as it is.
func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// wordBefore are the letters that stand right before a place of a plain text.
func wordBefore(plain string, at int) string {
	from := at
	for from > 0 && isLetter(plain[from-1]) {
		from--
	}
	return plain[from:at]
}

// isWord says whether letters between digits are a word and not of an id: they are so many at
// least, and hexadecimal digits do not have one of them.
func isWord(letters string, least int) bool {
	return len(letters) >= least && strings.Trim(letters, "ABCDEFabcdef") != ""
}
