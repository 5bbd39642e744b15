package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
)

// command runs the program as a user does, on a database of its own.
type command struct {
	env map[string]string
}

func newCommand(t *testing.T) command {
	return command{env: map[string]string{
		"DATABASE_URL":        pgtest.New(t).URL,
		"PAYGRAPH_JWT_SECRET": "K6v0eSx2mW9qTzR4uYb7NcD1fGhJ5LpA",
		"PAYGRAPH_ADDR":       "127.0.0.1:0",
	}}
}

func (c command) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = app.Main(ctx, app.Process{Args: args, Getenv: func(name string) string { return c.env[name] }, Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

// TestUsage proves that a command line that makes no sense ends with usage and
// exit code 2, before anything is touched.
func TestUsage(t *testing.T) {
	t.Parallel()
	c := command{env: map[string]string{}}
	for _, line := range []string{"nonsense", "serve extra", "serve --nonsense", "--nonsense", "migrate 1", "token --nonsense",
		"token extra", "company", "company remove", "company list extra", "demo --x", "version -x", "help me"} {
		code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "sage") {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
	}
	for line, want := range map[string]string{"help": "Environment:", "-h": "Environment:", "--help": "Environment:", "serve --help": "Environment:",
		"token -h": "Usage: paygraph token", "version": "paygraph ", "--version": "paygraph "} {
		if code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...); code != 0 || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%q: exit %d, %q, %q", line, code, stdout, stderr)
		}
	}
	for line, fault := range map[string]string{
		"serve --x":                                   "migrate", // the whole usage
		"company create":                              "--name is missing",
		"company create --name X --currency EUR":      "--country is missing",
		"company create --name X --country PT":        "--currency is missing",
		"token":                                       "--company is missing",
		"token --company x --role customer":           "--customer is missing",
		"token --company x --customer y":              "--customer is for the role customer only",
		"token --role operator --customer y":          "--customer is for the role customer only",
		"token --role operator --company x":           "make no sense for the role operator",
		"token --role operator --environment sandbox": "make no sense for the role operator",
	} {
		code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, fault) || !strings.Contains(stderr, "Usage: paygraph") {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
	}
}

