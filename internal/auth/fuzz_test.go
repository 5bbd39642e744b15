package auth_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
	"github.com/paygraph/paygraph/internal/pay"
)

// FuzzAuthenticate gives the header as it stands, and header and claims under a
// good signature, which is as far as a careless issuer can be led.
func FuzzAuthenticate(f *testing.F) {
	key, _, _ := auth.NewKey(pay.Live)
	f.Add(signed(goodClaims), goodHeader.String(), goodClaims.String())
	f.Add("Bearer "+key, "null", "null")
	f.Add("Bearer", `{"alg":"HS256","crit":[]}`, `{"role":"OPERATOR","exp":1e18,"iat":-1e308}`)
	f.Add("", "[]", goodClaims.With(object{"scopes": []string{}, "aud": nil}).String())
	a := newAuthenticator(f, settings, &memory{})
	f.Fuzz(func(t *testing.T, authorization, header, claims string) {
		for _, text := range []string{authorization, authtest.HS256(header, claims, secret)} {
			actor, err := a.Authenticate(t.Context(), text)
			if err != nil {
				if !errors.Is(err, pay.ErrUnauthenticated) || auth.Reason(err) == "" {
					t.Fatalf("%v is no refusal", err)
				}
				continue
			}
			checkSound(t, actor)
		}
	})
}

func checkSound(t *testing.T, a pay.Actor) {
	t.Helper()
	for _, s := range a.Scopes {
		if !slices.Contains(a.Role.MaxScopes(), s) {
			t.Errorf("scope %s is beyond %s", s, a.Role)
		}
	}
	if !a.Role.Known() || (a.Role == pay.RoleOperator) != (a.TenantID == uuid.Nil) ||
		(a.Role == pay.RoleCustomer) != (a.CustomerID != nil) || (a.TenantID != uuid.Nil && a.CompanyID != company) {
		t.Errorf("unsound actor %+v", a)
	}
}
