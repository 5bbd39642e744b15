package app_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestWebhook proves what a report of each sort does, with what became of it.
func TestWebhook(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	minor := func(n int64) apptest.Vars { return apptest.Vars{"amount": n} }
	for name, c := range map[string]struct {
		kind            string
		data            apptest.Vars
		status, outcome string
	}{
		"captured":        {"attempt.captured", minor(1000), "PAID", "APPLIED"},
		"a part captured": {"attempt.captured", minor(300), "PARTIALLY_PAID", "APPLIED"},
		"held":            {"attempt.authorized", minor(1000), "AUTHORIZED", "APPLIED"},
		"declined":        {"attempt.failed", apptest.Vars{"reason": "do_not_honor"}, "FAILED", "APPLIED"},
		"dropped":         {"attempt.dropped", nil, "FAILED", "APPLIED"},
		"pending again":   {"attempt.pending", nil, "PROCESSING", "NOTHING_NEW"},
		"confirmed early": {"attempt.confirmed", minor(1000), "PROCESSING", "APPLIED"}, // it waits on the attempt
		"too much":        {"attempt.captured", minor(1001), "PROCESSING", "MISMATCH"},
		"no amount":       {"attempt.captured", nil, "PROCESSING", "MISMATCH"},
		"less than none":  {"attempt.charged_back", minor(-1), "PROCESSING", "MISMATCH"},
		"other currency":  {"attempt.captured", apptest.Vars{"amount": 1000, "currency": "USD"}, "PROCESSING", "MISMATCH"},
		"unknown attempt": {"attempt.captured", apptest.Vars{"amount": 1000, "attemptId": pay.NewID().String()}, "PROCESSING", "ORPHAN"},
		"unknown refund":  {"refund.succeeded", apptest.Vars{"refundId": pay.NewID().String()}, "PROCESSING", "ORPHAN"},
		"another matter":  {"account.updated", nil, "PROCESSING", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := strings.ReplaceAll(name, " ", "-")
			begun := s.pending(t, h, id)
			if status := h.send(t, id, hookEvent(c.kind, begun.Transaction.ID, c.data)); status != http.StatusOK {
				t.Fatalf("answered %d", status)
			}
			if got := outcomeOf(t, s.admin, id); got != c.outcome {
				t.Errorf("it came to %s, want %s", got, c.outcome)
			}
			got := s.lifeOf(t, begun.Payment.ID)
			if wantsPerson := c.outcome == "MISMATCH"; got.Status != c.status || strings.Contains(fmt.Sprint(got.Attention), "AMOUNT_MISMATCH") != wantsPerson {
				t.Errorf("the payment is %s %v, want %s", got.Status, got.Attention, c.status)
			}
		})
	}
}

