package stripetest

import (
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
	// ErrorBefore and ErrorAfter are errors of Stripe's own. ErrorAfter is kept under the
	// idempotency key, as Stripe does.
	ErrorBefore Kind = "error before"
	ErrorAfter  Kind = "error after"
	// ErrorKept is one that is kept under the key though nothing was done.
	ErrorKept Kind = "error kept"
	// Limited and Locked are 429: too many requests, and another one at the same object.
	Limited Kind = "limited"
	Locked  Kind = "locked"
	// Busy is 409: the key is in use.
	Busy Kind = "busy"
	// Refused is 400.
	Refused Kind = "refused"
	// GarbledAfter and HalfAfter are answers that nobody can read, EmptyAfter says nothing,
	// and StrangeAfter has a status that nobody knows.
	GarbledAfter Kind = "garbled after"
	HalfAfter    Kind = "half after"
	EmptyAfter   Kind = "empty after"
	StrangeAfter Kind = "strange after"
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{DropBefore, DropAfter, HangAfter, ErrorBefore, ErrorAfter, ErrorKept, Limited, Locked, Busy, Refused, GarbledAfter, HalfAfter, EmptyAfter, StrangeAfter}
}

// Fault is one that is to happen to one operation of an attempt. A nil one is none.
type Fault struct {
	Kind Kind
	// Operation is what it happens to, such as "confirm".
	Operation string
	// Attempt is our attempt's id.
	Attempt string
	// Times is how often it happens; zero is always.
	Times int
}

// Break makes a fault happen.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	s.faults = append(s.faults, &f)
}

func (f *Fault) is(k Kind) bool { return f != nil && f.Kind == k }

// meet records the request, finds out what it is about and which fault it meets.
func (s *Server) meet(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Attempt, c.method = c.Form.Get("metadata[paygraph_attempt]"), c.Form.Get("payment_method")
	id := c.id
	if id == "" {
		id = c.Form.Get("payment_intent")
	}
	if i := s.intents[id]; i != nil {
		c.Attempt = i.metadata["paygraph_attempt"]
		if c.method == "" {
			c.method = i.method
		}
	}
	if x := s.setups[id]; x != nil {
		c.Attempt = x.metadata["paygraph_attempt"]
	}
	s.requests = append(s.requests, c.Request)
	if kind := faultsOf[c.method][c.Operation]; kind != "" && !s.met(c) {
		return &Fault{Kind: kind}
	}
	for _, f := range s.faults {
		if f.Operation == c.Operation && f.Attempt == c.Attempt && f.Times != 0 {
			f.Times--
			return f
		}
	}
	return nil
}

// met says that a method's fault happened already to the attempt: it happens once, and
// refusals for ever.
func (s *Server) met(c *call) bool {
	if faultsOf[c.method][c.Operation] == Refused {
		return false
	}
	n := 0
	for _, r := range s.requests {
		if r.Operation == c.Operation && r.Attempt == c.Attempt {
			n++
		}
	}
	return n > 1
}

// before spoils what comes before anything is done, and says whether it did.
func (f *Fault) before(s *Server, w http.ResponseWriter, r *http.Request) bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case DropBefore:
		drop(w)
	case ErrorBefore:
		s.write(w, refusal(http.StatusInternalServerError, "api_error", "", ""), false)
	case Limited:
		s.write(w, refusal(http.StatusTooManyRequests, "invalid_request_error", "rate_limit", ""), false)
	case Locked:
		s.write(w, refusal(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout", ""), false)
	case Busy:
		s.write(w, refusal(http.StatusConflict, "idempotency_error", "idempotency_key_in_use", ""), false)
	case Refused:
		s.write(w, refusal(http.StatusBadRequest, "invalid_request_error", "charge_not_refundable", ""), false)
	default:
		return false
	}
	return true
}

// after spoils the answer to what was done, and says whether it did.
func (f *Fault) after(s *Server, w http.ResponseWriter, r *http.Request, status int, text []byte) bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case DropAfter:
		drop(w)
	case HangAfter:
		<-r.Context().Done()
	case GarbledAfter:
		s.writeText(w, http.StatusOK, []byte("<html>4242424242424242</html>"), false)
	case HalfAfter:
		s.writeText(w, http.StatusOK, text[:len(text)/2], false)
	case EmptyAfter:
		s.writeText(w, http.StatusOK, []byte("{}"), false)
	case StrangeAfter:
		s.writeText(w, http.StatusOK, strange(text), false)
	default:
		return false
	}
	return true
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
