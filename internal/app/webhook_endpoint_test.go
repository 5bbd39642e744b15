package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestWebhookEndpointRefusals proves what no endpoint may be, and that the refusal says
// which field it is about.
func TestWebhookEndpointRefusals(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	sandbox, live := api.Admin(t), api.Client(api.Token(t, auth.Grant{Environment: pay.Live}))
	const url = "https://example.com/hook"
	deep := strings.Repeat("payment { events { nodes { ", 8) + "id" + strings.Repeat(" } } }", 8)
	for name, c := range map[string]struct {
		client *apptest.Client
		input  apptest.Vars
		path   string
	}{
		"another port":       {live, apptest.Vars{"url": "https://example.com:9000/"}, "input.url"},
		"an address":         {live, apptest.Vars{"url": "https://8.8.8.8/"}, "input.url"},
		"a number":           {live, apptest.Vars{"url": "https://134744072/"}, "input.url"},
		"no such port":       {sandbox, apptest.Vars{"url": "https://example.com:99999/"}, "input.url"},
		"port 0":             {sandbox, apptest.Vars{"url": "https://example.com:0/"}, "input.url"},
		"an address inside":  {sandbox, apptest.Vars{"url": "https://169.254.169.254/"}, "input.url"},
		"a zone":             {sandbox, apptest.Vars{"url": "https://[fe80::1%25eth0]/"}, "input.url"},
		"http in live":       {live, apptest.Vars{"url": "http://localhost/"}, "input.url"},
		"a card number":      {sandbox, apptest.Vars{"url": url + "?card=4242424242424242"}, "input.url"},
		"a fragment":         {sandbox, apptest.Vars{"url": url + "#x"}, "input.url"},
		"long description":   {sandbox, apptest.Vars{"url": url, "description": strings.Repeat("x", 201)}, "input.description"},
		"no type":            {sandbox, apptest.Vars{"url": url, "eventTypes": []string{"captured"}}, "input.eventTypes.0"},
		"a type twice":       {sandbox, apptest.Vars{"url": url, "eventTypes": []string{"PAYMENT_CREATED", "PAYMENT_CREATED"}}, "input.eventTypes.1"},
		"many types":         {sandbox, apptest.Vars{"url": url, "eventTypes": slices.Repeat([]string{"A"}, 51)}, "input.eventTypes"},
		"empty payload":      {sandbox, apptest.Vars{"url": url, "payload": ""}, "input.payload"},
		"long payload":       {sandbox, apptest.Vars{"url": url, "payload": "{ id " + strings.Repeat("id ", 2000) + "}"}, "input.payload"},
		"no selection":       {sandbox, apptest.Vars{"url": url, "payload": "id"}, "input.payload"},
		"no such field":      {sandbox, apptest.Vars{"url": url, "payload": "{ nothing }"}, "input.payload"},
		"a second document":  {sandbox, apptest.Vars{"url": url, "payload": "{ id } mutation { revokeApiKey(input: { id: \"x\" }) { errors { message } } }"}, "input.payload"},
		"more fragments":     {sandbox, apptest.Vars{"url": url, "payload": "{ ...more } fragment more on PaymentEvent { id }"}, "input.payload"},
		"a fragment of ours": {sandbox, apptest.Vars{"url": url, "payload": "{ ...payload }"}, "input.payload"},
		"a way out":          {sandbox, apptest.Vars{"url": url, "payload": "{ id } } { viewer { id }"}, "input.payload"},
		"a variable":         {sandbox, apptest.Vars{"url": url, "payload": "{ payment { events(after: $x) { nodes { id } } } }"}, "input.payload"},
		"too deep":           {sandbox, apptest.Vars{"url": url, "payload": "{ " + deep + " }"}, "input.payload"},
		"too large":          {sandbox, apptest.Vars{"url": url, "payload": "{ payment { customer { payments(first: 100) { nodes { events(first: 100) { nodes { payment { transactions { id } } } } } } } } }"}, "input.payload"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := manage(t, c.client, "createWebhookEndpoint", c.input)
			if got.WebhookEndpoint != nil || got.Secret != "" || len(got.Errors) != 1 || strings.Join(got.Errors[0].Path, ".") != c.path {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestWebhookEndpointLife proves what becomes of an endpoint: how many there may be, how
// it changes, that two who change it at once are told, and that it can be deleted, which
// ends what waits. The audit log tells of all of it, and nothing of the secret.
func TestWebhookEndpointLife(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := newReceiver(t)
	made, secret := s.endpoint(t, r, apptest.Vars{"description": "orders", "isEnabled": false})
	if made.IsEnabled || made.DisabledReason != "BY_CALLER" || made.Version != 1 || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("%+v", made)
	}
	s.pay(t, "missed", s.whole("", s.order(100)))
	s.deliver(t)
	changed := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": made.ID, "expectedVersion": 1, "isEnabled": true, "eventTypes": []string{"PAYMENT_CREATED"},
		"payload": "{ seq }", "description": nil, "url": r.url + "?v=2"}).WebhookEndpoint
	if changed == nil || changed.Version != 2 || !changed.IsEnabled || !slices.Equal(changed.EventTypes, []string{"PAYMENT_CREATED"}) || changed.Payload != "{ seq }" || changed.URL != r.url+"?v=2" {
		t.Fatalf("%+v", changed)
	}
	s.deliver(t)
	if got := r.take(); len(got) != 1 || got[0].Data.Seq != 1 || got[0].Data.ID != "" {
		t.Errorf("told %+v", got)
	}
	if got := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": made.ID, "expectedVersion": 1, "isEnabled": false}).Errors; len(got) != 1 || got[0].Code != "VERSION_CONFLICT" {
		t.Errorf("%+v", got)
	}
	if got := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": made.ID, "payload": "{ nothing }"}).Errors; len(got) != 1 || got[0].Code != "INVALID_INPUT" {
		t.Errorf("%+v", got)
	}
	if got := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": made.ID}).WebhookEndpoint; got.Version != 2 {
		t.Errorf("a change of nothing: %+v", got)
	}
	r.answers(status(http.StatusInternalServerError))
	s.pay(t, "waits", s.whole("", s.order(100)))
	s.deliver(t)
	deleted := apptest.Do[struct{ DeleteWebhookEndpoint struct{ DeletedID string } }](t, s.admin,
		`mutation($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { deletedId errors { code message path } } }`, apptest.Vars{"id": made.ID}).DeleteWebhookEndpoint.DeletedID
	if deleted != made.ID || len(s.endpoints(t)) != 0 {
		t.Errorf("deleted %s of %+v", deleted, s.endpoints(t))
	}
	s.api.Database.DB.MustExec("UPDATE webhook_deliveries SET wake_at = now() - interval '1 second' WHERE wake_at IS NOT NULL")
	s.deliver(t)
	seen := s.deliveries(t, nil)
	if len(seen) != 2 || seen[0].Status != "CANCELLED" || seen[0].Endpoint != nil || seen[1].Status != "DELIVERED" || len(seen[1].Attempts) != 1 {
		t.Errorf("%+v", seen)
	}
	for _, mutation := range []string{"updateWebhookEndpoint", "rotateWebhookSecret"} {
		if got := manage(t, s.admin, mutation, apptest.Vars{"id": made.ID}).Errors; len(got) != 1 || got[0].Code != "NOT_FOUND" {
			t.Errorf("%s of what is deleted: %+v", mutation, got)
		}
	}
	for range pay.MaxWebhookEndpoints {
		s.endpoint(t, r, nil)
	}
	if got := manage(t, s.admin, "createWebhookEndpoint", apptest.Vars{"url": r.url}).Errors; len(got) != 1 || got[0].Code != "TOO_MANY_ITEMS" {
		t.Errorf("one more: %+v", got)
	}
	entries := rowsOf(t, s.api.Database.DB, "SELECT action, before, after FROM audit_entries WHERE subject = 'WEBHOOK_ENDPOINT' ORDER BY at")
	if text := fmt.Sprint(entries); len(entries) != 3+pay.MaxWebhookEndpoints || strings.Contains(text, secret) || !strings.Contains(text, `"sealed_secret": "***"`) || !strings.Contains(text, "deleted_at") {
		t.Errorf("%d entries: %s", len(entries), text)
	}
}

