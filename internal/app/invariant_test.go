package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/store"
)

// checkInvariants fails the test for every invariant that the database breaks: those
// that paygraph verify checks.
func checkInvariants(tb testing.TB, db *sqlx.DB) {
	tb.Helper()
	rows := store.New(db)
	for _, invariant := range store.Invariants() {
		count, broken, err := rows.Violations(context.Background(), invariant)
		if err != nil {
			tb.Fatal(err)
		}
		if count > 0 {
			tb.Errorf("broken: %s: %d\n%s", invariant.Name, count, strings.Join(broken, "\n"))
		}
	}
}

// rowsOf returns a query's rows as text.
func rowsOf(tb testing.TB, db *sqlx.DB, query string, args ...any) []string {
	tb.Helper()
	rows, err := db.Queryx(query, args...)
	if err != nil {
		tb.Fatalf("%v: %s", err, query)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			tb.Fatalf("scan: %v", err)
		}
		for i, value := range values {
			if raw, ok := value.([]byte); ok {
				values[i] = string(raw)
			}
		}
		list = append(list, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		tb.Fatalf("%v: %s", err, query)
	}
	return list
}

// valueOf returns the only value of a query.
func valueOf[T any](tb testing.TB, db *sqlx.DB, query string, args ...any) (value T) {
	tb.Helper()
	if err := db.Get(&value, query, args...); err != nil {
		tb.Fatalf("%v: %s", err, query)
	}
	return value
}

// beginBooks has the ledger take amounts that a test wrote past it for opening balances,
// as the migration did that began the books.
func beginBooks(tb testing.TB, db *sqlx.DB) {
	tb.Helper()
	const statement = `INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, debit_gateway_id, debit_customer_id,
			credit_kind, credit_gateway_id, credit_customer_id, currency, amount_minor, created_at)
		SELECT tenant_id, gen_random_uuid(), payment_id, 1000000, row_number() OVER (),
			CASE WHEN minor > 0 THEN kind ELSE 'OPENING' END, CASE WHEN minor > 0 THEN gateway_id END, CASE WHEN minor > 0 THEN customer_id END,
			CASE WHEN minor > 0 THEN 'OPENING' ELSE kind END, CASE WHEN minor < 0 THEN gateway_id END, CASE WHEN minor < 0 THEN customer_id END, currency, abs(minor), now()
		FROM (SELECT tenant_id, payment_id, currency, kind, gateway_id, customer_id, sum(minor) AS minor FROM (
			SELECT tenant_id, payment_id, currency, kind, gateway_id, customer_id, minor FROM payment_postings UNION ALL
			SELECT tenant_id, payment_id, currency, kind, gateway_id, customer_id, -minor FROM ledger_sides WHERE kind <> 'OPENING') x
			GROUP BY 1, 2, 3, 4, 5, 6) d WHERE minor <> 0`
	if _, err := db.Exec(statement); err != nil {
		tb.Fatalf("open the books: %v", err)
	}
}
