package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// often is how often credentials are checked again in tests.
const often = 50 * time.Millisecond

// TestStreamEndsWithCredential proves that a stream ends when its key is revoked or its
// token runs out, and says so.
func TestStreamEndsWithCredential(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openShop(t, clock.option(), app.WithRecheck(often))
	after := apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor}
	key := makeKey(t, s.admin, apptest.Vars{"name": "feed", "scopes": []string{"PAYMENTS_READ"}})
	short := s.api.Token(t, auth.Grant{TTL: time.Minute, Subject: "short"})
	long := follow(t, s.api, "websocket", s.api.Token(t, auth.Grant{TTL: 24 * time.Hour}), after)
	streams := map[string]stream{}
	for name := range transports {
		streams["key "+name] = follow(t, s.api, name, key.secret, after)
		streams["token "+name] = follow(t, s.api, name, short, after)
	}
	s.pay(t, "first", s.whole("", s.order(100)))
	events := s.count(t, "payment_events")
	for range events {
		for name, stream := range streams {
			if got := stream.next(t); got.event == nil {
				t.Fatalf("%s: %+v", name, got)
			}
		}
	}
	assertEnds := func(sort string) {
		t.Helper()
		if got := streams[sort+" websocket"].next(t); got.kind != "closed" || got.code != "4401" {
			t.Errorf("%s, websocket: %+v", sort, got)
		}
		if got := streams[sort+" sse"].next(t); got.code != "UNAUTHENTICATED" || strings.Contains(got.text, `"data"`) {
			t.Errorf("%s, server-sent events: %+v", sort, got)
		}
		if got := streams[sort+" sse"].next(t); got.kind != "complete" {
			t.Errorf("%s, server-sent events end with %+v", sort, got)
		}
	}
	apptest.Do[json.RawMessage](t, s.admin, `mutation($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`, apptest.Vars{"id": key.id})
	assertEnds("key")
	clock.pass(2*time.Minute + time.Second)
	assertEnds("token")
	for range events { // the others go on
		nextEvent(t, long)
	}
	s.pay(t, "second", s.whole("", s.order(100)))
	nextEvent(t, long)
}

// TestHandshake proves who may open a websocket, and how they are told that they may not.
func TestHandshake(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	host := strings.TrimPrefix(api.URL, "http://")
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"same origin": {http.Header{"Origin": {"http://" + host}}, http.StatusSwitchingProtocols},
		"no origin":   {nil, http.StatusSwitchingProtocols}, "good token": {http.Header{"Authorization": {"Bearer " + token}}, http.StatusSwitchingProtocols},
		"bad token": {http.Header{"Authorization": {"Bearer x"}}, http.StatusUnauthorized}, "other origin": {http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		"origin null": {http.Header{"Origin": {"null"}}, http.StatusForbidden}, "origin like ours": {http.Header{"Origin": {"http://" + host + ".evil.example"}}, http.StatusForbidden},
	} {
		s, response := dial(t, api.URL, c.header)
		if response.StatusCode != c.status {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
		if s != nil {
			s.close()
		}
	}
	ours := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"graphql-transport-ws"}}
	for name, values := range map[string][]string{"Sec-Websocket-Version": {"12"}, "Sec-Websocket-Key": {"x"}, "Sec-Websocket-Protocol": {"graphql-ws"}} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, api.URL+"/graphql", nil)
		request.Header = ours.Clone()
		request.Header[name] = values
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %v: %d", name, values, response.StatusCode)
		}
	}
}

