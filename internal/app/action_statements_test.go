package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestActionStatements proves that what was asked of payments, and what may be
// asked of them, cost the same number of statements however many payments they
// are.
func TestActionStatements(t *testing.T) {
	t.Parallel()
	g := openGallery(t)
	const actions = `allowedActions { action allowed reason { code message } maximumAmount { decimal } transaction { id } refund { id } }`
	g.statements(t, dashboard("nothing"), apptest.Vars{"first": 1}) // the first request looks up the tenant
	for name, c := range map[string]struct {
		selection    string
		want, nested int
	}{
		"operations": {`transactions { id operations { kind status amount { decimal } isFinal } }`, 3, 1},
		// Company, payments again, attempts, operations, refunds, allocations, gateways and orders.
		"actions": {`allowedActions { action allowed reason { code } }`, 9, 0},
		// The oldest payments hold money, the newest have refunds under way.
		"actions with what they are about": {actions, 10, 0},
		"both":                             {actions + ` transactions { operations { kind } } refunds { id }`, 12, 2},
	} {
		for _, direction := range []string{"ASC", "DESC"} {
			document := `query($first: Int!) { payments(first: $first, orderBy: { field: CREATED_AT, direction: ` + direction + ` }) { nodes { id ` + c.selection + ` } } }`
			for _, first := range []int{1, 2, 50, 100} {
				if sent := g.statements(t, document, apptest.Vars{"first": first}); len(sent) != withOthers(c.want, c.nested) {
					t.Errorf("%s of %d payments: %d statements, want %d: %s", name, first, len(sent), withOthers(c.want, c.nested), tablesOf(sent))
				}
			}
		}
	}
}
