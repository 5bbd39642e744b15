package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/coder/websocket/wsjson"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// padded is a subscription with so many bytes of extensions that nobody reads.
func padded(bytes int) string {
	return fmt.Sprintf(`{"query":"subscription { paymentEvents { cursor } }","extensions":{"x":%q,"persistedQuery":{"sha256Hash":"","x":%[1]q}}}`, strings.Repeat("x", bytes/2))
}

// TestStreamForgetsItsRequest proves that a stream keeps nothing of its request that it does
// not read: neither its text nor its extensions, and of connection_init the credential alone.
func TestStreamForgetsItsRequest(t *testing.T) {
	// Not parallel: it measures the whole process.
	api := apptest.Start(t)
	const many, bytes = 30, 60_000
	listen := func(accept string) func(string, string) {
		return func(token, body string) {
			header := http.Header{"Content-Type": {plainJSON}, "Accept": {accept}, "Authorization": {"Bearer " + token}}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/graphql", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header = header
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { response.Body.Close() })
		}
	}
	subscribe := func(token, body string) {
		s, _ := dial(t, api.URL, nil)
		t.Cleanup(s.close)
		payload, _ := json.Marshal(map[string]string{"Authorization": "Bearer " + token, "x": strings.Repeat("x", len(body)-len(padded(0)))})
		s.send(t, socketMessage{Type: "connection_init", Payload: payload})
		s.next(t)
		for i := range 3 {
			s.send(t, socketMessage{ID: fmt.Sprint(i), Type: "subscribe", Payload: json.RawMessage(body)})
		}
		s.send(t, socketMessage{Type: "ping"})
		s.next(t) // what came before was read
	}
	for name, open := range map[string]func(token, body string){"sse": listen("text/event-stream"), "either": listen("application/json, text/event-stream"), "websocket": subscribe} {
		use := func(sort, body string) int64 {
			token := api.Token(t, auth.Grant{Subject: name + sort})
			open(token, body) // what only the first needs
			before, opened := allocated(), api.App.OpenStreams()
			for range many {
				open(token, body)
			}
			for api.App.OpenStreams() < opened+many {
				runtime.Gosched()
			}
			return (allocated() - before) / many
		}
		plain, large := use("plain", padded(0)), use("large", padded(bytes))
		if large > plain+bytes/2 {
			t.Errorf("%s: one with %d bytes more of request costs %d KiB, the others %d", name, bytes, large>>10, plain>>10)
		}
		t.Logf("%s: %d KiB, and %d with large requests", name, plain>>10, large>>10)
	}
}

// allocated is what the process has in use of its heap, garbage and what pools keep left out.
func allocated() int64 {
	runtime.GC()
	runtime.GC() // which empties what pools keep through the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestStreamRequestIsBounded proves that what asks for a stream has 64 KiB at most, also
// where its caller would have taken an answer.
func TestStreamRequestIsBounded(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	for _, accept := range []string{"text/event-stream", "application/json, text/event-stream"} {
		for size, status := range map[int]int{64 << 10: http.StatusOK, 64<<10 + 1: http.StatusRequestEntityTooLarge, 1 << 20: http.StatusRequestEntityTooLarge} {
			body := padded(0)
			body = strings.Replace(body, `"x":""`, `"x":"`+strings.Repeat("x", size-len(body))+`"`, 1)
			request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/graphql", strings.NewReader(body))
			request.Header = http.Header{"Content-Type": {plainJSON}, "Accept": {accept}, "Authorization": {"Bearer " + token}}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != status || len(body) != size {
				t.Errorf("%s, %d bytes: %d", accept, len(body), response.StatusCode)
			}
			response.Body.Close()
		}
	}
	large := `{"query":"{ viewer { id } }","extensions":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`
	got := callWith(t, http.MethodPost, api.URL+"/graphql", token, http.Header{"Content-Type": {plainJSON}, "Accept": {"application/json, text/event-stream"}}, large)
	if got.status != http.StatusOK || !strings.Contains(got.body, `"viewer"`) {
		t.Errorf("a large query of who takes both: %d %.200s", got.status, got.body)
	}
}

// TestPingFirst proves that a websocket may ping and pong at any time, also before its
// client says who it is.
func TestPingFirst(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	s, _ := dial(t, api.URL, nil)
	defer s.close()
	pong := func(payload string) {
		t.Helper()
		s.send(t, socketMessage{Type: "pong"}) // is not answered
		s.send(t, socketMessage{Type: "ping", Payload: json.RawMessage(payload)})
		if m, err := s.read(t); err != nil || m.Type != "pong" || string(m.Payload) != payload {
			t.Fatalf("%v: told %s %s, want a pong with %s", err, m.Type, m.Payload, payload)
		}
	}
	pong("")
	pong(`{"at":1}`)
	s.greet(t, api.Token(t, auth.Grant{}))
	pong(`{"at":2}`)
	s.subscribe(t, "1", "nonsense", nil)
	s.refused(t, "1")
}

// TestMembersStandOnce proves that a request, by body, link or message, in which a name
// stands twice is none: what looks at requests before this server may see the other one.
func TestMembersStandOnce(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(5000))
	token := api.Token(t, auth.Grant{})
	for _, body := range []string{
		`{"query":"{viewer{role}}","query":"{__typename}"}`, `{"query":"{__typename}","\u0071uery":"{__typename}"}`, `{"query":"{__typename}","query":null}`,
		`{"query":"{__typename}","variables":{},"variables":{}}`, `{"query":"{__typename}","other":1,"other":1}`,
	} {
		for _, accept := range []string{plainJSON, "text/event-stream"} {
			got := callWith(t, http.MethodPost, api.URL+"/graphql", token, http.Header{"Content-Type": {plainJSON}, "Accept": {accept}}, body)
			assertFault(t, got, http.StatusBadRequest, "GRAPHQL_PARSE_FAILED")
		}
		s, _ := dial(t, api.URL, nil)
		defer s.close()
		s.greet(t, token)
		s.send(t, socketMessage{ID: "1", Type: "subscribe", Payload: json.RawMessage(body)})
		if errors, _ := s.refused(t, "1"); refusalIn(t, errors).Code != "GRAPHQL_PARSE_FAILED" {
			t.Errorf("%s: %+v", body, errors)
		}
		if err := wsjson.Write(s.ctx, s.conn, json.RawMessage(`{"type":"subscribe","id":"2","id":"3","payload":{}}`)); err != nil {
			t.Fatal(err)
		}
		if got := s.next(t); got.kind != "closed" || got.code != "4400" {
			t.Errorf("a message with two ids: %+v", got)
		}
	}
	for _, link := range []string{"query={__typename}&query={viewer{role}}", "query={__typename}&variables={}&variables={}", "query={__typename}&extensions=&extensions="} {
		assertFault(t, callWith(t, http.MethodGet, api.URL+"/graphql?"+link, token, http.Header{}, ""), http.StatusBadRequest, "GRAPHQL_PARSE_FAILED")
	}
	for coding, status := range map[string]int{"gzip": http.StatusUnsupportedMediaType, "identity, gzip": http.StatusUnsupportedMediaType, "identity": http.StatusOK} {
		got := callWith(t, http.MethodPost, api.URL+"/graphql", token, http.Header{"Content-Type": {plainJSON}, "Content-Encoding": {coding}}, `{"query":"{__typename}"}`)
		if got.status != status {
			t.Errorf("encoded as %s: %d %s", coding, got.status, got.body)
		}
	}
}
