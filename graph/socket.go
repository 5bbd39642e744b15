package graph

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"

	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of websockets.
const (
	// socketProtocol is the only protocol: what the library also speaks, graphql-ws, is
	// the one that this replaced.
	socketProtocol = "graphql-transport-ws"
	initTimeout    = 5 * time.Second
	maxFrame       = 64 << 10
)

// Codes that websockets are closed with, of the protocol and of RFC 6455.
const (
	closeGoingAway    = 1001
	closeTryLater     = 1013
	closeBadRequest   = 4400
	closeUnauthorized = 4401
	closeInitTimeout  = 4408
)

// websocket is the transport; package web has checked the handshake and its Origin.
func (s streams) websocket() transport.Websocket {
	limit := int64(maxFrame)
	return transport.Websocket{
		Implementation:   sockets{transport.CoderWebsocketImplementation{AcceptOptions: websocket.AcceptOptions{Subprotocols: []string{socketProtocol}, InsecureSkipVerify: true}}},
		InitTimeout:      initTimeout,
		InitFunc:         s.admitSocket,
		PingPongInterval: heartbeat,
		PayloadReadLimit: &limit,
	}
}

type seatKey struct{}

// seat is where a websocket keeps its connection, once its caller is let in.
type seat struct {
	// authorization is the header of the handshake.
	authorization string
	// ctx ends with the cause for which the websocket has to.
	ctx  context.Context
	conn *live.Connection
}

func (s streams) serveSocket(w http.ResponseWriter, r *http.Request) {
	own := &seat{authorization: r.Header.Get("Authorization")}
	s.server.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), seatKey{}, own)))
	if own.conn != nil {
		own.conn.Leave()
	}
}

// admitSocket lets in who opened a websocket, by the header Authorization of its
// handshake or, since browsers cannot send that, by the same in connection_init.
func (s streams) admitSocket(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	own := ctx.Value(seatKey{}).(*seat)
	admitted, conn, err := s.connections.Admit(ctx, cmp.Or(own.authorization, payload.Authorization()))
	if err != nil {
		code, reason := closing(err)
		return transport.WithWebsocketCloseCode(transport.AppendCloseReason(ctx, reason), code), nil, err
	}
	own.ctx, own.conn = admitted, conn
	return admitted, nil, nil
}

// closing is how a websocket is closed that is refused, or ended, for a reason.
func closing(cause error) (code int, reason string) {
	switch {
	case errors.Is(cause, pay.ErrUnauthenticated):
		return closeUnauthorized, "Unauthorized"
	case errors.Is(cause, live.ErrStopping):
		return closeGoingAway, "Going away"
	}
	return closeTryLater, "Try again later"
}

// sockets accepts websockets as this server wants them.
type sockets struct {
	transport.CoderWebsocketImplementation
}

// Accept is part of the library's interface.
func (i sockets) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	conn, err := i.CoderWebsocketImplementation.Accept(w, r, o)
	if err != nil {
		return nil, err
	}
	return &socket{conn.(bounded), r.Context().Value(seatKey{}).(*seat)}, nil
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
	seat *seat
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
