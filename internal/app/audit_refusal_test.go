package app_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
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
	assertPayloadRefusals(t, s, forbidden)
	if _, err := s.api.Database.DB.Exec("ALTER TABLE audit_entries RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	assertForbidden(t, readonly.Send(t, `{ apiKeys { id } }`, nil), "apiKeys")
	assertUnauthenticated(t, partner.Send(t, viewerDocument, nil))
	if _, err := s.api.Database.DB.Exec("ALTER TABLE gone RENAME TO audit_entries"); err != nil {
		t.Fatal(err)
	}
}

// assertPayloadRefusals proves that who was refused in a payload is in the audit log too.
func assertPayloadRefusals(t *testing.T, s *shop, forbidden apptest.Vars) {
	t.Helper()
	manual := s.manualGateway(nil)
	submit := func(c *apptest.Client, key string) string {
		return act(t, c, "submitManualPayment", key, apptest.Vars{"orders": one(s.order(1000)), "gatewayId": manual, "transactionReference": key}).Transaction.ID
	}
	own, theirs := submit(s.admin, "own"), submit(s.teller(t), "theirs")
	for _, c := range []struct {
		who                                *apptest.Client
		operation, transaction, code, name string
	}{
		{s.admin, "approveManualPayment", own, "APPROVER_IS_SUBMITTER", "somebody else than the submitter"},
		{asCustomer(t, s.api, s.customer), "withdrawManualPayment", theirs, "FORBIDDEN_ACTION", "only who submitted"},
	} {
		got := act(t, c.who, c.operation, "x-"+c.operation, apptest.Vars{"transactionId": c.transaction})
		if !slices.Equal(got.codes(), []string{c.code}) {
			t.Fatalf("%s: %+v", c.operation, got)
		}
		e := auditOf(t, s.admin, forbidden)[0]
		if reason := fmt.Sprint(e.After["reason"]); e.After["operation"] != c.operation || !strings.HasPrefix(strings.ToLower(reason), strings.ToLower(c.code)+": "+c.name) {
			t.Errorf("%s: the newest entry is %+v", c.operation, e)
		}
	}
	key := refusalsOf(t, s.admin, "createApiKey", apptest.Vars{"name": "y", "scopes": []string{"PAYMENTS_APPROVE"}})
	if e := auditOf(t, s.admin, forbidden)[0]; len(key) != 1 || e.After["operation"] != "createApiKey" {
		t.Errorf("a scope that no key may have: %+v, the newest entry is %+v", key, e)
	}
	company := refusalsOf(t, s.admin, "updateCompany", apptest.Vars{"allowsSelfApproval": true})
	if e := auditOf(t, s.admin, forbidden)[0]; len(company) != 1 || e.After["operation"] != "updateCompany" {
		t.Errorf("a rule for real money, from the sandbox: %+v, the newest entry is %+v", company, e)
	}
}

// TestOperatorIsRefused proves that the program's log tells of a refused operator, who
// has no company in whose audit log it could stand.
func TestOperatorIsRefused(t *testing.T) {
	t.Parallel()
	var book logBook
	s := openShop(t, app.WithLog(slog.New(slog.NewJSONHandler(&book, nil))))
	operator := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleOperator, Subject: "ops"}))
	got := operator.Send(t, `{ payments { totalCount } again: payments { totalCount } }`, nil)
	if len(got.Errors) == 0 || got.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Fatalf("answer: %s", got.Body)
	}
	if line := book.String(); strings.Count(line, "a request was refused") != 1 || !strings.Contains(line, `"level":"WARN"`) || !strings.Contains(line, `"operator":"operator:ops"`) || !strings.Contains(line, got.RequestID) {
		t.Errorf("the log: %s", line)
	}
}
