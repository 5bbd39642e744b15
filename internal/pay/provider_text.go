package pay

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxProviderText bounds a text of a provider, in characters.
const maxProviderText = 500

// What stands for a text of a provider that had a number of a payer in it.
const (
	noCardNumber    = "The provider's text held a card number and is not kept."
	noAccountNumber = "The provider's text held an account number and is not kept."
)

// providerText is what may be kept and shown of a text that a provider wrote: it is in
// nobody's hand what stands there.
func providerText(text string) string {
	switch text = MaskIBANs(text, "***"); {
	case MentionsIBAN(text):
		return noAccountNumber
	case MentionsCardNumber(text):
		return noCardNumber
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	if characters := []rune(text); len(characters) > maxProviderText {
		text = string(characters[:maxProviderText-1]) + "…"
	}
	return strings.TrimSpace(text)
}

// ProviderName is what may be shown of what a provider calls something; nil where it
// calls it nothing.
func ProviderName(text string) *string {
	clean := providerText(text)
	if clean == "" {
		return nil
	}
	return &clean
}

func cleaned(text *string) *string {
	if text == nil {
		return nil
	}
	clean := providerText(*text)
	return &clean
}

// isProviderID says that a text can be an id that a provider gave: 1 to 255 characters
// that can be read.
func isProviderID(text string) bool {
	n := utf8.RuneCountInString(text)
	return 1 <= n && n <= 255 && utf8.ValidString(text) && strings.IndexFunc(text, unicode.IsControl) < 0
}
