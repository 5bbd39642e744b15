package seal_test

import (
	"bytes"
	"testing"

	"github.com/paygraph/paygraph/internal/seal"
)

// FuzzOpen gives any bytes as sealed, and seals them: nothing but what was sealed is
// opened, and that by its key and in its place alone.
func FuzzOpen(f *testing.F) {
	one, err := seal.New([]byte("one"))
	if err != nil {
		f.Fatal(err)
	}
	two, err := seal.New([]byte("two"))
	if err != nil {
		f.Fatal(err)
	}
	after := two.After(one)
	f.Add([]byte{}, "row 1", 0)
	f.Add([]byte{1}, "", 1)
	f.Add(bytes.Repeat([]byte{1}, 40), "row 1", 20)
	f.Fuzz(func(t *testing.T, text []byte, place string, bit int) {
		if got, err := after.Open(text, place); err == nil {
			t.Fatalf("%x was opened as %x", text, got)
		}
		sealed := one.Seal(text, place)
		if got, err := after.Open(sealed, place); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("got %x, %v", got, err)
		}
		again, err := after.Reseal(sealed, place)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := two.Open(again, place); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("sealed anew: got %x, %v", got, err)
		}
		if _, err := one.Open(again, place); err == nil {
			t.Error("the older key opens what the newer one sealed")
		}
		if _, err := one.Open(sealed, place+"x"); err == nil {
			t.Error("opened in another place")
		}
		sealed[uint(bit)/8%uint(len(sealed))] ^= 1 << (uint(bit) % 8)
		if _, err := after.Open(sealed, place); err == nil {
			t.Errorf("opened with bit %d changed", bit)
		}
	})
}
