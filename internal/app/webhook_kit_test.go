package app_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// hook is the provider's side of a gateway of the sandbox: what it signs with and
// where it reports to.
type hook struct {
	gateway, url string
	key          *standardwebhooks.Webhook
	client       *http.Client
}

// secretOf makes a secret of a word.
func secretOf(word string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(word, 32)[:32]))
}

// hooked makes a gateway of the sandbox whose webhooks are checked with a secret, and that
// has more of other fields.
func hooked(t *testing.T, api *apptest.API, c *apptest.Client, word string, more ...apptest.Vars) hook {
	t.Helper()
	settings := apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "webhookSecret", "value": secretOf(word)}}}
	for _, fields := range more {
		settings = but(settings, fields)
	}
	h := hook{gateway: c.Make(t).Gateway(settings),
		client: &http.Client{Transport: &http.Transport{MaxConnsPerHost: 200, MaxIdleConnsPerHost: 200}}}
	t.Cleanup(h.client.CloseIdleConnections)
	h.url = api.URL + webhookPath(t, c, h.gateway)
	var err error
	if h.key, err = standardwebhooks.NewWebhook(secretOf(word)); err != nil {
		t.Fatal(err)
	}
	return h
}

// webhookPath reads where a gateway's provider reports to.
func webhookPath(t *testing.T, c *apptest.Client, gateway string) string {
	t.Helper()
	found := apptest.Do[struct {
		PaymentGateways []struct{ WebhookPath *string }
	}](t, c,
		`query($id: ID!) { paymentGateways(filter: { ids: [$id] }) { webhookPath } }`, apptest.Vars{"id": gateway}).PaymentGateways
	if len(found) != 1 || found[0].WebhookPath == nil {
		t.Fatalf("the gateway takes no webhooks: %+v", found)
	}
	return *found[0].WebhookPath
}

// hookEvent is the body of a report of the sandbox.
func hookEvent(kind, attempt string, more apptest.Vars) []byte {
	_, id, _ := pay.SplitID(attempt)
	data := but(apptest.Vars{"attemptId": id.String(), "currency": "EUR"}, more)
	body, _ := json.Marshal(map[string]any{"type": kind, "data": data})
	return body
}

// signed are the headers of a genuine delivery.
func (h hook) signed(id string, body []byte, at time.Time) http.Header {
	signature, _ := h.key.Sign(id, at, body)
	return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature}}
}

// send delivers what is genuine and returns the status of the answer.
func (h hook) send(t testing.TB, id string, body []byte) int {
	t.Helper()
	status, _ := h.post(t, h.url, h.signed(id, body, time.Now()), body)
	return status
}

// post delivers anything, and returns the status and the code of the answer.
func (h hook) post(t testing.TB, url string, header http.Header, body []byte) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := h.client.Do(request)
	if err != nil {
		t.Errorf("deliver: %v", err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var answer struct {
		Status string
		Errors []apptest.Error
	}
	if err != nil || json.Unmarshal(text, &answer) != nil {
		t.Errorf("the answer is %q, %v", text, err)
	}
	if len(answer.Errors) > 0 {
		return response.StatusCode, answer.Errors[0].Extensions.Code
	}
	return response.StatusCode, answer.Status
}

// hookSeen is an event of the inbox.
type hookSeen struct {
	EventID                                string
	Outcome                                *string
	Checks                                 int
	AppliedAt, NextCheckAt, ContradictedAt *time.Time
	Gateway, Transaction                   *struct{ ID string }
}

// inbox reads what came of a gateway's events, newest first.
func inbox(t *testing.T, c *apptest.Client, filter apptest.Vars) []hookSeen {
	t.Helper()
	return apptest.Do[struct{ WebhookEvents struct{ Nodes []hookSeen } }](t, c, `query($filter: WebhookEventFilter) { webhookEvents(filter: $filter, first: 100) {
		totalCount nodes { id eventId outcome checks receivedAt appliedAt nextCheckAt contradictedAt gateway { id } transaction { id } } } }`,
		apptest.Vars{"filter": filter}).WebhookEvents.Nodes
}

// outcomeOf is what became of one event.
func outcomeOf(t *testing.T, c *apptest.Client, id string) string {
	t.Helper()
	for _, e := range inbox(t, c, nil) {
		if e.EventID == id && e.Outcome != nil {
			return *e.Outcome
		}
	}
	return ""
}

// pending starts an attempt of 10.00 through the hook's gateway that waits for a report.
func (s *shop) pending(t *testing.T, h hook, key string) lifeStep {
	t.Helper()
	return s.started(t, key, "tok_pending", apptest.Vars{"gatewayId": h.gateway})
}
