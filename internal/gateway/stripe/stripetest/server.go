// Package stripetest is a Stripe that tests can have for themselves. Unlike stripe-mock,
// which knows how requests look and nothing else, it keeps books: it remembers what it did
// under which idempotency key, moves each intent through its states, and knows what was
// taken and given back. And it fails in all the ways in which a provider does.
//
// What becomes of a payment is said by the payment method; see the Pm constants.
package stripetest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Key and LiveKey are secret keys that the server takes, and RevokedKey is one that it
// does not. StrangeKey is taken for real money whatever it looks like, NarrowKey may do
// nothing but take payments, and NewKey is of a merchant whom Stripe lets take none yet.
const (
	Key        = "sk_test_0123456789abcdef"
	LiveKey    = "sk_live_0123456789abcdef"
	RevokedKey = "sk_test_revoked0123456789abcd"
	StrangeKey = "sk_test_strange0123456789abcd"
	NarrowKey  = "rk_test_narrow0123456789abcde"
	NewKey     = "sk_test_new0123456789abcdefgh"
)

var keys = []string{Key, LiveKey, StrangeKey, NarrowKey, NewKey}

// keyLife is how long an idempotency key is remembered, and searchLag how long it takes
// until something is found by its metadata.
const (
	keyLife   = 24 * time.Hour
	searchLag = time.Minute
)

// Server is a Stripe of its own.
type Server struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	count     int
	intents   map[string]*intent
	setups    map[string]*setup
	customers map[string]*customer
	refunds   []*refund
	kept      map[string]*kept
	faults    []*Fault
	requests  []Request
	events    []Event
}

// Request is one that the server got.
type Request struct {
	Operation string
	// Attempt is our attempt's id, where it is about one.
	Attempt string
	Key     string
	Form    url.Values
	Header  http.Header
}

// kept is what is remembered of an idempotency key.
type kept struct {
	request string
	attempt string
	at      time.Time
	status  int
	body    []byte
}

