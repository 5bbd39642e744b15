package app_test

import (
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestAuthorization proves every cell of testdata/authorization.txt: each principal
// tries each operation with input that is valid, on objects of customer 1 of company A
// in each environment. What is done is done in the caller's own tenant and nowhere
// else; what is not leaves no trace, and shows nothing of the object.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	table := authorizationTable(t)
	var cells atomic.Int64
	t.Run("of objects", func(t *testing.T) {
		for _, e := range []pay.Environment{pay.Live, pay.Sandbox} {
			t.Run(string(e), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, e)
				for _, p := range principals {
					t.Run("following/"+p.code, func(t *testing.T) { cells.Add(s.tryFollowing(t, p, table)) })
				}
				reading := s.reading(t, table)
				for _, p := range principals {
					t.Run("reading/"+p.code, func(t *testing.T) { cells.Add(s.tryUntouched(t, p, reading, "UF-RA")) })
				}
				writing := s.writing(t, table)
				for _, p := range principals {
					t.Run("writing/"+p.code, func(t *testing.T) { cells.Add(s.tryUntouched(t, p, writing, "UF-R")) })
				}
				for _, r := range writing {
					t.Run(r.name, func(t *testing.T) { cells.Add(s.tryWriting(t, r)) })
				}
				assertTenantsNamed(t, s.api, s.sent.take())
			})
		}
	})
	if n := cells.Load(); n < 1500 {
		t.Errorf("only %d cells", n)
	} else {
		t.Logf("%d cells", n)
	}
}

// stage is a server with an object of every kind that belongs to customer 1 of company
// A in one environment, and with a client for each principal.
type stage struct {
	till
	target  world
	clients map[string]*apptest.Client
	// tenants are the principals' own, and beside those of their companies' other
	// environment, by code.
	tenants, beside map[string]string
	// admins are of the principals' own tenants, and customers who they are, by code.
	admins    map[string]*apptest.Client
	customers map[string]string
	asks      map[string]question
	writes    map[string]func(name string) apptest.Vars
	sent      *wire
}

const targetMark = "zqtarget"

func newStage(t *testing.T, e pay.Environment) stage {
	t.Helper()
	s := stage{sent: &wire{}, clients: map[string]*apptest.Client{}, tenants: map[string]string{}, beside: map[string]string{},
		admins: map[string]*apptest.Client{}, customers: map[string]string{}}
	api := apptest.Start(t, withSandboxEverywhere(), s.sent.option())
	s.target = newWorld(t, api, api.Company, e, targetMark)
	s.till = till{api: api, admin: s.target.client, make: s.target.client.Make(t), customer: s.target.ids[pay.KindCustomer], card: s.target.ids[pay.KindGateway], environment: e, spare: &[]string{}}
	s.admit(t, api.NewCompany(t, "rival"))
	submitters := map[string]*apptest.Client{}
	for _, row := range authorizationTable(t) {
		for _, p := range principals {
			if row.name == "submitManualPayment" && row.cell(p, e) == "A" {
				submitters[p.code] = s.clients[p.code]
			}
		}
	}
	s.asks, s.writes = s.questions(t, s.target), s.writeCases(t)
	maps.Copy(s.writes, s.methodCases(t))
	maps.Copy(s.writes, s.webhookCases(t))
	maps.Copy(s.writes, s.subscriptionCases(t))
	maps.Copy(s.writes, s.lifeCases(t, submitters))
	s.sent.take()
	return s
}

// admit makes the client of each principal, with rival as company B.
func (s stage) admit(t *testing.T, rival pay.Company) {
	t.Helper()
	admin := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	expired, audience := s.api.JWT, s.api.JWT
	audience.Audience = "somebody else"
	issue := func(settings auth.Settings, at time.Time) *apptest.Client {
		token, err := settings.Issue(auth.Grant{CompanyID: s.api.Company.ID, Environment: pay.Live, Role: pay.RoleAdmin, Subject: "test", TTL: time.Hour}, at)
		if err != nil {
			t.Fatal(err)
		}
		return s.api.Client(token)
	}
	every := apptest.Vars{"name": "Partner", "scopes": scopeNames(pay.RolePartner.MaxScopes())}
	old, revoked := makeKey(t, admin, but(every, apptest.Vars{"expiresAt": pay.SystemClock().Add(time.Hour)})), makeKey(t, admin, every)
	if _, err := s.api.Database.DB.Exec("UPDATE api_keys SET expires_at = created_at WHERE expires_at IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
	if refused := refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": revoked.id}); len(refused) > 0 {
		t.Fatalf("revoke: %v", refused)
	}
	maps.Copy(s.clients, map[string]*apptest.Client{"anon": s.api.Client(""), "expT": issue(expired, pay.SystemClock().Add(-2*time.Hour)),
		"audT": issue(audience, pay.SystemClock()), "expK": s.api.Client(old.secret), "revK": s.api.Client(revoked.secret)})
	for _, p := range principals {
		if p.role != "" {
			s.clients[p.code] = s.client(t, p, rival)
		}
	}
}

// client makes the client of one principal whose credential is good.
func (s stage) client(t *testing.T, p principal, rival pay.Company) *apptest.Client {
	t.Helper()
	if p.role == pay.RoleOperator {
		return s.api.Client(s.api.Token(t, auth.Grant{Role: p.role}))
	}
	company := map[byte]pay.Company{'A': s.api.Company, 'B': rival}[p.company]
	const query = "SELECT id::text FROM tenants WHERE company_id = $1 AND (environment = $2) = $3"
	s.tenants[p.code] = valueOf[string](t, s.api.Database.DB, query, company.ID, string(p.environment), true)
	s.beside[p.code] = valueOf[string](t, s.api.Database.DB, query, company.ID, string(p.environment), false)
	admin := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: company.ID, Environment: p.environment}))
	s.admins[p.code] = admin
	grant := auth.Grant{CompanyID: company.ID, Environment: p.environment, Role: p.role, Scopes: p.scopes, Subject: p.code}
	switch {
	case p.isKey:
		scopes := p.scopes
		if scopes == nil {
			scopes = p.role.MaxScopes()
		}
		return s.api.Client(makeKey(t, admin, apptest.Vars{"name": p.code, "scopes": scopeNames(scopes)}).secret)
	case p.customer == 1 && p.company == 'A' && p.environment == s.environment:
		s.customers[p.code] = s.customer
	case p.customer > 0:
		s.customers[p.code] = admin.Make(t).Customer()
	}
	if p.customer > 0 {
		grant.CustomerID = rawID(t, s.customers[p.code])
	}
	return s.api.Client(s.api.Token(t, grant))
}

func scopeNames(scopes []pay.Scope) []string {
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = scopeName(scope)
	}
	return names
}

func rawID(t *testing.T, id string) *uuid.UUID {
	t.Helper()
	_, raw, ok := pay.SplitID(id)
	if !ok {
		t.Fatalf("%s is no id", id)
	}
	return &raw
}
