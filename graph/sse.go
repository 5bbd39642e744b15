package graph

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

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
	// The limit for sending a request, which is here, would end the stream.
	control.SetReadDeadline(time.Time{})
	w.Header().Set("X-Accel-Buffering", "no") // proxies that collect answers first
	paced := &eventWriter{ResponseWriter: w, control: control, ctx: ctx}
	defer paced.end()
	s.server.ServeHTTP(paced, r.WithContext(ctx))
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
