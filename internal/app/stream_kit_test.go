package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// happened is an event as tests look at it.
type happened struct {
	Cursor, Type, Status, Actor string
	Seq                         int
	Payment                     struct{ ID string }
}

const happenedFields = ` fragment happened on PaymentEvent { cursor seq type status actor payment { id } }`

const followDocument = `subscription($filter: PaymentEventFilter, $after: EventCursor) { paymentEvents(filter: $filter, after: $after) { ...happened } }` + happenedFields

// news is what a stream tells: "next" with data or errors, "error", "complete", or
// "closed" with a code.
type news struct {
	kind string
	// event is there when data was told.
	event *happened
	// code is that of the first error, or of the closing of a websocket.
	code string
	text string
}

// stream is a subscription over one of the two transports.
type stream interface {
	// next waits for what is told next, heartbeats left out.
	next(t *testing.T) news
	close()
}

// transports are the ways to follow.
var transports = map[string]func(*testing.T, *apptest.API, string, apptest.Vars) stream{"websocket": openSocket, "sse": openEvents}

// nextEvent is what is told next, which must be an event.
func nextEvent(t *testing.T, s stream) happened {
	t.Helper()
	got := s.next(t)
	if got.event == nil {
		t.Fatalf("told %+v, want an event", got)
	}
	return *got.event
}

func newsOf(kind string, payload []byte) news {
	got := news{kind: kind, text: string(payload)}
	var next struct {
		Data   struct{ PaymentEvents *happened }
		Errors []apptest.Error
	}
	if kind == "error" {
		json.Unmarshal(payload, &next.Errors)
	} else {
		json.Unmarshal(payload, &next)
	}
	got.event = next.Data.PaymentEvents
	if len(next.Errors) > 0 {
		got.code = next.Errors[0].Extensions.Code
	}
	return got
}

// socket is a websocket with one subscription.
type socket struct {
	conn *websocket.Conn
	ctx  context.Context
	end  context.CancelFunc
}

type socketMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial opens a websocket and nothing more.
func dial(t *testing.T, url string, header http.Header) (*socket, *http.Response) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	conn, response, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http")+"/graphql", &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		end()
		return nil, response
	}
	conn.SetReadLimit(1 << 20)
	return &socket{conn, ctx, end}, response
}

func (s *socket) send(t *testing.T, m socketMessage) {
	t.Helper()
	if err := wsjson.Write(s.ctx, s.conn, m); err != nil {
		t.Fatalf("send %s: %v", m.Type, err)
	}
}

// streamRequest is a request for a document, or for one that is named by its id.
func streamRequest(document string, vars apptest.Vars) map[string]any {
	if strings.HasPrefix(document, "sha256:") {
		return map[string]any{"documentId": document, "variables": vars}
	}
	return map[string]any{"query": document, "variables": vars}
}

// subscribe sends a document under an id.
func (s *socket) subscribe(t *testing.T, id, document string, vars apptest.Vars) {
	t.Helper()
	payload, err := json.Marshal(streamRequest(document, vars))
	if err != nil {
		t.Fatal(err)
	}
	s.send(t, socketMessage{ID: id, Type: "subscribe", Payload: payload})
}

// openSocket follows over a websocket, with the credential in connection_init.
func openSocket(t *testing.T, api *apptest.API, token string, vars apptest.Vars) stream {
	t.Helper()
	s, response := dial(t, api.URL, nil)
	if s == nil {
		t.Fatalf("websocket: %v", response)
	}
	s.greet(t, token)
	s.subscribe(t, "1", followDocument, vars)
	return s
}

func (s *socket) greet(t *testing.T, token string) {
	t.Helper()
	payload, _ := json.Marshal(map[string]string{"Authorization": "Bearer " + token})
	s.send(t, socketMessage{Type: "connection_init", Payload: payload})
	if got := s.next(t); got.kind != "connection_ack" {
		t.Fatalf("told %+v, want connection_ack", got)
	}
}

func (s *socket) next(t *testing.T) news {
	t.Helper()
	m, err := s.read(t)
	if err != nil {
		var closed websocket.CloseError
		if code := websocket.CloseStatus(err); code >= 0 {
			closed.Code = code
		}
		return news{kind: "closed", code: closeCode(closed.Code), text: err.Error()}
	}
	return newsOf(m.Type, m.Payload)
}

// read is the next message, heartbeats left out.
func (s *socket) read(t *testing.T) (m socketMessage, err error) {
	t.Helper()
	for {
		m = socketMessage{}
		if err = wsjson.Read(s.ctx, s.conn, &m); err != nil || m.Type != "ping" {
			return m, err
		}
		s.send(t, socketMessage{Type: "pong"})
	}
}

// refused is what is told next of the subscription with the id, which must be an error,
// with nothing before it of those that were refused earlier.
func (s *socket) refused(t *testing.T, id string) (errors []apptest.Error, text string) {
	t.Helper()
	m, err := s.read(t)
	if err != nil || m.Type != "error" || m.ID != id || json.Unmarshal(m.Payload, &errors) != nil {
		t.Fatalf("%s: %v: %s %s %s", id, err, m.Type, m.ID, m.Payload)
	}
	return errors, string(m.Payload)
}

func closeCode(code websocket.StatusCode) string {
	text, _ := json.Marshal(int(code))
	return string(text)
}

func (s *socket) close() { s.end(); s.conn.CloseNow() }

// eventSource is a stream of server-sent events.
type eventSource struct {
	lines *bufio.Reader
	body  interface{ Close() error }
	end   context.CancelFunc
}

// openEvents follows by server-sent events.
func openEvents(t *testing.T, api *apptest.API, token string, vars apptest.Vars) stream {
	t.Helper()
	s, response := listenFor(t, api.URL, token, followDocument, vars)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("server-sent events: %d", response.StatusCode)
	}
	return s
}

func listenFor(t *testing.T, url, token, document string, vars apptest.Vars) (*eventSource, *http.Response) {
	t.Helper()
	return listenWith(t, url, token, document, "text/event-stream", vars)
}

// listenWith asks for what a header Accept has.
func listenWith(t *testing.T, url, token, document, accept string, vars apptest.Vars) (*eventSource, *http.Response) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	body, err := json.Marshal(streamRequest(document, vars))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		end()
		t.Fatalf("server-sent events: %v", err)
	}
	return &eventSource{bufio.NewReader(response.Body), response.Body, end}, response
}

func (s *eventSource) next(t *testing.T) news {
	t.Helper()
	kind, data := "", ""
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return news{kind: "closed", text: err.Error()}
		}
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "event: "):
			kind = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimPrefix(line, "data: ")
		case line == "" && kind != "":
			return newsOf(kind, []byte(data))
		}
	}
}

func (s *eventSource) close() { s.end(); s.body.Close() }

// follow opens a stream by a transport, which ends with the test.
func follow(t *testing.T, api *apptest.API, transport, token string, vars apptest.Vars) stream {
	t.Helper()
	s := transports[transport](t, api, token, vars)
	t.Cleanup(s.close)
	return s
}