// TestSocketProtocol proves that a websocket is closed with the code that the protocol
// has for what its client did wrong.
func TestSocketProtocol(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	init := func(authorization string) socketMessage {
		payload, _ := json.Marshal(map[string]string{"authorization": authorization})
		return socketMessage{Type: "connection_init", Payload: payload}
	}
	subscribe := socketMessage{ID: "1", Type: "subscribe", Payload: json.RawMessage(`{"query":"subscription { paymentEvents { type } }"}`)}
	long, longer := subscribe, subscribe
	long.ID, longer.ID = strings.Repeat("é", 64), strings.Repeat("é", 64)+"x"
	for name, c := range map[string]struct {
		sent []socketMessage
		code string
	}{
		"nothing":       {nil, "4408"},
		"no credential": {[]socketMessage{{Type: "connection_init"}}, "4401"}, "bad credential": {[]socketMessage{init("Bearer x")}, "4401"},
		"subscribe first": {[]socketMessage{subscribe}, "4401"}, "complete first": {[]socketMessage{{ID: "1", Type: "complete"}}, "4400"}, "no such message": {[]socketMessage{{Type: "nonsense"}}, "4400"},
		"a credential that is none": {[]socketMessage{{Type: "connection_init", Payload: json.RawMessage(`"x"`)}}, "4400"},
		"no such message later":     {[]socketMessage{init("Bearer " + token), {Type: "nonsense"}}, "4400"}, "no id": {[]socketMessage{init("Bearer " + token), {Type: "subscribe", Payload: subscribe.Payload}}, "4400"},
		"a second beginning": {[]socketMessage{init("Bearer " + token), init("Bearer " + token)}, "4429"},
		"twice the same id":  {[]socketMessage{init("Bearer " + token), subscribe, subscribe}, "4409"},
		"twice a long id":    {[]socketMessage{init("Bearer " + token), long, long}, "4409"},
		"too long an id":     {[]socketMessage{init("Bearer " + token), longer}, "4400"},
		"a large message":    {[]socketMessage{init("Bearer " + token), {ID: "1", Type: "subscribe", Payload: json.RawMessage(`"` + strings.Repeat("x", 65<<10) + `"`)}}, "1009"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := dial(t, api.URL, nil)
			defer s.close()
			for _, m := range c.sent {
				s.send(t, m)
			}
			got := s.next(t)
			if got.kind == "connection_ack" {
				got = s.next(t)
			}
			// The first of two may be told that it is over, before the socket is closed.
			if got.kind == "error" && c.code == "4409" {
				got = s.next(t)
			}
			if got.kind != "closed" || got.code != c.code {
				t.Errorf("told %+v, want it closed with %s", got, c.code)
			}
		})
	}
	t.Run("too many subscriptions", func(t *testing.T) {
		t.Parallel()
		s, _ := dial(t, api.URL, nil)
		defer s.close()
		s.greet(t, token)
		for range 20 {
			s.subscribe(t, "many"+time.Now().String(), `subscription { paymentEvents { type } }`, nil)
		}
		for {
			s.subscribe(t, "over", `subscription { paymentEvents { type } }`, nil)
			if got := s.next(t); got.code == "COST_LIMIT" {
				if got.kind != "error" {
					t.Errorf("told %+v", got)
				}
				break
			}
		}
	})
}

// TestTooManyStreams proves that a caller has a bounded number of connections, which
// takes none from others and is free again when one is closed.
func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	var open []*socket
	for range 100 {
		s, _ := dial(t, api.URL, nil)
		t.Cleanup(s.close)
		s.greet(t, token)
		open = append(open, s)
	}
	payload, _ := json.Marshal(map[string]string{"Authorization": "Bearer " + token})
	over, _ := dial(t, api.URL, nil)
	defer over.close()
	over.send(t, socketMessage{Type: "connection_init", Payload: payload})
	if got := over.next(t); got.kind != "closed" || got.code != "1013" {
		t.Errorf("the 101st websocket: %+v", got)
	}
	if proven, response := dial(t, api.URL, http.Header{"Authorization": {"Bearer " + token}}); proven != nil || response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the 101st websocket with a credential in its handshake: %+v", response)
	}
	source, response := listenFor(t, api.URL, token, followDocument, nil)
	defer source.close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" || !strings.Contains(string(text), `"RATE_LIMITED"`) || strings.Contains(string(text), `"data"`) {
		t.Errorf("the 101st connection by server-sent events: %d %s", response.StatusCode, text)
	}
	other, _ := dial(t, api.URL, nil)
	defer other.close()
	other.greet(t, api.Token(t, auth.Grant{Subject: "somebody else"}))
	open[0].close()
	for began := time.Now(); api.App.OpenStreams() > 100; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("a closed websocket counts still")
		}
	}
	again, _ := dial(t, api.URL, nil)
	defer again.close()
	again.greet(t, token)
}

