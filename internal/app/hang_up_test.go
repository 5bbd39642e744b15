package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestHangUpIsNoTrouble proves that a caller who hangs up while the database works is no
// warning and no error in the log: nothing is wrong with the server.
func TestHangUpIsNoTrouble(t *testing.T) {
	t.Parallel()
	var log logBook
	var sent wire
	api := apptest.Start(t, sent.option(), app.WithLog(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	handler, err := api.App.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token := api.Token(t, auth.Grant{})
	for _, c := range []struct{ name, path, during, message string }{
		{"credential", "/graphql", "FROM tenants", "authentication failed"},
		{"query", "/graphql", "FROM payments", "request failed"},
		{"readiness", "/readyz", "", "not ready"},
	} {
		ctx, hangUp := context.WithCancel(t.Context())
		sent.cutBy(func(statement string, _ bool) error {
			if c.during != "" && strings.Contains(statement, c.during) {
				hangUp()
			}
			return ctx.Err() // what the driver says then
		})
		if c.during == "" {
			hangUp()
		}
		method := http.MethodPost
		if c.path == "/readyz" {
			method = http.MethodGet
		}
		request := httptest.NewRequestWithContext(ctx, method, c.path, strings.NewReader(`{"query":"{ payments(first: 1) { totalCount nodes { id } } }"}`))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		handler.ServeHTTP(httptest.NewRecorder(), request)
		sent.cutBy(nil)
		if ctx.Err() == nil {
			t.Errorf("%s: nobody hung up", c.name)
		}
		hangUp()
		if text := log.String(); !strings.Contains(text, `level=DEBUG msg="`+c.message) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
	if text := log.String(); strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
		t.Errorf("a caller who hung up was logged as trouble: %s", text)
	}
}
