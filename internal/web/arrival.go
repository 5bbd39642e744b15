package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// arrivalGrace is how long a server that stops waits for the rest of a request:
	// one that was sent in good time arrives, and one that never will must not keep
	// the process from ending.
	arrivalGrace = 2 * time.Second
	// maxDrained is how much of an unwanted body is read, so that its sender gets to
	// read the answer; what is longer loses its connection.
	maxDrained = 256 << 10
)

// arrival is the body of a request while it comes in.
type arrival struct {
	io.ReadCloser
	connection *http.ResponseController

	mu               sync.Mutex
	hurried, arrived bool
}

// hurry bounds how long the rest may take; once it does, the bound stays.
func (a *arrival) hurry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.hurried && !a.arrived {
		a.hurried = true
		a.connection.SetReadDeadline(time.Now().Add(arrivalGrace))
	}
}

// complete takes the bound back: it would cut off the work on a request that is
// here, because net/http reads on to see whether the caller hangs up.
func (a *arrival) complete() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.arrived = true; a.hurried {
		a.connection.SetReadDeadline(time.Time{})
	}
}

func (a *arrival) Read(into []byte) (int, error) {
	n, err := a.ReadCloser.Read(into)
	if err == io.EOF {
		a.complete()
	}
	return n, err
}

// hurried hands requests on, and bounds the arrival of those that are still on
// their way when stopping ends.
func hurried(stopping context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body := &arrival{ReadCloser: r.Body, connection: http.NewResponseController(w)}
		release := context.AfterFunc(stopping, body.hurry)
		defer release()
		r.Body = body
		next.ServeHTTP(w, r)
		// net/http reads what is left when this returns, and nothing bounds it then.
		if r.Header.Get("Expect") == "" { // else the sender waits for leave to send it
			io.CopyN(io.Discard, body, maxDrained) // #nosec G104 -- that the body ends earlier is usual
		}
		body.hurry()
	})
}
