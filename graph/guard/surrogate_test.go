package guard

import "testing"

// TestHalfSurrogate proves that halves are found wherever they stand, and nothing else is
// taken for one.
func TestHalfSurrogate(t *testing.T) {
	for text, half := range map[string]bool{
		`"inv-\ud801"`: true, `"\uDFFF"`: true, `\ud801\ud801`: true, `\udc01\ud801`: true, `\ud801\n\udc01`: true, `\ud801x`: true,
		`\ud801\u`: true, `\ud801\`: true, `\ud83d\ude00\ude00`: true, `\\\ud801`: true,
		``: false, `\`: false, `\u`: false, `\ud80`: false, `\u00e9`: false, `\uD83D\uDE00`: false, `\ud83d\ude00\ud83d\ude00`: false,
		`\\ud801`: false, `\\\\ud801`: false, `\u+801`: false, `ud801`: false, `\ue000`: false,
	} {
		if got := halfSurrogate(text); got != half {
			t.Errorf("%s: %t", text, got)
		}
		if got := halfSurrogate([]byte(text)); got != half {
			t.Errorf("bytes of %s: %t", text, got)
		}
	}
}
