package paypaltest

import (
	"net/http"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// find finds a payment by its id.
func (s *Server) find(id string) *payment {
	for _, o := range s.orders {
		for _, list := range [][]*payment{o.holds, o.captures, o.refunds} {
			for _, p := range list {
				if p.id == id {
					return p
				}
			}
		}
	}
	return nil
}

// operate captures or voids a hold.
func (s *Server) operate(q request) (resttest.Fault, func() (int, any)) {
	s.asked[q.what]++
	hold := s.find(q.id)
	if hold == nil {
		return resttest.None, func() (int, any) { return refusal(http.StatusNotFound, "INVALID_RESOURCE_ID") }
	}
	if q.what == "void" {
		return next(&hold.of.plan.Void), func() (int, any) { return s.void(q, hold) }
	}
	return next(&hold.of.plan.Capture), func() (int, any) { return s.capture(q, hold) }
}

func (s *Server) capture(q request, hold *payment) (int, any) {
	units, issue := q.body.Amount.units()
	switch {
	case s.done[q.key] != nil:
		return http.StatusOK, s.done[q.key].shown()
	case hold.of.plan.CaptureIssue != "":
		issue = hold.of.plan.CaptureIssue
	case issue != "":
	case hold.status == "VOIDED":
		issue = "AUTHORIZATION_VOIDED"
	case hold.left() == 0:
		issue = "AUTHORIZATION_ALREADY_CAPTURED"
	case units > hold.left() || q.body.Amount.Currency != hold.of.currency:
		issue = "MAX_CAPTURE_AMOUNT_EXCEEDED"
	}
	if issue != "" {
		return refusal(http.StatusUnprocessableEntity, issue)
	}
	p := s.captured(hold.of, hold, units, q.body.Invoice, q.body.Final)
	s.done[q.key] = p
	hold.status = "PARTIALLY_CAPTURED"
	if hold.left() == 0 {
		hold.status = "CAPTURED"
	}
	return http.StatusCreated, p.shown()
}

func (s *Server) void(q request, hold *payment) (int, any) {
	switch {
	case s.done[q.key] != nil:
		return http.StatusNoContent, nil
	case hold.of.plan.VoidIssue != "":
		return refusal(http.StatusUnprocessableEntity, hold.of.plan.VoidIssue)
	case hold.status == "VOIDED":
		return refusal(http.StatusUnprocessableEntity, "PREVIOUSLY_VOIDED")
	case hold.left() == 0:
		return refusal(http.StatusUnprocessableEntity, "PREVIOUSLY_CAPTURED")
	}
	hold.status = "VOIDED"
	s.done[q.key] = hold
	s.happened("PAYMENT.AUTHORIZATION.VOIDED", hold)
	return http.StatusNoContent, nil
}

// refund gives back of a capture.
func (s *Server) refund(q request) (resttest.Fault, func() (int, any)) {
	s.asked["refund"]++
	p := s.find(q.id)
	if p == nil {
		return resttest.None, func() (int, any) { return refusal(http.StatusNotFound, "INVALID_RESOURCE_ID") }
	}
	return next(&p.of.plan.Refund), func() (int, any) {
		units, issue := q.body.Amount.units()
		back := p.back()
		switch {
		case s.done[q.key] != nil:
			return http.StatusOK, s.done[q.key].shown()
		case p.of.plan.RefundIssue != "":
			issue = p.of.plan.RefundIssue
		case issue == "" && back == p.units:
			issue = "CAPTURE_FULLY_REFUNDED"
		case issue == "" && back+units > p.units:
			issue = "REFUND_AMOUNT_EXCEEDED"
		}
		if issue != "" {
			return refusal(http.StatusUnprocessableEntity, issue)
		}
		return http.StatusCreated, s.back(p, units, q).shown()
	}
}

func (s *Server) back(p *payment, units int64, q request) *payment {
	status := p.of.plan.RefundStatus
	if status == "" {
		status = "COMPLETED"
	}
	made := &payment{id: s.newID("REFUND"), kind: "refund", status: status, custom: q.body.Custom, invoice: q.body.Invoice, units: units, of: p.of, parent: p}
	p.of.refunds = append(p.of.refunds, made)
	if q.key != "" {
		s.done[q.key] = made
	}
	if status == "COMPLETED" {
		p.status = "PARTIALLY_REFUNDED"
		if p.back() == p.units {
			p.status = "REFUNDED"
		}
		s.happened("PAYMENT.CAPTURE.REFUNDED", made)
	}
	return made
}

// back is what went back of a capture.
func (p *payment) back() (sum int64) {
	for _, r := range p.of.refunds {
		if r.parent == p && (r.status == "COMPLETED" || r.status == "PENDING") {
			sum += r.units
		}
	}
	return sum
}

// RefundByHand gives back of an attempt's capture in PayPal's own pages.
func (s *Server) RefundByHand(attempt string, units int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.of(attempt) {
		q := request{}
		q.body.Custom, q.body.Invoice = o.custom, o.invoice
		s.back(o.captures[0], units, q)
	}
}

// Reverse is the payer's bank that takes an attempt's money back.
func (s *Server) Reverse(attempt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.of(attempt) {
		s.happened("PAYMENT.CAPTURE.REVERSED", o.captures[0])
	}
}

func (s *Server) shown(o *order) any {
	list := func(payments []*payment) (all []any) {
		for _, p := range payments {
			all = append(all, p.shown())
		}
		return all
	}
	return map[string]any{"id": o.id, "status": o.status, "intent": o.intent, "update_time": stamp(),
		"purchase_units": []any{map[string]any{"reference_id": "default", "custom_id": o.custom, "invoice_id": o.invoice, "amount": money(o.units, o.currency),
			"payments": map[string]any{"authorizations": list(o.holds), "captures": list(o.captures), "refunds": list(o.refunds)}}},
		"links": []any{map[string]any{"href": s.URL + "/v2/checkout/orders/" + o.id, "rel": "self", "method": "GET"},
			map[string]any{"href": "https://www.sandbox.paypal.com/checkoutnow?token=" + o.id, "rel": "payer-action", "method": "GET"}}}
}

func (p *payment) shown() any {
	all := map[string]any{"id": p.id, "status": p.status, "amount": money(p.units, p.of.currency), "custom_id": p.custom, "invoice_id": p.invoice,
		"create_time": stamp(), "update_time": stamp(), "supplementary_data": map[string]any{"related_ids": map[string]any{"order_id": p.of.id}}}
	if p.code != "" {
		all["processor_response"] = map[string]any{"response_code": p.code}
	}
	switch p.kind {
	case "capture":
		all["final_capture"] = p.final
		if !strings.Contains("PENDING DECLINED", p.status) {
			all["seller_receivable_breakdown"] = map[string]any{"gross_amount": money(p.units, p.of.currency), "paypal_fee": money(p.units/40, p.of.currency)}
		}
	case "authorization":
		all["expiration_time"] = "2027-01-31T10:20:30Z"
	case "refund":
		all["seller_payable_breakdown"] = map[string]any{"total_refunded_amount": money(p.parent.back(), p.of.currency)}
		all["links"] = []any{map[string]any{"rel": "up", "method": "GET", "href": "https://api.sandbox.paypal.com/v2/payments/captures/" + p.parent.id}}
	}
	return all
}
