package paypaltest

import (
	"net/http"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

type unit struct {
	Custom  string `json:"custom_id"`
	Invoice string `json:"invoice_id"`
	Amount  amount `json:"amount"`
}

// order is what the server has of one.
type order struct {
	id, status, intent, custom, invoice, currency string
	back, cancel                                  string
	units                                         int64
	plan                                          Plan
	holds, captures, refunds                      []*payment
}

// payment is a hold, a capture or a refund.
type payment struct {
	id, kind, status, custom, invoice, code string
	units                                   int64
	final                                   bool
	of                                      *order
	parent                                  *payment
}

// create makes an order, or shows the one of the key.
func (s *Server) create(q request) (resttest.Fault, func() (int, any)) {
	s.asked["create"]++
	var asked amount
	if len(q.body.Units) == 1 {
		asked = q.body.Units[0].Amount
	}
	plan := s.plans[asked.Value+" "+asked.Currency]
	var fault resttest.Fault
	if n := s.asked["create "+q.key]; n < len(plan.Create) {
		fault = plan.Create[n]
	}
	s.asked["create "+q.key]++
	return fault, func() (int, any) {
		if o := s.orders[s.byKey[q.key]]; o != nil {
			return http.StatusOK, s.shown(o)
		}
		units, issue := asked.units()
		switch {
		case issue != "":
			return refusal(http.StatusUnprocessableEntity, issue)
		case q.key == "" || q.body.Intent != "CAPTURE" && q.body.Intent != "AUTHORIZE":
			return refusal(http.StatusBadRequest, "MISSING_REQUIRED_PARAMETER")
		}
		if plan.Wrong {
			units++
		}
		u := q.body.Units[0]
		o := &order{id: s.newID("ORDER"), status: "PAYER_ACTION_REQUIRED", intent: q.body.Intent, custom: u.Custom, invoice: u.Invoice,
			currency: asked.Currency, units: units, plan: plan, back: q.body.Source.PayPal.Experience.Return, cancel: q.body.Source.PayPal.Experience.Cancel}
		s.orders[o.id], s.byKey[q.key] = o, o.id
		return http.StatusCreated, s.shown(o)
	}
}

func (s *Server) show(q request) (resttest.Fault, func() (int, any)) {
	s.asked["show"]++
	return resttest.None, func() (int, any) {
		o := s.orders[q.id]
		if o == nil {
			return refusal(http.StatusNotFound, "INVALID_RESOURCE_ID")
		}
		return http.StatusOK, s.shown(o)
	}
}

// take captures or authorizes an order.
func (s *Server) take(q request) (resttest.Fault, func() (int, any)) {
	s.asked["take"]++
	o := s.orders[q.id]
	if o == nil {
		return resttest.None, func() (int, any) { return refusal(http.StatusNotFound, "INVALID_RESOURCE_ID") }
	}
	return next(&o.plan.Take), func() (int, any) {
		switch {
		case s.done[q.key] != nil:
			return http.StatusOK, s.shown(o)
		case o.status == "COMPLETED":
			return refusal(http.StatusUnprocessableEntity, "ORDER_ALREADY_"+strings.ToUpper(q.what)+"D")
		case o.status != "APPROVED":
			return refusal(http.StatusUnprocessableEntity, "ORDER_NOT_APPROVED")
		case o.plan.Issue != "":
			return refusal(http.StatusUnprocessableEntity, o.plan.Issue)
		case q.what == "capture" && o.intent == "CAPTURE":
			s.done[q.key] = s.captured(o, nil, o.units, o.invoice, true)
		case q.what == "authorize" && o.intent == "AUTHORIZE":
			status := o.plan.Status
			if status == "" {
				status = "CREATED"
			}
			p := &payment{id: s.newID("AUTH"), kind: "authorization", status: status, code: o.plan.Code, custom: o.custom, invoice: o.invoice, units: o.units, of: o}
			o.holds = append(o.holds, p)
			s.done[q.key] = p
			s.happened("PAYMENT.AUTHORIZATION.CREATED", p)
		default:
			return refusal(http.StatusUnprocessableEntity, "ACTION_DOES_NOT_MATCH_INTENT")
		}
		o.status = "COMPLETED"
		return http.StatusCreated, s.shown(o)
	}
}

// captured books a capture.
func (s *Server) captured(o *order, hold *payment, units int64, invoice string, final bool) *payment {
	status := o.plan.Status
	if status == "" || hold != nil {
		status = "COMPLETED"
	}
	p := &payment{id: s.newID("CAPTURE"), kind: "capture", status: status, code: o.plan.Code, custom: o.custom, invoice: invoice, units: units, final: final, of: o, parent: hold}
	o.captures = append(o.captures, p)
	s.happened("PAYMENT.CAPTURE."+status, p)
	return p
}

// Approve is the payer who approves an order.
func (s *Server) Approve(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.orders[id]; o != nil && o.status == "PAYER_ACTION_REQUIRED" {
		o.status = "APPROVED"
	}
}

// Leave is the payer who approves an order, or does not want to pay, and the address that
// they come back to.
func (s *Server) Leave(id string, approves bool) string {
	if approves {
		s.Approve(id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[id]
	if !approves {
		return resttest.Back(o.cancel, "token", id)
	}
	return resttest.Back(o.back, "token", id, "PayerID", "QYR5Z8XDVJNXQ")
}

// Clear ends a capture that is pending.
func (s *Server) Clear(attempt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.of(attempt) {
		for _, p := range o.captures {
			p.status = "COMPLETED"
			s.happened("PAYMENT.CAPTURE.COMPLETED", p)
		}
	}
}

// Drop forgets an attempt's orders, as PayPal does with those that nobody approved.
func (s *Server) Drop(attempt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.of(attempt) {
		delete(s.orders, o.id)
	}
}

// Later lets time pass for an attempt: PayPal knows the keys of orders for six hours, and
// those of payments for 45 days, which then pass for all.
func (s *Server) Later(attempt string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d > 6*time.Hour {
		delete(s.byKey, attempt)
	}
	if d > 45*24*time.Hour {
		clear(s.done)
	}
}

// of are the orders of an attempt.
func (s *Server) of(attempt string) (list []*order) {
	for _, o := range s.orders {
		if o.custom == attempt {
			list = append(list, o)
		}
	}
	return list
}

// Orders is how many orders were made for an attempt.
func (s *Server) Orders(attempt string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.of(attempt))
}

// Books are sums of an attempt, as decimals in whole units of the currency.
type Books struct{ Held, Captured, Refunded string }

// Books says what the server has of an attempt.
func (s *Server) Books(attempt string) Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var held, captured, refunded int64
	currency := "EUR"
	for _, o := range s.of(attempt) {
		currency = o.currency
		for _, p := range o.holds {
			held += p.left()
		}
		for _, p := range o.captures {
			if p.status != "DECLINED" && p.status != "PENDING" {
				captured += p.units
			}
		}
		for _, p := range o.refunds {
			if p.status == "COMPLETED" {
				refunded += p.units
			}
		}
	}
	return Books{money(held, currency).Value, money(captured, currency).Value, money(refunded, currency).Value}
}

// left is what a hold holds.
func (p *payment) left() int64 {
	if p.status != "CREATED" && p.status != "PARTIALLY_CAPTURED" {
		return 0
	}
	left := p.units
	for _, c := range p.of.captures {
		left -= c.units
		if c.final {
			return 0
		}
	}
	return left
}
