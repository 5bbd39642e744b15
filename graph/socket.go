package graph

import (
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
	closeGoingAway        = 1001
	closeTryLater         = 1013
	closeBadRequest       = 4400
	closeUnauthorized     = 4401
	closeInitTimeout      = 4408
	closeSubscriberExists = 4409
	closeTooManyInits     = 4429
)

// websocket is the transport; package web has checked the handshake and its Origin.
func (s streams) websocket() transport.Websocket {
	limit := int64(maxFrame)
	return transport.Websocket{
		Implementation:   sockets{transport.CoderWebsocketImplementation{AcceptOptions: websocket.AcceptOptions{Subprotocols: []string{socketProtocol}, InsecureSkipVerify: true}}, s.costs, s.errors},
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
	ctx    context.Context
	conn   *live.Connection
	socket *socket
	// early is the context of the handshake, and reserved its connection, where that proved
	// who calls.
	early    context.Context
	reserved *live.Connection
	// arrived has it counted as a websocket without a caller no longer.
	arrived func()
}

func (s streams) serveSocket(w http.ResponseWriter, r *http.Request) {
	own := &seat{authorization: r.Header.Get("Authorization"), arrived: func() {}}
	if err := s.take(own, r); err != nil {
		s.refuse(w, r, err)
		return
	}
	defer own.arrived()
	defer own.leave()
	if own.early != nil {
		r = r.WithContext(own.early)
	}
	s.server.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), seatKey{}, own)))
	if own.socket != nil {
		own.socket.Close() // which the library leaves open where it fails
	}
}

// take takes a place for a websocket: of its caller, where the handshake proves who that is,
// so that nobody without a credential keeps them out; else of those who are still to say it.
func (s streams) take(own *seat, r *http.Request) (err error) {
	if own.authorization != "" {
		own.early, own.reserved, err = s.connections.Admit(r.Context(), own.authorization)
		return err
	}
	own.arrived, err = s.connections.Await(r.RemoteAddr)
	return err
}

// leave frees the place of a caller.
func (own *seat) leave() {
	for _, conn := range []*live.Connection{own.reserved, own.conn} {
		if conn != nil {
			conn.Leave()
		}
	}
}

// admitSocket lets in who opened a websocket, by the header Authorization of its
// handshake or, since browsers cannot send that, by the same in connection_init.
func (s streams) admitSocket(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	own := ctx.Value(seatKey{}).(*seat)
	if own.reserved != nil {
		own.ctx, own.conn = own.early, own.reserved
		return ctx, nil, nil
	}
	admitted, conn, err := s.connections.Admit(ctx, payload.Authorization())
	if err != nil {
		code, reason := closing(err)
		return transport.WithWebsocketCloseCode(transport.AppendCloseReason(ctx, reason), code), nil, err
	}
	own.ctx, own.conn = admitted, conn
	own.arrived()
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
