package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// TestFollowAgain proves that an id is free again when its subscription is over, by the
// client's word or by the server's, and that the client is told nothing more of that one.
func TestFollowAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	after := apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor}
	s.pay(t, "first", s.whole("", s.order(100)))
	events := s.count(t, "payment_events")
	c, _ := dial(t, s.api.URL, nil)
	defer c.close()
	c.greet(t, s.api.Token(t, auth.Grant{}))
	// told waits for all events, each once, of the subscription that runs.
	told := func(from int) {
		t.Helper()
		for seq := from + 1; seq <= events; seq++ {
			if m, err := c.read(t); err != nil || m.Type != "next" || m.ID != "1" || newsOf(m.Type, m.Payload).event.Seq != seq {
				t.Fatalf("%v: told %s %q %s, want event %d", err, m.Type, m.ID, m.Payload, seq)
			}
		}
	}
	// over waits for an answer to what is sent now, with nothing before it.
	over := func() {
		t.Helper()
		c.send(t, socketMessage{Type: "ping"})
		if m, err := c.read(t); err != nil || m.Type != "pong" {
			t.Fatalf("%v: told %s %q %s, want a pong", err, m.Type, m.ID, m.Payload)
		}
	}
	for range 50 { // each ends while the next begins
		c.subscribe(t, "1", followDocument, after)
		told(0)
		c.send(t, socketMessage{ID: "1", Type: "complete"})
	}
	over()
	for _, document := range []string{"nonsense", "{ viewer { id } }"} {
		c.subscribe(t, "1", document, nil)
		c.refused(t, "1")
		over() // nothing after the error
	}
	c.send(t, socketMessage{ID: "1", Type: "subscribe", Payload: json.RawMessage(`{}`)})
	c.refused(t, "1")
	c.send(t, socketMessage{ID: "1", Type: "complete"}) // of one that is over
	c.send(t, socketMessage{ID: "never", Type: "complete"})
	over()
	c.subscribe(t, "1", followDocument, after)
	told(0)
	s.pay(t, "second", s.whole("", s.order(100)))
	known := events
	for events = s.count(t, "payment_events"); known < events; known++ { // it runs still
		nextEvent(t, c)
	}
	c.send(t, socketMessage{ID: "1", Type: "complete"})
	over()
	c.subscribe(t, "2", followDocument, apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor})
	s.pay(t, "third", s.whole("", s.order(100)))
	for ; known < s.count(t, "payment_events"); known++ {
		if m, err := c.read(t); err != nil || m.Type != "next" || m.ID != "2" {
			t.Fatalf("%v: told %s %q %s of what was stopped", err, m.Type, m.ID, m.Payload)
		}
	}
	over()
}

// TestHeldWhileItFollows proves that a key which is held to trusted documents begins no
// other on a websocket that was open before.
func TestHeldWhileItFollows(t *testing.T) {
	t.Parallel()
	s := openShop(t) // checks by itself much later than this test ends
	key := makeKey(t, s.admin, apptest.Vars{"name": "feed", "scopes": []string{"PAYMENTS_READ"}})
	trustDocuments(t, s.admin, followDocument)
	start := apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor}
	s.pay(t, "first", s.whole("", s.order(100)))
	open := func() *socket {
		c, _ := dial(t, s.api.URL, nil)
		t.Cleanup(c.close)
		c.greet(t, key.secret)
		return c
	}
	other := strings.Replace(followDocument, " seq", "", 1)
	before := open()
	before.subscribe(t, "1", other, start)
	nextEvent(t, before)
	idle := open()
	if refused := refusalsOf(t, s.admin, "updateApiKey", apptest.Vars{"id": key.id, "trustedDocumentsOnly": true}); len(refused) > 0 {
		t.Fatalf("hold the key: %v", refused)
	}
	idle.subscribe(t, "1", other, start)
	if got := idle.next(t); got.kind != "closed" || got.code != "4401" {
		t.Errorf("a document that is not trusted, on an open websocket: %+v", got)
	}
	again := open()
	again.subscribe(t, "1", followDocument, start)
	nextEvent(t, again)
	fresh := open()
	fresh.subscribe(t, "1", other, start)
	if got := fresh.next(t); got.code != "DOCUMENT_NOT_TRUSTED" {
		t.Errorf("a document that is not trusted, on a new websocket: %+v", got)
	}
}

