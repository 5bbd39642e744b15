package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// untouched runs what must leave no trace, and fails the test when any row of
// any table was added, removed or changed meanwhile but the audit log's, which tells
// of the refusal. Nothing else may write to
// the server's database at the time, so subtests that call it are not parallel.
func untouched(t *testing.T, api *apptest.API, run func()) {
	t.Helper()
	before := contents(t, api)
	run()
	after := contents(t, api)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] {
			t.Errorf("table %s was written to: %s before, %s after", name, before[name], after[name])
		}
	}
}

// contents sums up each table: how many rows, and a hash over all their columns.
func contents(t *testing.T, api *apptest.API) map[string]string {
	t.Helper()
	var sums []struct {
		Name string
		Rows int
		Hash string
	}
	if err := sumUp(t, api).SelectContext(t.Context(), &sums); err != nil {
		t.Fatalf("sum up tables: %v", err)
	}
	found := make(map[string]string, len(sums))
	for _, s := range sums {
		found[s.Name] = fmt.Sprintf("%d rows #%s", s.Rows, s.Hash)
	}
	return found
}

// summing holds each server's statement, prepared: planning it takes longer
// than running it, and some tests run it a hundred times.
var summing sync.Map

func sumUp(t *testing.T, api *apptest.API) *sqlx.Stmt {
	t.Helper()
	if statement, ok := summing.Load(api); ok {
		return statement.(*sqlx.Stmt)
	}
	var tables []string
	const list = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'audit_entries'"
	if err := api.Database.DB.SelectContext(t.Context(), &tables, list); err != nil || len(tables) < 25 {
		t.Fatalf("list tables: %v, %v", tables, err)
	}
	parts := make([]string, len(tables))
	for i, name := range tables {
		parts[i] = fmt.Sprintf("SELECT '%s' AS name, count(*) AS rows, coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text AS hash FROM %s r", name, name)
	}
	statement, err := api.Database.DB.PreparexContext(t.Context(), strings.Join(parts, " UNION ALL "))
	if err != nil {
		t.Fatalf("prepare the sums: %v", err)
	}
	summing.Store(api, statement) // it ends with the server's database
	return statement
}

// countRows counts the rows of one table.
func countRows(t *testing.T, api *apptest.API, table string) int {
	t.Helper()
	var n int
	if err := api.Database.DB.GetContext(t.Context(), &n, "SELECT count(*) FROM "+table); err != nil {
		t.Fatalf("count %s: %v", table, err)
	}
	return n
}