// TestEndpointSecret proves that a secret is shown once and lies sealed in its own row,
// and that for a day after a change messages are signed with both.
func TestEndpointSecret(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	s.stay(t)
	r := newReceiver(t)
	made, old := s.endpoint(t, r, apptest.Vars{"eventTypes": []string{"PAYMENT_CREATED"}})
	rotated := manage(t, s.admin, "rotateWebhookSecret", apptest.Vars{"id": made.ID})
	if rotated.Secret == old || rotated.WebhookEndpoint.PreviousSecretUntil.Sub(clock.now()).Round(time.Hour) != 24*time.Hour {
		t.Errorf("%+v", rotated)
	}
	signatures := func(key string) int {
		s.pay(t, key, s.whole("", s.order(100)))
		s.deliver(t)
		got := r.take()
		if len(got) != 1 {
			t.Fatalf("told %+v", got)
		}
		got[0].verify(t, rotated.Secret)
		n := len(strings.Fields(got[0].header.Get("Webhook-Signature")))
		if n == 2 {
			got[0].verify(t, old)
		}
		return n
	}
	if n := signatures("at once"); n != 2 {
		t.Errorf("%d signatures at once", n)
	}
	clock.pass(24*time.Hour + time.Minute)
	if n := signatures("a day later"); n != 1 {
		t.Errorf("%d signatures a day later", n)
	}
	raw := strings.TrimPrefix(rotated.Secret, "whsec_")
	dump := fmt.Sprint(rowsOf(t, s.api.Database.DB, "SELECT e::text FROM webhook_endpoints e"), rowsOf(t, s.api.Database.DB, "SELECT a::text FROM audit_entries a"))
	if strings.Contains(dump, raw) || strings.Contains(dump, strings.TrimPrefix(old, "whsec_")) {
		t.Error("a secret lies open in the database")
	}
	// Moved to another endpoint it signs nothing there.
	s.endpoint(t, r, apptest.Vars{"eventTypes": []string{"PAYMENT_CREATED"}})
	s.painted = true
	s.api.Database.DB.MustExec("UPDATE webhook_endpoints SET sealed_secret = (SELECT sealed_secret FROM webhook_endpoints ORDER BY created_at LIMIT 1) WHERE created_at = (SELECT max(created_at) FROM webhook_endpoints)")
	s.pay(t, "moved", s.whole("", s.order(100)))
	if err := s.api.App.Service.DispatchWebhooks(t.Context()); err != nil {
		t.Fatal(err)
	}
	due, err := s.api.App.Service.ClaimDeliveries(t.Context(), 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("%d due, %v", len(due), err)
	}
	failed := 0
	for _, d := range due {
		if s.api.App.Service.Wake(t.Context(), d) != nil {
			failed++
		}
	}
	if failed != 1 || len(r.take()) != 1 {
		t.Errorf("%d messages were not signed", failed)
	}
}

