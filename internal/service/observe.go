package service

import (
	"context"
	"errors"

	"github.com/paygraph/paygraph/internal/gateway"
)

// Observer is told of every question to a connector, and of what failures lead to.
type Observer interface {
	// Call begins one, outside of any transaction. It is asked in the context that is
	// returned, and done is told what came of it: the state that the gateway answered,
	// or in which way it did not.
	Call(ctx context.Context, connector, question string) (_ context.Context, done func(outcome string))
	// Breaker says that the breaker of one of the connector's gateways opened or closed.
	Breaker(connector, change string)
	// FellOver says that another gateway takes over from one of the connector's, and why.
	FellOver(connector, why string)
}

// WithObserver returns the service with an observer of its gateways.
func (s *Service) WithObserver(o Observer) *Service {
	other := *s
	other.observer = o
	return &other
}

// unobserved is the observer of a service that has none.
type unobserved struct{}

// Call is part of Observer.
func (unobserved) Call(ctx context.Context, _, _ string) (context.Context, func(string)) {
	return ctx, func(string) {}
}

// Breaker is part of Observer.
func (unobserved) Breaker(_, _ string) {}

// FellOver is part of Observer.
func (unobserved) FellOver(_, _ string) {}

// The ways in which a connector gives no state.
const (
	outcomeRateLimited = "RATE_LIMITED"
	outcomeNotSent     = "NOT_SENT"
	outcomeUnknownThis = "NO_SUCH_ATTEMPT"
	outcomeWrongAnswer = "WRONG_ANSWER"
	outcomeForged      = "FORGED"
	outcomeNoSecret    = "NO_SECRET"
	outcomeTimeout     = "TIMEOUT"
	outcomeError       = "ERROR"
	outcomePanic       = "PANIC"
)

// told asks a connector one question, inside call, and tells the observer of it. ask
// returns the state that was answered.
func (s *Service) told(ctx context.Context, c gateway.Connector, question string, ask func(context.Context) (string, error)) error {
	ctx, done := s.observer.Call(ctx, c.Describe().Name, question)
	outcome := outcomePanic // unless ask returns
	defer func() { done(outcome) }()
	state, err := ask(ctx)
	outcome = callOutcome(state, err)
	return err
}

// asked is told in a call of its own.
func (s *Service) asked(ctx context.Context, c gateway.Connector, question string, ask func(context.Context) (string, error)) error {
	return s.call(ctx, c, func(ctx context.Context) error { return s.told(ctx, c, question, ask) })
}

func callOutcome(state string, err error) string {
	for _, known := range []struct {
		err     error
		outcome string
	}{
		{gateway.ErrRateLimited, outcomeRateLimited}, {gateway.ErrNotSent, outcomeNotSent}, {gateway.ErrNoSuchAttempt, outcomeUnknownThis}, {gateway.ErrWrongAnswer, outcomeWrongAnswer},
		{gateway.ErrForged, outcomeForged}, {gateway.ErrNoSecret, outcomeNoSecret}, {context.DeadlineExceeded, outcomeTimeout},
	} {
		if errors.Is(err, known.err) {
			return known.outcome
		}
	}
	if err != nil {
		return outcomeError
	}
	return state
}
