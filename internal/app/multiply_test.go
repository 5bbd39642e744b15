package app_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
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
		if err := tx.Select(&columns, `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
			WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, table); err != nil {
			tb.Fatalf("columns of %s: %v", table, err)
		}
		var names, values []string
		for _, c := range columns {
			value := "x." + strconv.Quote(c.Name)
			switch {
			case c.Type == "uuid" && c.Name != "tenant_id":
				value = fmt.Sprintf("md5(%s::text || i)::uuid", value)
			case c.Name == "human_id": // six characters without 0 and 1
				value = "translate(upper(lpad(to_hex(10000 + row_number() OVER (ORDER BY x.id, i)), 6, '0')), '01', 'YZ')"
			case c.Name == "number" || c.Name == "external_id" || c.Name == "manual_reference" || c.Name == "reference_id" || c.Name == "key":
				value += " || '-' || i"
			}
			names, values = append(names, strconv.Quote(c.Name)), append(values, value)
		}
		// The audit log would cost more than the rows.
		query := fmt.Sprintf(`ALTER TABLE %[1]s DISABLE TRIGGER USER;
			INSERT INTO %[1]s (%[2]s) SELECT %[3]s FROM %[1]s x, generate_series(1, %[4]d) i;
			ALTER TABLE %[1]s ENABLE TRIGGER USER`, table, strings.Join(names, ", "), strings.Join(values, ", "), copies)
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