// New starts a server that ends with the test.
func New(t *testing.T) *Server {
	t.Helper()
	s := &Server{t: t, intents: map[string]*intent{}, setups: map[string]*setup{}, customers: map[string]*customer{}, kept: map[string]*kept{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// call is one request at work.
type call struct {
	Request
	live bool
	// secret is the key that it was made with.
	secret string
	id     string // of the object that it is about
	now    time.Time
	// method is the payment method that says what becomes of it.
	method string
}

// answer is what the server answers, before anything spoils it.
type answer struct {
	status int
	body   map[string]any
}

// operations names what is asked by the method and path of a request, with ID in the place
// of an id.
var operations = map[string]string{
	"POST /v1/payment_intents": "create", "GET /v1/payment_intents/ID": "retrieve", "POST /v1/payment_intents/ID/confirm": "confirm",
	"POST /v1/payment_intents/ID/capture": "capture", "POST /v1/payment_intents/ID/cancel": "cancel", "GET /v1/payment_intents/search": "search",
	"POST /v1/refunds": "refund", "GET /v1/refunds": "refunds", "POST /v1/customers": "customer",
	"POST /v1/setup_intents": "setup", "GET /v1/setup_intents/ID": "retrieve setup", "POST /v1/setup_intents/ID/confirm": "confirm setup",
	"POST /v1/setup_intents/ID/cancel": "cancel setup", "GET /v1/balance": "balance", "GET /v1/account": "account",
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{now: time.Now(), Request: Request{Key: r.Header.Get("Idempotency-Key"), Header: r.Header}}
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) > 3 && parts[3] != "search" {
		c.id, parts[3] = parts[3], "ID"
	}
	c.Operation = operations[r.Method+" "+strings.Join(parts, "/")]
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if c.Form, err = url.ParseQuery(string(body) + r.URL.RawQuery); err != nil || c.Operation == "" {
		s.t.Errorf("stripetest: %s %s with %q", r.Method, r.URL, body)
		s.write(w, refusal(http.StatusNotFound, "invalid_request_error", "", ""), false)
		return
	}
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.live, c.secret = strings.HasPrefix(key, "sk_live_") || key == StrangeKey, key
	if !slices.Contains(keys, key) {
		s.write(w, refusal(http.StatusUnauthorized, "invalid_request_error", "", ""), false)
		return
	}
	if r.Method == http.MethodPost && c.Key == "" {
		s.t.Errorf("stripetest: %s without an idempotency key could be done twice", c.Operation)
	}
	fault := s.meet(c)
	if fault.before(s, w, r) {
		return
	}
	status, text, replayed := s.once(c, r.Method+" "+r.URL.Path+" "+canonical(string(body)), fault)
	if !fault.after(s, w, r, status, text) {
		s.writeText(w, status, text, replayed)
	}
}

// canonical is the content of a request, in whatever order it came.
func canonical(body string) string {
	values, err := url.ParseQuery(body)
	if err != nil {
		return body
	}
	return values.Encode()
}

// once does what is asked, or answers as it did under the same key.
func (s *Server) once(c *call, request string, f *Fault) (status int, body []byte, replayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Key == "" {
		a := s.do(c)
		return a.status, encode(a.body), false
	}
	if k := s.kept[c.Key]; k != nil && c.now.Sub(k.at) < keyLife {
		if k.request != request {
			return http.StatusBadRequest, encode(refusal(0, "idempotency_error", "", "").body), false
		}
		return k.status, k.body, true
	}
	k := &kept{request: request, attempt: c.Attempt, at: c.now}
	var a answer
	if !f.is(ErrorKept) {
		a = s.do(c)
	}
	k.status, k.body = a.status, encode(a.body)
	if f.is(ErrorAfter) || f.is(ErrorKept) {
		k.status, k.body = http.StatusInternalServerError, encode(refusal(0, "api_error", "", "").body)
	}
	if k.status != http.StatusBadRequest { // what is refused at sight is not kept
		s.kept[c.Key] = k
	}
	return k.status, k.body, false
}

func (s *Server) do(c *call) answer {
	switch c.Operation {
	case "balance", "account":
		return c.account()
	case "create":
		return s.create(c)
	case "search":
		return s.search(c)
	case "refund":
		return s.refund(c)
	case "refunds":
		return s.listRefunds(c)
	case "customer":
		return s.createCustomer(c)
	case "setup":
		return s.createSetup(c)
	}
	if strings.HasSuffix(c.Operation, "setup") {
		return s.onSetup(c)
	}
	return s.onIntent(c)
}

// Requests are those that came so far, in their order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request{}, s.requests...)
}

// Later makes all that concerns one of our attempts older.
func (s *Server) Later(attempt string, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		if k.attempt == attempt {
			k.at = k.at.Add(-by)
		}
	}
	for _, i := range s.intents {
		if i.metadata["paygraph_attempt"] == attempt {
			i.created = i.created.Add(-by)
		}
	}
}

// newID makes an id that no other thing has.
func (s *Server) newID(prefix string) string {
	s.count++
	return fmt.Sprintf("%s_%06d", prefix, s.count)
}

// prefixed are the values of a form below a name, such as metadata.
func prefixed(form url.Values, name string) map[string]string {
	found := map[string]string{}
	for key := range maps.Keys(form) {
		if inner, ok := strings.CutPrefix(key, name+"["); ok {
			found[strings.TrimSuffix(inner, "]")] = form.Get(key)
		}
	}
	return found
}

// refusal is an error as Stripe writes it.
func refusal(status int, kind, code, param string) answer {
	return answer{status, map[string]any{"error": map[string]any{"type": kind, "code": code, "param": param, "message": "The text of Stripe, with 4242424242424242 in it."}}}
}

func encode(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // it is made here, of texts and numbers
	}
	return text
}

func (s *Server) write(w http.ResponseWriter, a answer, replayed bool) {
	s.writeText(w, a.status, encode(a.body), replayed)
}

func (s *Server) writeText(w http.ResponseWriter, status int, text []byte, replayed bool) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_test")
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		s.t.Logf("stripetest: %v", err)
	}
}
