package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestEndpointIsTold proves that an endpoint is told of the events that it asked for, by messages
// that the public library verifies and that hold what its selection shows, and that what
// it was told can be read.
func TestEndpointIsTold(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.pay(t, "before", s.whole("", s.order(100)))
	all, some := newReceiver(t), newReceiver(t)
	_, secret := s.endpoint(t, all, nil)
	endpoint, other := s.endpoint(t, some, apptest.Vars{"eventTypes": []string{"TRANSACTION_CAPTURED"}, "payload": "{ type payment { id customer { email } } }"})
	payment := s.pay(t, "first", s.whole("", s.order(200))).Payment.ID
	s.deliver(t)
	log := logOf(t, s.admin, nil)
	want := slices.DeleteFunc(log.Nodes, func(e happened) bool { return e.Payment.ID != payment })
	got := all.take()
	slices.SortFunc(got, func(a, b message) int { return a.Data.Seq - b.Data.Seq })
	if len(got) != len(want) {
		t.Fatalf("told of %d events, want %d", len(got), len(want))
	}
	for i, m := range got {
		m.verify(t, secret)
		if e := want[i]; m.Type != e.Type || m.Data.Type != e.Type || m.Data.Cursor != e.Cursor || m.Data.Seq != e.Seq || m.Data.Payment.ID != payment {
			t.Errorf("told %s, want %+v", m.body, e)
		}
		if ago := time.Since(must(time.Parse(time.RFC3339, timestampOf(m.body)))); ago > time.Minute || ago < -time.Minute {
			t.Errorf("the event happened %s ago: %s", ago, m.body)
		}
	}
	captured := some.take()
	if len(captured) != 1 || captured[0].Type != "TRANSACTION_CAPTURED" || captured[0].Data.Payment.Customer.Email != nil || !strings.Contains(captured[0].body, `"customer":{"email":null}`) {
		t.Fatalf("told %+v", captured)
	}
	captured[0].verify(t, other)
	seen := s.deliveries(t, apptest.Vars{"endpointIds": []string{endpoint.ID}})
	if len(seen) != 1 || seen[0].ID != captured[0].id || *seen[0].Payload != captured[0].body || seen[0].Status != "DELIVERED" || seen[0].DeliveredAt == nil ||
		len(seen[0].Attempts) != 1 || *seen[0].Attempts[0].StatusCode != 204 || seen[0].Endpoint.ID != endpoint.ID || seen[0].Payment.ID != payment || seen[0].Event.Type != "TRANSACTION_CAPTURED" {
		t.Errorf("history: %+v", seen)
	}
	if callback, closed := s.notified(t, payment); callback == nil || !callback.Success || closed != nil {
		t.Errorf("callback %v, closeCheckout %v", callback, closed)
	}
	s.deliver(t)
	if again := len(all.take()) + len(some.take()); again != 0 {
		t.Errorf("told %d times more", again)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func timestampOf(body string) string {
	_, rest, _ := strings.Cut(body, `"timestamp":"`)
	at, _, _ := strings.Cut(rest, `"`)
	return at
}

// TestWebhookRetries proves that what an endpoint does not take is sent again over three
// days, ever later and always the same; that an endpoint which never answers is disabled,
// with a word to whoever watches; and that it gets everything once it is enabled again.
func TestWebhookRetries(t *testing.T) {
	t.Parallel()
	clock := newStillClock()
	var log logBook
	s := openShop(t, clock.option(), app.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	s.stay(t)
	r := newReceiver(t)
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "out of order\x1b")
	})
	endpoint, secret := s.endpoint(t, r, apptest.Vars{"eventTypes": []string{"TRANSACTION_CAPTURED"}})
	payment := s.pay(t, "first", s.whole("", s.order(200))).Payment.ID
	began, waits := clock.now(), []time.Duration{}
	s.deliver(t)
	for len(waits) < 20 {
		d := s.deliveries(t, nil)[0]
		if d.NextTryAt == nil {
			break
		}
		wait := d.NextTryAt.Sub(clock.now())
		waits = append(waits, wait)
		clock.pass(wait - time.Second)
		s.deliver(t)
		if n := s.deliveries(t, nil)[0].Tries; n != len(waits) {
			t.Fatalf("tried %d times a second before try %d", n, len(waits)+1)
		}
		clock.pass(time.Second + time.Second/10)
		s.deliver(t)
	}
	if !slices.IsSorted(waits) || len(waits) != 9 || clock.now().Sub(began) < 72*time.Hour || clock.now().Sub(began) > 84*time.Hour {
		t.Errorf("waits %v, %s in all", waits, clock.now().Sub(began))
	}
	sent := r.take()
	for _, m := range sent {
		m.verify(t, secret)
		if m.id != sent[0].id || m.body != sent[0].body {
			t.Errorf("sent %s %s after %s %s", m.id, m.body, sent[0].id, sent[0].body)
		}
	}
	d := s.deliveries(t, nil)[0]
	if len(sent) != 10 || d.Status != "FAILED" || len(d.Attempts) != 10 || d.Attempts[9].Failure != "STATUS" || *d.Attempts[9].StatusCode != 500 || d.Attempts[9].Response != "out of order" {
		t.Errorf("sent %d times: %+v", len(sent), d)
	}
	if callback, _ := s.notified(t, payment); callback == nil || callback.Success {
		t.Errorf("callback %v", callback)
	}
	if e := s.endpoints(t)[0]; e.IsEnabled || e.DisabledReason != "FAILING" || e.FailingSince == nil || !strings.Contains(log.String(), "level=ERROR msg=\"a webhook endpoint was disabled") {
		t.Errorf("%+v", e)
	}

	missed := s.pay(t, "second", s.whole("", s.order(300))).Payment.ID
	s.deliver(t)
	if len(r.take()) > 0 {
		t.Error("a disabled endpoint is told of something")
	}
	if got := replay(t, s, d.ID); len(got) != 1 || got[0].Code != "INVALID_STATE" {
		t.Errorf("replay to a disabled endpoint: %+v", got)
	}
	r.answers(nil)
	if got := manage(t, s.admin, "updateWebhookEndpoint", apptest.Vars{"id": endpoint.ID, "isEnabled": true}); got.WebhookEndpoint == nil || !got.WebhookEndpoint.IsEnabled || got.WebhookEndpoint.FailingSince != nil {
		t.Errorf("enable: %+v", got)
	}
	s.deliver(t)
	if got := r.take(); len(got) != 1 || got[0].Data.Payment.ID != missed {
		t.Errorf("told %+v of what happened meanwhile", got)
	}
	if got := replay(t, s, d.ID); len(got) != 0 {
		t.Errorf("replay: %+v", got)
	}
	s.deliver(t)
	got := r.take()
	if len(got) != 1 || got[0].id != sent[0].id || got[0].body != sent[0].body {
		t.Errorf("replayed %+v", got)
	}
	got[0].verify(t, secret)
	if callback, _ := s.notified(t, payment); callback == nil || !callback.Success {
		t.Errorf("callback %v after the replay", callback)
	}
}