// TestCompanyAndToken proves that companies are made and listed, and that token
// prints a token and nothing else.
func TestCompanyAndToken(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	code, stdout, stderr := c.run(t.Context(), "company", "create", "--name", "Fish & Chips", "--country", "gb", "--currency", "gbp")
	if code != 0 || !strings.HasPrefix(stdout, "fish-chips\tcmp_") {
		t.Fatalf("create: exit %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := c.run(t.Context(), "company", "create", "--name", "Fish Chips", "--country", "GB", "--currency", "GBP"); code != 1 || !strings.Contains(stderr, "DUPLICATE_REFERENCE") {
		t.Errorf("the same short name: exit %d, %q", code, stderr)
	}
	if _, stdout, _ := c.run(t.Context(), "company", "list"); !strings.Contains(stdout, "Fish & Chips") {
		t.Errorf("list: %q", stdout)
	}
	code, stdout, stderr = c.run(t.Context(), "token", "--company", "fish-chips", "--environment", "live", "--role", "staff", "--scopes", "payments:read", "--ttl", "1h")
	if code != 0 || strings.Count(stdout, ".") != 2 || strings.Count(stdout, "\n") != 1 {
		t.Errorf("token: exit %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, _ := c.run(t.Context(), "token", "--role", "operator"); code != 0 || stdout == "" {
		t.Errorf("operator's token: exit %d", code)
	}
	for fault, line := range map[string]string{
		"no company":       "token --company nobody",
		"no customer id":   "token --company fish-chips --role customer --customer x",
		"role":             "token --company fish-chips --role emperor",
		"scope":            "token --company fish-chips --role readonly --scopes payments:write",
		"ISO 3166":         "company create --name X --country XX --currency EUR",
		"unknown currency": "company create --name X --country PT --currency XYZ",
		"environment":      "token --company fish-chips --environment test",
		"--slug":           "company create --name 日本 --country JP --currency JPY",
	} {
		code, stdout, stderr := c.run(t.Context(), strings.Fields(line)...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, fault) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
	}
}

// TestCustomerToken proves that a customer gets a token in its own company and
// environment, and in no other.
func TestCustomerToken(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	api.NewCompany(t, "other")
	customer := api.Admin(t).Make(t).Customer()
	c := newCommand(t)
	c.env["DATABASE_URL"] = api.Database.URL
	for line, want := range map[string]int{
		"--company acme":                    0,
		"--company acme --environment live": 1,
		"--company other":                   1,
	} {
		args := append([]string{"token", "--role", "customer", "--customer", customer}, strings.Fields(line)...)
		if code, stdout, stderr := c.run(t.Context(), args...); code != want || (code != 0 && !strings.Contains(stderr, "has no customer")) || (code == 0) != (stdout != "") {
			t.Errorf("%s: exit %d, %q, %q", line, code, stdout, stderr)
		}
	}
}

// TestStoppedCommand proves that a command that was stopped says so, without
// what broke off because of that.
func TestStoppedCommand(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if code, stdout, stderr := newCommand(t).run(ctx, "migrate"); code != 1 || stdout != "" || stderr != "paygraph: stopped before it was done\n" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// TestSettings proves that bad settings stop the start and name their variable,
// and that production starts only with a way to check tokens.
func TestSettings(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"PAYGRAPH_ADDR": "nonsense", "DATABASE_URL": "mysql://x", "PAYGRAPH_DATA_DIR": "relative",
		"PAYGRAPH_JWT_SECRET": "short", "PAYGRAPH_JWKS_URL": "ftp://x", "PAYGRAPH_LOG_LEVEL": "loud", "PAYGRAPH_LOG_FORMAT": "xml", "PAYGRAPH_DEV": "maybe"} {
		c := command{env: map[string]string{name: value}}
		code, _, stderr := c.run(t.Context(), "serve")
		if code != 1 || !strings.Contains(stderr, name) || strings.Contains(stderr, "panic") {
			t.Errorf("%s=%s: exit %d, %q", name, value, code, stderr)
		}
	}
	c := newCommand(t)
	delete(c.env, "PAYGRAPH_JWT_SECRET")
	if code, _, stderr := c.run(t.Context(), "serve"); code != 1 || !strings.Contains(stderr, "PAYGRAPH_JWT_SECRET") {
		t.Errorf("production without a secret: exit %d, %q", code, stderr)
	}
	for _, line := range []string{"migrate", "company list", "company create --name Bistro --country PT --currency EUR"} {
		if code, _, stderr := c.run(t.Context(), strings.Fields(line)...); code != 0 {
			t.Errorf("%s, which needs no secret: exit %d, %q", line, code, stderr)
		}
	}
	if code, _, stderr := c.run(t.Context(), "token", "--company", "bistro"); code != 1 || !strings.Contains(stderr, "PAYGRAPH_JWT_SECRET") {
		t.Errorf("a token without a secret: exit %d, %q", code, stderr)
	}
	c.env["PAYGRAPH_JWT_SECRET"] = strings.Repeat("a", 40)
	if code, _, stderr := c.run(t.Context(), "serve"); code != 1 || !strings.Contains(stderr, "PAYGRAPH_JWT_SECRET") {
		t.Errorf("production with a secret that can be guessed: exit %d, %q", code, stderr)
	}
}

// TestServe starts the server as a user does and stops it: development greets
// with a token that works, and production shows neither GraphiQL nor demo.
func TestServe(t *testing.T) {
	t.Parallel()
	t.Run("Development", func(t *testing.T) {
		t.Parallel()
		c := newCommand(t)
		c.env["PAYGRAPH_DEV"] = "true"
		greeting, stop := serve(t, c, "Token ")
		address, token := line(greeting, "API "), line(greeting, "Token ")
		if status, body := ask(t, address, token, `{ payments(first: 1) { totalCount } viewer { role environment company { slug } } }`); status != http.StatusOK ||
			!strings.Contains(body, `"slug":"demo"`) || strings.Contains(body, "errors") {
			t.Errorf("query with the printed token: %d %s", status, body)
		}
		if page := get(t, strings.TrimSuffix(address, "/graphql")+"/"); !strings.Contains(page, "GraphiQL") && !strings.Contains(page, "graphiql") {
			t.Errorf("no GraphiQL at the root: %.200s", page)
		}
		if code := stop(); code != 0 {
			t.Errorf("exit %d after a stop", code)
		}
	})
	t.Run("Production", func(t *testing.T) {
		t.Parallel()
		c := newCommand(t)
		c.env["PAYGRAPH_LOG_FORMAT"] = "json"
		log, stop := serve(t, c, "address")
		var entry struct{ Address string }
		for _, text := range strings.Split(log, "\n") {
			if strings.Contains(text, `"address"`) {
				if err := json.Unmarshal([]byte(text), &entry); err != nil {
					t.Fatalf("log line %q: %v", text, err)
				}
			}
		}
		if page := get(t, "http://"+entry.Address+"/"); strings.Contains(page, "raphi") {
			t.Errorf("GraphiQL outside development: %.200s", page)
		}
		if ready := get(t, "http://"+entry.Address+"/readyz"); !strings.Contains(ready, "ready") {
			t.Errorf("readyz: %s", ready)
		}
		if code := stop(); code != 0 {
			t.Errorf("exit %d after a stop", code)
		}
	})
}

// serve runs the server until its output holds the text; stop ends it and
// returns its exit code.
func serve(t *testing.T, c command, text string) (output string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- app.Main(ctx, app.Process{Getenv: func(name string) string { return c.env[name] }, Stdout: writer, Stderr: writer})
		writer.Close()
	}()
	var seen bytes.Buffer
	buffer := make([]byte, 4096)
	for !strings.Contains(seen.String(), text) || !strings.HasSuffix(seen.String(), "\n") {
		n, err := reader.Read(buffer)
		seen.Write(buffer[:n])
		if err != nil {
			cancel()
			t.Fatalf("server ended: %s", seen.String())
		}
	}
	go io.Copy(io.Discard, reader)
	return seen.String(), func() int { cancel(); return <-code }
}

// line is what follows a label in the greeting.
func line(greeting, label string) string {
	_, rest, _ := strings.Cut(greeting, label)
	return strings.Fields(rest)[0]
}

func ask(t *testing.T, address, token, document string) (int, string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"query": document})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	return read(t, request)
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := read(t, request)
	return body
}

func read(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}
