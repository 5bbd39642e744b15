package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
)

// goodbyeTimeout is how long a stop waits for websockets to be closed by both sides,
// which the server does not do by itself. Who does not answer is cut off.
const goodbyeTimeout = 3 * time.Second

// WithRecheck has the credentials of open connections checked again so often.
func WithRecheck(every time.Duration) Option {
	return func(a *App, _ *gateway.Registry) { a.recheck = every }
}

// authenticate is how connections that stay open prove who they are. Whoever watches the
// server is told why one was refused.
func (a *App) authenticate(by *auth.Authenticator) live.Authenticate {
	return func(ctx context.Context, authorization string) (pay.Actor, error) {
		actor, err := by.Authenticate(ctx, authorization)
		if errors.Is(err, pay.ErrUnauthenticated) {
			a.log.InfoContext(ctx, "credential refused", "reason", auth.Reason(err))
		}
		return actor, err
	}
}

// OpenStreams is how many connections stay open for subscriptions.
func (a *App) OpenStreams() int {
	if open := a.connections.Load(); open != nil {
		return open.Len()
	}
	return 0
}

// stopStreams ends the connections that stay open, lets nobody open more, and waits
// until they are gone or ctx ends. Their clients go on elsewhere.
func (a *App) stopStreams(ctx context.Context) error {
	open := a.connections.Load()
	if open == nil { // it stops before it was ready
		return nil
	}
	open.Stop()
	return open.Wait(ctx)
}

// ShutDown stops taking requests and finishes those in flight, until drain ends. Streams
// would last as long as their clients like: they end as soon as nobody can come back
// here. It is called once.
func (a *App) ShutDown(drain context.Context, server *http.Server) error {
	gone := make(chan error, 1)
	server.RegisterOnShutdown(func() { // runs once the listener is closed
		goodbye, cancel := context.WithTimeout(drain, goodbyeTimeout)
		defer cancel()
		gone <- a.stopStreams(goodbye)
	})
	return errors.Join(server.Shutdown(drain), <-gone)
}
