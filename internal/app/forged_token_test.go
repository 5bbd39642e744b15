package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth/authtest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestForgedTokens proves that the server gives each forged token the answer that it
// gives who has none, to the letter, and does nothing for it.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	now := pay.SystemClock()
	good := authtest.Good{Secret: api.JWT.Secret, Now: now, Claims: authtest.Object{
		"iss": api.JWT.Issuer, "aud": api.JWT.Audience, "sub": "ana", "role": "STAFF", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"company": api.Company.GlobalID(), "environment": "SANDBOX"}}
	const document = `mutation { createCustomer(input: { customer: { firstName: "Eve" } }) { customer { id } errors { code message path } } }`
	send := func(authorization string) apptest.Response {
		return api.Client("").With("Authorization", authorization).Send(t, document, nil)
	}
	if got := send(good.Token()); !allowed(got) {
		t.Fatalf("what the forgeries are made from is no good: %s", got.Body)
	}
	want := bodyOf(api.Client("").Send(t, document, nil))
	sent := 0
	untouched(t, api, func() {
		for outcome, f := range good.Forgeries() {
			if !carried(f.Authorization) {
				continue
			}
			sent++
			t.Run("ErrUnauthenticated "+outcome, func(t *testing.T) {
				got := send(f.Authorization)
				assertUnauthenticated(t, got)
				if bodyOf(got) != want {
					t.Errorf("it is told apart: %s", got.Body)
				}
			})
		}
	})
	if sent < 90 {
		t.Errorf("only %d forged tokens were sent", sent)
	}
}

// carried says whether HTTP carries a header at all: servers refuse control characters
// and a megabyte before the program sees any of it.
func carried(header string) bool {
	return len(header) < 1<<20 && !strings.ContainsAny(header, "\n\x00")
}
