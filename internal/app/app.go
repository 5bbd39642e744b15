// Package app puts the program together: settings, database, services, server.
// It is the only package that knows all others; tests start the same parts.
package app

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/paygraph/paygraph/graph"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/jobs"
	"github.com/paygraph/paygraph/internal/live"
	"github.com/paygraph/paygraph/internal/observe"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg"
	"github.com/paygraph/paygraph/internal/seal"
	"github.com/paygraph/paygraph/internal/service"
	"github.com/paygraph/paygraph/internal/store"
	"github.com/paygraph/paygraph/internal/web"
	"github.com/paygraph/paygraph/internal/web/checkout"
	"github.com/paygraph/paygraph/internal/webhook"
	"github.com/paygraph/paygraph/migrations"
)

// How long a stop takes at most; what runs a program mostly kills it after 30 seconds.
const (
	// drainTimeout is for requests in flight: longer than the longest call to a gateway.
	drainTimeout = 24 * time.Second
	// privateTimeout is for the private PostgreSQL after that.
	privateTimeout = 5 * time.Second
)

// App is the program with its database open and migrated.
type App struct {
	Service *service.Service
	Store   *store.Store

	config   config.Config
	database *sqlx.DB
	// private is nil with an outside database. Only what keeps it running
	// changes it, and Close comes after that.
	private *pg.Server
	clock   pay.Clock
	// seals is nil where there is no key for gateways' secrets.
	seals *seal.Key
	log   *slog.Logger
	// observer is told of all that the program does; spans are where its spans go.
	observer *observe.Observer
	spans    []sdktrace.SpanExporter
	wrap     store.Wrap
	around   func(http.Handler) http.Handler
	tempo    func(pay.Clock) pay.Clock
	local    func() time.Time
	// connections are those that stay open; none before there is a handler.
	connections atomic.Pointer[live.Connections]
	// recheck is how often their credentials are checked again; zero for live.Recheck.
	recheck time.Duration
	// patience is how long the database's answers are waited for; zero for ever.
	patience time.Duration
	// payloads makes what webhooks tell; none before there is a handler.
	payloads atomic.Pointer[graph.Payloads]
	// queryLimit is how long a query may take.
	queryLimit time.Duration
	// asIs: the database must be there as this program needs it, and is not made so.
	asIs bool
}

// Option changes how an App is put together; tests use them.
type Option func(*App, *gateway.Registry)

// WithConnectors replaces the connectors.
func WithConnectors(r gateway.Registry) Option {
	return func(_ *App, registry *gateway.Registry) { *registry = r }
}

// WithLog replaces the log, which otherwise goes nowhere. Only what package observe
// lists is written to it.
func WithLog(log *slog.Logger) Option {
	return func(a *App, _ *gateway.Registry) { a.log = slog.New(observe.Log(log.Handler())) }
}

// WithSpans has spans go to an exporter, beside the collector that is configured.
func WithSpans(e sdktrace.SpanExporter) Option {
	return func(a *App, _ *gateway.Registry) { a.spans = append(a.spans, e) }
}

// WithClock replaces the clock, which is otherwise the database's.
func WithClock(c pay.Clock) Option { return func(a *App, _ *gateway.Registry) { a.clock = c } }

// WithTempo makes another clock of the database's.
func WithTempo(t func(pay.Clock) pay.Clock) Option {
	return func(a *App, _ *gateway.Registry) { a.tempo = t }
}

// WithLocalClock replaces the machine's clock, by which the database's goes on between
// transactions.
func WithLocalClock(local func() time.Time) Option {
	return func(a *App, _ *gateway.Registry) { a.local = local }
}

// WithCostRate has callers spend so many points a second, in place of the setting.
func WithCostRate(points int) Option {
	return func(a *App, _ *gateway.Registry) { a.config.CostRate = points }
}

// WithOrigins has pages of these origins use the API, in place of the setting.
func WithOrigins(origins ...string) Option {
	return func(a *App, _ *gateway.Registry) { a.config.Origins = origins }
}

// WithPublicURL has payers reach the server at an address, in place of the setting.
func WithPublicURL(address string) Option {
	return func(a *App, _ *gateway.Registry) { a.config.PublicURL = address }
}

