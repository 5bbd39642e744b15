package app_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// assertUnauthenticated fails the test unless the answer refuses the credential
// as HTTP and as GraphQL, and says no more.
func assertUnauthenticated(t *testing.T, got apptest.Response) {
	t.Helper()
	if got.Status != http.StatusUnauthorized || len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "UNAUTHENTICATED" ||
		got.Errors[0].Extensions.RequestID == "" || got.Errors[0].Message != "A valid credential is needed." || len(got.Data) > 0 {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
}

// answer is an HTTP answer that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request as it stands, with a token unless that is empty.
func call(t *testing.T, method, url, token, contentType, body string) answer {
	t.Helper()
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return callWith(t, method, url, token, header, body)
}

// callWith is call with any headers.
func callWith(t *testing.T, method, url, token string, header http.Header, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	request.Header = header
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// assertFault fails the test unless the answer is a GraphQL error with this
// status and code that names the request's id.
func assertFault(t *testing.T, got answer, status int, code string) {
	t.Helper()
	var body apptest.Response
	err := json.Unmarshal([]byte(got.body), &body)
	id := got.header.Get("X-Request-Id")
	if err != nil || got.status != status || len(body.Errors) != 1 || body.Errors[0].Extensions.Code != code ||
		id == "" || body.Errors[0].Extensions.RequestID != id || !strings.Contains(got.header.Get("Content-Type"), "json") {
		t.Errorf("status %d, want %d %s; id %s, type %s: %s", got.status, status, code, id, got.header.Get("Content-Type"), got.body)
	}
}

// TestCredentials proves that no request gets in without a credential that is
// good now, and that the answer does not tell what is wrong with it.
func TestCredentials(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	late := apptest.Start(t, app.WithClock(func() time.Time { return pay.SystemClock().Add(2 * time.Hour) }))
	good := api.Token(t, auth.Grant{})
	head, rest, _ := strings.Cut(good, ".")
	_, signature, _ := strings.Cut(rest, ".")
	for name, token := range map[string]string{
		"missing": "", "no token": "nonsense", "three parts of nothing": "..", "without signature": good[:len(good)-len(signature)],
		"other claims": head + ".eyJyb2xlIjoiQURNSU4ifQ." + signature, "algorithm none": "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiQURNSU4ifQ.",
		"of another company": late.Token(t, auth.Grant{TTL: 3 * time.Hour}), "unknown key": "pg_sand_" + strings.Repeat("0", 59), "too long": strings.Repeat("x", 9000),
	} {
		t.Run("ErrUnauthenticated "+name, func(t *testing.T) {
			t.Parallel()
			assertUnauthenticated(t, api.Client(token).Send(t, viewerDocument, nil))
		})
	}
	t.Run("ErrUnauthenticated expired", func(t *testing.T) {
		t.Parallel()
		assertUnauthenticated(t, late.Client(late.Token(t, auth.Grant{})).Send(t, viewerDocument, nil))
		if got := late.Client(late.Token(t, auth.Grant{TTL: 3 * time.Hour})).Send(t, viewerDocument, nil); got.Status != http.StatusOK {
			t.Errorf("a token that is good still: %s", got.Body)
		}
	})
	t.Run("ErrUnauthenticated challenge", func(t *testing.T) {
		t.Parallel()
		got := call(t, "GET", api.URL+"/graphql?query={viewer{id}}", "", "", "")
		assertFault(t, got, http.StatusUnauthorized, "UNAUTHENTICATED")
		if got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("WWW-Authenticate is %q", got.header.Get("WWW-Authenticate"))
		}
	})
}

// TestHTTP proves what is refused before GraphQL, and that every answer carries
// the headers that keep browsers from misusing it.
func TestHTTP(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token, graphql := api.Token(t, auth.Grant{}), api.URL+"/graphql"
	const document, form = `{"query":"{ viewer { id } }"}`, "application/json"
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", "application/json/x", ";"} {
		t.Run("ErrUnsupportedMediaType "+media, func(t *testing.T) {
			t.Parallel()
			assertFault(t, call(t, "POST", graphql, token, media, document), http.StatusUnsupportedMediaType, "GRAPHQL_PARSE_FAILED")
		})
	}
	for _, body := range []string{"", "null", "[]", `"x"`, "{", document + "}", `{"query":1}`, `{"query":null}`, `{}`, `{"query":"{ viewer { id } }","variables":[]}`,
		`{"query":"{ viewer { id } }","operationName":1}`, `{"query":"{ viewer { id } }","extensions":"x"}`, "[" + document + "]"} {
		t.Run("ErrBadRequest "+body, func(t *testing.T) {
			t.Parallel()
			assertFault(t, call(t, "POST", graphql, token, form, body), http.StatusBadRequest, "GRAPHQL_PARSE_FAILED")
		})
	}
	t.Run("ErrTooLarge", func(t *testing.T) {
		t.Parallel()
		spaces := strings.Repeat(" ", 2<<20-len(document))
		if got := call(t, "POST", graphql, token, form, document+spaces); got.status != http.StatusOK {
			t.Errorf("2 MiB: status %d: %s", got.status, got.body)
		}
		assertFault(t, call(t, "POST", graphql, token, form, document+spaces+" "), http.StatusRequestEntityTooLarge, "COST_LIMIT")
	})
	t.Run("OK get", func(t *testing.T) {
		t.Parallel()
		got := call(t, "GET", graphql+"?query="+url.QueryEscape("query($n: Int!) { orders(first: $n) { totalCount } }")+"&variables="+url.QueryEscape(`{"n":1}`), token, "", "")
		if got.status != http.StatusOK || !strings.Contains(got.body, `{"data":{"orders":{"totalCount":0}}}`) {
			t.Errorf("status %d: %s", got.status, got.body)
		}
	})
	t.Run("ErrNotFound", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/", "/graphql/", "/graphiql", "/metrics", "/debug/pprof/", "/../etc/passwd", "//", "//graphql", "/./graphql", "/graphql//", "/a/../graphql", "/webhooks/sandbox"} {
			got := call(t, "GET", api.URL+path, token, "", "")
			assertFault(t, got, http.StatusNotFound, "NOT_FOUND")
			if got.header.Get("X-Request-Id") == "" || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Location") != "" {
				t.Errorf("%s has headers %v", path, got.header)
			}
		}
	})
	t.Run("OK healthy and ready", func(t *testing.T) {
		t.Parallel()
		for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
			if got := call(t, "GET", api.URL+path, "", "", ""); got.status != http.StatusOK || strings.TrimSpace(got.body) != `{"status":"`+want+`"}` {
				t.Errorf("%s: status %d: %s", path, got.status, got.body)
			}
		}
	})
	t.Run("OK headers", func(t *testing.T) {
		t.Parallel()
		for _, got := range []answer{call(t, "POST", graphql, token, form, document), call(t, "POST", graphql, "", form, document), call(t, "POST", graphql, token, form, "{"),
			call(t, "GET", api.URL+"/healthz", "", "", ""), call(t, "GET", api.URL+"/readyz", "", "", ""), call(t, "GET", api.URL+"/nonsense", "", "", "")} {
			h := got.header
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" ||
				!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("status %d has headers %v", got.status, h)
			}
		}
	})
}

