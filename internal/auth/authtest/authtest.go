// Package authtest writes tokens, most of them such that must be refused. Only tests
// contain it.
package authtest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"time"
)

// Object is a JSON object whose members a test changes.
type Object map[string]any

// With returns a copy with changes; nil removes a member.
func (o Object) With(changes Object) Object {
	out := maps.Clone(o)
	for k, v := range changes {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

// String is the object as JSON.
func (o Object) String() string {
	text, err := json.Marshal(map[string]any(o))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Header is that of a good token.
var Header = Object{"alg": "HS256", "typ": "JWT"}

// Good is a token that is accepted; forgeries differ from it in one respect.
type Good struct {
	Secret []byte
	Claims Object
	// Now is when the claims are good.
	Now time.Time
}

// Token is the good token as the value of an Authorization header.
func (g Good) Token() string { return g.signed(g.Claims) }

func (g Good) signed(claims Object) string { return HS256(Header.String(), claims.String(), g.Secret) }

// Encode is how tokens write their parts.
func Encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// HS256 signs header and claims as they stand, however broken.
func HS256(header, claims string, key []byte) string {
	text := Encode(header) + "." + Encode(claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// RS256 signs header and claims as they stand.
func RS256(key *rsa.PrivateKey, header, claims string) string {
	text := Encode(header) + "." + Encode(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// strangerKey is a key that nobody trusts.
var strangerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})
