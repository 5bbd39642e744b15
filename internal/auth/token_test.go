package auth_test

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestIssuedTokenIsAccepted(t *testing.T) {
	t.Parallel()
	for _, role := range []pay.Role{pay.RoleCustomer, pay.RoleReadonly, pay.RoleStaff, pay.RolePartner, pay.RoleAdmin, pay.RoleOperator} {
		for _, environment := range []pay.Environment{pay.Live, pay.Sandbox} {
			t.Run(string(role)+" in "+string(environment), func(t *testing.T) {
				t.Parallel()
				g := auth.Grant{CompanyID: company, Environment: environment, Role: role, Subject: "ana", TTL: time.Hour}
				want := pay.Actor{
					ID: strings.ToLower(string(role)) + ":ana", Role: role, Scopes: role.MaxScopes(),
					TenantID: tenantIDs[environment], CompanyID: company, Environment: environment,
				}
				switch role {
				case pay.RoleCustomer:
					g.CustomerID, want.CustomerID = &customer, &customer
				case pay.RoleOperator:
					g.CompanyID, g.Environment = uuid.Nil, ""
					want.TenantID, want.CompanyID, want.Environment = uuid.Nil, uuid.Nil, ""
				}
				token, err := settings.Issue(g, now)
				if err != nil {
					t.Fatal(err)
				}
				got := accepted(t, newAuthenticator(t, settings, &memory{}), "Bearer "+token)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v\nwant %+v", got, want)
				}
			})
		}
	}
}

func TestIssueRefusesAGrantThatWouldNotWork(t *testing.T) {
	t.Parallel()
	good := auth.Grant{CompanyID: company, Environment: pay.Live, Role: pay.RoleStaff, Subject: "ana", TTL: time.Hour}
	if _, err := settings.Issue(good, now); err != nil {
		t.Fatal(err)
	}
	for outcome, change := range map[string]func(*auth.Grant){
		"unknown role":                  func(g *auth.Grant) { g.Role = "ROOT" },
		"lower case role":               func(g *auth.Grant) { g.Role = "staff" },
		"scope beyond the role":         func(g *auth.Grant) { g.Scopes = []pay.Scope{pay.ScopeGatewaysAdmin} },
		"unknown scope":                 func(g *auth.Grant) { g.Scopes = []pay.Scope{"payments:all"} },
		"customer without id":           func(g *auth.Grant) { g.Role = pay.RoleCustomer },
		"customer id for staff":         func(g *auth.Grant) { g.CustomerID = &customer },
		"operator with company":         func(g *auth.Grant) { g.Role, g.Environment = pay.RoleOperator, "" },
		"operator with environment":     func(g *auth.Grant) { g.Role, g.CompanyID = pay.RoleOperator, uuid.Nil },
		"no company":                    func(g *auth.Grant) { g.CompanyID = uuid.Nil },
		"no environment":                func(g *auth.Grant) { g.Environment = "" },
		"lower case environment":        func(g *auth.Grant) { g.Environment = "live" },
		"no subject":                    func(g *auth.Grant) { g.Subject = "" },
		"subject with a card number":    func(g *auth.Grant) { g.Subject = "ana 4111 1111 1111 1111" },
		"subject with an account":       func(g *auth.Grant) { g.Subject = "DE89370400440532013000" },
		"subject with line break":       func(g *auth.Grant) { g.Subject = "ana\nadmin" },
		"no time to live":               func(g *auth.Grant) { g.TTL = 0 },
		"time to live below one second": func(g *auth.Grant) { g.TTL = time.Second - 1 },
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			g := good
			change(&g)
			if token, err := settings.Issue(g, now); err == nil {
				t.Errorf("issued %s", token)
			}
		})
	}
	t.Run("keys of an identity provider", func(t *testing.T) {
		t.Parallel()
		s := auth.Settings{JWKSURL: "https://id.example/keys", Issuer: "i", Audience: "a"}
		if _, err := s.Issue(good, now); err == nil {
			t.Error("issued a token without a secret")
		}
	})
}

