package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
)

// sockets accepts websockets as this server wants them.
type sockets struct {
	transport.CoderWebsocketImplementation
	errors presenter
}

// Accept is part of the library's interface.
func (i sockets) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	conn, err := i.CoderWebsocketImplementation.Accept(w, r, o)
	if err != nil {
		return nil, err
	}
	own := r.Context().Value(seatKey{}).(*seat)
	own.socket = &socket{conn.(bounded), r.Context(), own, i.errors}
	return own.socket, nil
}

// bounded is what the library makes of a websocket.
type bounded interface {
	transport.WebsocketConn
	transport.WebsocketReadLimiter
	transport.WebsocketReadDeadliner
}

// socket is a websocket that waits for no slow client, and is closed with the code that
// tells its client whether to come back. The library knows neither.
type socket struct {
	bounded
	// handshake is the request that the websocket was opened by.
	handshake context.Context
	seat      *seat
	errors    presenter
}

// message is what a client sends.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// NextReader is the next message. One that is none of the protocol's closes the websocket,
// and a request that is not well formed is refused as it is elsewhere: the library says
// nothing of what was wrong with it.
func (s *socket) NextReader() (int, io.Reader, error) {
	for {
		kind, reader, err := s.bounded.NextReader()
		if err != nil {
			return kind, nil, err
		}
		frame, err := io.ReadAll(reader)
		if err != nil {
			return kind, nil, err
		}
		var m message
		if !m.read(frame) {
			s.WriteClose(closeBadRequest, "Invalid message")
			return kind, nil, transport.ErrWebsocketClosed
		}
		if m.Type == messageSubscribe && s.seat.conn != nil { // who was not let in is told nothing more
			if bad := m.readRequest(); bad != nil {
				s.refuse(m.ID, bad)
				continue
			}
		}
		// Written anew: the library takes "Type" for "type", so that it would read another
		// message than was looked at here.
		if frame, err = json.Marshal(m); err != nil {
			return kind, nil, err
		}
		return kind, bytes.NewReader(frame), nil
	}
}

// Types of messages that this program looks at itself.
const (
	messageInit      = "connection_init"
	messageSubscribe = "subscribe"
	messageError     = "error"
)

// read reads a message, and says whether it is one that clients may send.
func (m *message) read(frame []byte) bool {
	if !utf8.Valid(frame) || decodeMembers(frame, map[string]any{"id": &m.ID, "type": &m.Type, "payload": &m.Payload}) != nil {
		return false
	}
	switch m.Type {
	case messageInit:
		return len(m.Payload) == 0 || json.Unmarshal(m.Payload, &map[string]any{}) == nil
	case messageSubscribe:
		return m.ID != ""
	case "complete", "ping", "pong":
		return true
	}
	return false
}

// readRequest reads the request of a message as requests are read elsewhere, and puts it
// in as it was read.
func (m *message) readRequest() *badRequest {
	request := &graphql.RawParams{}
	if bad := parseBody(m.Payload, request); bad != nil {
		return bad
	}
	payload, err := json.Marshal(request)
	if err != nil {
		panic(err) // it was read as JSON
	}
	m.Payload = payload
	return nil
}

// refuse tells what is wrong with a request.
func (s *socket) refuse(id string, bad *badRequest) {
	payload, err := json.Marshal(gqlerror.List{s.errors.present(s.handshake, bad.fault)})
	if err == nil {
		s.WriteJSON(message{id, messageError, payload})
	}
}

// WriteJSON writes a message, or closes the websocket of a client who does not read it.
func (s *socket) WriteJSON(v any) error {
	late := time.AfterFunc(writeTimeout, func() { s.Close() })
	defer late.Stop()
	return s.bounded.WriteJSON(v)
}

// WriteClose closes the websocket with the reason why it ends.
func (s *socket) WriteClose(code int, reason string) error {
	switch {
	case s.seat.ctx != nil && s.seat.ctx.Err() != nil:
		if cause := context.Cause(s.seat.ctx); errors.Is(cause, pay.ErrUnauthenticated) || errors.Is(cause, live.ErrStopping) {
			code, reason = closing(cause)
		}
	case code == transport.WebsocketCloseProtocolError && s.seat.ctx == nil && reason == "connection initialisation timeout":
		code, reason = closeInitTimeout, "Connection initialisation timeout"
	case code == transport.WebsocketCloseProtocolError:
		code = closeBadRequest
	}
	return s.bounded.WriteClose(code, reason)
}
