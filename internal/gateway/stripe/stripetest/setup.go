package stripetest

import (
	"net/http"
	"time"
)

// customer is a Customer with the methods that are attached.
type customer struct {
	id       string
	metadata map[string]string
	methods  []string
}

// setup is a SetupIntent.
type setup struct {
	id, customer, method, status string
	metadata                     map[string]string
	failure                      map[string]any
	created                      time.Time
	live                         bool
}

func (s *Server) createCustomer(c *call) answer {
	x := &customer{id: s.newID("cus"), metadata: prefixed(c.Form, "metadata")}
	s.customers[x.id] = x
	return answer{http.StatusOK, map[string]any{"id": x.id, "object": "customer", "metadata": copied(x.metadata), "livemode": c.live}}
}

func (s *Server) isAttached(method string) bool {
	for _, x := range s.customers {
		for _, m := range x.methods {
			if m == method {
				return true
			}
		}
	}
	return false
}

func (s *Server) createSetup(c *call) answer {
	if s.customers[c.Form.Get("customer")] == nil {
		return refusal(http.StatusBadRequest, "invalid_request_error", "resource_missing", "customer")
	}
	x := &setup{id: s.newID("seti"), customer: c.Form.Get("customer"), metadata: prefixed(c.Form, "metadata"), status: "requires_payment_method",
		created: c.now, live: c.live}
	s.setups[x.id] = x
	return answer{http.StatusOK, x.show()}
}

func (s *Server) onSetup(c *call) answer {
	x := s.setups[c.id]
	switch {
	case x == nil:
		return refusal(http.StatusNotFound, "invalid_request_error", "resource_missing", "intent")
	case c.Operation == "retrieve setup":
		return answer{http.StatusOK, x.show()}
	case x.status == "succeeded" || x.status == "canceled" || c.Operation == "confirm setup" && x.status == "requires_action":
		return refusal(http.StatusBadRequest, "invalid_request_error", "setup_intent_unexpected_state", "")
	case c.Operation == "cancel setup":
		x.status = "canceled"
		s.setupHappened("setup_intent.canceled", x)
		return answer{http.StatusOK, x.show()}
	}
	return s.confirmSetup(x, c)
}

func (s *Server) confirmSetup(x *setup, c *call) answer {
	switch code := declines[c.method]; {
	case c.method == PmNone:
		return refusal(http.StatusBadRequest, "invalid_request_error", "resource_missing", "payment_method")
	case code != "":
		x.failure = map[string]any{"type": "card_error", "code": "card_declined", "decline_code": code, "message": "The text of Stripe."}
		s.setupHappened("setup_intent.setup_failed", x)
		return answer{http.StatusPaymentRequired, map[string]any{"error": x.failure}}
	case needsAction(c.method):
		x.status, x.method = "requires_action", c.method
	default:
		x.method = c.method
		x.save(s)
	}
	return answer{http.StatusOK, x.show()}
}

// save attaches the method to the customer, under an id of its own, as another browser
// would have made it.
func (x *setup) save(s *Server) {
	x.status, x.method = "succeeded", s.newID(x.method+"-")
	s.customers[x.customer].methods = append(s.customers[x.customer].methods, x.method)
	s.setupHappened("setup_intent.succeeded", x)
}

func (x *setup) act(s *Server, consents bool) {
	if consents {
		x.save(s)
		return
	}
	x.status = "requires_payment_method"
	x.failure = map[string]any{"type": "invalid_request_error", "code": "setup_intent_authentication_failure", "message": "The text of Stripe."}
	s.setupHappened("setup_intent.setup_failed", x)
}

func (x *setup) show() map[string]any {
	shown := map[string]any{"id": x.id, "object": "setup_intent", "status": x.status, "customer": x.customer, "metadata": copied(x.metadata),
		"client_secret": x.id + "_secret_x", "created": x.created.Unix(), "livemode": x.live, "payment_method": nil, "last_setup_error": nil, "next_action": nil}
	if x.method != "" {
		shown["payment_method"] = map[string]any{"id": x.method, "object": "payment_method", "type": "card", "card": card(x.created)}
	}
	if x.failure != nil {
		shown["last_setup_error"] = x.failure
	}
	if x.status == "requires_action" {
		shown["next_action"] = nextAction(x.id, x.method)
	}
	return shown
}
