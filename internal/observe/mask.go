package observe

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/pay"
)

// maxText bounds a text of others in the log, in bytes; a stack has some thousand.
const maxText = 8 << 10

var (
	// credentials are keys and tokens by their look: those of partners but for the
	// beginning by which people tell them apart, JSON web tokens,
	// tokens of stored methods, secrets of webhooks, and what follows a scheme of the
	// header Authorization or stands before the host of a URL.
	credentials = regexp.MustCompile(`pg_(?:live|sand)_\w{20,}|eyJ[\w-]+(?:\.[\w-]*)+|tok_[\w.-]+|whsec_[\w+/=-]+|(?i:bearer|basic) [\w.+/=~-]+|://[^\s/@]+@`)
)

// Masked is a text of others as the log may have it: without credentials, card numbers
// and account numbers, as far as these can be told from other text. It is the second
// lock: what is known to be secret is not put into texts in the first place.
func Masked(text string) string {
	if len(text) > maxText {
		cut := maxText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	if mayHoldCredential(text) {
		text = credentials.ReplaceAllString(text, hidden)
	}
	switch text = pay.MaskIBANs(text, hidden); {
	case pay.MentionsIBAN(text):
		return "a text with an account number in it"
	case pay.MentionsCardNumber(text):
		return "a text with a card number in it"
	}
	return text
}

// mayHoldCredential says whether a text has what is in every credential: each line of the
// log comes by here, and the expression took a tenth of what a refused request costs.
func mayHoldCredential(text string) bool {
	if strings.ContainsAny(text, "_@") || strings.Contains(text, "eyJ") {
		return true
	}
	for rest, found := text, true; found; {
		var before string
		if before, rest, found = strings.Cut(rest, " "); found && endsInScheme(before) {
			return true
		}
	}
	return false
}

func endsInScheme(text string) bool {
	for _, scheme := range []string{"bearer", "basic"} {
		if n := len(text) - len(scheme); n >= 0 && strings.EqualFold(text[n:], scheme) {
			return true
		}
	}
	return false
}
