package gatewaytest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestBrokenChargesAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		charge   lie
		caughtBy []string
	}{
		"a replay moves money again": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			l.forget(r.AttemptID)
			return l.Charge(ctx, r)
		}, []string{"a replay charges once: approved and captured: the second Charge has external id",
			"replays at the same time charge once: ", "a success behind a timeout is found: the second Lookup has external id"}},
		"a replay is refused": {once((*ledger).Charge), []string{"a replay charges once: Charge fails"}},
		"everything fails": {func(*ledger, context.Context, gateway.ChargeRequest) (pay.Fact, error) {
			return pay.Fact{}, errNoAnswer
		}, []string{"approved and captured: Charge fails", "amounts are exact: Charge fails", "replays at the same time charge once: approved and held: all of 4 callers fail"}},
		"a decline is an error": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Charge(ctx, r)
			if f.To == pay.TransactionFailed {
				return pay.Fact{}, errors.New("declined")
			}
			return f, err
		}, []string{"soft decline: Charge fails", "hard decline: Charge fails"}},
		"a timeout claims not to be sent": {instead(errNoAnswer, gateway.ErrNotSent),
			[]string{"but Lookup finds the attempt as CAPTURED", "a success behind a timeout is found: Charge fails with", "a lost attempt is not known: Charge fails with"}},
		"a timeout claims that there is no attempt": {instead(errNoAnswer, gateway.ErrNoSuchAttempt),
			[]string{"a success behind a timeout is found: Charge fails with"}},
		"being unsent leaves the outcome open": {instead(gateway.ErrNotSent, errNoAnswer),
			[]string{"an attempt that was not sent is not known: Charge says"}},
		"a timeout is taken for pending": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Charge(ctx, r)
			if errors.Is(err, errNoAnswer) {
				return pay.Fact{To: pay.TransactionPending}, nil
			}
			return f, err
		}, []string{"a lost attempt is not known: Charge reports PENDING, want an error"}},
		"an error comes with a fact": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Charge(ctx, r)
			if err != nil {
				f.To = pay.TransactionUnknown
			}
			return f, err
		}, []string{"Charge returns a UNKNOWN fact beside the error"}},
		"the context is ignored": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			return l.Charge(context.WithoutCancel(ctx), r)
		}, []string{"approved and captured: Charge reports CAPTURED under a cancelled context", "approved and held: Charge reports AUTHORIZED under"}},
		"a cancelled attempt can never be charged": {once((*ledger).Charge),
			[]string{"a cancelled context gives an error: approved and captured: Charge after a cancelled one fails"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, chargeLiar(tt.charge), tt.caughtBy)
		})
	}
}

func TestBrokenLookupsAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lookup   lie
		caughtBy []string
	}{
		"nothing is ever found": {func(*ledger, context.Context, gateway.ChargeRequest) (pay.Fact, error) {
			return pay.Fact{}, errNoAnswer
		}, []string{"approved and captured: Lookup of a CAPTURED attempt fails", "pending: Lookup of a PENDING attempt fails",
			"a success behind a timeout is found: Lookup fails", "a lost attempt is not known: Lookup says"}},
		"a success is found once": {once((*ledger).Lookup), []string{"a success behind a timeout is found: the second Lookup fails"}},
		"everything is pending": {func(*ledger, context.Context, gateway.ChargeRequest) (pay.Fact, error) {
			return pay.Fact{To: pay.TransactionPending}, nil
		}, []string{"approved and captured: Lookup is PENDING after CAPTURED", "soft decline: Lookup is PENDING after FAILED",
			"a success behind a timeout is found: Lookup reports PENDING", "not sent is not known: Charge says", "a lost attempt is not known: Lookup says"}},
		"another amount is found": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Lookup(ctx, r)
			f.AmountMinor *= 100
			return f, err
		}, []string{"approved and held: Lookup has 123400 minor units after 1234"}},
		"other money is found": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Lookup(ctx, r)
			if err == nil {
				f.ExternalID = new("another")
			}
			return f, err
		}, []string{`approved and held: Lookup has external id "another"`, `pending: Lookup has external id "another"`}},
		"an error comes with a fact": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := l.Lookup(ctx, r)
			if err != nil {
				f.To = pay.TransactionFailed
			}
			return f, err
		}, []string{"a lost attempt is not known: Lookup returns a FAILED fact beside the error"}},
		"the context is ignored": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			return l.Lookup(context.WithoutCancel(ctx), r)
		}, []string{"approved and held: Lookup reports AUTHORIZED under a cancelled context"}},
		"a cancelled lookup denies the attempt": {func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			if ctx.Err() != nil {
				return pay.Fact{}, gateway.ErrNoSuchAttempt
			}
			return l.Lookup(ctx, r)
		}, []string{"a cancelled context gives an error: approved and captured: Lookup under a cancelled context says"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, lookupLiar(tt.lookup), tt.caughtBy)
		})
	}
}

// instead is a Charge that gives one error for another.
func instead(of, give error) lie {
	return func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		f, err := l.Charge(ctx, r)
		if errors.Is(err, of) {
			err = give
		}
		return f, err
	}
}

// once lets the call through only the first time for each attempt.
func once(honest lie) lie {
	var seen sync.Map
	return func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
		if _, again := seen.LoadOrStore(r.AttemptID, true); again {
			return pay.Fact{}, errors.New("not again")
		}
		return honest(l, ctx, r)
	}
}