// WithQueryLimit ends queries sooner than those of callers.
func WithQueryLimit(limit time.Duration) Option {
	return func(a *App, _ *gateway.Registry) { a.queryLimit = limit }
}

// WithExecutor has queries executed by config.Breadth or config.Gqlgen, in place of the
// setting.
func WithExecutor(name string) Option {
	return func(a *App, _ *gateway.Registry) { a.config.Executor = name }
}

// WithDriver puts something around the database driver, such as a counter.
func WithDriver(w store.Wrap) Option { return func(a *App, _ *gateway.Registry) { a.wrap = w } }

// ForInspection opens a database as it is, for statements that take their time: nothing
// is made or migrated.
func ForInspection() Option {
	return func(a *App, _ *gateway.Registry) { a.patience, a.asIs = 0, true }
}

// WithHandler puts something around everything that the server serves.
func WithHandler(around func(http.Handler) http.Handler) Option {
	return func(a *App, _ *gateway.Registry) { a.around = around }
}

// Open starts or reaches the database, migrates it and makes the services.
func Open(ctx context.Context, c config.Config, options ...Option) (*App, error) {
	a := &App{config: c, patience: store.Patience, queryLimit: graph.QueryLimit, log: slog.New(slog.DiscardHandler), around: func(h http.Handler) http.Handler { return h }}
	connectors := Connectors()
	for _, o := range options {
		o(a, &connectors)
	}
	if err := a.openObserver(ctx); err != nil {
		return nil, err
	}
	if err := a.openDatabase(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.setClock(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.warnOfGaps(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.makeSeals(); err != nil {
		a.Close()
		return nil, err
	}
	a.Service = service.New(a.Store, connectors, a.seals, a.clock, a.log).WithGatewayTimeout(c.GatewayTimeout).WithObserver(a.observer).
		WithWebhooks(webhook.New(c.WebhookNetworks), a.renderPayload).WithCheckout(a.config.PublicURL)
	return a, nil
}

// makeSeals makes the key of secrets, which opens what its predecessor sealed too.
func (a *App) makeSeals() (err error) {
	if len(a.config.Secrets) == 0 {
		return nil
	}
	if a.seals, err = seal.New(a.config.Secrets); err != nil || len(a.config.SecretsBefore) == 0 {
		return err
	}
	previous, err := seal.New(a.config.SecretsBefore)
	if err == nil {
		a.seals = a.seals.After(previous)
	}
	return err
}

func (a *App) openDatabase(ctx context.Context) error {
	url, direct := a.config.DatabaseURL, a.config.DirectURL
	if url == "" {
		if a.asIs && !pg.Exists(a.config.DataDir) {
			return fmt.Errorf("there is no database in %s", a.config.DataDir)
		}
		private, err := pg.Open(ctx, pg.Options{Dir: a.config.DataDir, Log: a.log})
		if err != nil {
			return err
		}
		a.private = private
		direct = private.URL()
		if url, err = config.Limited(direct); err != nil {
			return err
		}
	}
	if !a.asIs {
		if err := a.steady(ctx, func() error { return migrations.Up(ctx, direct) }); err != nil {
			return err
		}
	}
	db, err := store.Open(url, !a.config.Pooled, a.patience, a.driver)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(a.maxConns())
	db.SetMaxIdleConns(a.maxConns())
	a.database, a.Store = db, store.New(db)
	a.Store.OnNestedFailure(func(ctx context.Context, err error) {
		a.log.WarnContext(ctx, "a nested statement failed, its parts are read one by one", "error", err)
	})
	if a.asIs {
		return a.steady(ctx, func() error { return a.ready(ctx) })
	}
	return nil
}

// warnOfGaps has the log tell where row level security holds nobody back.
func (a *App) warnOfGaps(ctx context.Context) error {
	return a.steady(ctx, func() error {
		gaps, err := a.Store.LockGaps(ctx)
		for _, gap := range gaps {
			a.log.WarnContext(ctx, "row level security is not in force", "reason", gap)
		}
		return err
	})
}

// driver puts spans around the statements of the driver, within what tests put there.
func (a *App) driver(c driver.Connector) driver.Connector {
	if c = a.observer.Driver(c); a.wrap != nil {
		c = a.wrap(c)
	}
	return c
}

// maxConns is the size of the connection pool.
func (a *App) maxConns() int { return cmp.Or(a.config.MaxConns, config.DefaultConns) }

// setClock takes the database's clock, unless it was replaced.
func (a *App) setClock(ctx context.Context) error {
	if a.local != nil {
		a.Store.UseLocalClock(a.local)
	}
	if a.clock != nil {
		return nil
	}
	return a.steady(ctx, func() error {
		clock, err := a.Store.Clock(ctx)
		if a.clock = clock.Now; a.tempo != nil {
			a.clock = a.tempo(clock.Now)
		}
		return err
	})
}

// Close gives the database back; a private one that this process owns stops.
func (a *App) Close() {
	a.closeObserver()
	if a.database != nil {
		a.database.Close()
	}
	if a.private != nil {
		ctx, cancel := context.WithTimeout(context.Background(), privateTimeout)
		defer cancel()
		if err := a.private.Stop(ctx); err != nil {
			a.log.Error("stopping the private PostgreSQL failed", "error", err)
		}
	}
}

// Handler is everything that the server serves.
func (a *App) Handler(ctx context.Context) (http.Handler, error) {
	var secret []byte
	var names map[string]string
	err := a.steady(ctx, func() (err error) {
		if secret, err = a.Store.CursorSecret(ctx); err == nil && a.config.Development {
			names, err = a.demoNames(ctx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	authenticator, err := auth.New(a.config.JWT, a.Store, a.clock, a.log)
	if err != nil {
		return nil, err
	}
	connections := live.New(a.authenticate(authenticator), cmp.Or(a.recheck, live.Recheck), a.log)
	a.connections.Store(connections)
	api, err := graph.Handler(graph.Options{Service: a.Service, CursorSecret: secret, NewKey: auth.NewKey, Connections: connections, Clock: a.clock,
		Observer: a.observer, CostRate: a.config.CostRate, QueryLimit: a.queryLimit, FieldByField: a.config.Executor == config.Gqlgen, Log: a.log})
	if err != nil {
		return nil, err
	}
	a.payloads.Store(graph.NewPayloads(api))
	return a.around(web.Handler(web.Options{
		API:            api,
		Authenticator:  authenticator,
		Ready:          a.ready,
		Observer:       a.observer,
		Deliver:        a.Service.Deliver,
		Checkout:       checkout.Handler(a.Service, a.log),
		Origins:        a.config.Origins,
		TrustedProxies: a.config.TrustedProxies,
		Log:            a.log,
		Development:    a.config.Development,
		Names:          names,
	})), nil
}

// renderPayload makes what webhooks tell, by the API, which is there once the handler is.
func (a *App) renderPayload(ctx context.Context, selection, eventID string) ([]byte, error) {
	payloads := a.payloads.Load()
	if payloads == nil {
		return nil, fmt.Errorf("the API is not open: %w", pay.ErrUnavailable)
	}
	return payloads.Render(ctx, selection, eventID)
}

// ready says whether requests can be answered: the database is there and has
// every migration that this binary knows.
func (a *App) ready(ctx context.Context) error {
	if err := a.Store.Ping(ctx); err != nil {
		return err
	}
	pending, err := migrations.Pending(ctx, a.database.DB)
	if err == nil && pending {
		err = errors.New("migrations are pending")
	}
	return err
}

// serve lets the server answer requests until ctx ends, and then finish those in
// flight. It fails when the server did or when the private PostgreSQL ended and
// does not come back.
func (a *App) serve(ctx context.Context, server *http.Server, failed <-chan error) (err error) {
	// Kept for as long as requests are finished, and not a moment longer: what
	// starts after that would be nobody's.
	var kept sync.WaitGroup
	defer kept.Wait()
	keep, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	lost := make(chan error, 1)
	if a.private != nil {
		kept.Go(func() {
			if err := a.keepPrivate(keep); err != nil {
				lost <- err
			}
		})
	}
	stopJobs := a.StartJobs(keep, jobs.Interval)
	select {
	case <-ctx.Done():
	case err = <-failed:
	case err = <-lost:
	}
	a.log.Info("stopping; requests in flight are finished")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if stopErr := errors.Join(a.ShutDown(drain, server), stopJobs(drain)); stopErr != nil {
		a.log.Warn("some work was cut off", "error", stopErr)
	}
	return err
}