func TestNewRefusesSettings(t *testing.T) {
	t.Parallel()
	for outcome, change := range map[string]func(*auth.Settings){
		"without secret and keys":     func(s *auth.Settings) { s.Secret = nil },
		"with secret and keys":        func(s *auth.Settings) { s.JWKSURL = "https://id.example/keys" },
		"with a short secret":         func(s *auth.Settings) { s.Secret = s.Secret[:auth.MinSecret-1] },
		"without issuer":              func(s *auth.Settings) { s.Issuer = "" },
		"without audience":            func(s *auth.Settings) { s.Audience = "" },
		"with a key URL that is none": func(s *auth.Settings) { s.Secret, s.JWKSURL = nil, "keys" },
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			s := settings
			change(&s)
			if _, err := auth.New(s, &memory{}, clock, slog.New(slog.DiscardHandler)); err == nil {
				t.Error("accepted")
			} else if strings.Contains(err.Error(), string(secret[:8])) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestUnusualButGoodTokenIsAccepted(t *testing.T) {
	t.Parallel()
	for outcome, authorization := range map[string]string{
		"lower case scheme":        "bearer " + strings.TrimPrefix(signed(goodClaims), "Bearer "),
		"two spaces":               "Bearer  " + strings.TrimPrefix(signed(goodClaims), "Bearer "),
		"several audiences":        signed(goodClaims.With(object{"aud": []string{"other", "payments"}})),
		"unknown claims":           signed(goodClaims.With(object{"email": "a@example.com", "nested": object{"role": "ADMIN"}})),
		"good for a second more":   signed(goodClaims.With(object{"exp": now.Add(time.Second).Unix()})),
		"not yet, within leeway":   signed(goodClaims.With(object{"nbf": now.Add(time.Minute).Unix()})),
		"without iat and nbf":      signed(goodClaims.With(object{"iat": nil, "nbf": nil})),
		"null customer":            authtest.HS256(goodHeader.String(), strings.Replace(goodClaims.String(), "{", `{"customer":null,`, 1), secret),
		"bare UUID as company":     signed(goodClaims.With(object{"company": company.String()})),
		"Role beside role":         signed(goodClaims.With(object{"Role": "ADMIN", "ROLE": "ADMIN", "Company": "x"})),
		"kid without meaning":      authtest.HS256(goodHeader.With(object{"kid": "../../dev/null"}).String(), goodClaims.String(), secret),
		"twice the same algorithm": authtest.HS256(`{"alg":"none","alg":"HS256"}`, goodClaims.String(), secret),
		"no typ":                   authtest.HS256(`{"alg":"HS256"}`, goodClaims.String(), secret),
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			actor := accepted(t, newAuthenticator(t, settings, &memory{}), authorization)
			if actor.Role != pay.RoleStaff || actor.ID != "staff:ana" || actor.CustomerID != nil ||
				actor.TenantID != tenantIDs[pay.Sandbox] || !slices.Equal(actor.Scopes, pay.RoleStaff.MaxScopes()) {
				t.Errorf("got %+v", actor)
			}
		})
	}
}

func TestScopesAreCutToTheRole(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[string]struct {
		role   pay.Role
		claim  any
		scopes []pay.Scope
	}{
		"absent is all of the role":    {pay.RoleReadonly, nil, []pay.Scope{pay.ScopePaymentsRead}},
		"empty is none of the role":    {pay.RoleReadonly, []string{}, []pay.Scope{}},
		"empty is none of an admin's":  {pay.RoleAdmin, []string{}, []pay.Scope{}},
		"less than the role":           {pay.RoleAdmin, []string{"payments:read"}, []pay.Scope{pay.ScopePaymentsRead}},
		"more than the role":           {pay.RoleReadonly, []string{"payments:write", "payments:read", "gateways:admin"}, []pay.Scope{pay.ScopePaymentsRead}},
		"nothing of the role":          {pay.RoleReadonly, []string{"payments:write"}, []pay.Scope{}},
		"the same twice":               {pay.RoleStaff, []string{"payments:pii", "payments:pii"}, []pay.Scope{pay.ScopePaymentsPII}},
		"approval is not for programs": {pay.RolePartner, []string{"payments:approve", "payments:refund"}, []pay.Scope{pay.ScopePaymentsRefund}},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			token := signed(goodClaims.With(object{"role": string(c.role), "scopes": c.claim}))
			actor := accepted(t, newAuthenticator(t, settings, &memory{}), token)
			if !slices.Equal(actor.Scopes, c.scopes) {
				t.Errorf("got %v, want %v", actor.Scopes, c.scopes)
			}
		})
	}
}

// TestIssuedScopesAreThoseOfTheGrant proves that a grant of no scopes is not one
// of all: the claim must survive its way through the token.
func TestIssuedScopesAreThoseOfTheGrant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ granted, want []pay.Scope }{
		"nil":  {nil, pay.RoleStaff.MaxScopes()},
		"none": {[]pay.Scope{}, []pay.Scope{}},
		"one":  {[]pay.Scope{pay.ScopePaymentsRead}, []pay.Scope{pay.ScopePaymentsRead}},
	} {
		token, err := settings.Issue(auth.Grant{CompanyID: company, Environment: pay.Live, Role: pay.RoleStaff, Scopes: c.granted, Subject: "ana", TTL: time.Hour}, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := accepted(t, newAuthenticator(t, settings, &memory{}), "Bearer "+token).Scopes; !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestDatabaseTroubleIsNoRefusal(t *testing.T) {
	t.Parallel()
	trouble := errors.Join(errors.New("read tenant"), pay.ErrUnavailable)
	a := newAuthenticator(t, settings, &memory{err: trouble})
	key, _, _ := auth.NewKey(pay.Live)
	for _, authorization := range []string{signed(goodClaims), "Bearer " + key} {
		if _, err := a.Authenticate(t.Context(), authorization); err != trouble {
			t.Errorf("got %v, want the source's error unchanged", err)
		}
	}
}

func TestTenantIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	source := &memory{}
	a := newAuthenticator(t, settings, source)
	for range 3 {
		for _, e := range []string{"LIVE", "SANDBOX"} {
			actor := accepted(t, a, signed(goodClaims.With(object{"environment": e})))
			if actor.TenantID != tenantIDs[pay.Environment(e)] {
				t.Errorf("%s: tenant of the other environment", e)
			}
		}
	}
	if n := source.lookups.Load(); n != 2 {
		t.Errorf("%d look-ups, want 2", n)
	}
}
