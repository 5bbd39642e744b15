package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestReseal proves that the key of secrets can be changed: a server with both keys reads
// everything, the command seals it with the newest, and the old one is no longer needed
// then, or good for anything. More values than fit in one batch are among them.
func TestReseal(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	begun := s.pending(t, h, "p")
	event := hookEvent("attempt.pending", begun.Transaction.ID, nil)
	const events = 201
	for i := range events {
		if status := h.send(t, fmt.Sprint("evt", i), event); status != http.StatusOK {
			t.Fatalf("event %d: answered %d", i, status)
		}
	}
	endpoint := manage(t, s.admin, "createWebhookEndpoint", apptest.Vars{"url": "https://shop.example/hook"}).WebhookEndpoint
	manage(t, s.admin, "rotateWebhookSecret", apptest.Vars{"id": endpoint.ID})
	const values = events + 3 // the gateway's secret, and two of the endpoint
	old, newest := string(s.api.Config.Secrets), strings.Repeat("a new key ", 4)
	reseal := func(key, previous string) (code int, stdout, stderr string) {
		c := newCommand(t)
		c.env["DATABASE_URL"], c.env["PAYGRAPH_DEV"] = s.api.Database.URL, "true"
		c.env["PAYGRAPH_SECRETS_KEY"], c.env["PAYGRAPH_SECRETS_KEY_PREVIOUS"] = key, previous
		return c.run(t.Context(), "reseal")
	}
	said := func(changed int) string {
		return fmt.Sprintf("sealed values: %d, of which sealed with the newest key just now: %d\n", values, changed)
	}
	// delivered sends an event to a server that has other keys than the one of the shop.
	delivered := func(id, key, previous string) int {
		c := s.api.Config
		c.Secrets, c.SecretsBefore = []byte(key), []byte(previous)
		a, err := app.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		handler, err := a.Handler(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		defer server.Close()
		other := h
		other.url = strings.Replace(h.url, s.api.URL, server.URL, 1)
		return other.send(t, id, event)
	}

	untouched(t, s.api, func() {
		if code, stdout, stderr := reseal(newest, strings.Repeat("another key ", 4)); code != 1 || stdout != "" || !strings.Contains(stderr, "cannot be opened") {
			t.Errorf("with the wrong key before: exit %d: %s", code, stderr)
		}
		if status := delivered("early", newest, ""); status != http.StatusServiceUnavailable {
			t.Errorf("the newest key alone: answered %d", status)
		}
	})
	if code, stdout, stderr := reseal("", ""); code != 1 || stdout != "" || !strings.Contains(stderr, "PAYGRAPH_SECRETS_KEY is not set") {
		t.Errorf("without a key: exit %d: %s%s", code, stdout, stderr)
	}
	if status := delivered("evt0", newest, old); status != http.StatusOK {
		t.Errorf("both keys: answered %d", status)
	}
	if code, stdout, stderr := reseal(newest, old); code != 0 || stdout != said(values) {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for name, previous := range map[string]string{"again": old, "without the old key": ""} {
		if code, stdout, stderr := reseal(newest, previous); code != 0 || stdout != said(0) {
			t.Errorf("%s: exit %d: %s%s", name, code, stdout, stderr)
		}
	}
	if status := delivered("late", newest, ""); status != http.StatusOK {
		t.Errorf("the newest key alone, afterwards: answered %d", status)
	}
	if status := h.send(t, "older", event); status != http.StatusServiceUnavailable {
		t.Errorf("the old key alone, afterwards: answered %d", status)
	}
	told := apptest.Do[struct {
		AuditEntries struct {
			Nodes []struct{ Actor, Action string }
		}
	}](t, s.admin, `{ auditEntries(filter: { subjects: [GATEWAY_PARAMETER] }, first: 1) { nodes { actor action } } }`, nil).AuditEntries.Nodes
	if len(told) != 1 || told[0].Actor != "operator:cli" || told[0].Action != "UPDATE" {
		t.Errorf("the audit log says %+v", told)
	}
}
