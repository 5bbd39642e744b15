package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/live"
)

func (s streams) serveEvents(w http.ResponseWriter, r *http.Request) {
	ctx, conn, err := s.connections.Admit(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer conn.Leave()
	control := http.NewResponseController(w)
	w.Header().Set("X-Accel-Buffering", "no") // proxies that collect answers first
	paced := &eventWriter{ResponseWriter: w, control: control, ctx: ctx}
	defer paced.end()
	s.server.ServeHTTP(paced, r.WithContext(ctx))
}

// serverSentEvents is the library's transport behind our own reading of requests: the
// library repeats a body that it cannot read, card data and all.
type serverSentEvents struct {
	transport.SSE
	costs costs
}

// Supports says whether the request was found to open a stream; see streams.beside.
func (serverSentEvents) Supports(r *http.Request) bool {
	return isStream(r.Context()) && r.Method == http.MethodPost
}

// Do answers a request with a stream.
func (t serverSentEvents) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if late := t.costs.admit(r.Context()); late != nil {
		turnAway(r.Context(), w, mediaJSON, exec, late)
		return
	}
	request := &graphql.RawParams{}
	if bad := readBody(w, r, request); bad != nil {
		respond(w, mediaJSON, bad.status, exec.DispatchError(r.Context(), gqlerror.List{bad.fault}))
		return
	}
	// The limit for sending a request, which is here, would end the stream.
	http.NewResponseController(w).SetReadDeadline(time.Time{}) // #nosec G104 -- a connection that is gone has none
	body, err := json.Marshal(request)
	if err != nil {
		panic(err) // it was read as JSON; the library answers panics
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.SSE.Do(w, r, exec)
}

// eventWriter writes a stream of events. What the client does not read in time breaks
// the connection, and so ends the request's context.
type eventWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	// ctx is that of the connection.
	ctx context.Context

	mu    sync.Mutex
	ended bool
}

// silent says that nothing is to be written any more: the request is over, which the
// library's heartbeat may notice late, or the server stops. Then the word that the
// subscription is complete would keep its client from going on elsewhere.
func (w *eventWriter) silent() bool {
	return w.ended || errors.Is(context.Cause(w.ctx), live.ErrStopping)
}

// Write writes within the time for it.
func (w *eventWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent() {
		return len(text), nil
	}
	w.Header().Set("Cache-Control", "no-store") // the library permits caches to keep it
	w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	return w.ResponseWriter.Write(text)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *eventWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was written.
func (w *eventWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.silent() {
		w.control.Flush()
	}
}

// end lets the server end the answer.
func (w *eventWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
}
