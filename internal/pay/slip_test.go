package pay

import "testing"

// TestCleanReference proves that what looks the same is written in one way, and what does
// not stays apart.
func TestCleanReference(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"INV-7": "INV-7", " INV-7\t": "INV-7", "INV-7\u200b": "INV-7", "I\u00adNV-7": "INV-7", "\ufeffINV-7": "INV-7", "INV\u20117": "INV-7",
		"INV\u20147": "INV-7", "INV\u22127": "INV-7", "\uff29\uff2e\uff36-\uff17": "INV-7", "INV\u00a07": "INV 7", "INV  7": "INV 7", "INV-7\ufe0f": "INV-7",
		"INV-7\u3164": "INV-7", "INV-7\x00": "INV-7", "INV-7.": "INV-7.", "inv-7": "inv-7", "\u200b \u200b": "", "": "", "Ünal-7": "Ünal-7", "U\u0308nal-7": "Ünal-7",
	} {
		got := CleanReference(text)
		if got != want || CleanReference(got) != got {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
