// Package graphiql serves the GraphiQL page of the gateway in development
// mode. Everything the page needs is built into the binary: it loads nothing
// from another host, so it works without a network and leaks no query, token
// or address to anybody.
//
// The page asks for no token itself. The command line prints a link that
// carries one in the fragment (the part after #), which browsers never send to
// a server; the page's script takes it from there.
package graphiql

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Example is one starting tab of the page.
type Example struct {
	// Name is shown as a comment above the query. The tab's own title is the
	// name of the operation in Query, so give every operation a name.
	Name string `json:"name"`
	// Query is the text of one GraphQL document.
	Query string `json:"query"`
	// Variables is the text of one JSON object, or empty for none.
	Variables string `json:"variables"`
}

// site is the page with the two things that differ between programs.
type site struct {
	assets   assets
	endpoint string
	examples []byte // a JSON array of Example
	mux      *http.ServeMux
}

// Handler serves the page at "/" and its files at "/graphiql/…"; every other
// path is not found. It must be mounted at the root of the host, without a
// prefix. It needs no authentication: the page holds no data and no secret.
//
// endpoint is the path of the GraphQL endpoint on the same host, for example
// "/graphql"; anything that is not such a path is a programming error and
// panics, because the page's own security policy would block it later and the
// developer would only see an empty page. The examples become the tabs of a
// browser that has not stored tabs of its own yet.
func Handler(endpoint string, examples []Example) http.Handler {
	if !strings.HasPrefix(endpoint, "/") || strings.HasPrefix(endpoint, "//") {
		panic(fmt.Sprintf("graphiql: endpoint %q is not a path on this host", endpoint))
	}
	list, err := json.Marshal(append([]Example{}, examples...))
	if err != nil {
		panic(fmt.Sprintf("graphiql: examples: %v", err))
	}
	s := &site{assets: loadAssets(), endpoint: endpoint, examples: list, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{$}", s.servePage)
	s.mux.HandleFunc("GET /graphiql/examples.json", s.serveExamples)
	s.mux.HandleFunc("GET /graphiql/{version}/{file}", s.assets.serve)
	return s
}

// ServeHTTP starts from the strictest headers, so that an error page, too, can
// neither run scripts nor be framed nor be cached.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	s.mux.ServeHTTP(w, r)
}

var pageTemplate = template.Must(template.ParseFS(files, "page/page.html"))

func (s *site) servePage(w http.ResponseWriter, _ *http.Request) {
	nonce := rand.Text()
	var page bytes.Buffer
	err := pageTemplate.Execute(&page, map[string]string{
		"Assets":   "/graphiql/" + s.assets.version,
		"Endpoint": s.endpoint,
		"Nonce":    nonce,
	})
	if err != nil {
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy(nonce))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes()) // the browser went away: nobody is left to tell
}

// pagePolicy is the strictest policy under which GraphiQL 4 works.
//
// The nonce is for one style element: the dialogs lock scrolling with one they
// create at run time, and look for a nonce to put on it. It must be new for
// every response, or a stored one would allow any style. Fonts and a few icons
// are data: URLs inside the style sheet. No inline or evaluated script, no
// worker, no frame and no request to another host is allowed.
func pagePolicy(styleNonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'nonce-" + styleNonce + "'",
		"img-src 'self' data:",
		"font-src data:",
		"connect-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

func (s *site) serveExamples(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.examples) // the browser went away: nobody is left to tell
}
