package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// provider answers request after request with the answers given, the last one from
// then on, and keeps what was sent.
type provider struct {
	mu      sync.Mutex
	answers []func(http.ResponseWriter)
	bodies  []string
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, string(body))
	answer := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	answer(w)
}

func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func hangsUp(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		connection.Close()
	}
}

func paid(status, more string) string {
	return fmt.Sprintf(`{"data":{"payOrders":{"payment":{"humanId":"ABC123","paidAmount":{"decimal":"5.00","currency":"EUR"}},
		"transaction":{"id":"txn_1","status":%q%s},"errors":[]}}}`, status, more)
}

func refused(code, more string) string {
	return fmt.Sprintf(`{"data":{"payOrders":{"payment":null,"transaction":null,"errors":[{"code":%q,"message":"No.","path":["input"]%s}]}}}`, code, more)
}

func looked(status string) string {
	return fmt.Sprintf(`{"data":{"transaction":{"id":"txn_1","status":%q,"payment":{"humanId":"ABC123","paidAmount":{"decimal":"5.00","currency":"EUR"}}}}}`, status)
}

// TestPay proves what the program makes of every sort of answer, how often it asks
// and that it never asks in another way.
func TestPay(t *testing.T) {
	t.Parallel()
	busy := says(503, `{"errors":[{"message":"Later.","extensions":{"code":"UNAVAILABLE","requestId":"r"}}]}`)
	for name, c := range map[string]struct {
		answers []func(http.ResponseWriter)
		exit    int
		tells   string
		asks    int
	}{
		"captured":                   {[]func(http.ResponseWriter){says(200, paid("CAPTURED", ""))}, exitPaid, "ABC123: 5.00 EUR paid", 1},
		"held":                       {[]func(http.ResponseWriter){says(200, paid("AUTHORIZED", ""))}, exitPaid, "held", 1},
		"the payer must act":         {[]func(http.ResponseWriter){says(200, paid("REQUIRES_ACTION", `,"action":{"type":"REDIRECT","url":"https://bank.example"}`))}, exitPaid, "REDIRECT https://bank.example", 1},
		"declined":                   {[]func(http.ResponseWriter){says(200, paid("FAILED", `,"error":{"code":"DECLINED","message":"Insufficient funds."}`))}, exitNotPaid, "FAILED, DECLINED", 1},
		"given back since":           {[]func(http.ResponseWriter){says(200, paid("REFUNDED", ""))}, exitNotPaid, "REFUNDED", 1},
		"an answer is lost":          {[]func(http.ResponseWriter){hangsUp, says(200, paid("CAPTURED", ""))}, exitPaid, "paid", 2},
		"the server is busy":         {[]func(http.ResponseWriter){busy, busy, says(200, paid("CAPTURED", ""))}, exitPaid, "paid", 3},
		"no answer ever":             {[]func(http.ResponseWriter){hangsUp}, exitUnknown, "nobody knows", maxTries},
		"the outcome is not known":   {[]func(http.ResponseWriter){says(200, `{"data":null,"errors":[{"message":"?","extensions":{"outcome":"UNKNOWN"}}]}`), says(200, paid("CAPTURED", ""))}, exitPaid, "paid", 2},
		"done, and not all is read":  {[]func(http.ResponseWriter){says(200, strings.TrimSuffix(paid("CAPTURED", ""), "}")+`,"errors":[{"message":"?","extensions":{"outcome":"COMMITTED"}}]}`)}, exitPaid, "paid", 1},
		"done, and nothing is read":  {[]func(http.ResponseWriter){says(200, `{"data":null,"errors":[{"message":"?","extensions":{"outcome":"COMMITTED"}}]}`)}, exitUnknown, "not whole", 1},
		"the key is bad":             {[]func(http.ResponseWriter){says(401, `{"errors":[{"message":"No.","extensions":{"code":"UNAUTHENTICATED","requestId":"r"}}]}`)}, exitNotPaid, "UNAUTHENTICATED", 1},
		"another run has not ended":  {[]func(http.ResponseWriter){says(200, refused("IDEMPOTENCY_IN_PROGRESS", `,"retryAfterSeconds":30`)), says(200, paid("CAPTURED", ""))}, exitPaid, "paid", 2},
		"the order is paid already":  {[]func(http.ResponseWriter){says(200, refused("ORDER_ALREADY_PAID", ""))}, exitNotPaid, "ORDER_ALREADY_PAID at [input]", 1},
		"the result comes later":     {[]func(http.ResponseWriter){says(200, paid("UNKNOWN", "")), says(200, looked("PENDING")), says(200, looked("CAPTURED"))}, exitPaid, "paid", 3},
		"a status that is new":       {[]func(http.ResponseWriter){says(200, paid("LIMBO", "")), says(200, looked("CAPTURED"))}, exitPaid, "paid", 2},
		"the attempt is not there":   {[]func(http.ResponseWriter){says(200, paid("PENDING", "")), says(200, `{"data":{"transaction":null}}`)}, exitUnknown, "cannot be read", 2},
		"the result does not come":   {[]func(http.ResponseWriter){says(200, paid("UNKNOWN", "")), says(200, looked("UNKNOWN"))}, exitUnknown, "nobody knows", 1 + maxLooks},
		"something else than an API": {[]func(http.ResponseWriter){says(200, "<html>")}, exitNotPaid, "no answer of the API", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &provider{answers: c.answers}
			server := httptest.NewServer(api)
			defer server.Close()
			var out strings.Builder
			args := []string{"--url", server.URL, "--key", "k", "--order", "ord_1", "--gateway", "gw_1", "--token", "tok_approve"}
			atOnce := func(context.Context, time.Duration) error { return nil }
			if exit := run(t.Context(), args, &out, &out, atOnce); exit != c.exit || !strings.Contains(out.String(), c.tells) {
				t.Errorf("exit %d, %q; want %d, %q", exit, out.String(), c.exit, c.tells)
			}
			// The server does not wait for a request whose connection was taken over.
			api.mu.Lock()
			defer api.mu.Unlock()
			if len(api.bodies) != c.asks {
				t.Errorf("asked %d times, want %d", len(api.bodies), c.asks)
			}
			for _, body := range api.bodies {
				if strings.Contains(body, "mutation") && body != api.bodies[0] {
					t.Errorf("a repeat differs: %s", body)
				}
			}
		})
	}
}

// TestStopped proves that who stops the program while nothing is known is told so.
func TestStopped(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&provider{answers: []func(http.ResponseWriter){hangsUp}})
	defer server.Close()
	var out strings.Builder
	stopped := func(context.Context, time.Duration) error { return context.Canceled }
	if exit := run(t.Context(), []string{"--url", server.URL, "--key", "k", "--order", "o", "--gateway", "g"}, &out, &out, stopped); exit != exitUnknown {
		t.Errorf("exit %d: %s", exit, out.String())
	}
}

// TestUsage proves that a wrong command line sends nothing.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--key", "k", "--order", "o"}, {"--bad"}, {"--key", "k", "--order", "o", "--gateway", "g", "more"}} {
		if exit := run(t.Context(), args, io.Discard, io.Discard, nil); exit != exitUsage {
			t.Errorf("%q: exit %d", args, exit)
		}
	}
}

// TestDocuments proves that the schema has what the program asks for.
func TestDocuments(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	for _, document := range []string{payDocument, lookDocument} {
		if _, errs := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules()); errs != nil {
			t.Errorf("%v in %s", errs, document)
		}
	}
	if !json.Valid([]byte(paid("CAPTURED", ""))) {
		t.Error("the test's own answers are no JSON")
	}
}