// TestStreamsEndWithServer proves that a server that stops closes its streams at once, so
// that their clients go on elsewhere, and still finishes plain requests.
func TestStreamsEndWithServer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	second := s.api.Another(t)
	after := apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor}
	token := s.api.Token(t, auth.Grant{})
	streams := map[string]stream{}
	for name := range transports {
		streams[name] = follow(t, second, name, token, after)
	}
	s.pay(t, "first", s.whole("", s.order(100)))
	for range s.count(t, "payment_events") {
		for _, stream := range streams {
			nextEvent(t, stream)
		}
	}
	streams["websocket before connection_init"], _ = dial(t, second.URL, http.Header{"Authorization": {"Bearer " + token}})
	ends := map[string]chan news{}
	for name, stream := range streams {
		end := make(chan news, 1)
		ends[name] = end
		go func() { end <- stream.next(t) }() // not that it is complete: the client would not come back
	}
	began := time.Now()
	second.Stop(t)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the stop took %s", took)
	}
	for _, name := range []string{"websocket", "websocket before connection_init"} {
		if got := <-ends[name]; got.kind != "closed" || got.code != "1001" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := <-ends["sse"]; got.kind != "closed" {
		t.Errorf("server-sent events: %+v", got)
	}
}

// TestQuietStream proves that a stream outlasts the limits that a server has for requests.
func TestQuietStream(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	handler, err := s.api.App.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 2*time.Second, 2*time.Second
	server.Start()
	t.Cleanup(server.Close)
	impatient := *s.api
	impatient.URL = server.URL
	after := apptest.Vars{"after": logOf(t, s.admin, nil).PageInfo.EndCursor}
	var streams []stream
	for name := range transports {
		streams = append(streams, follow(t, &impatient, name, s.api.Token(t, auth.Grant{}), after))
	}
	<-time.After(2500 * time.Millisecond) // longer than the limits
	s.pay(t, "late", s.whole("", s.order(100)))
	for _, stream := range streams {
		nextEvent(t, stream)
	}
}

// TestSlowFollower proves that a client who does not read loses its connection, and that
// nothing is kept for it.
func TestSlowFollower(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	after := logOf(t, s.admin, nil).PageInfo.EndCursor
	s.pay(t, "first", s.whole("", s.order(100)))
	s.api.Database.DB.MustExec(`INSERT INTO payment_events (tenant_id, payment_id, seq, id, type, status, actor, reason, created_at)
		SELECT tenant_id, payment_id, event_seq + n, gen_random_uuid(), 'NOTE', 'PAID', 'x', repeat('x', 10000), now() FROM (SELECT tenant_id, id AS payment_id, event_seq FROM payments) p, generate_series(1, 2000) n`)
	s.api.Database.DB.MustExec("UPDATE payments SET event_seq = event_seq + 2000")
	var wire *net.TCPConn
	narrow := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			wire = conn.(*net.TCPConn)
			wire.SetReadBuffer(4096)
		}
		return conn, err
	}}}
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(s.api.URL, "http")+"/graphql", &websocket.DialOptions{HTTPClient: narrow, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	slow := &socket{conn, t.Context(), func() {}}
	t.Cleanup(slow.close)
	conn.SetReadLimit(1 << 20)
	slow.greet(t, s.api.Token(t, auth.Grant{}))
	slow.subscribe(t, "1", `subscription($after: EventCursor) { paymentEvents(after: $after) { cursor seq reason } }`, apptest.Vars{"after": after})
	for began := time.Now(); s.api.App.OpenStreams() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatal("the slow client is still connected")
		}
	}
	wire.SetReadBuffer(1 << 20) // what was sent until then would take minutes through the narrow one
	told, last := 0, ""
	for {
		got := slow.next(t)
		if got.event == nil {
			break
		}
		told, last = told+1, got.event.Cursor
	}
	if told == 0 || told >= 2000 {
		t.Fatalf("told %d events before the end", told)
	}
	rest := follow(t, s.api, "websocket", s.api.Token(t, auth.Grant{}), apptest.Vars{"after": last})
	if got := nextEvent(t, rest); got.Seq != told+1 {
		t.Errorf("goes on with %+v after %d events", got, told)
	}
}
