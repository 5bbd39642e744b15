package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// maxMessage is more than any message has, in bytes.
const maxMessage = 128 << 10

// message is a message. Data is what the endpoint's selection asks for.
type message struct {
	Type      string
	Timestamp time.Time
	Data      json.RawMessage
}

// receiver hands on every message once. It keeps the ids of those that it has had in
// memory; a real one keeps them in its database, in the transaction that keeps the message.
type receiver struct {
	key      *standardwebhooks.Webhook
	messages chan<- message

	mu  sync.Mutex
	had map[string]bool
}

func newReceiver(secret string, messages chan<- message) (*receiver, error) {
	if secret == "" {
		return nil, errors.New("it is not set")
	}
	key, err := standardwebhooks.NewWebhook(secret)
	return &receiver{key: key, messages: messages, had: map[string]bool{}}, err
}

// ServeHTTP takes one message. Everything but a status of 200 to 299 has it sent again.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxMessage))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	// Over the body as it came: parsed and written again it is other bytes. The time must
	// be within five minutes, or whoever recorded a message could send it for ever.
	if err := r.key.Verify(body, request.Header); err != nil {
		http.Error(w, "not from whom it says", http.StatusUnauthorized)
		return
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, "not a message", http.StatusBadRequest)
		return
	}
	if !r.take(request.Header.Get(standardwebhooks.HeaderWebhookID), m) {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take hands a message on that was not there before. It is false when there is no room,
// and the message must come again.
func (r *receiver) take(id string, m message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.had[id] {
		return true
	}
	select {
	case r.messages <- m:
		r.had[id] = true
		return true
	default:
		return false
	}
}
