package stripetest

import (
	"net/http"
	"strconv"
)

// refund is a Refund.
type refund struct {
	id, status, reason string
	of                 *intent
	amount             int64
	metadata           map[string]string
}

func (s *Server) refund(c *call) answer {
	i := s.intents[c.Form.Get("payment_intent")]
	amount, err := strconv.ParseInt(c.Form.Get("amount"), 10, 64)
	switch {
	case i == nil:
		return refusal(http.StatusNotFound, "invalid_request_error", "resource_missing", "payment_intent")
	case i.status != "succeeded":
		return refusal(http.StatusBadRequest, "invalid_request_error", "charge_not_refundable", "")
	case err != nil || amount < 1:
		return refusal(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "amount")
	}
	left := i.received
	for _, r := range i.refunds {
		if r.status != "failed" {
			left -= r.amount
		}
	}
	if amount > left {
		return refusal(http.StatusBadRequest, "invalid_request_error", "charge_already_refunded", "amount")
	}
	r := &refund{id: s.newID("re"), status: "succeeded", of: i, amount: amount, metadata: prefixed(c.Form, "metadata")}
	if i.method == PmRefundPending {
		r.status = "pending"
	}
	i.refunds, s.refunds = append(i.refunds, r), append(s.refunds, r)
	s.refundHappened("refund.created", r)
	s.chargeHappened(i, c.Key)
	return answer{http.StatusOK, r.show()}
}

// GiveBack is a refund that somebody makes in Stripe's dashboard.
func (s *Server) GiveBack(id string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.intents[id]
	r := &refund{id: s.newID("re"), status: "succeeded", of: i, amount: amount}
	i.refunds, s.refunds = append(i.refunds, r), append(s.refunds, r)
	s.refundHappened("refund.created", r)
	s.chargeHappened(i, "")
}

func (r *refund) settle(s *Server, paid bool) {
	r.status = "succeeded"
	kind := "refund.updated"
	if !paid {
		r.status, r.reason, kind = "failed", "lost_or_stolen_card", "refund.failed"
	}
	s.refundHappened(kind, r)
}

func (r *refund) show() map[string]any {
	shown := map[string]any{"id": r.id, "object": "refund", "amount": r.amount, "currency": r.of.currency, "status": r.status,
		"payment_intent": r.of.id, "charge": r.of.charge, "metadata": copied(r.metadata), "created": r.of.created.Unix()}
	if r.reason != "" {
		shown["failure_reason"] = r.reason
	}
	return shown
}

// listRefunds lists those of one intent, the newest first.
func (s *Server) listRefunds(c *call) answer {
	found := []any{}
	for _, r := range s.refunds {
		if r.of.id == c.Form.Get("payment_intent") {
			found = append([]any{r.show()}, found...)
		}
	}
	return answer{http.StatusOK, map[string]any{"object": "list", "data": found, "has_more": false, "url": "/v1/refunds"}}
}
