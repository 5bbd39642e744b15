package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// logLines hands on the lines of a log, as they come.
type logLines chan map[string]any

func newLogLines() logLines { return make(logLines, 10000) }

func (l logLines) Write(text []byte) (int, error) {
	var line map[string]any
	if err := json.Unmarshal(bytes.TrimSpace(text), &line); err != nil {
		return 0, err
	}
	l <- line
	return len(text), nil
}

// option logs requests there; the level is what a server has without a setting.
func (l logLines) option() app.Option {
	return app.WithLog(slog.New(slog.NewJSONHandler(l, nil)))
}

// of waits for the line of a request, and returns those before it about the same.
func (l logLines) of(t *testing.T, id string) (request map[string]any, others []map[string]any) {
	t.Helper()
	patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		select {
		case line := <-l:
			switch {
			case line["requestId"] != id:
			case line["msg"] == "request":
				return line, others
			default:
				others = append(others, line)
			}
		case <-patience.Done():
			t.Fatalf("request %s has no line", id)
		}
	}
}

// TestRequestLine proves that every request has a line in the log that says what it
// asked for, by whom, and what came of it, and that all other lines about it have its id.
func TestRequestLine(t *testing.T) {
	t.Parallel()
	log := newLogLines()
	api := apptest.Start(t, log.option())
	admin, token := api.Admin(t), api.Token(t, auth.Grant{})
	key := makeKey(t, admin, apptest.Vars{"name": "k", "scopes": []string{"PAYMENTS_READ"}})
	company := pay.FormatID(pay.KindCompany, api.Company.ID)
	for name, c := range map[string]struct {
		client             *apptest.Client
		document           string
		operation, outcome string
		more               map[string]any
	}{
		"OK":                     {admin, `query ZqMarker { zqMarkerAlias: payments { totalCount } }`, "payments", "OK", map[string]any{"role": "ADMIN", "company": company, "environment": "SANDBOX", "key": nil}},
		"OK several":             {admin, `{ payments { totalCount } orders { totalCount } }`, "several", "OK", nil},
		"OK one by two names":    {admin, `{ a: payments { totalCount } b: payments { totalCount } __typename }`, "payments", "OK", nil},
		"OK introspection":       {admin, `{ __schema { queryType { name } } }`, "introspection", "OK", nil},
		"OK name of the type":    {admin, `{ __typename }`, "introspection", "OK", nil},
		"OK mutation":            {admin, `mutation { createBusiness(input: { name: "x" }) { business { id } } }`, "createBusiness", "OK", nil},
		"OK key":                 {api.Client(key.secret), `{ viewer { id } }`, "viewer", "OK", map[string]any{"role": "PARTNER", "key": key.id}},
		"ErrForbidden":           {api.Client(key.secret), `mutation { createBusiness(input: { name: "x" }) { business { id } } }`, "createBusiness", "FORBIDDEN", nil},
		"ErrValidation":          {admin, `{ zqmarker }`, "none", "GRAPHQL_VALIDATION_FAILED", nil},
		"ErrCostLimit":           {admin, "{" + strings.Repeat(" __typename", 300) + " }", "none", "COST_LIMIT", nil},
		"ErrParse":               {admin, `{ zqmarker`, "none", "GRAPHQL_PARSE_FAILED", nil},
		"ErrUnauthenticated":     {api.Client("zqmarker"), `{ viewer { id } }`, "none", "HTTP_401", map[string]any{"role": nil}},
		"OK operation by itself": {api.Client(api.Token(t, auth.Grant{Role: pay.RoleOperator})), `mutation { createCompany(input: { name: "Zqmarker", country: "PT", currency: "EUR" }) { company { id } } }`, "createCompany", "OK", map[string]any{"role": "OPERATOR", "company": nil}},
	} {
		got := c.client.Send(t, c.document, nil)
		line, others := log.of(t, got.RequestID)
		status := float64(got.Status)
		if line["operation"] != c.operation || line["outcome"] != c.outcome || line["status"] != status || line["milliseconds"] == nil {
			t.Errorf("%s: %v, want %s %s", name, line, c.operation, c.outcome)
		}
		for field, want := range c.more {
			if line[field] != want {
				t.Errorf("%s: %s is %v, want %v", name, field, line[field], want)
			}
		}
		for _, l := range append(others, line) {
			if text, _ := json.Marshal(l); strings.Contains(strings.ToLower(string(text)), "zqmarker") {
				t.Errorf("%s: the caller's text shows in %s", name, text)
			}
		}
	}
	form := call(t, "POST", api.URL+"/graphql", token, "text/plain", "{}")
	if line, _ := log.of(t, form.header.Get("X-Request-Id")); line["outcome"] != "GRAPHQL_PARSE_FAILED" || line["operation"] != "none" || line["status"] != 415.0 {
		t.Errorf("a form: %v", line)
	}
	link := call(t, "GET", api.URL+"/graphql?query=%7Bviewer%7Bid%7D%7D", token, "", "")
	if line, _ := log.of(t, link.header.Get("X-Request-Id")); line["outcome"] != "OK" || line["operation"] != "viewer" {
		t.Errorf("a link: %v", line)
	}
	socket, response := dial(t, api.URL, nil)
	socket.greet(t, key.secret)
	socket.subscribe(t, "1", followDocument, nil)
	socket.subscribe(t, "2", `subscription { zqmarker }`, nil)
	socket.refused(t, "2")
	socket.close()
	if line, _ := log.of(t, response.Header.Get("X-Request-Id")); line["outcome"] != "CANCELED" && line["outcome"] != "GRAPHQL_VALIDATION_FAILED" || line["status"] != 101.0 || line["role"] != "PARTNER" || line["key"] != key.id {
		t.Errorf("a websocket: %v", line)
	}
	source, response := listenFor(t, api.URL, token, `subscription { paymentEvents(after: "zqmarker") { type } }`, nil)
	for source.next(t).kind != "closed" { // or it would be a caller who hung up
	}
	source.close()
	if line, _ := log.of(t, response.Header.Get("X-Request-Id")); line["outcome"] != "GRAPHQL_VALIDATION_FAILED" || line["operation"] != "paymentEvents" || line["role"] != "ADMIN" {
		t.Errorf("server-sent events: %v", line)
	}
	forged := call(t, "POST", api.URL+"/webhooks/sandbox/"+pay.NewID().String(), "", "application/json", "{}")
	if line, _ := log.of(t, forged.header.Get("X-Request-Id")); line["outcome"] != "HTTP_404" || line["operation"] != "webhook" {
		t.Errorf("a delivery: %v", line)
	}
}

// TestFailureLine proves that what failed is told under the request's id and operation,
// with what is kept from the caller.
func TestFailureLine(t *testing.T) {
	t.Parallel()
	log := newLogLines()
	api := apptest.Start(t, log.option())
	admin := api.Admin(t)
	if got := admin.Send(t, viewerDocument, nil); got.Status != http.StatusOK { // its tenant is known now
		t.Fatalf("before: %s", got.Body)
	}
	api.App.Close()
	got := admin.Send(t, `{ orders { totalCount } }`, nil)
	line, others := log.of(t, got.RequestID)
	if len(others) == 0 || others[0]["msg"] != "request failed" || others[0]["operation"] != "orders" || others[0]["outcome"] != line["outcome"] || others[0]["error"] == "" {
		t.Errorf("before %v: %v", line, others)
	}
	if len(got.Errors) == 0 || line["outcome"] != got.Errors[0].Extensions.Code {
		t.Errorf("line %v, answer %s", line, got.Body)
	}
}
