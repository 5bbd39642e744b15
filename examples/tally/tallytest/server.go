// Package tallytest is a Tally to test against: it keeps books, takes the money of a charge
// once, and answers as badly as it is told to.
package tallytest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// Key is that of the only merchant.
const Key = "tally_test_of_nobody"

// Plan is what becomes of charges from a wallet.
type Plan struct {
	// Charge and Refund are how the first answer of their kind goes wrong, for each charge.
	Charge, Refund resttest.Fault
	// Reason refuses the charge, and RefundError its refunds.
	Reason, RefundError string
	// Wrong has the server take, and tell, more than was asked.
	Wrong bool
}

// charge is what the server has of one. Amounts are told as they were written.
type charge struct {
	id, status, reason, amount, currency string
	refunds                              map[string]string
	plan                                 Plan
}

// Server is a fake of Tally.
type Server struct {
	URL string

	http    *httptest.Server
	mu      sync.Mutex
	plans   map[string]Plan
	charges map[string]*charge
	// asked are the charges that were asked for, in vain or not.
	asked map[string]bool
}

// New starts a server, to be closed.
func New() *Server {
	s := &Server{plans: map[string]Plan{}, charges: map[string]*charge{}, asked: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /charges/{id}", s.known(s.put))
	mux.HandleFunc("GET /charges/{id}", s.known(s.get))
	mux.HandleFunc("PUT /charges/{id}/refunds/{refund}", s.known(s.refund))
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends it.
func (s *Server) Close() { s.http.Close() }

// Set plans what becomes of charges from a wallet.
func (s *Server) Set(wallet string, p Plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[wallet] = p
}

// Books are what was taken and given back of a charge, as decimals.
func (s *Server) Books(id string) (captured, refunded string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[id]
	if c == nil || c.status != "paid" {
		return "0", "0"
	}
	return c.amount, c.back().RatString()
}

// body is what requests say.
type body struct{ Amount, Currency, Wallet string }

// known refuses who has no key, and has do answer the others.
func (s *Server) known(do func(*http.Request, body) (resttest.Fault, func() (int, any))) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+Key {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var b body
		if r.Method == http.MethodPut && json.NewDecoder(r.Body).Decode(&b) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		fault, answer := do(r, b)
		s.mu.Unlock()
		resttest.Answer(w, r, fault, func() (int, any) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return answer()
		})
	}
}

func (s *Server) put(r *http.Request, b body) (resttest.Fault, func() (int, any)) {
	id, plan := r.PathValue("id"), s.plans[b.Wallet]
	fault := resttest.None
	if !s.asked[id] {
		fault, s.asked[id] = plan.Charge, true
	}
	return fault, func() (int, any) {
		if rat(b.Amount).Sign() <= 0 || b.Wallet == "" {
			return refusal(http.StatusUnprocessableEntity, "wrong_field")
		}
		if s.charges[id] == nil {
			c := &charge{id: fmt.Sprintf("tly_%d", len(s.charges)+1), status: "paid", amount: b.Amount, currency: b.Currency, refunds: map[string]string{}, plan: plan}
			if plan.Wrong {
				c.amount = "1" + b.Amount
			}
			if plan.Reason != "" {
				c.status, c.reason = "refused", plan.Reason
			}
			s.charges[id] = c
		}
		return http.StatusOK, s.charges[id].shown()
	}
}

func (s *Server) get(r *http.Request, _ body) (resttest.Fault, func() (int, any)) {
	return resttest.None, func() (int, any) {
		if c := s.charges[r.PathValue("id")]; c != nil {
			return http.StatusOK, c.shown()
		}
		return refusal(http.StatusNotFound, "no_such_charge")
	}
}

func (s *Server) refund(r *http.Request, b body) (resttest.Fault, func() (int, any)) {
	c, id := s.charges[r.PathValue("id")], r.PathValue("refund")
	if c == nil {
		return resttest.None, func() (int, any) { return refusal(http.StatusNotFound, "no_such_charge") }
	}
	fault := c.plan.Refund
	c.plan.Refund = resttest.None
	return fault, func() (int, any) {
		switch sum := c.back(); {
		case c.plan.RefundError != "":
			return refusal(http.StatusUnprocessableEntity, c.plan.RefundError)
		case c.refunds[id] != "":
		case c.status != "paid" || rat(b.Amount).Sign() <= 0 || sum.Add(sum, rat(b.Amount)).Cmp(rat(c.amount)) > 0:
			return refusal(http.StatusUnprocessableEntity, "nothing_left")
		default:
			c.refunds[id] = b.Amount
		}
		return http.StatusOK, map[string]string{"id": "ref_" + id, "amount": c.refunds[id]}
	}
}

func (c *charge) shown() map[string]string {
	return map[string]string{"id": c.id, "status": c.status, "reason": c.reason, "amount": c.amount, "currency": c.currency}
}

// back is what was given back.
func (c *charge) back() *big.Rat {
	sum := new(big.Rat)
	for _, amount := range c.refunds {
		sum.Add(sum, rat(amount))
	}
	return sum
}

// rat is the amount that is written; zero where none is.
func rat(amount string) *big.Rat {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func refusal(status int, word string) (int, any) { return status, map[string]string{"error": word} }