// TestMembersByExactName proves that the members of a request count by their exact names.
func TestMembersByExactName(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token, graphql := api.Token(t, auth.Grant{}), api.URL+"/graphql"
	for body, want := range map[string]string{
		`{"query":"query A($n: Int) { a: orders(first: $n) { totalCount } } query B { b: __typename }","Query":"{ c: __typename }","operationName":"A","OperationName":"B","variables":{"n":1},"VARIABLES":{"n":-1}}`: `"a":{"totalCount":0}`,
		`{"Query":"{ c: __typename }","query":"{ a: __typename }","DocumentId":"sha256:00"}`:                                                                                                                          `"a":"Query"`,
		`{"QUERY":"{ a: __typename }"}`: "The request has no query.",
	} {
		if got := call(t, "POST", graphql, token, "application/json", body); !strings.Contains(got.body, want) {
			t.Errorf("%s is answered with %s", body, got.body)
		}
	}
}

// TestMethods proves that every method but those of the API is refused as all
// faults are, with and without a credential, and so is a malformed link.
func TestMethods(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token, graphql := api.Token(t, auth.Grant{}), api.URL+"/graphql"
	for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} {
		for _, credential := range []string{token, ""} {
			got := call(t, method, graphql, credential, "application/json", `{"query":"{ viewer { id } }"}`)
			assertFault(t, got, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
			if got.header.Get("Allow") != "GET, POST, OPTIONS" {
				t.Errorf("%s: Allow is %q", method, got.header.Get("Allow"))
			}
		}
	}
	if got := call(t, "HEAD", graphql, token, "", ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
		t.Errorf("HEAD: status %d, headers %v", got.status, got.header)
	}
	if got := call(t, "OPTIONS", graphql, token, "", ""); got.status != http.StatusOK || got.header.Get("Allow") != "OPTIONS, GET, POST" {
		t.Errorf("OPTIONS: status %d, headers %v", got.status, got.header)
	}
	for _, parameters := range []string{"&variables=1", "&variables=[]", "&variables={", "&extensions=x", "&a=%zz"} {
		assertFault(t, call(t, "GET", graphql+"?query={viewer{id}}"+parameters, token, "", ""), http.StatusBadRequest, "GRAPHQL_PARSE_FAILED")
	}
}

