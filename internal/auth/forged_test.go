package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
)

func TestForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, settings, &memory{})
	good := authtest.Good{Secret: secret, Claims: goodClaims, Now: now}
	accepted(t, a, good.Token()) // what the forgeries are made from is good
	forgeries := good.Forgeries()
	if len(forgeries) < 60 {
		t.Fatalf("only %d forgeries", len(forgeries))
	}
	for outcome, f := range forgeries {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			refused(t, a, f.Authorization, f.Reason)
		})
	}
	refused(t, a, signed(goodClaims.With(object{"nbf": now.Add(61 * time.Second).Unix()})), "not valid yet") // by a second
}

// TestReasonRepeatsNoClaim proves that what the log says of a token repeats nothing that a
// caller without a key wrote into it.
func TestReasonRepeatsNoClaim(t *testing.T) {
	t.Parallel()
	const mark = "4242424242424242"
	provider := newAuthenticator(t, newProvider(t, rsaJWK("rsa", providerRSA())).settings(), &memory{})
	byHand := newAuthenticator(t, settings, &memory{})
	header := authtest.Header.String()
	for _, c := range []struct{ header, claims string }{
		{header, `{"` + mark + `":1,"` + mark + `":2}`},
		{header, `{"` + mark + `":` + mark},
		{header, `{"` + mark + `":1` + mark + `x}`},
		{header, `{"exp":"` + mark + `"}`},
		{header, `{"exp":` + mark + `e999}`},
		{header, `{"role":` + mark + `}`},
		{header, `{"scopes":[` + mark + `]}`},
		{header, `{"aud":` + mark + `}`},
		{header, mark},
		{header, `"` + mark},
		{`{"alg":"` + mark + `"}`, "{}"},
		{`{"alg":"HS256","crit":["` + mark + `"]}`, "{}"},
		{`{"alg":` + mark + `}`, "{}"},
		{`{"alg":` + mark + `e999}`, "{}"},
		{`{"` + mark + `":` + mark + `x}`, "{}"},
		{`{"alg":"RS256","kid":"` + mark + `"}`, "{}"},
		{`{"alg":"RS256","kid":` + mark + `}`, "{}"},
		{`{"alg":"ES256","kid":"rsa","x":"` + mark + `"}`, "{}"},
		{mark, "{}"},
	} {
		token := authtest.HS256(c.header, c.claims, []byte("an entirely different key of the right size"))
		for _, a := range []*auth.Authenticator{byHand, provider} {
			_, err := a.Authenticate(t.Context(), token)
			if reason := auth.Reason(err); reason == "" || strings.Contains(reason, mark) {
				t.Errorf("%s of %s is refused because %q", c.claims, c.header, reason)
			}
		}
	}
}