// TestWebhookIsRefused proves that whatever the provider did not sign, now and for this
// gateway, changes nothing.
func TestWebhookIsRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h, other := hooked(t, s.api, s.admin, "a"), hooked(t, s.api, s.admin, "b")
	bare := s.api.URL + webhookPath(t, s.admin, s.sandbox)
	body := hookEvent("attempt.captured", s.pending(t, h, "p").Transaction.ID, apptest.Vars{"amount": 1000})
	now := time.Now()
	good := func(change func(http.Header)) http.Header {
		header := h.signed("evt", body, now)
		change(header)
		return header
	}
	set := func(name, value string) http.Header { return good(func(h http.Header) { h[name] = []string{value} }) }
	without := func(name string) http.Header { return good(func(h http.Header) { delete(h, name) }) }
	signature := h.signed("evt", body, now).Get("Webhook-Signature")
	for name, c := range map[string]struct {
		url    string
		header http.Header
		body   []byte
		status int
		code   string
	}{
		"no signature at all":        {h.url, http.Header{}, body, 401, "UNAUTHENTICATED"},
		"no signature":               {h.url, without("Webhook-Signature"), body, 401, "UNAUTHENTICATED"},
		"no id":                      {h.url, without("Webhook-Id"), body, 401, "UNAUTHENTICATED"},
		"no time":                    {h.url, without("Webhook-Timestamp"), body, 401, "UNAUTHENTICATED"},
		"empty signature":            {h.url, set("Webhook-Signature", ""), body, 401, "UNAUTHENTICATED"},
		"another version":            {h.url, set("Webhook-Signature", "v2"+signature[2:]), body, 401, "UNAUTHENTICATED"},
		"nonsense for a signature":   {h.url, set("Webhook-Signature", "v1,"), body, 401, "UNAUTHENTICATED"},
		"thousands of signatures":    {h.url, set("Webhook-Signature", strings.Repeat("v1,AAAA ", 1500)), body, 401, "UNAUTHENTICATED"},
		"another event's signature":  {h.url, set("Webhook-Id", "evt2"), body, 401, "UNAUTHENTICATED"},
		"another time's signature":   {h.url, set("Webhook-Timestamp", fmt.Sprint(now.Unix()+1)), body, 401, "UNAUTHENTICATED"},
		"another gateway's key":      {h.url, other.signed("evt", body, now), body, 401, "UNAUTHENTICATED"},
		"to another gateway":         {other.url, h.signed("evt", body, now), body, 401, "UNAUTHENTICATED"},
		"a byte more":                {h.url, h.signed("evt", body, now), append(bytes.Clone(body), ' '), 401, "UNAUTHENTICATED"},
		"a byte changed":             {h.url, h.signed("evt", body, now), bytes.Replace(body, []byte("1000"), []byte("1001"), 1), 401, "UNAUTHENTICATED"},
		"five minutes old":           {h.url, h.signed("evt", body, now.Add(-302*time.Second)), body, 401, "UNAUTHENTICATED"},
		"five minutes ahead":         {h.url, h.signed("evt", body, now.Add(20*time.Minute)), body, 401, "UNAUTHENTICATED"},
		"a gateway without a secret": {bare, h.signed("evt", body, now), body, 503, "UNAVAILABLE"},
		"no such address":            {s.api.URL + "/webhooks/sandbox/" + pay.NewID().String(), h.signed("evt", body, now), body, 404, "NOT_FOUND"},
		"no address":                 {s.api.URL + "/webhooks/sandbox/nonsense", h.signed("evt", body, now), body, 404, "NOT_FOUND"},
		"another connector":          {strings.Replace(h.url, "/sandbox/", "/manual/", 1), h.signed("evt", body, now), body, 404, "NOT_FOUND"},
		"larger than a mebibyte":     {h.url, h.signed("evt", body, now), bytes.Repeat([]byte(" "), 1<<20+1), 413, "INVALID_INPUT"},
		"signed nonsense":            {h.url, h.signed("evt", []byte("{"), now), []byte("{"), 400, "INVALID_INPUT"},
		"an id without end":          {h.url, h.signed(strings.Repeat("x", 256), body, now), body, 400, "INVALID_INPUT"},
	} {
		t.Run(name, func(t *testing.T) {
			untouched(t, s.api, func() {
				if status, code := h.post(t, c.url, c.header, c.body); status != c.status || code != c.code {
					t.Errorf("answered %d %s, want %d %s", status, code, c.status, c.code)
				}
			})
		})
	}
	if status, code := h.post(t, h.url, h.signed("evt", body, time.Now().Add(310*time.Second)), body); status != 401 || code != "UNAUTHENTICATED" {
		t.Errorf("just more than five minutes ahead: answered %d %s", status, code)
	}
	rotated := good(func(header http.Header) {
		header.Set("Webhook-Signature", other.signed("evt", body, now).Get("Webhook-Signature")+" "+signature)
	})
	if status, _ := h.post(t, h.url, rotated, body); status != http.StatusOK || outcomeOf(t, s.admin, "evt") != "APPLIED" {
		t.Errorf("a good signature after another is answered %d: the rest proves nothing", status)
	}
}

