package stripetest

import (
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86/webhook"
)

// WebhookSecret signs what the server reports.
const WebhookSecret = "whsec_0123456789abcdef"

// Event is something that the server would report.
type Event struct {
	Type string
	Body []byte
}

// Events are those of all that happened so far, in their order.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event{}, s.events...)
}

// Sign returns the headers of a delivery of the event at a time.
func (e Event) Sign(secret string, at time.Time) http.Header {
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: e.Body, Secret: secret, Timestamp: at})
	return http.Header{"Stripe-Signature": {signed.Header}}
}

func (s *Server) happened(kind string, i *intent, c *call) {
	s.report(kind, i.live, i.created, s.show(i, &call{now: c.now}))
}

// chargeHappened makes the event that something of a charge went back, by a request with
// the key or, without one, by hand.
func (s *Server) chargeHappened(i *intent, key string) {
	s.report("charge.refunded", i.live, i.created, s.showCharge(i, false), key)
}

func (s *Server) refundHappened(kind string, r *refund) {
	s.report(kind, r.of.live, r.of.created, r.show())
}

func (s *Server) setupHappened(kind string, x *setup) {
	shown := x.show()
	if x.method != "" { // events name a method by its id
		shown["payment_method"] = x.method
	}
	s.report(kind, x.live, x.created, shown)
}

// Dispute is the payer's bank that takes money back. It tells the dispute's id.
func (s *Server) Dispute(id string, amount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	dispute := s.newID("dp")
	s.disputed("charge.dispute.funds_withdrawn", dispute, id, amount, -amount)
	return dispute
}

// Win is the end of a dispute that gives back an amount of it.
func (s *Server) Win(dispute, id string, amount, back int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disputed("charge.dispute.funds_reinstated", dispute, id, amount, -amount, back)
}

func (s *Server) disputed(kind, dispute, id string, amount int64, moves ...int64) {
	i, booked := s.intents[id], []map[string]any{}
	for _, m := range moves {
		booked = append(booked, map[string]any{"id": s.newID("txn"), "object": "balance_transaction", "amount": m, "currency": i.currency})
	}
	s.report(kind, i.live, i.created, map[string]any{"id": dispute, "object": "dispute", "amount": amount, "balance_transactions": booked,
		"currency": i.currency, "charge": i.charge, "payment_intent": i.id, "metadata": map[string]any{}, "status": "needs_response"})
}

// report makes an event. Each is a second after the one before, as nothing else tells two
// of one second apart.
func (s *Server) report(kind string, live bool, after time.Time, object map[string]any, keys ...string) {
	at := after.Add(time.Duration(1+len(s.events)) * time.Second)
	s.events = append(s.events, Event{kind, encode(map[string]any{"id": s.newID("evt"), "object": "event", "api_version": "2026-06-24.dahlia",
		"created": at.Unix(), "livemode": live, "type": kind, "pending_webhooks": 1,
		"request": map[string]any{"id": nil, "idempotency_key": strings.Join(keys, "")}, "data": map[string]any{"object": object}})})
}
