package auth_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
)

// TestProofLasts proves that a token is taken without being verified for less than half a
// minute, never past its end, and that no other is taken for it.
func TestProofLasts(t *testing.T) {
	t.Parallel()
	p := newProvider(t, rsaJWK("old", providerRSA()))
	at := now
	a, err := auth.New(p.settings(), &memory{}, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	token := func(expires time.Duration) string {
		claims := goodClaims.With(object{"exp": now.Add(expires).Unix()})
		return authtest.RS256(providerRSA(), `{"alg":"RS256","kid":"old"}`, claims.String())
	}
	long, short := token(time.Hour), token(20*time.Second)
	accepted(t, a, long)
	accepted(t, a, short)
	p.publish(t, rsaJWK("new", strangerKey())) // which is fetched for a token that names it
	accepted(t, a, authtest.RS256(strangerKey(), `{"alg":"RS256","kid":"new"}`, goodClaims.String()))

	at = now.Add(20 * time.Second)
	refused(t, a, short, "expired")
	accepted(t, a, long)
	forged := []byte(long)
	if at := &forged[len(forged)-20]; *at == 'A' { // another letter of base64
		*at = 'B'
	} else {
		*at = 'A'
	}
	refused(t, a, string(forged), "rate limiter") // so it was looked at
	at = now.Add(30 * time.Second)
	refused(t, a, long, "rate limiter") // it names a key that there is no more
	at = now.Add(-time.Second)
	refused(t, a, long, "rate limiter") // the clock went back: it is verified anew
}
