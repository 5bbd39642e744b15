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
