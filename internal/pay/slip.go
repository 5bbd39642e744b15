package pay

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CleanReference is the one way to write what a payer copied from a slip: characters that
// look the same are the same (Unicode's NFKC, one dash, one blank), and those that nobody
// sees are gone. A slip counts once, and who approves it could not tell two writings apart.
func CleanReference(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '\u2212':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector), r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164':
			return -1
		}
		return r
	}, norm.NFKC.String(text))
	return strings.Join(strings.Fields(clean), " ")
}
