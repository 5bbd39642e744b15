// Package resttest is how fakes of providers answer badly: tests of connectors use it.
package resttest

import (
	"encoding/json"
	"io"
	"net/http"
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

// Answer does what was asked, unless the fault keeps it from that, and answers with what
// came of it.
func Answer(w http.ResponseWriter, r *http.Request, f Fault, do func() (status int, body any)) {
	switch f {
	case DropBefore:
		drop(w)
		return
	case HangBefore:
		hang(r)
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
		hang(r)
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

// broken is an error of the provider's own, which looks like a refusal but for the status.
func broken(w http.ResponseWriter) {
	http.Error(w, `{"name":"INTERNAL_SERVER_ERROR","debug_id":"<secret>","details":[{"issue":"INTERNAL_SERVICE_ERROR"}],"statusCode":"2023"}`, http.StatusInternalServerError)
}

// hang waits until the caller has gone, which a server sees once it has read all that the
// caller sent.
func hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func drop(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = connection.Close()
}
