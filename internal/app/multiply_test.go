package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pg/pgtest"
)

// multiplied are the tables whose rows are copied, what is referred to first.
var multiplied = []string{"businesses", "customers", "customer_balances", "products", "payment_gateways", "gateway_parameters",
	"gateway_parameter_options", "payment_methods", "billing_subscriptions", "orders", "order_lines", "order_line_modifiers",
	"order_discounts", "invoices", "payments", "payment_enabled_gateways", "payment_allocations", "transactions", "payment_lines",
	"payment_line_modifiers", "payment_discounts", "operations", "refunds", "payment_events", "ledger_entries", "idempotency_keys"}

// multiply copies everything that a database holds, so many times, with all
// that belongs together copied together: thousands of rows that no test has the
// time to make one by one. Times are copied as they are.
func multiply(tb testing.TB, db *sqlx.DB, copies int) {
	tb.Helper()
	tx, err := db.Beginx()
	if err != nil {
		tb.Fatalf("multiply: %v", err)
	}
	defer tx.Rollback()
	for _, table := range multiplied {
		columns := []struct{ Name, Type string }{}
		if err := tx.Select(&columns, `SELECT column_name AS name, data_type AS type FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name = $1`, table); err != nil {
			tb.Fatalf("columns of %s: %v", table, err)
		}
		var changes []string
		for _, c := range columns {
			switch {
			case c.Type == "uuid" && c.Name != "tenant_id":
				changes = append(changes, fmt.Sprintf("'%[1]s', md5(x.%[1]s::text || i)::uuid", c.Name))
			case c.Name == "human_id": // six characters without 0 and 1
				changes = append(changes, "'human_id', translate(upper(lpad(to_hex(10000 + row_number() OVER (ORDER BY x.id, i)), 6, '0')), '01', 'YZ')")
			case c.Name == "number" || c.Name == "external_id" || c.Name == "manual_reference" || c.Name == "reference_id" || c.Name == "key":
				changes = append(changes, fmt.Sprintf("'%[1]s', x.%[1]s || '-' || i", c.Name))
			}
		}
		// The audit log would cost more than the rows.
		query := fmt.Sprintf(`ALTER TABLE %[1]s DISABLE TRIGGER USER;
			INSERT INTO %[1]s (%[4]s) SELECT %[4]s FROM (SELECT (jsonb_populate_record(y.original, y.changes)).* FROM (
			SELECT x AS original, jsonb_build_object(%[2]s) AS changes FROM %[1]s x, generate_series(1, %[3]d) i) y) z;
			ALTER TABLE %[1]s ENABLE TRIGGER USER`, table, strings.Join(changes, ", "), copies, pgtest.Columns(tb, db, table))
		if _, err := tx.Exec(query); err != nil {
			tb.Fatalf("multiply %s: %v", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatalf("multiply: %v", err)
	}
	if _, err := db.Exec("ANALYZE"); err != nil {
		tb.Fatalf("analyze: %v", err)
	}
}