// TestGetMutation proves that a link cannot change anything.
func TestGetMutation(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	for _, document := range []string{`mutation { createBusiness(input: { name: "x" }) { business { id } } }`,
		`query A { viewer { id } } mutation B { createBusiness(input: { name: "x" }) { business { id } } }&operationName=B`} {
		query, rest, _ := strings.Cut(document, "&")
		untouched(t, api, func() {
			got := call(t, "GET", api.URL+"/graphql?query="+url.QueryEscape(query)+"&"+rest, token, "", "")
			assertFault(t, got, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
			if got.header.Get("Allow") != "POST" {
				t.Errorf("Allow is %q", got.header.Get("Allow"))
			}
		})
	}
}

// TestDatabaseGone proves that a server without its database says so to load
// balancers and callers, in words that tell nothing else, and stays alive.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token, fresh := api.Token(t, auth.Grant{}), api.Token(t, auth.Grant{Environment: pay.Live})
	if got := api.Client(token).Send(t, viewerDocument, nil); got.Status != http.StatusOK { // its tenant is known now
		t.Fatalf("before: %s", got.Body)
	}
	api.App.Close()
	for path, status := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		if got := call(t, "GET", api.URL+path, "", "", ""); got.status != status {
			t.Errorf("%s: status %d: %s", path, got.status, got.body)
		}
	}
	assertFault(t, call(t, "GET", api.URL+"/graphql?query={viewer{id}}", fresh, "", ""), http.StatusServiceUnavailable, "UNAVAILABLE")
	assertFault(t, call(t, "POST", api.URL+"/graphql", token, "application/json", named(whoAmI, "null")), http.StatusServiceUnavailable, "UNAVAILABLE")
	got := api.Client(token).Send(t, `{ orders { totalCount } }`, nil)
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code == "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Extensions.RequestID == "" {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
	assertPublic(t, got.Body)
}

// logBook keeps what the server logs; requests log from their own goroutines.
type logBook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestCardNumberInBody proves that a card number in a request that is no JSON,
// or no request that we know, shows up neither in the answer nor in the log.
func TestCardNumberInBody(t *testing.T) {
	t.Parallel()
	var log logBook
	api := apptest.Start(t, app.WithLog(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	token := api.Token(t, auth.Grant{})
	const number = "4111111111111111"
	for _, body := range []string{`{"query":"{ viewer { id } }","variables":{"card":"` + number + `"`, number, `"` + number + `"`, `{"query":` + number + `}`, `{"` + number + `":1}`,
		`{"query":"{ viewer { id } }","headers":"` + number + `"}`, `{"query":"{ viewer { id } }","variables":"` + number + `"}`, `{"query":"{ viewer { id } }","operationName":["` + number + `"]}`} {
		if got := call(t, "POST", api.URL+"/graphql", token, "application/json", body); strings.Contains(got.body, number) {
			t.Errorf("%s is answered with %s", body, got.body)
		}
	}
	for _, wrong := range []string{number, "pg_sand_" + number} {
		assertUnauthenticated(t, api.Client(wrong).Send(t, viewerDocument, nil))
	}
	if !strings.Contains(log.String(), "credential refused") || strings.Contains(log.String(), number) {
		t.Errorf("log: %s", log.String())
	}
}
