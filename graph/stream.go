package graph

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of streams.
const (
	// heartbeat tells client and proxies in between that a quiet stream is alive, and the
	// server that the client is.
	heartbeat = 20 * time.Second
	// writeTimeout is how long a client may take to read what it is sent. One that is
	// slower loses its connection and goes on by cursor: nothing is kept for it.
	writeTimeout = 10 * time.Second
	// maxSubscriptions is how many subscriptions one connection has at most.
	maxSubscriptions = 20
	// maxStreamRequest bounds what asks for a stream, in bytes: much of it is kept as long as
	// the stream lasts.
	maxStreamRequest = 64 << 10
)

// streams serves subscriptions: over a websocket, some on one connection, and as
// server-sent events, one on each. Only subscriptions: what moves money goes through
// plain requests, whose rules need no second proof here.
type streams struct {
	server      *handler.Server
	resolver    *Resolver
	connections *live.Connections
	costs       costs
	errors      presenter
}

type streamKey struct{}

// isStream says whether ctx belongs to a stream.
func isStream(ctx context.Context) bool { return ctx.Value(streamKey{}) != nil }

func init() {
	// What is refused is told under its subscription's id, as the presenter shows it; the
	// library does so with the codes that it knows, and sends others as they are.
	for _, code := range []string{codeCostLimit, codeRateLimited, codeNotTrusted, codeNoDocument, codeNoPersistedQueries, codeUnavailable,
		codeUnauthenticated, codeForbidden, codeInternal, codeTimeout} {
		errcode.RegisterErrorType(code, errcode.KindProtocol)
	}
}

// addTo has the server serve subscriptions. Before other transports, which would take
// their requests too.
func (s streams) addTo(server *handler.Server) {
	server.AddTransport(s.costs.turns.over(s.websocket()))
	server.AddTransport(s.costs.turns.over(serverSentEvents{s.costs}))
	server.AroundOperations(s.eachEventAnew)
}

// beside serves streams, and has plain serve the other requests.
func (s streams) beside(plain http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		atAll, best := acceptsEvents(r.Header.Values("Accept"))
		post := r.Method == http.MethodPost
		switch {
		case (transport.Websocket{}).Supports(r), post && best:
			s.ServeHTTP(w, r)
		case post && atAll:
			s.either(w, r, plain)
		default:
			plain(w, r)
		}
	})
}

type choiceKey struct{}

// choice is of a request whose caller takes an answer or a stream: whether it becomes one.
type choice struct{ stream bool }

// either serves who takes an answer as well as a stream: a subscription becomes a stream,
// and everything else is answered. Which it is shows when the document is read.
func (s streams) either(w http.ResponseWriter, r *http.Request, plain http.HandlerFunc) {
	made, sent := &choice{}, &sentBody{}
	first := r.WithContext(context.WithValue(r.Context(), choiceKey{}, made))
	first.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, sent), r.Body}
	plain(w, first)
	if made.stream {
		again := r.WithContext(r.Context())
		again.Body = sent
		s.ServeHTTP(w, again)
	}
}

// sentBody keeps what was read of a request's body, to be read again: as much as asks for a
// stream, and a byte more where there was more.
type sentBody struct{ kept bytes.Buffer }

func (s *sentBody) Write(text []byte) (int, error) {
	s.kept.Write(text[:min(len(text), maxStreamRequest+1-s.kept.Len())])
	return len(text), nil
}

func (s *sentBody) Read(into []byte) (int, error) { return s.kept.Read(into) }

// Close forgets it.
func (s *sentBody) Close() error {
	s.kept = bytes.Buffer{}
	return nil
}

// asStream ends the reading of a subscription that is to become a stream. It comes before
// what costs the caller something.
func asStream(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	if made, ok := ctx.Value(choiceKey{}).(*choice); ok && oc.Operation.Operation == ast.Subscription {
		made.stream = true
		return requestFault(codeValidationFailed, "A subscription needs a stream.") // which nobody is shown
	}
	return nil
}

// becomesStream says whether the request of ctx was found to become a stream.
func becomesStream(ctx context.Context) bool {
	made, ok := ctx.Value(choiceKey{}).(*choice)
	return ok && made.stream
}

// ServeHTTP serves one stream from its beginning to its end.
func (s streams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(withBudget(r.Context()), streamKey{}, true)
	if (transport.Websocket{}).Supports(r) {
		s.serveSocket(w, r.WithContext(ctx))
		return
	}
	s.serveEvents(w, r.WithContext(ctx))
}

// refuse answers who is not let in to a stream.
func (s streams) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := http.StatusServiceUnavailable, codeUnavailable, "The service cannot answer now. Try again in a moment."
	switch {
	case errors.Is(err, pay.ErrUnauthenticated):
		status, code, message = http.StatusUnauthorized, codeUnauthenticated, "A valid credential is needed."
	case errors.Is(err, live.ErrTooMany):
		status, code, message = http.StatusTooManyRequests, codeRateLimited, "The caller or their company has as many open connections as are accepted. Close some."
	}
	w.Header().Set("Retry-After", "5")
	fault := gqlerror.Error{Message: message, Extensions: map[string]any{"code": code, "requestId": pay.RequestID(r.Context())}}
	respond(w, mediaJSON, status, &graphql.Response{Errors: gqlerror.List{&fault}})
}

// refusedByError has a websocket tell a subscription that was refused so by error, with
// nothing after it, however late it was refused. The library would do as if there had been an
// event, and as if the subscription had then come to its end.
func refusedByError(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	respond := next(ctx)
	if ctx.Value(seatKey{}) == nil {
		return respond
	}
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		if response == nil || response.Data != nil {
			return response
		}
		for _, fault := range response.Errors {
			transport.AddSubscriptionError(ctx, fault)
		}
		return nil
	}
}

// eachEventAnew reads for each event of a subscription with loaders and a budget of its
// own: what an earlier event read may have changed since. Server-sent events whose
// credential is not good any more are told so before they end; websockets by the code.
func (s streams) eachEventAnew(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if !isStream(ctx) {
		return next(ctx)
	}
	if !live.Begin(ctx, maxSubscriptions) {
		fault := requestFault(codeCostLimit, "A connection has at most %d subscriptions.", maxSubscriptions)
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{s.errors.present(ctx, fault)}})
	}
	respond, told := next(ctx), false
	return func(ctx context.Context) *graphql.Response {
		turn, done := context.WithCancel(withBudget(s.resolver.WithLoaders(ctx)))
		defer done()
		response := respond(turn)
		if response == nil && !told && errors.Is(context.Cause(ctx), pay.ErrUnauthenticated) {
			told = true
			return &graphql.Response{Errors: gqlerror.List{s.errors.present(ctx, pay.ErrUnauthenticated)}}
		}
		return response
	}
}

// onlyThere keeps subscriptions on streams, and everything else off them. Over a plain
// request a subscription would hang until something happens.
func onlyThere(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	subscribes := oc.Operation.Operation == ast.Subscription
	fields := graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Subscription"})
	switch {
	case subscribes && !isStream(ctx):
		return requestFault(codeValidationFailed, "A subscription needs a stream: a websocket with the protocol graphql-transport-ws, or a POST that accepts text/event-stream.")
	case !subscribes && isStream(ctx):
		return requestFault(codeValidationFailed, "A stream serves subscriptions only. Send queries and mutations with plain requests.")
	case subscribes && (len(fields) != 1 || strings.HasPrefix(fields[0].Name, "__")):
		return requestFault(codeValidationFailed, "A subscription has exactly one field, and not one about the schema.")
	}
	return nil
}
