package graphiql

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// request sends one request to a handler without examples. Header is a list of
// names and values.
func request(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return send(Handler("/graphql", nil), method, path, header...)
}

func send(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func wantHeader(t *testing.T, w *httptest.ResponseRecorder, name, want string) {
	t.Helper()
	if got := w.Header().Get(name); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status is %d, want %d; body: %.200s", w.Code, want, w.Body)
	}
}

func TestPageIsServedWithStrictHeaders(t *testing.T) {
	t.Parallel()
	w := request(t, "GET", "/")
	wantStatus(t, w, http.StatusOK)
	wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, w, "Cache-Control", "no-store")
	wantHeader(t, w, "X-Content-Type-Options", "nosniff")
	wantHeader(t, w, "X-Frame-Options", "DENY")
	wantHeader(t, w, "Referrer-Policy", "no-referrer")
	wantHeader(t, w, "Cross-Origin-Resource-Policy", "same-origin")
	if !strings.Contains(w.Body.String(), `data-endpoint="/graphql"`) {
		t.Error("the page does not name the endpoint")
	}
}

func TestPagePolicy(t *testing.T) {
	t.Parallel()
	w := request(t, "GET", "/")
	policy := w.Header().Get("Content-Security-Policy")

	t.Run("allows nothing that is not listed", func(t *testing.T) {
		t.Parallel()
		for _, directive := range []string{
			"default-src 'none'", "script-src 'self'", "connect-src 'self'", "font-src data:",
			"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		} {
			if !slices.Contains(strings.Split(policy, "; "), directive) {
				t.Errorf("%q is missing in %q", directive, policy)
			}
		}
	})
	t.Run("allows no unsafe source and no other host", func(t *testing.T) {
		t.Parallel()
		for _, weak := range []string{"unsafe", "http", "*", "blob:"} {
			if strings.Contains(policy, weak) {
				t.Errorf("%q is in %q", weak, policy)
			}
		}
	})
	t.Run("has a new nonce for every answer and the page carries it", func(t *testing.T) {
		t.Parallel()
		nonce := regexp.MustCompile(`'nonce-(\w{20,})'`).FindStringSubmatch(policy)
		if nonce == nil {
			t.Fatalf("no nonce in %q", policy)
		}
		if !strings.Contains(w.Body.String(), `nonce="`+nonce[1]+`"`) {
			t.Error("the page does not carry the nonce of its policy")
		}
		if again := request(t, "GET", "/"); again.Header().Get("Content-Security-Policy") == policy {
			t.Error("two answers have the same nonce")
		}
	})
}

func TestPageHasNothingInline(t *testing.T) {
	t.Parallel()
	page := request(t, "GET", "/").Body.String()
	for what, pattern := range map[string]string{
		"inline script":   `<script[^>]*>[^<]`,
		"event handler":   `\son\w+=`,
		"style attribute": `\sstyle=`,
		"style element":   `<style`,
	} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("%s: %q", what, found)
		}
	}
}

func TestExamplesAreServedAsJSON(t *testing.T) {
	t.Parallel()

	t.Run("in the order given", func(t *testing.T) {
		t.Parallel()
		given := []Example{
			{Name: "List <b>", Query: "query List { payments { id } }", Variables: `{"first": 3}`},
			{Name: "Second", Query: "{ ping }"},
		}
		w := send(Handler("/graphql", given), "GET", "/graphiql/examples.json")
		wantStatus(t, w, http.StatusOK)
		wantHeader(t, w, "Content-Type", "application/json")
		wantHeader(t, w, "Cache-Control", "no-store")
		var got []Example
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !slices.Equal(got, given) {
			t.Errorf("got %v (%v), want %v", got, err, given)
		}
		if !strings.Contains(w.Body.String(), `"query":`) {
			t.Errorf("the page's script reads lower-case names; got %s", w.Body)
		}
	})
	t.Run("as an empty list when there are none", func(t *testing.T) {
		t.Parallel()
		if got := request(t, "GET", "/graphiql/examples.json").Body.String(); got != "[]" {
			t.Errorf("got %s, want []", got)
		}
	})
}

func TestOtherRequestsAreRefusedWithStrictHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome, method, path string
		status                int
	}{
		{"unknown path is not found", "GET", "/admin", http.StatusNotFound},
		{"folder is not listed", "GET", "/graphiql/", http.StatusNotFound},
		{"old version is not found", "GET", "/graphiql/0123456789abcdef/page.js", http.StatusNotFound},
		{"template is not a file", "GET", loadedPath("page.html"), http.StatusNotFound},
		{"posting to the page is not allowed", "POST", "/", http.StatusMethodNotAllowed},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			t.Parallel()
			w := request(t, c.method, c.path)
			wantStatus(t, w, c.status)
			wantHeader(t, w, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			wantHeader(t, w, "X-Content-Type-Options", "nosniff")
			if caching := w.Header().Get("Cache-Control"); strings.Contains(caching, "max-age") {
				t.Errorf("a refusal may be cached: %s", caching)
			}
		})
	}
}

func TestHandlerPanicsForAnEndpointOnAnotherHost(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "graphql", "https://example.org/graphql", "//example.org/graphql"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Errorf("Handler accepted %q", endpoint)
				}
			}()
			Handler(endpoint, nil)
		})
	}
}
