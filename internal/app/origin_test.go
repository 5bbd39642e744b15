package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestOrigins proves that pages of the origins of the list can use the API from browsers,
// whatever it answers, and that others can not.
func TestOrigins(t *testing.T) {
	t.Parallel()
	const listed = "https://dash.example"
	api := apptest.Start(t, app.WithOrigins("https://other.example", listed))
	token, graphql := api.Token(t, auth.Grant{}), api.URL+"/graphql"
	send := func(method, origin, token, body string) answer {
		header := http.Header{"Content-Type": {"application/json"}, "Origin": {origin}}
		if method == http.MethodOptions {
			header = http.Header{"Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,content-type"}, "Origin": {origin}}
		}
		return callWith(t, method, graphql, token, header, body)
	}
	t.Run("OK leave before", func(t *testing.T) {
		got := send(http.MethodOptions, listed, "", "")
		for name, want := range map[string]string{"Access-Control-Allow-Origin": listed, "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "600",
			"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, traceparent, tracestate", "Access-Control-Allow-Credentials": "", "Vary": "Origin"} {
			if got.header.Get(name) != want {
				t.Errorf("%s is %q", name, got.header.Get(name))
			}
		}
		if got.status != http.StatusNoContent || got.body != "" || got.header.Get("X-Request-Id") == "" {
			t.Errorf("status %d: %s", got.status, got.body)
		}
	})
	for status, c := range map[int]struct{ method, token, body string }{
		http.StatusOK: {"POST", token, `{"query":"{ viewer { id } }"}`}, http.StatusUnauthorized: {"POST", "", "{}"}, http.StatusBadRequest: {"POST", token, "{"}, http.StatusMethodNotAllowed: {"PUT", token, "{}"},
	} {
		got := send(c.method, listed, c.token, c.body)
		if h := got.header; got.status != status || h.Get("Access-Control-Allow-Origin") != listed || h.Get("Access-Control-Expose-Headers") != "Retry-After, X-Request-Id" || h.Get("Vary") != "Origin" ||
			h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%d: status %d, headers %v", status, got.status, h)
		}
	}
	for _, origin := range []string{"https://evil.example", "http://dash.example", listed + ":8443", listed + ".evil.example", "null", "", "*", "https://sub.dash.example"} {
		for method, status := range map[string]int{http.MethodOptions: http.StatusUnauthorized, http.MethodPost: http.StatusOK} {
			credential := token
			if method == http.MethodOptions {
				credential = ""
			}
			got := send(method, origin, credential, `{"query":"{ viewer { id } }"}`)
			for name := range got.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s from %q is given %s", method, origin, name)
				}
			}
			if got.status != status || got.header.Get("Vary") != "Origin" {
				t.Errorf("%s from %q: status %d, headers %v", method, origin, got.status, got.header)
			}
		}
	}
}
