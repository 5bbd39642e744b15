package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

const viewerDocument = `{ viewer { id role scopes environment company { id } customer { id } } }`

// partnerKey is a key as it is shown once.
type partnerKey struct{ id, secret string }

func makeKey(t *testing.T, c *apptest.Client, input apptest.Vars) partnerKey {
	t.Helper()
	got := apptest.Do[struct {
		CreateAPIKey struct {
			APIKey *struct{ ID, Prefix string }
			Secret string
			Errors []apptest.Refusal
		}
	}](t, c, `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id prefix } secret errors { code path message } } }`,
		apptest.Vars{"input": input}).CreateAPIKey
	if got.APIKey == nil || !strings.HasPrefix(got.Secret, got.APIKey.Prefix) {
		t.Fatalf("create key: %+v", got)
	}
	return partnerKey{got.APIKey.ID, got.Secret}
}

// TestAPIKey proves that a key is good as bearer token for what it permits, and
// not a moment longer than until it is revoked or expires.
func TestAPIKey(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64 // seconds
	api := apptest.Start(t, app.WithClock(func() time.Time { return pay.SystemClock().Add(time.Duration(ahead.Load()) * time.Second) }))
	admin := api.Client(api.Token(t, auth.Grant{TTL: 24 * time.Hour}))
	t.Run("OK", func(t *testing.T) {
		key := makeKey(t, admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_WRITE", "PAYMENTS_READ", "PAYMENTS_READ"}})
		got := api.Client(key.secret).Send(t, viewerDocument, nil)
		want := fmt.Sprintf(`{"data":{"viewer":{"id":"%s","role":"PARTNER","scopes":["PAYMENTS_READ","PAYMENTS_WRITE"],"environment":"SANDBOX","company":{"id":"%s"},"customer":null}}}`,
			key.id, api.Company.GlobalID())
		if strings.TrimSpace(got.Body) != want {
			t.Errorf("got  %s\nwant %s", got.Body, want)
		}
		api.Client(key.secret).Make(t).Customer()
	})
	t.Run("ErrUnauthenticated revoked", func(t *testing.T) {
		key := makeKey(t, admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}})
		partner := api.Client(key.secret)
		if got := partner.Send(t, viewerDocument, nil); got.Status != http.StatusOK {
			t.Fatalf("before: %s", got.Body)
		}
		if refused := refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": key.id}); len(refused) > 0 {
			t.Fatalf("revoke: %v", refused)
		}
		assertUnauthenticated(t, partner.Send(t, viewerDocument, nil))
		untouched(t, api, func() { // the time of the first revocation stays
			refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": key.id})
		})
	})
	t.Run("ErrUnauthenticated expired", func(t *testing.T) {
		key := makeKey(t, admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}, "expiresAt": pay.SystemClock().Add(time.Hour)})
		partner := api.Client(key.secret)
		if got := partner.Send(t, viewerDocument, nil); got.Status != http.StatusOK {
			t.Fatalf("before: %s", got.Body)
		}
		ahead.Store(3600)
		assertUnauthenticated(t, partner.Send(t, viewerDocument, nil))
	})
	t.Run("ErrUnauthenticated altered", func(t *testing.T) {
		key := makeKey(t, admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}}).secret
		last := "0"
		if strings.HasSuffix(key, last) {
			last = "1"
		}
		for _, wrong := range []string{key[:len(key)-1] + last, strings.Replace(key, "pg_sand_", "pg_live_", 1), strings.ToUpper(key), key + "0", key[:12]} {
			assertUnauthenticated(t, api.Client(wrong).Send(t, viewerDocument, nil))
		}
	})
}

// TestAPIKeySecret proves that nobody who reads the database or the API can use
// a key: no column of any table holds it.
func TestAPIKeySecret(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	key := makeKey(t, admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}})
	listed := admin.Send(t, `{ apiKeys { id name prefix scopes createdBy expiresAt revokedAt } }`, nil)
	if !strings.Contains(listed.Body, key.id) || strings.Contains(listed.Body, key.secret[12:40]) {
		t.Errorf("list of keys: %s", listed.Body)
	}
	const mark = "searched for in every table"
	admin.Make(t).Gateway(apptest.Vars{"name": mark})
	if tables := tablesWith(t, api, mark); len(tables) != 1 || tables[0] != "payment_gateways" {
		t.Fatalf("the search for a text that is stored finds it in %v", tables)
	}
	for _, part := range []string{key.secret, key.secret[12:], key.secret[12:40]} {
		if tables := tablesWith(t, api, part); len(tables) > 0 {
			t.Errorf("the key stands in %v", tables)
		}
	}
}

// tablesWith lists the tables with a row that holds the text in any column.
func tablesWith(t *testing.T, api *apptest.API, text string) []string {
	t.Helper()
	var found []string
	for name := range contents(t, api) {
		var n int
		// strpos and not LIKE: the text means itself.
		if err := api.Database.DB.GetContext(t.Context(), &n, "SELECT count(*) FROM "+name+" r WHERE strpos(r::text, $1) > 0", text); err != nil {
			t.Fatalf("search %s: %v", name, err)
		}
		if n > 0 {
			found = append(found, name)
		}
	}
	return found
}

// TestBadAPIKeys proves that a key holds no more than its maker, and never the
// right to approve.
func TestBadAPIKeys(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	key := func(fields apptest.Vars) apptest.Vars {
		return changed(apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}}, fields)
	}
	refuseEach(t, api, admin, "createApiKey", []badInput{
		{"blank name", apptest.Vars{"name": "  ", "scopes": []string{"PAYMENTS_READ"}}, []string{"INVALID_INPUT input.name"}},
		{"approve", key(apptest.Vars{"scopes": []string{"PAYMENTS_READ", "PAYMENTS_APPROVE"}}), []string{"FORBIDDEN_ACTION input.scopes.1"}},
		{"no scope", key(apptest.Vars{"scopes": []string{}}), []string{"REQUIRED input.scopes"}},
		{"empty name", key(apptest.Vars{"name": ""}), []string{"INVALID_INPUT input.name"}},
		{"long name", key(apptest.Vars{"name": strings.Repeat("x", 201)}), []string{"INVALID_INPUT input.name"}},
		{"expired", key(apptest.Vars{"expiresAt": "2020-01-01T00:00:00Z"}), []string{"INVALID_INPUT input.expiresAt"}},
	})
	narrow := api.Client(api.Token(t, auth.Grant{Scopes: []pay.Scope{pay.ScopePaymentsRead, pay.ScopeGatewaysAdmin}}))
	refuseEach(t, api, narrow, "createApiKey", []badInput{
		{"more than the maker", key(apptest.Vars{"scopes": []string{"GATEWAYS_ADMIN", "PAYMENTS_WRITE", "PAYMENTS_PII"}}),
			[]string{"FORBIDDEN_ACTION input.scopes.1", "FORBIDDEN_ACTION input.scopes.2"}},
	})
	refuseEach(t, api, admin, "revokeApiKey", []badInput{
		{"absent", apptest.Vars{"id": absent(pay.KindAPIKey)}, []string{"NOT_FOUND input.id"}},
		{"malformed", apptest.Vars{"id": "key_"}, []string{"NOT_FOUND input.id"}},
		{"id of another type", apptest.Vars{"id": absent(pay.KindGateway)}, []string{"NOT_FOUND input.id"}},
	})
}
