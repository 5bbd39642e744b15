package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket/wsjson"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// streamRefusal is what stands in the way of a request, without its id.
type streamRefusal struct{ Code, Message string }

// refusalIn is the first of errors, which must have the request's id.
func refusalIn(t *testing.T, errors []apptest.Error) streamRefusal {
	t.Helper()
	if len(errors) == 0 || errors[0].Extensions.RequestID == "" {
		t.Fatalf("refused without the request's id: %+v", errors)
	}
	return streamRefusal{errors[0].Extensions.Code, errors[0].Message}
}

// TestStreamsAreGuarded proves that what would cost much is refused over both transports
// as it is elsewhere, in the same words: by the guard, before it is validated.
func TestStreamsAreGuarded(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	admin := api.Client(token)
	s, _ := dial(t, api.URL, nil)
	defer s.close()
	s.greet(t, token)
	limits := 0
	for name, body := range hostileDocuments() {
		if name == "a subscription" || strings.HasPrefix(name, "a few") {
			continue // which depend on where they are sent
		}
		got := admin.SendBody(t.Context(), t, []byte(body))
		if len(got.Errors) == 0 {
			continue // executed: it is cheap after all
		}
		want := refusalIn(t, got.Errors)
		if want.Code == "COST_LIMIT" {
			limits++
		}
		there := want
		if len(body) > 64<<10 {
			there = streamRefusal{"COST_LIMIT", "The request for a stream is larger than 64 KiB."}
		}
		if refused := sseRefusal(t, api.URL, token, body); refused != there {
			t.Errorf("%s: server-sent events %+v, want %+v", name, refused, there)
		}
		if len(body) > 60<<10 || !json.Valid([]byte(body)) {
			continue // no message of a websocket
		}
		s.send(t, socketMessage{ID: name, Type: "subscribe", Payload: json.RawMessage(body)})
		errors, _ := s.refused(t, name)
		if refused := refusalIn(t, errors); refused != want {
			t.Errorf("%s: websocket %+v, want %+v", name, refused, want)
		}
	}
	// Members of messages count by their exact names, as those of requests do.
	if err := wsjson.Write(s.ctx, s.conn, json.RawMessage(`{"type":"subscribe","id":"exact","payload":{"query":"{","Query":"{ __typename }"},"Type":"complete","Id":"other"}`)); err != nil {
		t.Fatal(err)
	}
	if errors, _ := s.refused(t, "exact"); refusalIn(t, errors).Code != "GRAPHQL_PARSE_FAILED" {
		t.Errorf("by exact names: %+v", errors)
	}
	if limits < 30 {
		t.Errorf("only %d documents are beyond a limit", limits)
	}
}

// sseRefusal sends a body that is refused.
func sseRefusal(t *testing.T, url, token, body string) streamRefusal {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + token}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, data, ok := bytes.Cut(answer, []byte("data: ")); ok {
		answer, _, _ = bytes.Cut(data, []byte("\n"))
	}
	var told struct{ Errors []apptest.Error }
	if err := json.Unmarshal(answer, &told); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return refusalIn(t, told.Errors)
}

// TestStreamsRepeatNothing proves that a stream's request which is none is refused without
// a word of what was sent.
func TestStreamsRepeatNothing(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	for body, status := range map[string]int{`{"query": "4917610000000000`: 400, `{"query": 4917610000000000}`: 400, `["4917610000000000"]`: 400, `{}`: 400, `{"query": "{ x }", "variables": "4917610000000000"}`: 400,
		`{"query": "` + strings.Repeat("4917610000000000", 140_000) + `"}`: 413} {
		got := callWith(t, "POST", api.URL+"/graphql", token, http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}}, body)
		if got.status != status || strings.Contains(got.body, "4917610000000000") || !strings.Contains(got.body, `"requestId"`) || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%.60s: %d %v %s", body, got.status, got.header, got.body)
		}
	}
	s, _ := dial(t, api.URL, nil)
	defer s.close()
	s.greet(t, token)
	for _, payload := range []string{`"4917610000000000"`, `{"query": 4917610000000000}`, `["4917610000000000"]`, `{}`, `{"query": "{ x }", "variables": "4917610000000000"}`} {
		s.send(t, socketMessage{ID: "1", Type: "subscribe", Payload: json.RawMessage(payload)})
		if errors, text := s.refused(t, "1"); refusalIn(t, errors).Code != "GRAPHQL_PARSE_FAILED" || strings.Contains(text, "4917610000000000") {
			t.Errorf("%s: %s", payload, text)
		}
	}
}
