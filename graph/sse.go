package graph

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

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

// serverSentEvents answers by a stream of events. The library's own transport repeats a
// body that it cannot read, card data and all, has data where nothing was executed, and
// keeps the body as long as the stream lasts.
type serverSentEvents struct{ costs costs }

var _ graphql.Transport = serverSentEvents{}

// Supports says whether the request was found to open a stream; see streams.beside.
func (serverSentEvents) Supports(r *http.Request) bool {
	return isStream(r.Context()) && r.Method == http.MethodPost
}

// streamBody bounds a request that is answered by a stream.
var streamBody = bound{maxStreamRequest, "The request for a stream is larger than 64 KiB."}

// Do answers a request with a stream.
func (t serverSentEvents) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	if late := t.costs.admit(ctx); late != nil {
		turnAway(ctx, w, mediaJSON, exec, late)
		return
	}
	request := &graphql.RawParams{Headers: r.Header}
	if bad := readBody(t.costs, w, r, streamBody, request); bad != nil {
		bad.answer(ctx, w, mediaJSON, exec)
		return
	}
	r.Body.Close() // #nosec G104 -- all of it was read
	// The limit for sending a request, which is here, would end the stream.
	http.NewResponseController(w).SetReadDeadline(time.Time{}) // #nosec G104 -- a connection that is gone has none
	w.Header().Set("Content-Type", mediaEvents)
	tell(w, ":\n\n") // the client sees at once that it is connected
	defer beating(w)()
	oc, faults := exec.CreateOperationContext(ctx, request)
	ctx = graphql.WithOperationContext(ctx, oc)
	if faults != nil {
		tellNext(w, exec.DispatchError(ctx, faults[:min(len(faults), maxErrors)]))
	} else {
		responses, ctx := exec.DispatchOperation(ctx, oc)
		for response := responses(ctx); response != nil; response = responses(ctx) {
			tellNext(w, response)
		}
	}
	tell(w, "event: complete\n\n")
}

// beating has a quiet stream say something now and then until it is stopped.
func beating(w http.ResponseWriter) (stop func()) {
	beat, over := time.NewTicker(heartbeat), make(chan struct{})
	go func() {
		for {
			select {
			case <-beat.C:
				tell(w, ": ping\n\n")
			case <-over:
				return
			}
		}
	}()
	return func() {
		beat.Stop()
		close(over)
	}
}

func tellNext(w http.ResponseWriter, response *graphql.Response) {
	tell(w, "event: next\ndata: "+string(inJSON(response))+"\n\n")
}

// tell sends a piece of a stream at once. Who does not take it in is cut off by eventWriter,
// which ends the request's context.
func tell(w http.ResponseWriter, text string) {
	io.WriteString(w, text)               // #nosec G104 -- see above
	http.NewResponseController(w).Flush() // #nosec G104 -- see above
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
// heartbeat may notice late, or the server stops. Then the word that the
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
