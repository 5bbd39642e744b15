// Package paypaltest is a PayPal to test against: it keeps books, takes keys for what they
// are, and answers as badly as it is told to. What it does is what PayPal's pages say of
// Orders v2 and Payments v2, as far as the connector uses them.
package paypaltest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// The merchant whom the server knows.
const (
	ClientID     = "AeTestClientIdOfNobody0123456789"
	ClientSecret = "EeTestSecretOfNobody-0123456789" // #nosec G101 -- nobody's
	// AppID is what the server calls the merchant's app.
	AppID = "APP-80W284485P519543T"
)

// Plan is what becomes of orders of an amount.
type Plan struct {
	// Create, Take, Capture, Void and Refund are the faults of the first requests of their
	// kind for an order, in their order. Take captures or authorizes the order.
	Create, Take, Capture, Void, Refund []resttest.Fault
	// Issue is why Take is refused, and CaptureIssue, VoidIssue and RefundIssue the others.
	Issue, CaptureIssue, VoidIssue, RefundIssue string
	// Status is that of the money taken, such as PENDING or DECLINED; empty is success.
	// Code is the processor's, beside it.
	Status, Code string
	// RefundStatus is that of refunds; empty is COMPLETED.
	RefundStatus string
	// Wrong has the server take, and tell, a unit more than was asked.
	Wrong bool
}

// Server is a fake of PayPal.
type Server struct {
	// Hangs tells of answers that hang.
	Hangs resttest.Hangs
	URL   string

	http   *httptest.Server
	mu     sync.Mutex
	plans  map[string]Plan
	orders map[string]*order
	// byKey are the orders made under a key, as long as that is remembered, and done what
	// else was done under one.
	byKey  map[string]string
	done   map[string]*payment
	tokens map[string]bool
	asked  map[string]int
	events []Event
	count  int
	// faults are those of the first grants.
	faults []resttest.Fault
}

// New starts a server, to be closed.
func New() *Server {
	s := &Server{plans: map[string]Plan{}, orders: map[string]*order{}, byKey: map[string]string{}, done: map[string]*payment{}, tokens: map[string]bool{}, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/oauth2/token", s.token)
	mux.HandleFunc("GET /v1/notifications/webhooks/{id}", s.known(s.webhook))
	mux.HandleFunc("POST /v2/checkout/orders", s.known(s.create))
	mux.HandleFunc("GET /v2/checkout/orders/{id}", s.known(s.show))
	mux.HandleFunc("POST /v2/checkout/orders/{id}/{what}", s.known(s.take))
	mux.HandleFunc("POST /v2/payments/authorizations/{id}/{what}", s.known(s.operate))
	mux.HandleFunc("POST /v2/payments/captures/{id}/refund", s.known(s.refund))
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends it, and what hangs.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Set plans what becomes of orders of an amount, such as "12.34 EUR".
func (s *Server) Set(amount string, p Plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[amount] = p
}

// Asked is how often something was asked for: "token", "create", "capture" and so on.
func (s *Server) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}

// EndTokens has the server take none of the tokens any more that it granted.
func (s *Server) EndTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// BreakGrants plans the faults of the next grants of a token, in their order.
func (s *Server) BreakGrants(faults ...resttest.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// webhook shows the one webhook that the app has.
func (s *Server) webhook(q request) (resttest.Fault, func() (int, any)) {
	return resttest.None, func() (int, any) {
		if q.id != WebhookID {
			return refusal(http.StatusNotFound, "INVALID_RESOURCE_ID")
		}
		return http.StatusOK, map[string]any{"id": q.id, "url": "https://pay.example/webhooks/paypal/x"}
	}
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	s.mu.Lock()
	fault := next(&s.faults)
	s.mu.Unlock()
	s.Hangs.Answer(w, r, fault, func() (int, any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked["token"]++
		if id != ClientID || secret != ClientSecret || r.FormValue("grant_type") != "client_credentials" {
			return http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "secret " + secret + " is wrong"}
		}
		token := s.newID("TOKEN")
		s.tokens[token] = true
		return http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "app_id": AppID, "expires_in": 32400}
	})
}

// request is one with a token that is known.
type request struct {
	id, what, key string
	body          struct {
		Intent  string `json:"intent"`
		Units   []unit `json:"purchase_units"`
		Amount  amount `json:"amount"`
		Final   bool   `json:"final_capture"`
		Invoice string `json:"invoice_id"`
		Custom  string `json:"custom_id"`
		Source  struct {
			PayPal struct {
				Experience struct {
					Return string `json:"return_url"`
					Cancel string `json:"cancel_url"`
				} `json:"experience_context"`
			} `json:"paypal"`
		} `json:"payment_source"`
	}
}

// known refuses who has no token, and has do answer the others.
func (s *Server) known(do func(request) (resttest.Fault, func() (int, any))) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		ok := s.tokens[token]
		s.mu.Unlock()
		if !ok {
			s.Hangs.Answer(w, r, resttest.None, func() (int, any) {
				return http.StatusUnauthorized, map[string]any{"error": "invalid_token", "error_description": "token " + token}
			})
			return
		}
		q := request{id: r.PathValue("id"), what: r.PathValue("what"), key: r.Header.Get("PayPal-Request-Id")}
		if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&q.body) != nil {
			http.Error(w, `{"name":"INVALID_REQUEST","details":[{"issue":"MALFORMED_REQUEST_JSON"}]}`, http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		fault, answer := do(q)
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
	return fmt.Sprintf("%s%017d", prefix, s.count)
}

// refusal is how PayPal says why it does not do something.
func refusal(status int, issue string) (int, any) {
	name := map[int]string{http.StatusNotFound: "RESOURCE_NOT_FOUND", http.StatusBadRequest: "INVALID_REQUEST"}[status]
	if name == "" {
		name = "UNPROCESSABLE_ENTITY"
	}
	return status, map[string]any{"name": name, "message": "told <secret> to nobody", "debug_id": "f0e1d2c3b4a59",
		"details": []map[string]any{{"issue": issue, "description": "a description with <secret> in it"}}}
}

// amount is money in the smallest unit that PayPal takes of the currency.
type amount struct {
	Currency string `json:"currency_code"`
	Value    string `json:"value"`
}

// whole are the currencies without decimals at PayPal, and others those it takes with two.
const (
	whole  = "HUF JPY TWD"
	others = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
)

func places(currency string) (int, bool) {
	switch {
	case len(currency) == 3 && strings.Contains(whole, currency):
		return 0, true
	case len(currency) == 3 && strings.Contains(others, currency):
		return 2, true
	}
	return 0, false
}

// units counts the amount, or says what is wrong with it.
func (a amount) units() (int64, string) {
	n, ok := places(a.Currency)
	if !ok {
		return 0, "CURRENCY_NOT_SUPPORTED"
	}
	value, ok := new(big.Rat).SetString(a.Value)
	if !ok || value.Sign() <= 0 {
		return 0, "CANNOT_BE_ZERO_OR_NEGATIVE"
	}
	if n == 0 && strings.Contains(a.Value, ".") {
		return 0, "DECIMALS_NOT_SUPPORTED"
	}
	if n == 2 {
		value.Mul(value, big.NewRat(100, 1))
	}
	if !value.IsInt() {
		return 0, "DECIMAL_PRECISION"
	}
	return value.Num().Int64(), ""
}

func money(units int64, currency string) amount {
	n, _ := places(currency)
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	return amount{currency, new(big.Rat).SetFrac(big.NewInt(units), unit).FloatString(n)}
}

func stamp() string { return time.Now().UTC().Format(time.RFC3339) }
