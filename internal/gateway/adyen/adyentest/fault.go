package adyentest

import (
	"encoding/json"
	"net/http"
)

// Kind is a way in which an answer goes wrong.
type Kind string

// The kinds. Those called After did what was asked.
const (
	// DropBefore and DropAfter end the connection without an answer.
	DropBefore Kind = "drop before"
	DropAfter  Kind = "drop after"
	// HangAfter answers nothing until the caller has gone.
	HangAfter Kind = "hang after"
	// ErrorBefore and ErrorAfter are errors of Adyen's own.
	ErrorBefore Kind = "error before"
	ErrorAfter  Kind = "error after"
	// Limited is 429.
	Limited Kind = "limited"
	// Busy says that the key is in use, and Transient that the same may work later.
	Busy      Kind = "busy"
	Transient Kind = "transient"
	// Refused is 422.
	Refused Kind = "refused"
	// GarbledAfter and HalfAfter are answers that nobody can read, EmptyAfter says nothing,
	// StrangeAfter is a result that nobody knows, and MovedAfter a redirect.
	GarbledAfter Kind = "garbled after"
	HalfAfter    Kind = "half after"
	EmptyAfter   Kind = "empty after"
	StrangeAfter Kind = "strange after"
	MovedAfter   Kind = "moved after"
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{DropBefore, DropAfter, HangAfter, ErrorBefore, ErrorAfter, Limited, Busy, Transient, Refused, GarbledAfter, HalfAfter, EmptyAfter, StrangeAfter, MovedAfter}
}

// Fault is one that is to happen to one operation of an attempt. A nil one is none.
type Fault struct {
	Kind Kind
	// Operation is what it happens to, such as "capture".
	Operation string
	// Attempt is our attempt's id.
	Attempt string
	// Times is how often it happens.
	Times int
	// Hung is called once HangAfter has done what was asked and answers nothing.
	Hung func()
}

// Break makes a fault happen.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// meet records the request, finds out what it is about and which fault it meets.
func (s *Server) meet(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recognise(c)
	s.requests = append(s.requests, c.Request)
	if kind := faultsOf[c.outcome][c.Operation]; kind != "" && !s.met(c) {
		return &Fault{Kind: kind}
	}
	for _, f := range s.faults {
		if f.Operation == c.Operation && f.Attempt == c.Attempt && f.Times > 0 {
			f.Times--
			return f
		}
	}
	return nil
}

// met says that an outcome's fault happened already to the attempt: it happens once.
func (s *Server) met(c *call) bool {
	n := 0
	for _, r := range s.requests {
		if r.Operation == c.Operation && r.Attempt == c.Attempt {
			n++
		}
	}
	return n > 1
}

// before spoils what comes before anything is done, and says whether it did.
func (f *Fault) before(w http.ResponseWriter) bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case DropBefore:
		drop(w)
	case ErrorBefore:
		write(w, refusal(http.StatusInternalServerError, "905"))
	case Limited:
		write(w, refusal(http.StatusTooManyRequests, "029"))
	case Busy:
		write(w, refusal(http.StatusUnprocessableEntity, "704"))
	case Transient:
		w.Header().Set("Transient-Error", "true")
		write(w, refusal(http.StatusUnprocessableEntity, "703"))
	case Refused:
		write(w, refusal(http.StatusUnprocessableEntity, "167"))
	default:
		return false
	}
	return true
}

// after spoils the answer to what was done, and says whether it did.
func (f *Fault) after(w http.ResponseWriter, r *http.Request, text []byte) bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case DropAfter:
		drop(w)
	case HangAfter:
		if f.Hung != nil {
			f.Hung()
		}
		<-r.Context().Done()
	case ErrorAfter:
		write(w, refusal(http.StatusInternalServerError, "905"))
	case GarbledAfter:
		writeText(w, http.StatusOK, []byte("<html>4242424242424242</html>"))
	case HalfAfter:
		writeText(w, http.StatusOK, text[:len(text)/2])
	case EmptyAfter:
		writeText(w, http.StatusOK, []byte("{}"))
	case StrangeAfter:
		writeText(w, http.StatusOK, strange(text))
	case MovedAfter:
		w.Header().Set("Location", "https://elsewhere.example/")
		writeText(w, http.StatusTemporaryRedirect, text)
	default:
		return false
	}
	return true
}

// strange gives the answer a result that nobody knows.
func strange(text []byte) []byte {
	var body map[string]any
	if json.Unmarshal(text, &body) != nil {
		return nil
	}
	body["resultCode"], body["status"] = "Entangled", "entangled"
	changed, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return changed
}

// drop ends the connection in the middle of the first line. Without a byte of it Go's
// client would send a request that has an idempotency key once more by itself, if the
// connection had been used before.
func drop(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_, _ = connection.Write([]byte("HTTP/1.1 "))
		_ = connection.Close()
	}
}
