// Package adyentest is an Adyen that tests can have for themselves. It keeps books: it
// remembers what it did under which idempotency key, moves each payment through its states,
// and knows what was taken and given back; what it says later it signs as notifications. And
// it fails in all the ways in which a provider does.
//
// What becomes of a payment is said by the holder's name; see the constants.
package adyentest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// APIKey is a key that the server takes, RevokedKey one that it does not, and Account the
// merchant account.
const (
	APIKey     = "AQEtestkey0123456789"    // #nosec G101 -- nobody's
	RevokedKey = "AQErevokedkey0123456789" // #nosec G101 -- nobody's
	Account    = "PaygraphECOM"
)

// keyLife is how long an idempotency key is remembered.
const keyLife = 7 * 24 * time.Hour

// Server is an Adyen of its own.
type Server struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	count    int
	payments []*payment
	stored   map[string]stored
	kept     map[string]*kept
	faults   []*Fault
	requests []Request
	items    []Item
}

// Request is one that the server got.
type Request struct {
	Operation string
	// Attempt is our attempt's id.
	Attempt string
	Key     string
	Body    map[string]any
	Text    string
	Header  http.Header
}

// kept is what is remembered of an idempotency key.
type kept struct {
	attempt string
	at      time.Time
	status  int
	body    []byte
}

// New starts a server that ends with the test.
func New(t *testing.T) *Server {
	t.Helper()
	s := &Server{t: t, stored: map[string]stored{}, kept: map[string]*kept{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// call is one request at work.
type call struct {
	Request
	// psp is Adyen's id of the payment that it is about, where that is named.
	psp string
	// outcome is what the holder's name says.
	outcome string
}

// answer is what the server answers, before anything spoils it.
type answer struct {
	status int
	body   map[string]any
}

// operations names what is asked by the path of a request, with ID in the place of an id.
var operations = map[string]string{"/payments": "payment", "/payments/details": "step", "/payments/ID/captures": "capture",
	"/payments/ID/cancels": "void", "/payments/ID/refunds": "refund", "/cancels": "cancel", "/paymentMethods": "methods"}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: Request{Key: r.Header.Get("Idempotency-Key"), Header: r.Header}}
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) == 4 {
		c.psp, parts[2] = parts[2], "ID"
	}
	c.Operation = operations[strings.Join(parts, "/")]
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.Text = string(text)
	if err := json.Unmarshal(text, &c.Body); err != nil || c.Operation == "" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("adyentest: %s %s with %q", r.Method, r.URL, text)
	}
	if r.Header.Get("X-API-Key") != APIKey {
		write(w, refusal(http.StatusUnauthorized, "000"))
		return
	}
	if c.Key == "" || len(c.Key) > 64 {
		s.t.Errorf("adyentest: %s with the idempotency key %q could be done twice", c.Operation, c.Key)
	}
	fault := s.meet(c)
	if fault.before(w) {
		return
	}
	status, body := s.once(c)
	if !fault.after(w, r, body) {
		writeText(w, status, body)
	}
}

// once does what was asked, or answers as before. What it refuses it does not remember.
func (s *Server) once(c *call) (int, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.kept[c.Key]; k != nil && time.Since(k.at) < keyLife {
		return k.status, k.body
	}
	a := s.do(c)
	body, err := json.Marshal(a.body)
	if err != nil {
		s.t.Errorf("adyentest: %v", err)
	}
	if a.status < http.StatusBadRequest {
		s.kept[c.Key] = &kept{attempt: c.Attempt, at: time.Now(), status: a.status, body: body}
	}
	return a.status, body
}

func (s *Server) do(c *call) answer {
	if c.Operation != "step" && c.Body["merchantAccount"] != Account {
		return refusal(http.StatusForbidden, "901")
	}
	switch c.Operation {
	case "methods":
		return answer{http.StatusOK, map[string]any{"paymentMethods": []any{map[string]any{"name": "Cards", "type": "scheme"}}}}
	case "payment":
		return s.pay(c)
	case "step":
		return s.step(c)
	}
	return s.modify(c)
}

// id makes one of Adyen's, of 16 characters.
func (s *Server) id() string {
	s.count++
	return fmt.Sprintf("PSP%013d", s.count)
}

func refusal(status int, code string) answer {
	return answer{status, map[string]any{"status": status, "errorCode": code, "message": "secret text of Adyen 4242424242424242", "errorType": "validation"}}
}

func write(w http.ResponseWriter, a answer) {
	text, err := json.Marshal(a.body)
	if err == nil {
		writeText(w, a.status, text)
	}
}

func writeText(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// Later makes the server believe that so much more time has passed since it remembered the
// keys of an attempt.
func (s *Server) Later(attempt string, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		if k.attempt == attempt {
			k.at = k.at.Add(-by)
		}
	}
}

// Requests are those about an attempt, in the order in which they came.
func (s *Server) Requests(attempt string) (list []Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.Attempt == attempt {
			list = append(list, r)
		}
	}
	return list
}
