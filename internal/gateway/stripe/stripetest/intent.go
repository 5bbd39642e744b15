package stripetest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// intent is a PaymentIntent with its charge.
type intent struct {
	id, currency, captureMethod, customer, method, status, charge, reason string
	amount, capturable, received                                          int64
	metadata                                                              map[string]string
	failure                                                               map[string]any
	created                                                               time.Time
	live                                                                  bool
	refunds                                                               []*refund
}

// maxAmount is the most that Stripe takes, in what it counts as minor units.
const maxAmount = 99_999_999

func (s *Server) create(c *call) answer {
	amount, err := strconv.ParseInt(c.Form.Get("amount"), 10, 64)
	switch {
	case err != nil || amount < 1 || len(c.Form.Get("currency")) != 3:
		return refusal(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "amount")
	case amount > maxAmount:
		return refusal(http.StatusBadRequest, "invalid_request_error", "amount_too_large", "amount")
	case unclean(amount, c.Form.Get("currency")):
		return refusal(http.StatusBadRequest, "invalid_request_error", "invalid_amount", "amount")
	}
	i := &intent{id: s.newID("pi"), amount: amount, currency: c.Form.Get("currency"), captureMethod: c.Form.Get("capture_method"),
		customer: c.Form.Get("customer"), metadata: prefixed(c.Form, "metadata"), status: "requires_payment_method", created: c.now, live: c.live}
	s.intents[i.id] = i
	return answer{http.StatusOK, s.show(i, c)}
}

// onIntent does what is asked about an intent that is there.
func (s *Server) onIntent(c *call) answer {
	i := s.intents[c.id]
	if i == nil {
		return refusal(http.StatusNotFound, "invalid_request_error", "resource_missing", "intent")
	}
	switch c.Operation {
	case "confirm":
		return s.confirm(i, c)
	case "capture":
		return s.capture(i, c)
	case "cancel":
		return s.cancel(i, c)
	}
	return answer{http.StatusOK, s.show(i, c)}
}

func (s *Server) confirm(i *intent, c *call) answer {
	customer := s.customers[i.customer]
	switch {
	case i.status != "requires_payment_method" && i.status != "requires_confirmation":
		return s.unexpected(i, c)
	case c.method == PmNone:
		return refusal(http.StatusBadRequest, "invalid_request_error", "resource_missing", "payment_method")
	case c.Form.Get("return_url") == "":
		return refusal(http.StatusBadRequest, "invalid_request_error", "parameter_missing", "return_url")
	case i.customer != "" && (customer == nil || !slices.Contains(customer.methods, c.method)):
		return refusal(http.StatusBadRequest, "invalid_request_error", "payment_method_customer_decline", "payment_method")
	case i.customer == "" && s.isAttached(c.method):
		return refusal(http.StatusBadRequest, "invalid_request_error", "payment_method_unexpected_state", "payment_method")
	}
	i.method, i.failure = c.method, nil
	switch code := declines[kindOf(c.method)]; {
	case code != "":
		return s.decline(i, c, code)
	case needsAction(kindOf(c.method)):
		if c.Form.Get("off_session") == "true" {
			return s.decline(i, c, "authentication_required")
		}
		i.status = "requires_action"
		s.happened("payment_intent.requires_action", i, c)
	case c.method == PmDebit:
		i.status = "processing"
		s.happened("payment_intent.processing", i, c)
	default:
		s.pay(i, c)
	}
	return answer{http.StatusOK, s.show(i, c)}
}

// kindOf is what a method is like; one that was saved has a number after its name.
func kindOf(method string) string {
	kind, _, _ := strings.Cut(method, "-")
	return kind
}

func (s *Server) decline(i *intent, c *call, code string) answer {
	i.status, i.method = "requires_payment_method", ""
	i.failure = map[string]any{"type": "card_error", "code": "card_declined", "decline_code": code, "message": "The text of Stripe, with 4242424242424242 in it."}
	i.charge = s.newID("ch")
	s.happened("payment_intent.payment_failed", i, c)
	failure := map[string]any{"payment_intent": s.show(i, c)}
	for key, value := range i.failure {
		failure[key] = value
	}
	return answer{http.StatusPaymentRequired, map[string]any{"error": failure}}
}

// pay moves the money, or holds it.
func (s *Server) pay(i *intent, c *call) {
	i.charge = s.newID("ch")
	if i.captureMethod == "manual" {
		i.status, i.capturable = "requires_capture", i.amount
		s.happened("payment_intent.amount_capturable_updated", i, c)
		return
	}
	i.status, i.received = "succeeded", i.amount
	s.happened("payment_intent.succeeded", i, c)
}