// TestWebhookAnswers proves what the history says of each way to fail, that one who is
// gone is told nothing more, and that nothing is sent to what is not of the internet.
func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	elsewhere, redirecting, busy, gone := newReceiver(t), newReceiver(t), newReceiver(t), newReceiver(t)
	redirecting.answers(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.url, http.StatusPermanentRedirect)
	})
	busy.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	gone.answers(status(http.StatusGone))
	want := map[string]string{redirecting.url: "REDIRECT", busy.url: "STATUS", gone.url: "GONE", "https://10.1.2.3/": "FORBIDDEN_ADDRESS",
		"https://169.254.169.254/latest/meta-data": "FORBIDDEN_ADDRESS", "https://[fd00:ec2::254]/": "FORBIDDEN_ADDRESS", "http://localhost:1/": "CONNECTION"}
	ids := map[string]string{}
	for url := range want {
		made, forbidden := url, want[url] == "FORBIDDEN_ADDRESS"
		if forbidden { // which nobody could write down; names lead there, too, but not in tests
			made = "https://127.0.0.1/"
		}
		id := manage(t, s.admin, "createWebhookEndpoint", apptest.Vars{"url": made, "eventTypes": []string{"PAYMENT_CREATED"}}).WebhookEndpoint.ID
		if ids[id] = url; forbidden {
			s.api.Database.DB.MustExec("UPDATE webhook_endpoints SET url = $1 WHERE url = $2", url, made)
		}
	}
	s.pay(t, "first", s.whole("", s.order(100)))
	s.deliver(t)
	for _, d := range s.deliveries(t, nil) {
		url := ids[d.Endpoint.ID]
		if len(d.Attempts) != 1 || d.Attempts[0].Failure != want[url] || d.Status != "PENDING" {
			t.Errorf("%s: %+v", url, d)
		}
		if url == busy.url && time.Until(*d.NextTryAt) < 9*time.Minute {
			t.Errorf("asked to wait ten minutes, and waits until %s", d.NextTryAt)
		}
	}
	if len(elsewhere.take()) > 0 {
		t.Error("a redirect was followed")
	}
	for id, url := range ids { // who wrote it down before it was refused can disable it
		if want[url] == "FORBIDDEN_ADDRESS" {
			if refused := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": id, "description": "x"}).Errors; len(refused) > 0 {
				t.Errorf("%s: %v", url, refused)
			}
		}
	}
	for _, e := range s.endpoints(t) {
		if e.IsEnabled == (e.URL == gone.url) || e.URL == gone.url && e.DisabledReason != "GONE" {
			t.Errorf("%+v", e)
		}
	}
}

