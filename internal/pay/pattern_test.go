package pay_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestPattern: both bounds belong to the pattern, and the expression is of the whole text.
func TestPattern(t *testing.T) {
	t.Parallel()
	pattern := pay.NewPattern(`^k_[a-z]{3,}$`, 8)
	for text, want := range map[string]bool{
		"k_abc": true, "k_abcdef": true,
		"k_ab": false, "k_abcdefg": false, "": false, "k_abc\n": false, " k_abc": false, "k_abC": false,
		"k_" + strings.Repeat("a", 1<<20): false,
	} {
		if pattern.Matches(text) != want {
			t.Errorf("%.20q matches: %t, want %t", text, !want, want)
		}
	}
}
