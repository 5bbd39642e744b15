package gatewaytest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// lie is what a connector makes of one call of its ledger.
type lie func(*ledger, context.Context, gateway.ChargeRequest) (pay.Fact, error)

// liar is a ledger behind calls that spoil what it says.
type liar struct {
	*ledger
	charge, lookup lie
}

func (l liar) Charge(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return l.charge(l.ledger, ctx, r)
}

func (l liar) Lookup(ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return l.lookup(l.ledger, ctx, r)
}

func chargeLiar(charge lie) liar { return liar{newLedger(), charge, (*ledger).Lookup} }

func lookupLiar(lookup lie) liar { return liar{newLedger(), (*ledger).Charge, lookup} }

// factLiar changes the facts of both calls alike.
func factLiar(change func(*pay.Fact)) liar {
	through := func(honest lie) lie {
		return func(l *ledger, ctx context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
			f, err := honest(l, ctx, r)
			if err == nil {
				change(&f)
			}
			return f, err
		}
	}
	return liar{newLedger(), through((*ledger).Charge), through((*ledger).Lookup)}
}

// problems runs every check of charging and lists what they find, each with
// the check's name before it.
func problems(ctx context.Context, subject Subject) []string {
	var lines []string
	for _, c := range checks() {
		for _, p := range c.inspect(ctx, subject).problems {
			lines = append(lines, c.name+": "+p)
		}
	}
	return lines
}

// ledgerOf is the ledger behind a connector.
func ledgerOf(connector gateway.Charger) *ledger {
	switch c := connector.(type) {
	case liar:
		return c.ledger
	case cheat:
		return c.ledger
	}
	return connector.(*ledger)
}

// wantCaught asserts that each text occurs among the problems of the connector.
func wantCaught(t *testing.T, connector gateway.Charger, by []string) {
	t.Helper()
	got := problems(t.Context(), subject(connector, ledgerOf(connector)))
	for _, want := range by {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("no problem with %q in:\n%s", want, strings.Join(got, "\n"))
		}
	}
}
