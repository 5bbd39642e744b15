package app_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
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
				for _, row := range table {
					t.Run(row.name, func(t *testing.T) { cells.Add(s.try(t, row)) })
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
	asks            map[string]question
	writes          map[string]func(name string) apptest.Vars
	sent            *wire
}

const targetMark = "zqtarget"

func newStage(t *testing.T, e pay.Environment) stage {
	t.Helper()
	s := stage{sent: &wire{}, clients: map[string]*apptest.Client{}, tenants: map[string]string{}, beside: map[string]string{}}
	api := apptest.Start(t, withSandboxEverywhere(), s.sent.option())
	s.target = newWorld(t, api, api.Company, e, targetMark)
	s.till = till{api: api, admin: s.target.client, make: s.target.client.Make(t), customer: s.target.ids[pay.KindCustomer], card: s.target.ids[pay.KindGateway], environment: e}
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
	grant := auth.Grant{CompanyID: company.ID, Environment: p.environment, Role: p.role, Scopes: p.scopes, Subject: p.code}
	switch {
	case p.isKey:
		scopes := p.scopes
		if scopes == nil {
			scopes = p.role.MaxScopes()
		}
		return s.api.Client(makeKey(t, admin, apptest.Vars{"name": p.code, "scopes": scopeNames(scopes)}).secret)
	case p.customer == 1 && p.company == 'A' && p.environment == s.environment:
		grant.CustomerID = rawID(t, s.customer)
	case p.customer > 0:
		grant.CustomerID = rawID(t, admin.Make(t).Customer())
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

// try proves the cells of one row, first those that may change nothing, and says how
// many there were.
func (s stage) try(t *testing.T, row authorizationRow) (cells int64) {
	t.Helper()
	ask, reads := s.asks[row.name]
	write, makes := s.writes[row.name]
	if reads == makes {
		t.Fatalf("the test does not know how to try %s", row.name)
	}
	selection, variables := ask.selection, func(string) apptest.Vars { return ask.variables }
	if makes {
		_, field := rootField(t, row.field())
		selection, variables = "{ "+payloadFields(field)+errorFields+" }", write
	}
	document := documentOf(t, row.field(), selection)
	name := strings.ReplaceAll(row.name, ":", "-") + "-by-"
	shared := variables(name + "nobody")
	untouched(t, s.api, func() {
		for _, p := range principals {
			if letter := row.cell(p, s.environment); letter != "" && letter != "A" {
				cells++
				s.assertKept(t, p, letter, document, shared, ask.shows)
			}
		}
	})
	for _, p := range principals {
		if row.cell(p, s.environment) == "A" {
			cells++
			s.assertDone(t, p, document, variables(name+p.code), ask)
		}
	}
	return cells
}

// assertKept fails the test unless the principal is told no, in the way that the
// letter says, and is shown nothing of the object.
func (s stage) assertKept(t *testing.T, p principal, letter, document string, variables apptest.Vars, shows string) {
	t.Helper()
	got := s.clients[p.code].Send(t, document, variables)
	is := func(code string) bool { return len(got.Errors) == 1 && got.Errors[0].Extensions.Code == code }
	switch letter {
	case "U":
		assertUnauthenticated(t, got)
	case "F":
		if !is("FORBIDDEN") || got.Status != 200 || got.Errors[0].Message != "The credential does not permit this." {
			t.Errorf("F for %s: status %d: %s", p.code, got.Status, got.Body)
		}
	case "-", "R":
		refused, absent := strings.Contains(got.Body, `"code":`), strings.Contains(got.Body, `"code":"NOT_FOUND"`)
		if len(got.Errors) > 0 || refused && absent != (letter == "-") || !refused && (letter == "R" || strings.HasPrefix(document, "mutation")) {
			t.Errorf("%s for %s: status %d: %s", letter, p.code, got.Status, got.Body)
		}
		want := s.clients[p.code].Send(t, document, s.ofNothing(t, p, variables))
		if bodyOf(got) != bodyOf(want) {
			t.Errorf("%s for %s: %s\n\tand for what is absent: %s", letter, p.code, bodyOf(got), bodyOf(want))
		}
	}
	if shows != "" && strings.Contains(got.Body, shows) || strings.Contains(got.Body, targetMark) {
		t.Errorf("%s for %s shows something: %s", letter, p.code, got.Body)
	}
}

var idInText = regexp.MustCompile(`\b([a-z]+)_([0-9a-z]{26})\b`)

// sharedKinds are what all of a company see, its customers too.
var sharedKinds = map[pay.Kind]bool{pay.KindGateway: true, pay.KindProduct: true, pay.KindBusiness: true, pay.KindCompany: true}

// ofNothing replaces the ids of what the principal may not see by ids of nothing.
func (s stage) ofNothing(t *testing.T, p principal, variables apptest.Vars) apptest.Vars {
	t.Helper()
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	beside := p.company == 'A' && p.environment == s.environment
	replaced := idInText.ReplaceAllStringFunc(string(text), func(id string) string {
		kind, _, ok := pay.SplitID(id)
		if !ok || beside && sharedKinds[kind] {
			return id
		}
		return absent(kind)
	})
	var other apptest.Vars
	if err := json.Unmarshal([]byte(replaced), &other); err != nil {
		t.Fatal(err)
	}
	return other
}

// assertDone fails the test unless the operation is done, in the caller's tenant only,
// or the object is in the answer.
func (s stage) assertDone(t *testing.T, p principal, document string, variables apptest.Vars, ask question) {
	t.Helper()
	before := tenantContents(t, s.api)
	got := s.clients[p.code].Send(t, document, variables)
	if !allowed(got) || !strings.Contains(got.Body, ask.shows) {
		t.Errorf("A for %s: status %d: %s", p.code, got.Status, got.Body)
	}
	changed, after := 0, tenantContents(t, s.api)
	for held, sum := range after {
		if before[held] == sum {
			continue
		}
		changed++
		_, there := before[held]
		// What changes of a company is told in both of its environments.
		told := held == (holding{"audit_entries", s.beside[p.code]}) && before[holding{"companies", ""}] != after[holding{"companies", ""}]
		if held.tenant != s.tenants[p.code] && held.tenant != "" && (there || p.role != pay.RoleOperator) && !told {
			t.Errorf("A for %s changes %s of another tenant", p.code, held.table)
		}
	}
	if writes := ask.selection == ""; writes != (changed > 0) {
		t.Errorf("A for %s changes %d tables: %s", p.code, changed, got.Body)
	}
}
