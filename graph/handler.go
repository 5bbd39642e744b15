package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/guard"
	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

const (
	// cachedDocuments are kept as they were validated, at some hundred kilobytes each
	// at most.
	cachedDocuments = 256
	operationLimit  = 30 * time.Second
	// QueryLimit is how long a query may take.
	QueryLimit = 10 * time.Second
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
	// Observer is told of operations.
	Observer Observer
	// CostRate is how many points a caller may spend in a second; zero for any number.
	CostRate int
	// QueryLimit is how long a query may take; tests have less patience than the QueryLimit
	// of callers.
	QueryLimit time.Duration
	// FieldByField has gqlgen execute the queries too that the package breadth supports.
	FieldByField bool
	// Log gets the errors that callers are not shown.
	Log *slog.Logger
}

// Handler serves the API over HTTP. The caller's actor must be in the
// request's context; without one, everything but introspection is refused.
func Handler(o Options) (http.Handler, error) {
	resolver := &Resolver{service: o.Service, relations: newRelations(o.Service), cursors: cursors{secret: o.CursorSecret}, newKey: o.NewKey, clock: o.Clock}
	spending, err := newBuckets(o.CostRate, o.Clock)
	if err != nil {
		return nil, err
	}
	schema := executable(o, resolver)
	server := handler.New(schema)
	shown := presenter{o.Log, wordsOf(schema.Schema())}
	documents := lru.New[*ast.QueryDocument](cachedDocuments)
	server.AroundOperations(refusedByError) // around what looks at answers, which sees them as they were
	server.Use(observed{o.Observer})
	spend := costs{spending, describe(schema.Schema()), newTurns(spending != nil)}
	server.AroundOperations(spend.paced) // around the loaders of each event, which wait for nothing
	following := streams{server, resolver, o.Connections, spend, shown}
	following.addTo(server)
	server.AddTransport(transport.Options{})
	server.AddTransport(spend.turns.over(overHTTP{spend}))
	server.SetQueryCache(documents)
	server.SetParserTokenLimit(guard.MaxTokens + keyTokens)
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(briefRules)
	server.SetErrorPresenter(shown.present)
	server.SetRecoverFunc(shown.recoverPanic)
	server.Use(extension.Introspection{})
	server.Use(beforeValidation(intake{schema.Schema(), documents, trust{o.Service}, spend}.check))
	server.Use(afterValidation(exactVariables{schema.Schema()}.check))
	server.Use(afterValidation(oneEffect{schema.Schema()}.check))
	server.Use(afterValidation(asStream)) // what goes on as a stream is counted there
	server.Use(spend)
	server.Use(afterValidation(onlyThere))
	server.AroundOperations(timely(o.QueryLimit))
	server.AroundRootFields(named)
	server.AroundFields(withinBudget)
	server.AroundResponses(fewErrors)
	return following.beside(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(withBudget(resolver.WithLoaders(r.Context())), operationLimit)
		defer cancel()
		server.ServeHTTP(w, r.WithContext(ctx))
	}), nil
}

func executable(o Options, r *Resolver) graphql.ExecutableSchema {
	c := generated.Config{Resolvers: r}
	if o.FieldByField {
		return generated.NewExecutableSchema(c)
	}
	return generated.NewBreadthSchema(c, r.planBreadth)
}

// errQueryTime is why the context of a query ended that took too long.
var errQueryTime = errors.New("the time for a query is over")

// timely ends queries that take too long. Mutations may wait for a gateway.
func timely(limit time.Duration) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		respond := next(ctx)
		if graphql.GetOperationContext(ctx).Operation.Operation != ast.Query {
			return respond
		}
		return func(ctx context.Context) *graphql.Response {
			ctx, cancel := context.WithTimeoutCause(ctx, limit, errQueryTime)
			defer cancel()
			return respond(ctx)
		}
	}
}

func stack() string { return string(debug.Stack()) }
