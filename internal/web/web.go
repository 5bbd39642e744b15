// Package web is the HTTP side of the server: routes, credentials, limits and
// headers. What a request means is the business of package graph.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/web/graphiql"
)

// Options is what the server serves.
type Options struct {
	API           http.Handler
	Authenticator *auth.Authenticator
	// Ready says whether the database can be reached and is migrated.
	Ready func(context.Context) error
	Log   *slog.Logger
	// Observer is told of requests.
	Observer Observer
	// Deliver takes what providers send to the addresses of gateways; see
	// service.Service.
	Deliver func(ctx context.Context, connector, endpoint string, header http.Header, body []byte) error
	// Checkout are the pages for payers; see package checkout.
	Checkout http.Handler
	// Origins are those whose pages may use the API, besides the server's own: in lower
	// case, such as https://dashboard.example.com.
	Origins []string
	// TrustedProxies are the networks of the proxies whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Development serves GraphiQL at the root.
	Development bool
	// Names are the ids that stand in GraphiQL's examples for {{name}}.
	Names map[string]string
}

// Path of the API.
const apiPath = "/graphql"

// Handler routes requests.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(apiPath, secureHeaders(api(o)))
	mux.Handle("POST "+webhookPath, secureHeaders(webhooks(o)))
	mux.Handle(checkoutPath, checkout(o))
	mux.Handle("GET /healthz", secureHeaders(http.HandlerFunc(healthy)))
	mux.Handle("GET /readyz", secureHeaders(ready(o)))
	if o.Development {
		page := graphiql.Handler(apiPath, examples(o.Names))
		mux.Handle("GET /{$}", page)
		mux.Handle("GET /graphiql/{file}", page)
		mux.Handle("GET /graphiql/{version}/{file}", page)
	}
	absent := secureHeaders(nothing(o))
	mux.Handle("/", absent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isClean(r.URL.Path) { // to which mux would send callers on, by an answer that is not in their form
			absent.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isClean says whether a path is written as this server writes its own.
func isClean(text string) bool {
	return text == "/" || strings.HasPrefix(text, "/") && !strings.Contains(text, "//") && path.Clean(text) == strings.TrimSuffix(text, "/")
}

// nothing answers where there is nothing, in the form that all faults have.
func nothing(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := o.begin(w, r, "/", pay.NoOperation)
		defer a.end()
		writeFault(a, a.id, http.StatusNotFound, "NOT_FOUND", "There is nothing at this address.")
	})
}

// NewServer returns the HTTP server with its limits: who sends slowly, or never
// stops sending, must not keep a connection from others.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	stopping, stop := context.WithCancel(context.Background())
	server := &http.Server{
		Handler:           hurried(stopping, handler),
		ReadHeaderTimeout: 4 * time.Second, // a stop waits for headers too
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      45 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(stop)
	return server
}

// secureHeaders are the headers of every answer that is not a page.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// healthy says that the process runs, whatever its database does: restarting
// it would not help the database.
func healthy(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "ok") }

// readyTimeout bounds the check that a load balancer waits for.
const readyTimeout = 2 * time.Second

func ready(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		ready := make(chan error, 1)
		go func() { ready <- o.Ready(ctx) }()
		var err error
		select { // a database that hangs keeps its driver from noticing the end of ctx
		case err = <-ready:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			o.Log.Log(r.Context(), unlessGone(r, slog.LevelWarn), "not ready", "error", err)
			writeStatus(w, http.StatusServiceUnavailable, "unavailable")
			return
		}
		writeStatus(w, http.StatusOK, "ready")
	})
}

// unlessGone is the level of a failure that may come from the caller's hanging
// up: then nothing is wrong here, and nobody should be called.
func unlessGone(r *http.Request, level slog.Level) slog.Level {
	if r.Context().Err() != nil {
		return slog.LevelDebug
	}
	return level
}

func writeStatus(w http.ResponseWriter, code int, status string) {
	writeJSON(w, code, map[string]string{"status": status})
}

// oneCredential joins the credentials of a request that has several, as RFC 9110 (5.3) has
// it, to one that is refused: what stands before this server may have looked at another
// than the first.
func oneCredential(h http.Header) {
	if all := h.Values("Authorization"); len(all) > 1 {
		h.Set("Authorization", strings.Join(all, ", "))
	}
}

// api authenticates and then hands over to the API.
func api(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := o.begin(w, r, apiPath, pay.NoOperation)
		defer a.end()
		id, r := a.id, a.request
		oneCredential(r.Header)
		w, ctx := http.ResponseWriter(a), r.Context()
		if isHandshake(r) {
			o.openSocket(a)
			return
		}
		if o.share(w, r) {
			return
		}
		r.Header.Del("Upgrade") // to HTTP/2, which some clients offer; the library would take it for a websocket
		if !knownMethod(r.Method) {
			w.Header().Set("Allow", allowed)
			writeFault(w, id, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "The method must be GET or POST.")
			return
		}
		actor, err := o.Authenticator.Authenticate(ctx, r.Header.Get("Authorization"))
		if err != nil {
			o.refuse(w, r, id, err)
			return
		}
		a.actor = actor
		o.API.ServeHTTP(w, r.WithContext(pay.WithActor(ctx, actor)))
	})
}
