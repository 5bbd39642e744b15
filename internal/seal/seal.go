// Package seal keeps secrets that the program must be able to read again, such as
// those that gateways sign their webhooks with. What is sealed can be read with the
// installation's key only, and only in its own place: moved to another row it is
// worth nothing.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Key seals and opens. Its text never shows what it is made of.
type Key struct {
	aead cipher.AEAD
	mac  []byte
	// signs is for what others bring back, such as links.
	signs []byte
	// previous opens what was sealed before the key was changed; nil where it never was.
	previous *Key
}

// version begins everything that is sealed, so that another way can be told from
// this one.
const version = 1

// ErrBroken: it was sealed with another key, for another place, or was changed.
var ErrBroken = errors.New("what was sealed cannot be opened")

// New makes a key of an installation's secret.
func New(secret []byte) (*Key, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "paygraph seal", 32)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "paygraph mark", 32)
	if err != nil {
		return nil, fmt.Errorf("marking key: %w", err)
	}
	signs, err := hkdf.Key(sha256.New, secret, nil, "paygraph sign", 32)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &Key{aead: aead, mac: mac, signs: signs}, nil
}

// After returns the key as the successor of another one: it opens what that one sealed,
// and seals with itself alone.
func (k *Key) After(previous *Key) *Key {
	return &Key{aead: k.aead, mac: k.mac, signs: k.signs, previous: previous}
}

// Seal makes text unreadable without the key. place names where it lies.
func (k *Key) Seal(text []byte, place string) []byte {
	return k.aead.Seal([]byte{version}, nil, text, []byte(place)) // #nosec G407 -- NewGCMWithRandomNonce takes none and draws its own
}

// Open reads what was sealed for the place.
func (k *Key) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, ErrBroken
	}
	text, err := k.aead.Open(nil, nil, sealed[1:], []byte(place))
	switch {
	case err == nil:
		return text, nil
	case k.previous != nil:
		return k.previous.Open(sealed, place)
	}
	return nil, ErrBroken
}

// Reseal returns what was sealed for the place as the key itself seals it: the same
// bytes where it did, else the text sealed anew.
func (k *Key) Reseal(sealed []byte, place string) ([]byte, error) {
	if k.previous == nil {
		_, err := k.Open(sealed, place)
		return sealed, err
	}
	text, err := k.previous.Open(sealed, place)
	if err != nil { // then it is the key's own, or nobody's
		_, err = k.After(nil).Open(sealed, place)
		return sealed, err
	}
	return k.Seal(text, place), nil
}

// Mark tells texts apart without showing them: equal texts have equal marks, and
// nobody without the key can try which text a mark belongs to.
func (k *Key) Mark(text []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	h.Write(text)
	return h.Sum(nil)
}

// Sign makes the signature, 32 bytes, that proves that this installation wrote the text.
// The text stays readable; purpose keeps what is signed for one thing from counting for
// another.
func (k *Key) Sign(text []byte, purpose string) []byte {
	h := hmac.New(sha256.New, k.signs)
	fmt.Fprintf(h, "%d:%s", len(purpose), purpose)
	h.Write(text)
	return h.Sum(nil)
}

// Signed says whether the signature of the text is this key's or its predecessor's. How
// long it takes tells nothing of the right one.
func (k *Key) Signed(text, signature []byte, purpose string) bool {
	return hmac.Equal(k.Sign(text, purpose), signature) || k.previous != nil && k.previous.Signed(text, signature, purpose)
}
