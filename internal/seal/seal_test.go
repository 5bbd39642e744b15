package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/paygraph/paygraph/internal/seal"
)

func key(t *testing.T, secret string) *seal.Key {
	t.Helper()
	k, err := seal.New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSeal proves that what is sealed is read with the key in its place, and that any
// changed bit, another place and another key give nothing.
func TestSeal(t *testing.T) {
	t.Parallel()
	const text, place = "a secret of some length", "row 1"
	k := key(t, "one")
	sealed := k.Seal([]byte(text), place)
	if got, err := k.Open(sealed, place); err != nil || string(got) != text {
		t.Fatalf("got %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, k.Seal([]byte(text), place)) {
		t.Error("the text shows, or two seals of it are equal")
	}
	broken := func(what string, k *seal.Key, sealed []byte, place string) {
		t.Helper()
		if got, err := k.Open(sealed, place); !errors.Is(err, seal.ErrBroken) || got != nil {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
	}
	broken("another place", k, sealed, "row 2")
	broken("another key", key(t, "two"), sealed, place)
	broken("nothing", k, nil, place)
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			broken("a changed bit", k, changed, place)
		}
		broken("a part", k, sealed[:i], place)
	}
}

// TestReseal proves that a successor opens what either key sealed, seals with itself
// alone, and leaves what it sealed itself as it is.
func TestReseal(t *testing.T) {
	t.Parallel()
	const text, place = "a secret", "row 1"
	old, changed := key(t, "one"), key(t, "two")
	both := changed.After(old)
	was, own := old.Seal([]byte(text), place), both.Seal([]byte(text), place)
	for _, sealed := range [][]byte{was, own} {
		if got, err := both.Open(sealed, place); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
		again, err := both.Reseal(sealed, place)
		if err != nil || bytes.Equal(again, sealed) != bytes.Equal(sealed, own) {
			t.Errorf("resealed: %v, the same: %v", err, bytes.Equal(again, sealed))
		}
		if got, err := changed.Open(again, place); err != nil || string(got) != text {
			t.Errorf("the new key alone: got %q, %v", got, err)
		}
		if same, err := changed.Reseal(again, place); err != nil || !bytes.Equal(same, again) {
			t.Errorf("without another key: %v", err)
		}
	}
	if _, err := old.Open(own, place); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("the old key opens what the new one sealed: %v", err)
	}
	for _, k := range []*seal.Key{both, changed} {
		if _, err := k.Reseal(key(t, "three").Seal([]byte(text), place), place); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("what another key sealed: %v", err)
		}
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	k := key(t, "one")
	if !bytes.Equal(k.Mark([]byte("a")), k.Mark([]byte("a"))) || bytes.Equal(k.Mark([]byte("a")), k.Mark([]byte("b"))) ||
		bytes.Equal(k.Mark([]byte("a")), key(t, "two").Mark([]byte("a"))) {
		t.Error("marks do not tell texts and keys apart")
	}
}
