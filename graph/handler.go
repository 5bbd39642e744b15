package graph

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// Limits of one document.
const (
	// maxTokens keeps validation, whose cost grows with the square of a
	// selection, within milliseconds. GraphiQL's introspection has about 300.
	maxTokens      = 2000
	cachedQueries  = 256
	operationLimit = 30 * time.Second
)

// Options is what the API is made of.
type Options struct {
	Service *service.Service
	// CursorSecret signs list cursors; all processes of one database share it.
	CursorSecret []byte
	// NewKey makes partner keys.
	NewKey service.KeyMaker
	// Connections are those that stay open, for subscriptions.
	Connections *live.Connections
	Clock       pay.Clock
	// Log gets the errors that callers are not shown.
	Log *slog.Logger
}

// Handler serves the API over HTTP. The caller's actor must be in the
// request's context; without one, everything but introspection is refused.
func Handler(o Options) http.Handler {
	resolver := &Resolver{service: o.Service, cursors: cursors{secret: o.CursorSecret}, newKey: o.NewKey, clock: o.Clock}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: resolver})
	server := handler.New(schema)
	errors := presenter{o.Log}
	following := streams{server, resolver, o.Connections, errors}
	following.addTo(server)
	server.AddTransport(transport.Options{})
	server.AddTransport(transport.GET{})
	server.AddTransport(transport.POST{})
	server.SetQueryCache(lru.New[*ast.QueryDocument](cachedQueries))
	server.SetParserTokenLimit(maxTokens)
	server.SetDisableSuggestion(true)
	server.SetErrorPresenter(errors.present)
	server.SetRecoverFunc(errors.recoverPanic)
	server.Use(extension.Introspection{})
	server.Use(headerKey{schema.Schema()})
	server.Use(exactVariables{schema.Schema()})
	server.Use(oneEffect{schema.Schema()})
	server.Use(boundedSize{})
	server.AroundRootFields(named)
	server.AroundFields(withinBudget)
	server.AroundResponses(fewErrors)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if opensStream(r) {
			following.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(withBudget(resolver.WithLoaders(r.Context())), operationLimit)
		defer cancel()
		server.ServeHTTP(w, r.WithContext(ctx))
	})
}

func stack() string { return string(debug.Stack()) }
