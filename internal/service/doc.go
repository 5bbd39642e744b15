// Package service holds the use cases of the gateway. A method is one unit of
// work: it checks what the caller may do, reads and writes through the store in
// transactions that it owns, and asks gateways only outside of them.
//
// Refusals that the caller's user can act on are pay.Errors; the rest wraps
// pay.ErrForbidden, pay.ErrUnauthenticated or pay.ErrUnavailable, or is a fault
// of this program.
package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/paygraph/paygraph/internal/feed"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/seal"
	"github.com/paygraph/paygraph/internal/store"
	"github.com/paygraph/paygraph/internal/webhook"
)

// Service carries out the use cases. It is safe for concurrent use.
type Service struct {
	store      *store.Store
	connectors gateway.Registry
	seals      *seal.Key
	clock      pay.Clock
	log        *slog.Logger
	observer   Observer
	// callDeadline is how long a gateway is waited for.
	callDeadline time.Duration
	// breakers say which gateways failed too often of late to be chosen.
	breakers *gateway.Breakers
	// feed is for those who follow events.
	feed *feed.Hub
	// sender and render are for messages to companies; see WithWebhooks.
	sender *webhook.Sender
	render RenderPayload
	// publicURL is where payers reach the server; see WithCheckout.
	publicURL string
	// accounts are what providers said last of merchants' accounts.
	accounts accountChecks
}

// New returns a Service on the store, with the connectors that gateways may
// refer to and the key for their secrets; without one, nil, gateways can have none.
// The log gets what a person should know: outcomes that stayed unknown, connectors
// that broke.
func New(s *store.Store, connectors gateway.Registry, seals *seal.Key, clock pay.Clock, log *slog.Logger) *Service {
	made := &Service{store: s, connectors: connectors, seals: seals, clock: clock, log: log, observer: unobserved{}, callDeadline: pay.CallDeadline,
		accounts: newAccountChecks(), breakers: gateway.NewBreakers()}
	made.feed = feed.New(eventSource{made}, log)
	s.OnEvents(made.feed.Poke)
	return made
}

// WithGatewayTimeout returns the service with another time that a gateway's answer
// is waited for, at most pay.CallDeadline: leases are made for that. Zero changes
// nothing.
func (s *Service) WithGatewayTimeout(d time.Duration) *Service {
	other := *s
	if d > 0 {
		other.callDeadline = min(d, pay.CallDeadline)
	}
	return &other
}

// caller is the authenticated caller of one request with the rows they may see.
type caller struct {
	pay.Actor
	rows store.Tenant
}

// reads returns the caller when the credential may read.
func (s *Service) reads(ctx context.Context) (caller, error) {
	return s.admit(ctx, pay.Actor.Require, pay.ScopePaymentsRead)
}

// OnOneConnection returns a context whose questions share a connection to the database, until
// read is called. It is for questions that are answered by the database alone. As many of such
// contexts are read at once as there is room for, until end is called. What was read must not be
// looked at behind end(true): its memory is used again.
func (s *Service) OnOneConnection(ctx context.Context) (shared context.Context, read func(), end func(written bool)) {
	return s.store.OnOneConnection(ctx)
}

// MayRead returns pay.ErrForbidden unless the caller may read at all. It is for
// questions that would otherwise be answered with nothing before any row is looked for.
func (s *Service) MayRead(ctx context.Context) error {
	_, err := s.reads(ctx)
	return err
}

// writes returns the caller when the credential holds the scope; customers are
// admitted for what is their own.
func (s *Service) writes(ctx context.Context, scope pay.Scope) (caller, error) {
	return s.admit(ctx, pay.Actor.Require, scope)
}

// maintains is writes for what no customer may do, such as setting prices.
func (s *Service) maintains(ctx context.Context, scope pay.Scope) (caller, error) {
	return s.admit(ctx, pay.Actor.RequireStaff, scope)
}

func (s *Service) admit(ctx context.Context, require func(pay.Actor, pay.Scope) error, scope pay.Scope) (caller, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return caller{}, err
	}
	if err := require(actor, scope); err != nil {
		return caller{}, s.forbid(ctx, actor, err)
	}
	return caller{Actor: actor, rows: s.store.For(actor)}, nil
}

// seesPII says whether personal data may be shown. A customer's rows are all
// about the customer.
func (c caller) seesPII() bool { return c.Has(pay.ScopePaymentsPII) }

// read runs one query for a caller who may read.
func read[T any](ctx context.Context, s *Service, query func(caller) (T, error)) (T, error) {
	c, err := s.reads(ctx)
	return asked(c, err, query)
}

// readAsStaff is read for what no customer may see, and a scope of its own.
func readAsStaff[T any](ctx context.Context, s *Service, scope pay.Scope, query func(caller) (T, error)) (T, error) {
	c, err := s.maintains(ctx, scope)
	return asked(c, err, query)
}

func asked[T any](c caller, refusal error, query func(caller) (T, error)) (T, error) {
	if refusal != nil {
		var none T
		return none, refusal
	}
	return query(c)
}
