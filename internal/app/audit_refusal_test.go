package app_test

import (
	"fmt"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestAuditOfRefusals proves that a refused request leaves one entry, however often
// it was refused, and that the answer does not hang on it.
func TestAuditOfRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	forbidden := apptest.Vars{"actions": []string{"FORBIDDEN"}}
	readonly := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	got := readonly.Send(t, `{ a: auditEntries { totalCount } b: auditEntries { nodes { id } } apiKeys { id } }`, nil)
	if len(got.Errors) == 0 || got.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Fatalf("answer: %s", got.Body)
	}
	entries := auditOf(t, s.admin, forbidden)
	if len(entries) != 1 || entries[0].String() != "readonly:readonly FORBIDDEN REQUEST" || *entries[0].RequestID != got.RequestID || *entries[0].Role != "READONLY" || entries[0].SubjectID != nil {
		t.Fatalf("entries: %+v", entries)
	}
	assertForbidden(t, readonly.Send(t, documentOf(t, "createApiKey", "{ errors { code } }"), apptest.Vars{"input": apptest.Vars{"name": "x", "scopes": []string{"PAYMENTS_READ"}}}), "createApiKey")
	if e := auditOf(t, s.admin, forbidden)[0]; fmt.Sprint(e.After) != "map[operation:createApiKey reason:role ADMIN is needed]" {
		t.Errorf("what was asked for: %v", e.After)
	}
	key := makeKey(t, s.admin, apptest.Vars{"name": "Partner", "scopes": []string{"PAYMENTS_READ"}})
	partner := s.api.Client(key.secret)
	assertForbidden(t, partner.Send(t, documentOf(t, "createCustomer", "{ errors { code } }"), apptest.Vars{"input": apptest.Vars{"customer": apptest.Vars{}}}), "createCustomer")
	if e := auditOf(t, s.admin, forbidden)[0]; e.Actor != key.id || e.After["reason"] != "scope payments:write is missing" {
		t.Errorf("a key without the scope: %+v", e)
	}
	if refused := refusalsOf(t, s.admin, "revokeApiKey", apptest.Vars{"id": key.id}); len(refused) > 0 {
		t.Fatal(refused)
	}
	got = partner.Send(t, viewerDocument, nil)
	assertUnauthenticated(t, got)
	if e := auditOf(t, s.admin, forbidden); len(e) != 4 || e[0].Actor != key.id || e[0].After["reason"] != "the key is revoked" || *e[0].RequestID != got.RequestID {
		t.Errorf("a revoked key: %+v", e)
	}
	if _, err := s.api.Database.DB.Exec("ALTER TABLE audit_entries RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	assertForbidden(t, readonly.Send(t, `{ apiKeys { id } }`, nil), "apiKeys")
	assertUnauthenticated(t, partner.Send(t, viewerDocument, nil))
	if _, err := s.api.Database.DB.Exec("ALTER TABLE gone RENAME TO audit_entries"); err != nil {
		t.Fatal(err)
	}
}
