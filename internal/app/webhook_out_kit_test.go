package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// message is a message as its receiver got it.
type message struct {
	id     string
	header http.Header
	body   string
	Type   string
	Data   struct {
		ID, Type, Status, Cursor string
		Seq                      int
		Payment                  *struct {
			ID       string
			Customer *struct{ Email *string }
		}
	}
}

// receiver is a company's server that gets messages.
type receiver struct {
	url string

	mu  sync.Mutex
	got []message
	// answer is how it answers; nil for 204.
	answer http.HandlerFunc
}

// newReceiver starts a receiver that ends with the test.
func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/hook"
	return r
}

// ServeHTTP takes a message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	m := message{id: request.Header.Get("Webhook-Id"), header: request.Header, body: string(body)}
	json.Unmarshal(body, &m)
	r.mu.Lock()
	r.got = append(r.got, m)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, request)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// answers has it answer so from now on.
func (r *receiver) answers(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// status answers with a status alone.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// take returns what came since the last call.
func (r *receiver) take() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// verify fails the test unless the public library finds a message genuine at a time.
func (m message) verify(t *testing.T, secret string) {
	t.Helper()
	key, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.VerifyIgnoringTimestamp([]byte(m.body), m.header); err != nil {
		t.Errorf("message %s: %v", m.id, err)
	}
	if err := key.VerifyIgnoringTimestamp([]byte(m.body+" "), m.header); err == nil {
		t.Errorf("message %s: another content is good too", m.id)
	}
}

// endpointSeen is an endpoint as the API shows it.
type endpointSeen struct {
	ID, URL, Payload    string
	EventTypes          []string
	IsEnabled           bool
	DisabledReason      string
	FailingSince        *time.Time
	PreviousSecretUntil *time.Time
	Version             int
}

const endpointFields = `{ id url payload eventTypes isEnabled disabledReason disabledAt failingSince previousSecretUntil createdBy version }`

// endpointAnswer is what a mutation of endpoints answers.
type endpointAnswer struct {
	WebhookEndpoint *endpointSeen
	Secret          string
	Errors          []apptest.Refusal
}

// manage sends a mutation of endpoints.
func manage(t *testing.T, c *apptest.Client, mutation string, input apptest.Vars) endpointAnswer {
	t.Helper()
	secret := " secret"
	if mutation == "updateWebhookEndpoint" {
		secret = ""
	}
	document := fmt.Sprintf(`mutation($input: %s%sInput!) { answer: %s(input: $input) { webhookEndpoint %s%s errors { code message path } } }`,
		strings.ToUpper(mutation[:1]), mutation[1:], mutation, endpointFields, secret)
	return apptest.Do[struct{ Answer endpointAnswer }](t, c, document, apptest.Vars{"input": input}).Answer
}

// endpoint makes an endpoint of a receiver, and returns it with its secret.
func (s *shop) endpoint(t *testing.T, r *receiver, more apptest.Vars) (endpointSeen, string) {
	t.Helper()
	got := manage(t, s.admin, "createWebhookEndpoint", but(apptest.Vars{"url": r.url}, more))
	if got.WebhookEndpoint == nil || len(got.Errors) > 0 {
		t.Fatalf("refused: %+v", got.Errors)
	}
	return *got.WebhookEndpoint, got.Secret
}

// endpoints reads the endpoints.
func (s *shop) endpoints(t *testing.T) []endpointSeen {
	t.Helper()
	return apptest.Do[struct {
		WebhookEndpoints struct{ Nodes []endpointSeen }
	}](t, s.admin,
		`{ webhookEndpoints { totalCount nodes `+endpointFields+` } }`, nil).WebhookEndpoints.Nodes
}

// deliverySeen is a delivery as the API shows it.
type deliverySeen struct {
	ID, Status  string
	Payload     *string
	Tries       int
	NextTryAt   *time.Time
	DeliveredAt *time.Time
	Endpoint    *struct{ ID string }
	Event       struct{ ID, Type string }
	Payment     struct{ ID string }
	Attempts    []struct {
		Number     int
		At         time.Time
		StatusCode *int
		Failure    string
		Response   string
	}
}

// deliveries reads deliveries, newest first.
func (s *shop) deliveries(t *testing.T, filter apptest.Vars) []deliverySeen {
	t.Helper()
	return apptest.Do[struct {
		WebhookDeliveries struct{ Nodes []deliverySeen }
	}](t, s.admin, `query($filter: WebhookDeliveryFilter) { webhookDeliveries(filter: $filter, first: 100) {
		nodes { id status payload tries nextTryAt deliveredAt endpoint { id } event { id type } payment { id } attempts { number at statusCode failure response durationMs } } } }`,
		apptest.Vars{"filter": filter}).WebhookDeliveries.Nodes
}

// deliver sends what is due, until nothing is.
func (s *shop) deliver(t *testing.T) {
	t.Helper()
	if err := s.api.App.Service.DispatchWebhooks(t.Context()); err != nil {
		t.Fatalf("dispatch: %v", err)
	}
	for range 20 {
		due, err := s.api.App.Service.ClaimDeliveries(t.Context(), 100)
		if err != nil {
			t.Fatalf("look for what is due: %v", err)
		}
		for _, d := range due {
			if err := s.api.App.Service.Wake(t.Context(), d); err != nil {
				t.Errorf("deliver: %v", err)
			}
		}
		if len(due) == 0 {
			return
		}
	}
	t.Error("there is always something due")
}

// notified reads whether the merchant was told of a payment, and of its checkout's end.
func (s *shop) notified(t *testing.T, payment string) (callback, closeCheckout *struct{ Success bool }) {
	t.Helper()
	p := apptest.Do[struct {
		Payment struct{ Callback, CloseCheckout *struct{ Success bool } }
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { callback { success date } closeCheckout { success date } } }`, apptest.Vars{"id": payment}).Payment
	return p.Callback, p.CloseCheckout
}

// stay has the shop's admin outlast tests that move the clock.
func (s *shop) stay(t *testing.T) {
	t.Helper()
	s.admin = s.api.Client(s.api.Token(t, auth.Grant{TTL: 90 * 24 * time.Hour}))
	s.make = s.admin.Make(t)
}
