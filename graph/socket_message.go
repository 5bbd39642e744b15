package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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
	costs  costs
	errors presenter
}

// Accept is part of the library's interface.
func (i sockets) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	conn, err := i.CoderWebsocketImplementation.Accept(w, r, o)
	if err != nil {
		return nil, err
	}
	own := r.Context().Value(seatKey{}).(*seat)
	own.socket = &socket{bounded: conn.(bounded), handshake: r.Context(), seat: own, costs: i.costs, errors: i.errors}
	if own.early != nil {
		context.AfterFunc(own.early, own.socket.endEarly)
	}
	return own.socket, nil
}

// endEarly closes a websocket whose caller is known by the handshake, because the server stops
// or the credential ended: before connection_init nothing else would.
func (s *socket) endEarly() {
	if cause := context.Cause(s.seat.early); errors.Is(cause, pay.ErrUnauthenticated) || errors.Is(cause, live.ErrStopping) {
		code, reason := closing(cause)
		s.bounded.WriteClose(code, reason) // #nosec G104 -- the connection is gone then
	}
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
	handshake   context.Context
	seat        *seat
	costs       costs
	errors      presenter
	subscribers subscribers
	// greeted: the client sent connection_init.
	greeted bool
}

// message is what the two sides send each other.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// NextReader is the next message that is the library's to see. What the protocol forbids
// closes the websocket.
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
		switch hand, code, reason := s.take(&m); {
		case code != 0:
			s.WriteClose(code, reason)
			return kind, nil, transport.ErrWebsocketClosed
		case !hand:
			continue
		}
		// Written anew: the library takes "Type" for "type", so that it would read another
		// message than was looked at here.
		if frame, err = json.Marshal(m); err != nil {
			return kind, nil, err
		}
		return kind, bytes.NewReader(frame), nil
	}
}

// take looks at a message: whether to hand it on to the library, and with what to close
// the websocket because of it, zero for not.
func (s *socket) take(m *message) (hand bool, code int, reason string) {
	switch m.Type {
	case messageInit:
		if s.greeted {
			return false, closeTooManyInits, "Too many initialisation requests"
		}
		s.greeted = true
		if !m.keepCredential(s.seat.authorization) {
			return false, closeBadRequest, "Two credentials"
		}
	case messagePing, messagePong: // may come at any time; the library knows them after connection_init alone
		if s.seat.conn != nil {
			return true, 0, ""
		}
		if m.Type == messagePing {
			s.write(message{Type: messagePong, Payload: m.Payload})
		}
		return false, 0, ""
	case messageSubscribe:
		return s.subscribe(m)
	case messageComplete:
		if m.ID, hand = s.subscribers.leave(m.ID); !hand {
			return s.seat.conn == nil, 0, "" // of one that is over; before connection_init it is none of the protocol's
		}
	}
	return true, 0, ""
}

// subscribe looks at a message that subscribes. A request that is not well formed is
// refused as it is elsewhere: the library says nothing of what was wrong with it.
func (s *socket) subscribe(m *message) (hand bool, code int, reason string) {
	if s.seat.conn == nil {
		return false, closeUnauthorized, "Unauthorized"
	}
	id := m.ID
	name, ok := s.subscribers.begin(id)
	if !ok {
		return false, closeSubscriberExists, "Subscriber for " + brief(id) + " already exists"
	}
	m.ID = name
	if late := s.costs.admit(s.seat.ctx); late != nil {
		s.refuse(id, late)
		return false, 0, ""
	}
	if bad := m.readRequest(); bad != nil {
		s.costs.charge(s.seat.ctx, refusedCost)
		s.refuse(id, bad.fault)
		return false, 0, ""
	}
	// What the credential opens may have changed since the websocket was opened.
	err := s.seat.conn.Recheck(s.handshake)
	switch {
	case s.seat.ctx.Err() != nil:
		code, reason = closing(context.Cause(s.seat.ctx))
		return false, code, reason
	case err != nil:
		s.refuse(id, coded(codeUnavailable, fmt.Errorf("check a credential: %w: %w", pay.ErrUnavailable, err)))
		return false, 0, ""
	}
	return true, 0, ""
}

// maxID is how many bytes the id of a subscription has at most: it is kept as long as that
// lasts, and told with each event.
const maxID = 128

// maxReason is how much of an id stands in the reason for closing a websocket, which has
// 123 bytes at most.
const maxReason = 80

// brief is an id that fits into the reason for closing a websocket.
func brief(id string) string {
	if len(id) <= maxReason {
		return id
	}
	return strings.ToValidUTF8(id[:maxReason], "") + "…"
}

// Types of messages that this program looks at itself.
const (
	messageInit      = "connection_init"
	messageSubscribe = "subscribe"
	messageError     = "error"
	messageComplete  = "complete"
	messagePing      = "ping"
	messagePong      = "pong"
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
		return m.ID != "" && len(m.ID) <= maxID
	case messageComplete, messagePing, messagePong:
		return true
	}
	return false
}

// keepCredential leaves of what came with connection_init what is read: the library keeps
// all of it as long as the websocket is open. It says whether all credentials of the
// websocket are the same: what stands before this server may have looked at another than is
// used here.
func (m *message) keepCredential(handshake string) bool {
	sent := transport.InitPayload{}
	if len(m.Payload) == 0 || json.Unmarshal(m.Payload, &sent) != nil {
		return true
	}
	one := cmp.Or(handshake, sent.Authorization())
	for _, name := range []string{"Authorization", "authorization"} {
		if other := sent.GetString(name); other != "" && other != one {
			return false
		}
	}
	payload, err := json.Marshal(transport.InitPayload{"Authorization": one})
	if err != nil {
		panic(err) // it is text
	}
	m.Payload = payload
	return true
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

// refuse tells what is wrong with a request, and frees its id.
func (s *socket) refuse(id string, fault error) {
	s.subscribers.leave(id)
	payload, err := json.Marshal(gqlerror.List{s.errors.present(s.handshake, fault)})
	if err == nil {
		s.write(message{id, messageError, payload})
	}
}

// WriteJSON writes a message of the library's. After the last of a subscription, an error
// for instance, the protocol forbids others about it, which the library sends.
func (s *socket) WriteJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	if m.ID != "" {
		id, ok := s.subscribers.tell(m.ID, m.Type == messageError || m.Type == messageComplete)
		if !ok {
			return nil
		}
		m.ID = id
	}
	return s.write(m)
}

// write writes a message, or closes the websocket of a client who does not read it. Once
// the websocket has to end its client is told by the code alone: that a subscription is
// complete would keep it from coming back.
func (s *socket) write(m message) error {
	if s.seat.ctx != nil && s.seat.ctx.Err() != nil {
		return nil
	}
	late := time.AfterFunc(writeTimeout, func() { s.Close() })
	defer late.Stop()
	return s.bounded.WriteJSON(m)
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
