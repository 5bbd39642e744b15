package seal_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/seal"
)

// TestSign proves that a signature counts for its text, purpose and key, for the key's
// successor too, and for nothing else.
func TestSign(t *testing.T) {
	t.Parallel()
	one, err := seal.New([]byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := seal.New([]byte("two"))
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("a payment")
	signature := one.Sign(text, "link")
	if !one.Signed(text, signature, "link") || !two.After(one).Signed(text, signature, "link") {
		t.Error("a good signature does not count")
	}
	if two.Signed(text, signature, "link") || one.Signed([]byte("b payment"), signature, "link") || one.Signed(text, signature, "other") ||
		one.Signed(text[1:], one.Sign(text[1:], "linka"), "link") || one.Signed(text, signature[:31], "link") || one.Signed(text, nil, "link") {
		t.Error("a bad signature counts")
	}
	for i := range signature {
		for bit := range 8 {
			signature[i] ^= 1 << bit
			if one.Signed(text, signature, "link") {
				t.Errorf("byte %d, bit %d changed counts", i, bit)
			}
			signature[i] ^= 1 << bit
		}
	}
}
