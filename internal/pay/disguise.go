package pay

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// seen says whether find finds something in text, in plain letters: as it stands, and as
// a URL has it, escaped once or twice.
func seen(text string, find func(plain string) bool) bool {
	for range 3 {
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

// undisguised writes text in ASCII, for numbers to be looked for in: the digits of all
// scripts as digits, letters that are none of ASCII as x, spaces and dashes as ASCII has
// them, line breaks as tabs, and all other signs as full stops. What nobody sees is left
// out: it can stand in the middle of a number.
func undisguised(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // ASCII as it is written between Chinese characters
			r -= '！' - '!'
		}
		switch {
		case r > ' ' && r < unicode.MaxASCII, r == ' ':
			return r
		case unicode.IsDigit(r):
			return '0' + digitOf(r)
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

// digitOf is the value of a digit: the ten of a script stand in order, those of some
// scripts in a row.
func digitOf(r rune) rune {
	zero := r
	for unicode.IsDigit(zero - 1) {
		zero--
	}
	return (r - zero) % 10
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