// TestWebhookPayloadLimits proves that a message shows nothing that needs more than
// payments:read, whoever made its endpoint, and that one too long is not sent.
func TestWebhookPayloadLimits(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := newReceiver(t)
	s.endpoint(t, r, apptest.Vars{"eventTypes": []string{"TRANSACTION_CAPTURED"},
		"payload": "{ type actor payment { id customerSnapshot { email firstName lastName } billingAddress { line1 } customer { email phone } transactions { holderName holderEmail } } }"})
	long := newReceiver(t)
	endpoint, _ := s.endpoint(t, long, apptest.Vars{"eventTypes": []string{"PAYMENT_CREATED"}, "payload": "{ " + longSelection() + " }"})
	marked := create(t, s.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"email": "zqsecret@example.com", "firstName": "zqsecret", "lastName": "zqsecret", "phone": "+351 912 345 678"}})
	input := s.whole("", s.make.Order(marked, 100))
	input["billingAddress"], input["description"] = apptest.Vars{"line1": "zqsecret"}, strings.Repeat("x", 1000)
	if got := s.pay(t, "first", input); got.Payment == nil {
		t.Fatalf("%+v", got)
	}
	s.deliver(t)
	got := r.take()
	if len(got) != 1 || strings.Contains(got[0].body, "zqsecret") || strings.Contains(got[0].body, "912") || !json.Valid([]byte(got[0].body)) {
		t.Errorf("told %+v", got)
	}
	d := s.deliveries(t, apptest.Vars{"endpointIds": []string{endpoint.ID}})
	if len(long.take()) != 0 || len(d) != 1 || d[0].Attempts[0].Failure != "PAYLOAD" || d[0].Attempts[0].StatusCode != nil || d[0].Payload != nil {
		t.Errorf("a long message: %+v", d)
	}
}

// longSelection selects what is long again and again, within the limits of a document.
func longSelection() string {
	var b strings.Builder
	for i := range 4 {
		fmt.Fprintf(&b, "p%d:payment{", i)
		for j := range 30 {
			fmt.Fprintf(&b, "d%d:description ", j)
		}
		b.WriteString("} ")
	}
	return b.String()
}