func (s *Server) capture(i *intent, c *call) answer {
	amount, err := strconv.ParseInt(c.Form.Get("amount_to_capture"), 10, 64)
	switch {
	case i.status != "requires_capture":
		return s.unexpected(i, c)
	case err != nil || amount < 1 || amount > i.capturable:
		return refusal(http.StatusBadRequest, "invalid_request_error", "amount_too_large", "amount_to_capture")
	}
	i.status, i.received, i.capturable = "succeeded", amount, 0
	for key, value := range prefixed(c.Form, "metadata") {
		i.metadata[key] = value
	}
	s.happened("payment_intent.succeeded", i, c)
	return answer{http.StatusOK, s.show(i, c)}
}

func (s *Server) cancel(i *intent, c *call) answer {
	if i.status == "succeeded" || i.status == "canceled" || i.status == "processing" {
		return s.unexpected(i, c)
	}
	i.status, i.capturable, i.reason = "canceled", 0, c.Form.Get("cancellation_reason")
	s.happened("payment_intent.canceled", i, c)
	return answer{http.StatusOK, s.show(i, c)}
}

func (s *Server) unexpected(i *intent, c *call) answer {
	a := refusal(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state", "")
	a.body["error"].(map[string]any)["payment_intent"] = s.show(i, c)
	return a
}

// search finds intents by our attempt's id, once they are old enough.
func (s *Server) search(c *call) answer {
	found := []any{}
	for _, i := range s.intents {
		if strings.Contains(c.Form.Get("query"), `"paygraph_attempt"]:"`+i.metadata["paygraph_attempt"]+`"`) && c.now.Sub(i.created) > searchLag {
			found = append(found, s.show(i, c))
		}
	}
	return answer{http.StatusOK, map[string]any{"object": "search_result", "data": found, "has_more": false, "url": "/v1/payment_intents/search"}}
}

// show is the intent as Stripe writes it, with what the request wants expanded.
func (s *Server) show(i *intent, c *call) map[string]any {
	amount, received := i.amount, i.received
	if i.method == PmMore {
		amount, received = amount+100, received+100
	}
	shown := map[string]any{"id": i.id, "object": "payment_intent", "amount": amount, "amount_capturable": i.capturable, "amount_received": received,
		"currency": i.currency, "capture_method": i.captureMethod, "client_secret": i.id + "_secret_x", "created": i.created.Unix(), "livemode": i.live,
		"metadata": copied(i.metadata), "status": i.status, "last_payment_error": nil, "latest_charge": nil, "next_action": nil, "payment_method": nil,
		"cancellation_reason": nil}
	if i.failure != nil {
		shown["last_payment_error"] = i.failure
	}
	if i.reason != "" {
		shown["cancellation_reason"] = i.reason
	}
	if i.charge != "" {
		shown["latest_charge"] = i.charge
	}
	if i.charge != "" && c.Form.Get("expand[0]") == "latest_charge.balance_transaction" {
		shown["latest_charge"] = s.showCharge(i, true)
	}
	if i.status == "requires_action" {
		shown["next_action"] = nextAction(i.id, i.method)
	}
	return shown
}

func nextAction(id, method string) map[string]any {
	if method == PmScript {
		return map[string]any{"type": "use_stripe_sdk", "use_stripe_sdk": map[string]any{}}
	}
	return map[string]any{"type": "redirect_to_url", "redirect_to_url": map[string]any{"url": "https://hooks.stripe.example/3ds/" + id, "return_url": "https://shop.example/"}}
}

// showCharge is the intent's charge. What a capture left counts as given back.
func (s *Server) showCharge(i *intent, expanded bool) map[string]any {
	back := int64(0)
	if i.captureMethod == "manual" && (i.status == "succeeded" || i.status == "canceled") {
		back = i.amount - i.received
	}
	for _, r := range i.refunds {
		if r.status != "failed" {
			back += r.amount
		}
	}
	shown := map[string]any{"id": i.charge, "object": "charge", "amount": i.amount, "amount_captured": i.received, "amount_refunded": back,
		"captured": i.status == "succeeded", "currency": i.currency, "payment_intent": i.id, "metadata": copied(i.metadata), "livemode": i.live,
		"balance_transaction": nil, "payment_method_details": map[string]any{"type": "card", "card": card(i.created)}}
	if i.method == PmDebit {
		shown["payment_method_details"] = map[string]any{"type": "sepa_debit", "sepa_debit": map[string]any{"country": "DE", "last4": "3000"}}
	}
	if i.received > 0 {
		shown["balance_transaction"] = "txn_" + i.charge
		if expanded {
			shown["balance_transaction"] = map[string]any{"id": "txn_" + i.charge, "object": "balance_transaction", "amount": i.received,
				"fee": fee(i.received, i.currency), "currency": settledIn(i.currency)}
		}
	}
	return shown
}

func card(created time.Time) map[string]any {
	return map[string]any{"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "capture_before": created.Add(7 * 24 * time.Hour).Unix()}
}

func copied(m map[string]string) map[string]any {
	c := map[string]any{}
	for key, value := range m {
		c[key] = value
	}
	return c
}