// replay has a delivery sent again.
func replay(t *testing.T, s *shop, id string) []apptest.Refusal {
	t.Helper()
	return apptest.Do[struct {
		ReplayWebhookDelivery struct{ Errors []apptest.Refusal }
	}](t, s.admin, `mutation($id: ID!) { replayWebhookDelivery(input: { id: $id }) { webhookDelivery { id status attempts { number } } errors { code message path } } }`, apptest.Vars{"id": id}).ReplayWebhookDelivery.Errors
}

// TestWebhookSentTwice proves that a process which ends after it sent a message, and
// before it recorded that, has it sent again with the same id and content, and counted.
func TestWebhookSentTwice(t *testing.T) {
	t.Parallel()
	var clock movingClock
	var sent wire
	s := openShop(t, clock.option(), sent.option())
	r := newReceiver(t)
	r.answers(func(http.ResponseWriter, *http.Request) {
		sent.cutBy(func(string, bool) error { return errDied })
	})
	s.endpoint(t, r, apptest.Vars{"eventTypes": []string{"TRANSACTION_CAPTURED"}})
	payment := s.pay(t, "first", s.whole("", s.order(200))).Payment.ID
	if err := s.api.App.Service.DispatchWebhooks(t.Context()); err != nil {
		t.Fatal(err)
	}
	due, err := s.api.App.Service.ClaimDeliveries(t.Context(), 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("%d due, %v", len(due), err)
	}
	if err := s.api.App.Service.Wake(t.Context(), due[0]); err == nil {
		t.Fatal("it was recorded")
	}
	sent.cutBy(nil)
	r.answers(nil)
	s.deliver(t)
	if n := len(r.take()); n != 1 {
		t.Errorf("sent %d times while it is claimed", n)
	}
	clock.pass(2 * time.Minute)
	s.deliver(t)
	again := r.take()
	d := s.deliveries(t, nil)[0]
	if len(again) != 1 || again[0].id != d.ID || again[0].body != *d.Payload || d.Status != "DELIVERED" || d.Payment.ID != payment {
		t.Errorf("sent again: %+v; %+v", again, d)
	}
}

