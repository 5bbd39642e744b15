package web

import (
	"net/http"
	"sync/atomic"

	"github.com/paygraph/paygraph/internal/pay"
)

// Gate is what a server serves while it starts: it is alive and not ready, and
// every request of the API is told to come again. The zero value is closed.
type Gate struct{ handler atomic.Pointer[http.Handler] }

// Open lets the requests that come from now on through to the handler.
func (g *Gate) Open(handler http.Handler) { g.handler.Store(&handler) }

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handler := g.handler.Load(); handler != nil {
		(*handler).ServeHTTP(w, r)
		return
	}
	starting.ServeHTTP(w, r)
}

var starting = func() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		writeStatus(w, http.StatusServiceUnavailable, "starting")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		id := pay.NewID().String()
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("Retry-After", "1")
		writeFault(w, id, http.StatusServiceUnavailable, "UNAVAILABLE", "The service is starting. Try again in a moment.")
	})
	return secureHeaders(mux)
}()
