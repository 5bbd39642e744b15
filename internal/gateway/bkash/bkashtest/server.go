// Package bkashtest is a bKash to test against: it keeps books, executes a payment once,
// grants two tokens an hour, and answers as badly as it is told to. What it does is what
// bKash's pages and its published error codes say of the tokenized checkout, as far as the
// connector uses it.
package bkashtest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// The merchant whom the server knows.
const (
	Username  = "sandboxTokenizedUserOfNobody"
	Password  = "a-password-of-nobody"       // #nosec G101 -- nobody's
	AppKey    = "app-key-of-nobody-01234567" // #nosec G101 -- nobody's
	AppSecret = "app-secret-of-nobody-01234" // #nosec G101 -- nobody's
)

// maxGrants is how many tokens are granted; an hour is longer than a test.
const maxGrants = 2

// Plan is what becomes of payments of an amount.
type Plan struct {
	// Create has the faults of the first payments of the amount, and Execute, Query and
	// Refund those of the first requests of their kind for each payment, in their order.
	Create, Execute, Query, Refund []resttest.Fault
	// Code is why an execution is refused, and RefundCode why a refund is.
	Code, RefundCode string
	// Late has the server answer the first execution of each payment with status 502, and
	// execute it when Finish says so; until then it refuses to execute with Busy, or 2029.
	// LateRefund is the same for the first refund; others are made meanwhile.
	Late, LateRefund bool
	Busy             string
	// Stays: a payment whose execution was refused is still said to be initiated.
	Stays bool
	// RefundStatus is that of refunds; empty is Completed.
	RefundStatus string
	// NoSKU: the list of refunds does not tell their sku.
	NoSKU bool
	// Wrong has the server take, and tell, a taka more than was asked.
	Wrong bool
}

// payment is what the server has of one.
type payment struct {
	id, trx, status, invoice string
	callback                 string
	verified, called         bool
	poishas                  int64
	plan                     *Plan
	refunds                  []*refund
	// late is what the server is still at.
	late []func()
}

type refund struct {
	trx, sku, status string
	poishas          int64
}

// Server is a fake of bKash.
type Server struct {
	// Hangs tells of answers that hang.
	Hangs resttest.Hangs
	URL   string

	http     *httptest.Server
	mu       sync.Mutex
	plans    map[string]*Plan
	payments map[string]*payment
	tokens   map[string]bool
	asked    map[string]int
	granted  int
	count    int
	// faults are those of the first grants.
	faults []resttest.Fault
	before map[string]func()
}

// New starts a server, to be closed.
func New() *Server {
	s := &Server{plans: map[string]*Plan{}, payments: map[string]*payment{}, tokens: map[string]bool{}, asked: map[string]int{}, before: map[string]func(){}}
	mux := http.NewServeMux()
	const checkout, refunds = "POST /v1.2.0-beta/tokenized/checkout/", "POST /v2/tokenized-checkout/refund/payment/"
	mux.HandleFunc(checkout+"token/grant", s.grant)
	mux.HandleFunc(checkout+"create", s.known("create", s.create))
	mux.HandleFunc(checkout+"execute", s.known("execute", s.execute))
	mux.HandleFunc(checkout+"payment/status", s.known("query", s.query))
	mux.HandleFunc(refunds+"transaction", s.known("refund", s.refund))
	mux.HandleFunc(refunds+"status", s.known("refunds", s.list))
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends it, and what hangs.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Set plans what becomes of payments of an amount, such as "12.34".
func (s *Server) Set(amount string, p Plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[amount] = &p
}

// Asked is how often something was asked for: "grant", "create", "execute" and so on.
func (s *Server) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}

// Before has do called when something is asked for the next time, and before it is done.
func (s *Server) Before(what string, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before[what] = do
}

// EndTokens has the server take none of the tokens any more that it granted.
func (s *Server) EndTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// body is what all requests have in theirs.
type body struct {
	Key    string `json:"app_key"`
	Secret string `json:"app_secret"`

	Mode     string `json:"mode"`
	Payer    string `json:"payerReference"`
	Callback string `json:"callbackURL"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Intent   string `json:"intent"`
	Invoice  string `json:"merchantInvoiceNumber"`

	Payment string `json:"paymentID"`

	RefundOf string `json:"paymentId"`
	Trx      string `json:"trxId"`
	Back     string `json:"refundAmount"`
	SKU      string `json:"sku"`
	Reason   string `json:"reason"`
}

// BreakGrants plans the faults of the next grants of a token, in their order.
func (s *Server) BreakGrants(faults ...resttest.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	var b body
	s.mu.Lock()
	fault := next(&s.faults)
	s.mu.Unlock()
	s.Hangs.Answer(w, r, fault, func() (int, any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked["grant"]++
		switch {
		case json.NewDecoder(r.Body).Decode(&b) != nil || b.Key != AppKey || b.Secret != AppSecret || r.Header.Get("username") != Username || r.Header.Get("password") != Password:
			return http.StatusOK, map[string]any{"statusCode": "9999", "statusMessage": "wrong password " + r.Header.Get("password")}
		case s.granted == maxGrants:
			return http.StatusForbidden, map[string]any{"message": "Forbidden"}
		}
		s.granted++
		token := s.newID("TOKEN")
		s.tokens[token] = true
		return http.StatusOK, map[string]any{"statusCode": "0000", "statusMessage": "Successful", "id_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r"}
	})
}

// known refuses who has no token, and has do answer the others.
func (s *Server) known(what string, do func(body) (resttest.Fault, func() (int, any))) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		first := s.before[what]
		delete(s.before, what)
		s.mu.Unlock()
		if first != nil {
			first()
		}
		var b body
		s.mu.Lock()
		ok := s.tokens[r.Header.Get("Authorization")] && r.Header.Get("X-App-Key") == AppKey
		s.mu.Unlock()
		if !ok {
			s.Hangs.Answer(w, r, resttest.None, func() (int, any) {
				return http.StatusUnauthorized, map[string]any{"message": "The token " + r.Header.Get("Authorization") + " is none"}
			})
			return
		}
		if json.NewDecoder(r.Body).Decode(&b) != nil {
			http.Error(w, `{"message":"Invalid request body"}`, http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.asked[what]++
		fault, answer := do(b)
		s.mu.Unlock()
		s.Hangs.Answer(w, r, fault, func() (int, any) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return answer()
		})
	}
}

// next is the next of the faults; there are none after the last.
func next(faults *[]resttest.Fault) resttest.Fault {
	if len(*faults) == 0 {
		return resttest.None
	}
	f := (*faults)[0]
	*faults = (*faults)[1:]
	return f
}

func (s *Server) newID(prefix string) string {
	s.count++
	return fmt.Sprintf("%s%013d", prefix, s.count)
}

// poishas counts an amount of takas; ok is false where it is none.
func poishas(takas string) (n int64, ok bool) {
	value, ok := new(big.Rat).SetString(takas)
	if !ok || value.Sign() <= 0 {
		return 0, false
	}
	value.Mul(value, big.NewRat(100, 1))
	return value.Num().Int64(), value.IsInt()
}

// takas writes an amount as bKash does: "15" for fifteen takas.
func takas(n int64) string {
	if n%100 == 0 {
		return fmt.Sprint(n / 100)
	}
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

// refusal is how the checkout says why it does not do something.
func refusal(code string) (int, any) {
	return http.StatusOK, map[string]any{"statusCode": code, "statusMessage": "told <secret> to nobody"}
}