// TestWebhooksOfEveryEvent proves that every event is told to every endpoint while eight
// workers pay and two processes send: none is left out, and none has two deliveries.
func TestWebhooksOfEveryEvent(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	second := s.api.Another(t)
	first, other := newReceiver(t), newReceiver(t)
	s.endpoint(t, first, nil)
	s.endpoint(t, other, apptest.Vars{"payload": "{ id }"})
	for _, a := range []*apptest.API{s.api, second} {
		stop := a.App.StartJobs(t.Context(), 50*time.Millisecond)
		t.Cleanup(func() {
			if err := stop(context.WithoutCancel(t.Context())); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
	done := make(chan bool)
	for worker := range 8 {
		go func() {
			for i := range 3 {
				s.make.PayWhole(s.sandbox, s.order(int64(100+worker+i)))
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
	events := s.count(t, "payment_events")
	until(t, "everything is delivered", func() bool { return s.count(t, "webhook_deliveries WHERE status = 'DELIVERED'") == 2*events })
	for _, r := range []*receiver{first, other} {
		told := map[string]bool{}
		for _, m := range r.take() {
			told[m.Data.ID] = true
		}
		if len(told) != events {
			t.Errorf("told of %d events, want %d", len(told), events)
		}
	}
}

// TestDeadEndpoint proves that an endpoint that hangs keeps neither others waiting nor
// the payments that the program looks after.
func TestDeadEndpoint(t *testing.T) {
	t.Parallel()
	var clock movingClock
	s := openShop(t, clock.option())
	dead, good := newReceiver(t), newReceiver(t)
	release := make(chan bool)
	dead.answers(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	s.endpoint(t, dead, nil)
	s.endpoint(t, good, nil)
	for i := range 15 {
		s.pay(t, fmt.Sprint("many ", i), s.whole("", s.order(100)))
	}
	unknown := s.pay(t, "unknown", apptest.Vars{"gatewayId": s.sandbox, "orders": one(s.order(100)), "paymentToken": "tok_timeout"})
	clock.pass(time.Minute)
	s.sweep(t)
	t.Cleanup(func() { close(release) })
	began := time.Now()
	until(t, "the payment is asked for", func() bool { return s.lifeOf(t, unknown.Payment.ID).Status == "PAID" })
	events := s.count(t, "payment_events")
	until(t, "the other is told", func() bool {
		return s.count(t, "webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE e.url = $1 AND d.status = 'DELIVERED'", good.url) >= events
	})
	if n := len(dead.take()); n > 16 {
		t.Errorf("%d messages hang at once after %s", n, time.Since(began))
	}
}

// TestWebhookCheckout proves that the merchant is told, and that it is noted, when the
// payer leaves the checkout.
func TestWebhookCheckout(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := newReceiver(t)
	s.endpoint(t, r, nil)
	waiting := s.started(t, "otp", "tok_otp", nil)
	s.deliver(t)
	if callback, closed := s.notified(t, waiting.Payment.ID); callback == nil || closed != nil {
		t.Errorf("callback %v, closeCheckout %v while the payer is there", callback, closed)
	}
	r.answers(status(http.StatusServiceUnavailable))
	act(t, s.admin, "cancelTransaction", "gone", apptest.Vars{"transactionId": waiting.Transaction.ID})
	s.deliver(t)
	if callback, closed := s.notified(t, waiting.Payment.ID); callback == nil || callback.Success || closed == nil || closed.Success {
		t.Errorf("callback %v, closeCheckout %v once the payer is gone", callback, closed)
	}
}

// TestWebhookApart proves that no company is told of another's payments, nor sees what
// it was told.
func TestWebhookApart(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	rival := s.api.NewCompany(t, "rival")
	other := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: rival.ID}))
	own, theirs := newReceiver(t), newReceiver(t)
	endpoint, _ := s.endpoint(t, own, nil)
	manage(t, other, "createWebhookEndpoint", apptest.Vars{"url": theirs.url})
	payment := s.pay(t, "own", s.whole("", s.order(100))).Payment.ID
	m := other.Make(t)
	far := m.PayWhole(m.Gateway(nil), m.Order(m.Customer(), 300))
	s.deliver(t)
	for _, c := range []struct {
		r       *receiver
		payment string
	}{{own, payment}, {theirs, far}} {
		got := c.r.take()
		for _, m := range got {
			if m.Data.Payment.ID != c.payment {
				t.Errorf("told of %s", m.Data.Payment.ID)
			}
		}
		if len(got) == 0 {
			t.Error("told of nothing")
		}
	}
	delivery := s.deliveries(t, nil)[0].ID
	s.admin = other
	if got := replay(t, s, delivery); len(got) != 1 || got[0].Code != "NOT_FOUND" {
		t.Errorf("replay of another's: %+v", got)
	}
	if got := manage(t, other, "rotateWebhookSecret", apptest.Vars{"id": endpoint.ID}); got.Secret != "" || len(got.Errors) != 1 || got.Errors[0].Code != "NOT_FOUND" {
		t.Errorf("secret of another's: %+v", got)
	}
	if got := s.deliveries(t, apptest.Vars{"endpointIds": []string{endpoint.ID}}); len(got) != 0 {
		t.Errorf("deliveries of another's: %+v", got)
	}
}
