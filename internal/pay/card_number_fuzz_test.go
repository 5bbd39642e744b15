package pay_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// FuzzCardNumber proves of any text that what mentions a card number also looks like
// one, and that a number that stands alone in it is found whatever is around it: lines away,
// since next to it could be what makes it a part of another number, as of an account.
func FuzzCardNumber(f *testing.F) {
	for _, text := range []string{"", "4242424242424242", "tok 4242-4242 4242-4242 12/29 123", "DE89 3704 0044 0532 0130 00", "0192f0c1-2a3b-7c4d-8e5f-60718293a4b5", "４２４２", "१२३", "4242\u200b4242", "999999999999999999999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if pay.MentionsCardNumber(text) && !pay.LooksLikeCardNumber(text) {
			t.Errorf("%q mentions what does not look like a card number", text)
		}
		for _, number := range []string{"4242424242424242", "3782 822463 10005", "5555-5555-5555-4444"} {
			around := text + "\n\n\n\n" + number + "\n\n\n\n" + text
			if _, err := uuid.Parse(around); err == nil {
				continue
			}
			if !pay.MentionsCardNumber(around) || !pay.LooksLikeCardNumber(around) {
				t.Errorf("nothing is found in %q", around)
			}
		}
	})
}
