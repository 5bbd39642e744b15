// Package resttest is how fakes of providers answer badly: tests of connectors use it.
package resttest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// Fault is a way in which an answer goes wrong.
type Fault string

// The faults. Those called After did what was asked; the others did not.
const (
	None Fault = ""
	// DropBefore and DropAfter end the connection without an answer.
	DropBefore Fault = "drop before"
	DropAfter  Fault = "drop after"
	// HangBefore and HangAfter answer nothing until the caller has gone.
	HangBefore Fault = "hang before"
	HangAfter  Fault = "hang after"
	// ErrorBefore and ErrorAfter are status 500.
	ErrorBefore Fault = "error before"
	ErrorAfter  Fault = "error after"
	// HalfAfter ends in the middle of the body, GarbledAfter is a page in HTML with status
	// 200, and EmptyAfter has no body.
	HalfAfter    Fault = "half after"
	GarbledAfter Fault = "garbled after"
	EmptyAfter   Fault = "empty after"
	// Limited is status 429.
	Limited Fault = "limited"
)

// Faults are those of answers after which the caller knows nothing.
func Faults() []Fault {
	return []Fault{DropBefore, DropAfter, HangBefore, HangAfter, ErrorBefore, ErrorAfter, HalfAfter, GarbledAfter, EmptyAfter}
}

// Hangs tells callers of a fake of answers that hang, so that they do not wait for a time that
// is too long for a test and too short for a busy machine. The zero value is ready.
type Hangs struct {
	mu      sync.Mutex
	waiting []context.CancelFunc
}

// Until is a context that ends when the next answer hangs, and not before: what was asked is
// done by then, or never will be.
func (h *Hangs) Until(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, cancel)
	return ctx
}

// hang waits until the caller has gone, which a server sees once it has read all that the
// caller sent.
func (h *Hangs) hang(r *http.Request) {
	h.mu.Lock()
	for _, cancel := range h.waiting {
		cancel()
	}
	h.waiting = nil
	h.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// Answer does what was asked, unless the fault keeps it from that, and answers with what
// came of it.
func (h *Hangs) Answer(w http.ResponseWriter, r *http.Request, f Fault, do func() (status int, body any)) {
	switch f {
	case DropBefore:
		drop(w)
		return
	case HangBefore:
		h.hang(r)
		return
	case ErrorBefore:
		broken(w)
		return
	case Limited:
		http.Error(w, `{"name":"RATE_LIMIT_REACHED"}`, http.StatusTooManyRequests)
		return
	}
	status, body := do()
	content, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	if body == nil {
		content = nil
	}
	switch f {
	case DropAfter:
		drop(w)
	case HangAfter:
		h.hang(r)
	case ErrorAfter:
		broken(w)
	case HalfAfter:
		w.Header().Set("Content-Length", "100000")
		w.WriteHeader(status)
		_, _ = w.Write(content[:len(content)/2])
	case GarbledAfter:
		_, _ = w.Write([]byte("<html><title>Maintenance</title></html>"))
	case EmptyAfter:
		w.WriteHeader(status)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
		w.WriteHeader(status)
		_, _ = w.Write(content)
	}
}

// Answer is that of Hangs about which nobody asks.
func Answer(w http.ResponseWriter, r *http.Request, f Fault, do func() (status int, body any)) {
	new(Hangs).Answer(w, r, f, do)
}

// broken is an error of the provider's own, which looks like a refusal but for the status.
func broken(w http.ResponseWriter) {
	http.Error(w, `{"name":"INTERNAL_SERVER_ERROR","debug_id":"<secret>","details":[{"issue":"INTERNAL_SERVICE_ERROR"}],"statusCode":"2023"}`, http.StatusInternalServerError)
}

func drop(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = connection.Close()
}
