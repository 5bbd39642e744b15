package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
)

// boaster takes everything by its own word, miser nothing but euros, and cashier says that
// it never holds money: the ledger behind them does otherwise.
type (
	boaster struct{ *ledger }
	miser   struct{ *ledger }
	cashier struct{ *ledger }
)

func (boaster) Takes(money.Money) bool { return true }

func (miser) Takes(m money.Money) bool { return m.Currency == "EUR" }

func (c cashier) Describe() gateway.Description {
	d := c.ledger.Describe()
	d.NeverHolds = true
	return d
}

// TestFalseWordsBeforehandAreCaught proves that a connector cannot say that it takes what
// it refuses, nor that it does not take what it charges.
func TestFalseWordsBeforehandAreCaught(t *testing.T) {
	t.Parallel()
	l := newLedger()
	for want, c := range map[string]gateway.Charger{
		"amounts are exact: the connector says true of whether 500 minor units of MGA are taken, want false": boaster{l},
		"amounts are exact: the connector says false of whether 500 minor units of JPY are taken, want true": miser{l},
		"what is not taken is said beforehand: 10000 minor units of USD, which are not taken, become ":       miser{l},
		"what is not taken is said beforehand: 1234 minor units of EUR, which are not taken, become ":        cashier{l},
	} {
		got := problems(t.Context(), subject(c, l))
		if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("want %q, got %q", want, got[:min(len(got), 5)])
		}
	}
}
