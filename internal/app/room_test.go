package app_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestLimitsAtOnce proves that a company gets no more of what it may have so many of than
// that, however many callers add some at the same time, and as many as that.
func TestLimitsAtOnce(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(0))
	admin := api.Admin(t)
	for mutation, c := range map[string]struct {
		input      func(i int) apptest.Vars
		tries, fit int
		refusal    string
	}{
		"createWebhookEndpoint": {func(int) apptest.Vars { return apptest.Vars{"url": "https://example.com/hook"} }, 2 * pay.MaxWebhookEndpoints, pay.MaxWebhookEndpoints, "TOO_MANY_ITEMS input"},
		"createApiKey":          {aKey, pay.MaxAPIKeys + 20, pay.MaxAPIKeys, "TOO_MANY_ITEMS input"},
		"createPaymentGateway": {func(int) apptest.Vars {
			return apptest.Vars{"name": "Cards", "connector": "sandbox", "methodType": "CARD"}
		}, store.MaxGateways + 20, store.MaxGateways, "TOO_MANY_ITEMS input"},
		"trustDocuments": {func(i int) apptest.Vars {
			documents := make([]string, 700)
			for n := range documents {
				documents[n] = fmt.Sprintf("query Q%d_%d { viewer { role } }", i, n)
			}
			return apptest.Vars{"documents": documents}
		}, 4, pay.MaxTrustedDocuments / 700, "TOO_MANY_ITEMS input.documents"},
	} {
		t.Run(mutation, func(t *testing.T) {
			t.Parallel()
			answers := make([][]string, c.tries)
			var callers sync.WaitGroup
			for i := range c.tries {
				callers.Go(func() { answers[i] = refusalsOf(t, admin, mutation, c.input(i)) })
			}
			callers.Wait()
			fit := 0
			for _, refused := range answers {
				switch {
				case len(refused) == 0:
					fit++
				case !slices.Equal(refused, []string{c.refusal}):
					t.Errorf("refused with %v", refused)
				}
			}
			if fit != c.fit {
				t.Errorf("%d of %d at once were accepted, not %d", fit, c.tries, c.fit)
			}
		})
	}
}

func aKey(int) apptest.Vars {
	return apptest.Vars{"name": "Shop", "scopes": []string{"PAYMENTS_READ"}}
}

// TestAPIKeyRoom proves that only keys that work take the place of others, and that the
// other environment has places of its own.
func TestAPIKeyRoom(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	first := makeKey(t, admin, aKey(0))
	// The rest as they lie in the database.
	api.Database.DB.MustExec(`INSERT INTO api_keys (tenant_id, id, name, hash, prefix, scopes, created_at, created_by)
		SELECT k.tenant_id, gen_random_uuid(), k.name, sha256(n::text::bytea), k.prefix, k.scopes, k.created_at, k.created_by FROM api_keys k, generate_series(2, $1) n`, pay.MaxAPIKeys)
	assertRefused(t, "one too many", refusalsOf(t, admin, "createApiKey", aKey(0)), "TOO_MANY_ITEMS input")
	refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": first.id})
	makeKey(t, admin, aKey(0))
	assertRefused(t, "in its place", refusalsOf(t, admin, "createApiKey", aKey(0)), "TOO_MANY_ITEMS input")
	api.Database.DB.MustExec(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = (SELECT id FROM api_keys WHERE revoked_at IS NULL LIMIT 1)`)
	makeKey(t, admin, aKey(0))
	assertRefused(t, "in the place of one that expired", refusalsOf(t, admin, "createApiKey", aKey(0)), "TOO_MANY_ITEMS input")
	makeKey(t, api.Client(api.Token(t, auth.Grant{Environment: pay.Live})), aKey(0))
}

// TestAPIKeyList proves that keys that were revoked leave the list of those that work, however
// many there are, and that the list of all is bounded.
func TestAPIKeyList(t *testing.T) {
	t.Parallel()
	var clock movingClock
	api := apptest.Start(t, clock.option())
	admin := api.Admin(t)
	working := makeKey(t, admin, aKey(0))
	clock.pass(time.Second)
	revoked := makeKey(t, admin, aKey(0))
	clock.pass(time.Second)
	expired := makeKey(t, admin, aKey(0))
	refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": revoked.id})
	api.Database.DB.MustExec(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = (SELECT id FROM api_keys ORDER BY created_at DESC, id DESC LIMIT 1)`)
	list := func(arguments string) (ids []string) {
		for _, key := range apptest.Do[struct{ APIKeys []struct{ ID string } }](t, admin, "{ apiKeys"+arguments+" { id } }", nil).APIKeys {
			ids = append(ids, key.ID)
		}
		return ids
	}
	for arguments, want := range map[string][]string{
		"": {expired.id, revoked.id, working.id}, "(isActive: null)": {expired.id, revoked.id, working.id}, "(isActive: true)": {working.id}, "(isActive: false)": {expired.id, revoked.id},
	} {
		if got := list(arguments); !slices.Equal(got, want) {
			t.Errorf("apiKeys%s is %v, want %v", arguments, got, want)
		}
	}
	// More as they lie in the database after some years.
	api.Database.DB.MustExec(`INSERT INTO api_keys (tenant_id, id, name, hash, prefix, scopes, created_at, created_by, revoked_at)
		SELECT k.tenant_id, gen_random_uuid(), k.name, sha256((k.id::text || n)::bytea), k.prefix, k.scopes, now(), k.created_by, now() FROM api_keys k, generate_series(1, 500) n`)
	if all := list(""); len(all) != 1000 || slices.Contains(all, working.id) {
		t.Errorf("%d keys are listed", len(all))
	}
	if got := list("(isActive: true)"); !slices.Equal(got, []string{working.id}) {
		t.Errorf("%v work", got)
	}
}