// TestWebhookComesAgain proves that an event counts once, however often it comes, and
// that the same event with other content is refused and flagged.
func TestWebhookComesAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	begun := s.pending(t, h, "p")
	body := hookEvent("attempt.captured", begun.Transaction.ID, apptest.Vars{"amount": 400})
	const times = 1000
	began := time.Now()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range times {
		wg.Go(func() {
			<-start
			if status := h.send(t, "evt", body); status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
		})
	}
	close(start)
	wg.Wait()
	t.Logf("one event %d times at once: %s", times, time.Since(began))
	got := s.lifeOf(t, begun.Payment.ID)
	captures := 0
	for _, e := range got.Events.Nodes {
		if e.Type == "TRANSACTION_CAPTURED" {
			captures++
		}
	}
	if events := inbox(t, s.admin, nil); got.PaidAmount.MinorUnits != 400 || captures != 1 || len(events) != 1 || *events[0].Outcome != "APPLIED" || events[0].Transaction == nil {
		t.Errorf("%d captured by %d events, inbox %+v", got.PaidAmount.MinorUnits, captures, events)
	}
	untouched(t, s.api, func() { h.send(t, "evt", bytes.Replace(body, []byte(`{"data"`), []byte(`{ "data"`), 1)) })
	other := hookEvent("attempt.captured", begun.Transaction.ID, apptest.Vars{"amount": 900})
	if status, code := h.post(t, h.url, h.signed("evt", other, time.Now()), other); status != http.StatusConflict || code != "INVALID_STATE" {
		t.Errorf("other content is answered %d %s", status, code)
	}
	flagged := inbox(t, s.admin, apptest.Vars{"isContradicted": true, "outcomes": []string{"APPLIED"}, "gatewayIds": []string{h.gateway}})
	if len(flagged) != 1 || flagged[0].ContradictedAt == nil || s.lifeOf(t, begun.Payment.ID).PaidAmount.MinorUnits != 400 {
		t.Errorf("flagged %+v, paid %d", flagged, s.lifeOf(t, begun.Payment.ID).PaidAmount.MinorUnits)
	}
	if rest := inbox(t, s.admin, apptest.Vars{"isContradicted": false}); len(rest) != 0 {
		t.Errorf("not flagged: %+v", rest)
	}
}

// TestWebhooksInDisorder proves that hundreds of attempts end the same in whatever order
// their reports come, each several times and from many senders.
func TestWebhooksInDisorder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	const attempts = 40
	type delivery struct {
		id   string
		body []byte
	}
	var all []delivery
	for i := range attempts {
		begun := s.pending(t, h, fmt.Sprint("p", i))
		for kind, amount := range map[string]int{"captured": 1000, "refunded": 400, "charged_back": 100} {
			d := delivery{fmt.Sprint(kind, i), hookEvent("attempt."+kind, begun.Transaction.ID, apptest.Vars{"amount": amount})}
			all = append(all, d, d)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	next := make(chan delivery)
	var wg sync.WaitGroup
	began := time.Now()
	for range 16 {
		wg.Go(func() {
			for d := range next {
				if status := h.send(t, d.id, d.body); status != http.StatusOK {
					t.Errorf("%s is answered %d", d.id, status)
				}
			}
		})
	}
	for _, d := range all {
		next <- d
	}
	close(next)
	wg.Wait()
	t.Logf("%d deliveries of %d events in %s", len(all), len(all)/2, time.Since(began))
	if got := rowsOf(t, s.api.Database.DB, `SELECT count(*), captured_minor, refunded_minor, charged_back_minor FROM transactions GROUP BY 2, 3, 4`); len(got) != 1 || got[0] != fmt.Sprint(attempts, " 1000 400 100") {
		t.Errorf("count, captured, refunded, charged back: %q", got)
	}
	if got := rowsOf(t, s.api.Database.DB, `SELECT count(*) FROM webhook_events WHERE outcome = 'APPLIED'`); got[0] != fmt.Sprint(3*attempts) {
		t.Errorf("%s of %d events counted", got[0], 3*attempts)
	}
}

// TestWebhookOfAnother proves that a report counts for attempts of its own gateway only:
// not of another one, another company, or the other environment.
func TestWebhookOfAnother(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	rival := s.api.NewCompany(t, "rival")
	theirs := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: rival.ID}))
	for name, attempt := range map[string]string{
		"gateway": s.started(t, "g", "tok_pending", nil).Transaction.ID,
		"company": act(t, theirs, "payOrders", "c", apptest.Vars{"orders": one(theirs.Make(t).Order(theirs.Make(t).Customer(), 1000)),
			"gatewayId": theirs.Make(t).Gateway(nil), "paymentToken": "tok_pending"}).Transaction.ID,
	} {
		body := hookEvent("attempt.captured", attempt, apptest.Vars{"amount": 1000})
		if status := h.send(t, name, body); status != http.StatusOK || outcomeOf(t, s.admin, name) != "ORPHAN" {
			t.Errorf("%s: answered %d, it came to %s", name, status, outcomeOf(t, s.admin, name))
		}
	}
	if got := rowsOf(t, s.api.Database.DB, "SELECT DISTINCT status FROM transactions"); len(got) != 1 || got[0] != "PENDING" {
		t.Errorf("attempts are %v", got)
	}
	live := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	if events := inbox(t, live, nil); len(events) != 0 {
		t.Errorf("the live environment has %+v", events)
	}
	if events := inbox(t, theirs, nil); len(events) != 0 {
		t.Errorf("the other company has %+v", events)
	}
}