// TestManyHandshakes proves that websockets whose caller is not known are bounded too, and
// that they take no place for longer.
func TestManyHandshakes(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	var (
		mu      sync.Mutex
		open    []*socket
		refused []*http.Response
		all     sync.WaitGroup
	)
	began := time.Now()
	for range 16 {
		all.Go(func() {
			for range 15 {
				s, response := dial(t, api.URL, nil)
				mu.Lock()
				if s != nil {
					open = append(open, s)
				} else {
					refused = append(refused, response)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	defer func() {
		for _, s := range open {
			s.close()
		}
	}()
	if time.Since(began) < 4*time.Second && (len(open) != 200 || len(refused) != 40) { // else some were closed meanwhile
		t.Errorf("%d are open and %d refused of 240", len(open), len(refused))
	}
	for _, response := range refused {
		if response == nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
			t.Fatalf("refused with %+v", response)
		}
	}
	// Whoever proves who they are gets in all the same.
	token := api.Token(t, auth.Grant{})
	proven, response := dial(t, api.URL, http.Header{"Authorization": {"Bearer " + token}})
	if proven == nil {
		t.Fatalf("with a credential: %+v", response)
	}
	defer proven.close()
	if opened := api.App.OpenStreams(); opened != 1 {
		t.Errorf("%d connections have a caller, want 1", opened)
	}
	proven.send(t, socketMessage{Type: "connection_init"})
	if got := proven.next(t); got.kind != "connection_ack" {
		t.Errorf("with a credential: %+v", got)
	}
	for _, s := range open[100:] {
		s.close()
	}
	for { // until the server has noticed
		if s, _ := dial(t, api.URL, nil); s != nil {
			s.greet(t, api.Token(t, auth.Grant{}))
			s.close()
			return
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("those that are gone count still")
		}
	}
}

// TestTwoCredentials proves that a websocket has one credential, as a request has: with
// another in its first message than in its handshake it is closed.
func TestTwoCredentials(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	one, other := "Bearer "+api.Token(t, auth.Grant{Subject: "one"}), "Bearer "+api.Token(t, auth.Grant{Subject: "other"})
	for name, c := range map[string]struct {
		handshake, payload string
		want               string
	}{
		"OK handshake":             {one, `{}`, "connection_ack"},
		"OK handshake, no payload": {one, ``, "connection_ack"},
		"OK first message":         {"", `{"Authorization":"` + one + `"}`, "connection_ack"},
		"OK lower case":            {"", `{"authorization":"` + one + `"}`, "connection_ack"},
		"OK the same in both":      {one, `{"Authorization":"` + one + `"}`, "connection_ack"},
		"another":                  {one, `{"Authorization":"` + other + `"}`, "4400"},
		"another in lower case":    {one, `{"authorization":"` + other + `"}`, "4400"},
		"one that is not good":     {one, `{"Authorization":"Bearer x"}`, "4400"},
		"two in the first message": {"", `{"Authorization":"` + one + `","authorization":"` + other + `"}`, "4400"},
	} {
		header := http.Header{}
		if c.handshake != "" {
			header.Set("Authorization", c.handshake)
		}
		s, response := dial(t, api.URL, header)
		if s == nil {
			t.Fatalf("%s: %v", name, response)
		}
		s.send(t, socketMessage{Type: "connection_init", Payload: []byte(c.payload)})
		if got := s.next(t); got.kind != c.want && got.code != c.want {
			t.Errorf("%s: told %+v, want %s", name, got, c.want)
		}
		s.close()
	}
}
