package auth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
	"github.com/paygraph/paygraph/internal/pay"
)

var (
	providerRSA = sync.OnceValue(newRSA)
	strangerKey = sync.OnceValue(newRSA)
	providerEC  = sync.OnceValue(newEC)
	providerEd  = sync.OnceValue(func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
)

func newRSA() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func newEC() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func number(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

func rsaJWK(kid string, key *rsa.PrivateKey) object {
	return object{"kty": "RSA", "kid": kid, "n": number(key.N), "e": number(big.NewInt(int64(key.E)))}
}

func ecJWK(t *testing.T, kid string, key *ecdsa.PrivateKey) object {
	t.Helper()
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	return object{"kty": "EC", "crv": "P-256", "kid": kid,
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

func es256(t *testing.T, key *ecdsa.PrivateKey, header, claims string) string {
	t.Helper()
	text := authtest.Encode(header) + "." + authtest.Encode(claims)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func eddsa(key ed25519.PrivateKey, header, claims string) string {
	text := authtest.Encode(header) + "." + authtest.Encode(claims)
	return "Bearer " + text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(text)))
}

// provider is an identity provider whose answer a test can change.
type provider struct {
	*httptest.Server
	answer  atomic.Pointer[string]
	fetches atomic.Int64
}

func newProvider(t *testing.T, keys ...object) *provider {
	p := &provider{}
	p.publish(t, keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		answer := p.answer.Load()
		if answer == nil {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, *answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) publish(t *testing.T, keys ...object) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	answer := string(text)
	p.answer.Store(&answer)
}

func (p *provider) settings() auth.Settings {
	return auth.Settings{JWKSURL: p.URL, Issuer: "paygraph", Audience: "payments"}
}

// allKeys has a key of each algorithm, and two that sign no tokens.
func allKeys(t *testing.T) []object {
	return []object{
		rsaJWK("rsa", providerRSA()).With(object{"use": "sig", "alg": "RS256"}),
		ecJWK(t, "ec", providerEC()),
		{"kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA",
			"x": base64.RawURLEncoding.EncodeToString(providerEd().Public().(ed25519.PublicKey))},
		rsaJWK("enc", providerRSA()).With(object{"use": "enc"}),
		rsaJWK("rsa512", providerRSA()).With(object{"alg": "RS512"}),
		{"kty": "oct", "kid": "oct", "k": base64.RawURLEncoding.EncodeToString(secret)},
		rsaJWK("", providerRSA()),
	}
}

type forgery struct{ authorization, reason string }

func TestProvidersTokenIsAccepted(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, newProvider(t, allKeys(t)...).settings(), &memory{})
	claims := goodClaims.String()
	for outcome, token := range map[string]string{
		"RS256": authtest.RS256(providerRSA(), `{"alg":"RS256","kid":"rsa"}`, claims),
		"ES256": es256(t, providerEC(), `{"alg":"ES256","kid":"ec"}`, claims),
		"EdDSA": eddsa(providerEd(), `{"alg":"EdDSA","kid":"ed"}`, claims),
	} {
		if actor := accepted(t, a, token); actor.Role != pay.RoleStaff || actor.TenantID != tenantIDs[pay.Sandbox] {
			t.Errorf("%s: got %+v", outcome, actor)
		}
	}
}

func TestForgedProvidersTokenIsRefused(t *testing.T) {
	t.Parallel()
	evil := newProvider(t, rsaJWK("rsa", strangerKey()))
	a := newAuthenticator(t, newProvider(t, allKeys(t)...).settings(), &memory{})
	claims := goodClaims.String()
	der, err := x509.MarshalPKIXPublicKey(providerRSA().Public())
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	header := func(change object) string { return object{"alg": "RS256", "kid": "rsa"}.With(change).String() }
	for outcome, f := range map[string]forgery{
		"HS256 with the public key as PEM":    {authtest.HS256(header(object{"alg": "HS256"}), claims, text), "signing method HS256 is invalid"},
		"HS256 with the public key as DER":    {authtest.HS256(header(object{"alg": "HS256"}), claims, der), "signing method HS256 is invalid"},
		"HS256 with a published secret":       {authtest.HS256(`{"alg":"HS256","kid":"oct"}`, claims, secret), "signing method HS256 is invalid"},
		"HS256 disguised as RS256":            {authtest.HS256(`{"alg":"RS256","kid":"oct"}`, claims, secret), "key is of invalid type"},
		"none":                                {"Bearer " + authtest.Encode(header(object{"alg": "none"})) + "." + authtest.Encode(claims) + ".", "signing method none is invalid"},
		"stranger's key":                      {authtest.RS256(strangerKey(), header(nil), claims), "signature is invalid"},
		"stranger's key and his key URL":      {authtest.RS256(strangerKey(), header(object{"jku": evil.URL, "x5u": evil.URL}), claims), "signature is invalid"},
		"stranger's key in the header":        {authtest.RS256(strangerKey(), header(object{"jwk": rsaJWK("rsa", strangerKey())}), claims), "signature is invalid"},
		"RS256 with the name of the EC key":   {authtest.RS256(providerRSA(), `{"alg":"RS256","kid":"ec"}`, claims), "key is of invalid type"},
		"ES256 with the name of the RSA key":  {es256(t, providerEC(), `{"alg":"ES256","kid":"rsa"}`, claims), "alg"},
		"PS256":                               {authtest.RS256(providerRSA(), header(object{"alg": "PS256"}), claims), "signing method PS256 is invalid"},
		"RS256 with a key for RS512":          {authtest.RS256(providerRSA(), header(object{"kid": "rsa512"}), claims), "alg"},
		"key for encryption":                  {authtest.RS256(providerRSA(), header(object{"kid": "enc"}), claims), "encryption"},
		"no kid":                              {authtest.RS256(providerRSA(), header(object{"kid": nil}), claims), "names no key"},
		"empty kid":                           {authtest.RS256(providerRSA(), header(object{"kid": ""}), claims), "names no key"},
		"kid is a number":                     {authtest.RS256(providerRSA(), header(object{"kid": 1}), claims), "names no key"},
		"kid is a path":                       {authtest.RS256(providerRSA(), header(object{"kid": "../rsa"}), claims), "key"},
		"critical extension":                  {authtest.RS256(providerRSA(), header(object{"crit": []string{"x"}}), claims), "extension"},
		"empty RS256 signature":               {"Bearer " + authtest.Encode(header(nil)) + "." + authtest.Encode(claims) + ".", "signature is invalid"},
		"zero ES256 signature":                {"Bearer " + authtest.Encode(`{"alg":"ES256","kid":"ec"}`) + "." + authtest.Encode(claims) + "." + authtest.Encode(string(make([]byte, 64))), "signature is invalid"},
		"right key, other issuer":             {authtest.RS256(providerRSA(), header(nil), goodClaims.With(object{"iss": "x"}).String()), "invalid issuer"},
		"right key, role given under Role":    {authtest.RS256(providerRSA(), header(nil), goodClaims.With(object{"role": nil, "Role": "ADMIN"}).String()), "role"},
		"right key, own issuer's HS256 token": {signed(goodClaims), "signing method HS256 is invalid"},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			refused(t, a, f.authorization, f.reason)
		})
	}
	t.Cleanup(func() {
		if n := evil.fetches.Load(); n != 0 {
			t.Errorf("the stranger's keys were fetched %d times", n)
		}
	})
}

func TestRotatedKeyIsFetched(t *testing.T) {
	t.Parallel()
	p := newProvider(t, rsaJWK("old", strangerKey()))
	a := newAuthenticator(t, p.settings(), &memory{})
	p.publish(t, rsaJWK("new", providerRSA()))
	accepted(t, a, authtest.RS256(providerRSA(), `{"alg":"RS256","kid":"new"}`, goodClaims.String()))
	refused(t, a, authtest.RS256(strangerKey(), `{"alg":"RS256","kid":"old"}`, goodClaims.String()), "rate limiter")
	for range 20 { // whoever makes names up neither waits nor makes us fetch
		refused(t, a, authtest.RS256(strangerKey(), `{"alg":"RS256","kid":"none"}`, goodClaims.String()), "rate limiter")
	}
	if n := p.fetches.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestProviderThatWasDownIsAskedAgain(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer.Store(nil)
	a := newAuthenticator(t, p.settings(), &memory{})
	p.publish(t, rsaJWK("rsa", providerRSA()))
	accepted(t, a, authtest.RS256(providerRSA(), `{"alg":"RS256","kid":"rsa"}`, goodClaims.String()))
}

func TestRedirectOfKeyURLIsNotFollowed(t *testing.T) {
	t.Parallel()
	evil := newProvider(t, rsaJWK("rsa", strangerKey()))
	p := httptest.NewServer(http.RedirectHandler(evil.URL, http.StatusFound))
	t.Cleanup(p.Close)
	s := auth.Settings{JWKSURL: p.URL, Issuer: "paygraph", Audience: "payments"}
	a := newAuthenticator(t, s, &memory{})
	refused(t, a, authtest.RS256(strangerKey(), `{"alg":"RS256","kid":"rsa"}`, goodClaims.String()), "key")
	if n := evil.fetches.Load(); n != 0 {
		t.Errorf("followed %d times", n)
	}
}

// TestTroubleWithKeysIsInTheLog proves that it is told in the server's own log,
// where somebody looks.
func TestTroubleWithKeysIsInTheLog(t *testing.T) {
	t.Parallel()
	provider := httptest.NewServer(http.NotFoundHandler())
	defer provider.Close()
	var log bytes.Buffer
	s := auth.Settings{JWKSURL: provider.URL, Issuer: "paygraph", Audience: "paygraph"}
	if _, err := auth.New(s, &memory{}, clock, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "fetching the identity provider's keys failed") || !strings.Contains(text, "404") {
		t.Errorf("log: %q", text)
	}
}
