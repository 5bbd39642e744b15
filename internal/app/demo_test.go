package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// state writes everything that a database holds, a line for each row.
func state(tb testing.TB, db *sqlx.DB) (lines []string) {
	tb.Helper()
	for _, table := range rowsOf(tb, db, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1") {
		for _, row := range rowsOf(tb, db, "SELECT row_to_json(x) FROM "+table+" x ORDER BY 1::text") {
			lines = append(lines, table+" "+row)
		}
	}
	return lines
}

// TestDemoTwice proves that making the demo company again changes nothing, not
// even a time.
func TestDemoTwice(t *testing.T) {
	t.Parallel()
	api, first := openDemo(t)
	before := state(t, api.Database.DB)
	again, err := api.App.MakeDemo(t.Context())
	if err != nil || again.ID != first.ID {
		t.Fatalf("again: %+v, %v; want %s", again, err, first.ID)
	}
	if after := state(t, api.Database.DB); !slices.Equal(before, after) {
		t.Errorf("%d rows became %d, or others", len(before), len(after))
	}
}

// demoSummary is what the demo company has, without what differs on each start:
// ids, times and hashes.
func demoSummary(tb testing.TB, db *sqlx.DB) (lines []string) {
	tb.Helper()
	for _, query := range []string{
		"SELECT reference_id, name, connector, action FROM payment_gateways ORDER BY 1",
		"SELECT r.position, r.name, r.method_types, r.priority, g.reference_id FROM gateway_rules r JOIN payment_gateways g ON g.id = r.gateway_id ORDER BY 1",
		"SELECT reference_id, name, unit_minor FROM products ORDER BY 1",
		"SELECT reference_id, email, first_name FROM customers ORDER BY 1",
		"SELECT o.reference_id, c.reference_id, o.total_minor, o.captured_minor, o.in_flight_minor, o.held_minor FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY 1",
		"SELECT b.reference_id, count(*) FROM orders o JOIN businesses b ON b.id = o.business_id GROUP BY 1",
		"SELECT p.reference_id, count(*), count(b) FROM payment_allocations a JOIN payments p ON p.id = a.payment_id LEFT JOIN businesses b ON b.id = p.business_id GROUP BY 1 ORDER BY 1",
		"SELECT i.number, o.reference_id, i.captured_minor FROM invoices i JOIN orders o ON o.id = i.order_id ORDER BY 1",
		"SELECT reference_id, is_default FROM payment_methods ORDER BY 1",
		"SELECT p.reference_id, p.status, p.final_minor, p.captured_minor, p.attention, p.event_seq, g.reference_id FROM payments p JOIN payment_gateways g ON g.id = p.selected_gateway_id ORDER BY 1",
		"SELECT p.reference_id, r.status, r.amount_minor, r.reason FROM refunds r JOIN payments p ON p.id = r.payment_id ORDER BY 1",
		"SELECT p.reference_id, o.kind, o.status, o.amount_minor FROM operations o JOIN payments p ON p.id = o.payment_id ORDER BY 1",
		"SELECT p.reference_id, t.status, t.manual_reference, t.submitted_by, t.approved_by, t.rejected_by FROM transactions t JOIN payments p ON p.id = t.payment_id ORDER BY 1, 2",
		"SELECT s.reference_id, p.status, p.captured_minor, a.due_on - s.starts_on > 0, p.event_seq FROM billing_subscriptions s JOIN payment_allocations a ON a.subscription_id = s.id JOIN payments p ON p.id = a.payment_id ORDER BY 4",
		"SELECT position, outcome, amount_minor, fee_minor FROM settlement_lines ORDER BY 1",
		"SELECT k.key, p.reference_id FROM idempotency_keys k JOIN payments p ON p.id = k.payment_id ORDER BY 1",
		"SELECT p.reference_id, p.created_at - c.created_at, round(extract(epoch FROM c.created_at - p.updated_at) / 86400) FROM payments p, companies c WHERE c.slug = 'demo' ORDER BY 1, 2",
	} {
		lines = append(lines, rowsOf(tb, db, query)...)
	}
	return lines
}

// TestDemoParty proves that the demo company shows one payment of several orders,
// at the location that they share.
func TestDemoParty(t *testing.T) {
	t.Parallel()
	api, _ := openDemo(t)
	got := rowsOf(t, api.Database.DB, `SELECT p.reference_id, p.status, b.name, count(*) FROM payments p
		JOIN businesses b ON b.id = p.business_id JOIN payment_allocations a ON a.payment_id = p.id
		GROUP BY 1, 2, 3 HAVING count(*) > 1`)
	if len(got) != 1 || !strings.Contains(got[0], "P-17") || !strings.Contains(got[0], "PAID") || !strings.Contains(got[0], "Chiado") || !strings.Contains(got[0], "3") {
		t.Errorf("payments of several orders: %q", got)
	}
}

// errDied is what a process that was killed is told by its database: nothing
// more comes through.
var errDied = errors.New("process died")

// TestDemoInterrupted proves that a start that was killed anywhere is completed
// by the next one, and that the result is the same as without.
func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	whole, _ := openDemo(t)
	want := demoSummary(t, whole.Database.DB)
	var sent wire
	api := apptest.Start(t, sent.option())
	db := api.Database.DB
	t.Cleanup(func() { checkInvariants(t, db) })
	deaths := 0
	for lives := 1; ; lives += 7 + lives/10 {
		sent.cutBy(dieAfter(lives))
		_, err := api.App.MakeDemo(t.Context())
		sent.cutBy(nil)
		if err == nil {
			break
		}
		if deaths++; !errors.Is(err, errDied) {
			t.Fatalf("start %d, killed after %d statements: %v", deaths, lives, err)
		}
		checkInvariants(t, db)
	}
	got := demoSummary(t, db)
	if len(got) != len(want) {
		t.Errorf("after %d interrupted starts there are %d things, want %d", deaths, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("after %d interrupted starts: %s, want %s", deaths, got[i], want[i])
		}
	}
	if deaths < 20 {
		t.Errorf("interrupted %d times: the test does not try enough", deaths)
	}
}

// dieAfter lets so many statements through and no others. Commits count twice:
// the process may die before or after one is carried out.
func dieAfter(statements int) func(string, bool) error {
	return func(statement string, done bool) error {
		if !done || statement == "COMMIT" {
			statements--
		}
		if statements < 0 {
			return errDied
		}
		return nil
	}
}

// TestDemoLists proves that every list of the API shows something in the demo company.
func TestDemoLists(t *testing.T) {
	t.Parallel()
	api, _ := openDemo(t)
	for query, want := range map[string]string{
		"SELECT DISTINCT status FROM payments": "AUTHORIZED CONFIRMED FAILED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING_APPROVAL PROCESSING REJECTED REQUIRES_ACTION",
		"SELECT DISTINCT status FROM refunds":  "FAILED PENDING SUCCEEDED",
		"SELECT p.status FROM payments p JOIN payment_allocations a ON a.payment_id = p.id AND a.subscription_id IS NOT NULL": "PAID PAID",
		"SELECT outcome FROM settlement_lines":                                                              "CONFIRMED ORPHAN",
		"SELECT kind || ' ' || status FROM operations":                                                      "CAPTURE SUCCEEDED",
		"SELECT count(*) FROM payment_methods":                                                              "1",
		"SELECT reference_id FROM payments WHERE held_minor > 0 AND created_at > now() - interval '6 days'": "L-1 L-2",
	} {
		got := rowsOf(t, api.Database.DB, query)
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", query, strings.Join(got, " "), want)
		}
	}
}
