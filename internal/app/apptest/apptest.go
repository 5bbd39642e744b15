// Package apptest starts the whole program on a database of its own, for tests
// that talk to the API as a client does: real HTTP, real credentials, real
// PostgreSQL. Only the outside world behind the connectors may be a fake.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/service"
	"github.com/paygraph/paygraph/internal/web"
)

// Secret signs the tokens of tests, long enough for HS256. It looks random, as servers
// that face the world demand.
const Secret = "w7Qn4cM0u2Yv9kXzR5tEo8LpS3aHdGf6"

// API is a running server with one company, "acme" of Portugal, in EUR.
type API struct {
	App *app.App
	// URL is the address of the server, without path.
	URL     string
	Company pay.Company
	// Database is what the server uses; tests look behind the API with it.
	Database pgtest.Database
	// JWT is what tokens must be signed with and say.
	JWT auth.Settings
	// Config is what the server was opened with.
	Config config.Config

	server *httptest.Server
}

// Start starts a server that ends with the test.
func Start(tb testing.TB, options ...app.Option) *API {
	tb.Helper()
	a := &API{Database: pgtest.New(tb), JWT: auth.Settings{Secret: []byte(Secret), Issuer: "paygraph", Audience: "paygraph"}}
	a.open(tb, options)
	a.Company = a.NewCompany(tb, "acme")
	return a
}

// Another starts a second server on the same database, with the same company.
func (a *API) Another(tb testing.TB, options ...app.Option) *API {
	tb.Helper()
	other := &API{Database: a.Database, Company: a.Company, JWT: a.JWT}
	other.open(tb, options)
	return other
}

func (a *API) open(tb testing.TB, options []app.Option) {
	tb.Helper()
	var err error
	a.Config = config.Config{DatabaseURL: a.Database.URL, DirectURL: a.Database.URL, JWT: a.JWT, Secrets: []byte("a key of tests for the secrets of gateways"),
		Executor:        os.Getenv("PAYGRAPH_EXECUTOR"), // has all tests run with the other one
		WebhookNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	a.App, err = app.Open(tb.Context(), a.Config, options...)
	if err != nil {
		tb.Fatalf("open app: %v", err)
	}
	tb.Cleanup(a.App.Close)
	handler, err := a.App.Handler(tb.Context())
	if err != nil {
		tb.Fatalf("handler: %v", err)
	}
	a.server = httptest.NewUnstartedServer(handler)
	a.server.Listener = web.Whole(a.server.Config, a.server.Listener)
	a.server.Start()
	tb.Cleanup(a.server.Close)
	a.URL = a.server.URL
}

// Stop ends the server as a signal does: it takes no more requests, ends its streams and
// finishes the rest.
func (a *API) Stop(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 20*time.Second)
	defer cancel()
	if err := a.App.ShutDown(ctx, a.server.Config); err != nil {
		tb.Errorf("stop: %v", err)
	}
	a.App.Close()
}

// NewCompany makes a company, in EUR.
func (a *API) NewCompany(tb testing.TB, slug string) pay.Company {
	tb.Helper()
	operator := pay.WithActor(tb.Context(), pay.Actor{ID: "operator:test", Role: pay.RoleOperator})
	company, err := a.App.Service.CreateCompany(operator, service.CreateCompanyInput{Name: slug, Slug: &slug, Country: "PT", Currency: "EUR"})
	if err != nil {
		tb.Fatalf("create company %s: %v", slug, err)
	}
	return company
}

// Token signs a token for a grant; what it leaves out is the sandbox of the
// server's company, the role ADMIN and an hour.
func (a *API) Token(tb testing.TB, g auth.Grant) string {
	tb.Helper()
	if g.Role == "" {
		g.Role = pay.RoleAdmin
	}
	if g.CompanyID == uuid.Nil && g.Role != pay.RoleOperator {
		g.CompanyID = a.Company.ID
	}
	if g.Environment == "" && g.Role != pay.RoleOperator {
		g.Environment = pay.Sandbox
	}
	if g.TTL == 0 {
		g.TTL = time.Hour
	}
	if g.Subject == "" {
		g.Subject = "test"
		if g.Role != pay.RoleAdmin { // another person
			g.Subject = strings.ToLower(string(g.Role))
		}
	}
	token, err := a.JWT.Issue(g, pay.SystemClock())
	if err != nil {
		tb.Fatalf("issue token: %v", err)
	}
	return token
}

// Admin is a client with an admin's token for the sandbox of the server's company.
func (a *API) Admin(tb testing.TB) *Client {
	tb.Helper()
	return a.Client(a.Token(tb, auth.Grant{}))
}

// Client sends documents with one credential.
type Client struct {
	url    string
	token  string
	header http.Header
}

// With returns a client that sends a header more.
func (c *Client) With(name string, values ...string) *Client {
	other := *c
	other.header = c.header.Clone()
	if other.header == nil {
		other.header = http.Header{}
	}
	other.header[http.CanonicalHeaderKey(name)] = values
	return &other
}

// Client returns a client with the token, or without any when it is empty.
func (a *API) Client(token string) *Client { return &Client{url: a.URL, token: token} }

// Token is what the client proves itself by.
func (c *Client) Token() string { return c.token }

// Vars are the variables of a document.
type Vars map[string]any

// Error is one entry of a response's errors.
type Error struct {
	Message    string
	Path       []any
	Extensions struct{ Code, RequestID, Outcome string }
}

// Response is the answer to one document.
type Response struct {
	// Status is the HTTP status.
	Status int
	Data   json.RawMessage
	Errors []Error
	// Body is the whole answer as it came.
	Body   string
	Header http.Header
	// RequestID is the header X-Request-Id.
	RequestID string
}

// Send sends a document and returns whatever comes back.
func (c *Client) Send(tb testing.TB, document string, vars Vars) Response {
	tb.Helper()
	return c.SendContext(tb.Context(), tb, document, vars)
}

// SendContext is Send with a context, whose end hangs up.
func (c *Client) SendContext(ctx context.Context, tb testing.TB, document string, vars Vars) Response {
	tb.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": vars})
	if err != nil {
		tb.Fatalf("encode request: %v", err)
	}
	return c.SendBody(ctx, tb, body)
}

// SendBody sends a request body as it is.
func (c *Client) SendBody(ctx context.Context, tb testing.TB, body []byte) Response {
	tb.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		tb.Fatalf("request: %v", err)
	}
	if c.header != nil {
		request.Header = c.header.Clone()
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return Response{}
		}
		tb.Fatalf("send: %v", err)
	}
	defer response.Body.Close()
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(response.Body); err != nil && ctx.Err() == nil {
		tb.Fatalf("read answer: %v", err)
	}
	answer := Response{Status: response.StatusCode, Body: raw.String(), Header: response.Header, RequestID: response.Header.Get("X-Request-Id")}
	if err := json.Unmarshal(raw.Bytes(), &answer); err != nil && ctx.Err() == nil {
		tb.Fatalf("answer is no GraphQL response: %v: %s", err, raw.String())
	}
	return answer
}

// Do sends a document that must be answered without top-level errors, and
// decodes its data into a T.
func Do[T any](tb testing.TB, c *Client, document string, vars Vars) T {
	tb.Helper()
	answer := c.Send(tb, document, vars)
	if len(answer.Errors) > 0 {
		tb.Fatalf("top-level errors: %s", answer.Body)
	}
	var data T
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		tb.Fatalf("decode data: %v: %s", err, answer.Body)
	}
	return data
}
