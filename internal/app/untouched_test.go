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

// summing holds each server's statements, prepared: planning one takes longer
// than running it, and some tests run it a hundred times.
var summing sync.Map

// preparedSum is a statement of a server.
type preparedSum struct {
	api      *apptest.API
	byTenant bool
}

func sumUp(t *testing.T, api *apptest.API) *sqlx.Stmt {
	t.Helper()
	return prepareSums(t, preparedSum{api, false}, func(table string, _ bool) string {
		if table == "audit_entries" {
			return ""
		}
		return fmt.Sprintf("SELECT '%s' AS name, %s FROM %[1]s r", table, rowsAndHash)
	})
}

func sumUpTenants(t *testing.T, api *apptest.API) *sqlx.Stmt {
	t.Helper()
	return prepareSums(t, preparedSum{api, true}, func(table string, hasTenant bool) string {
		switch {
		case table == "audit_entries": // the most by far, and none of them is ever changed
			return "SELECT 'audit_entries' AS name, tenant_id::text AS tenant, count(*) AS rows, '' AS hash FROM audit_entries GROUP BY tenant_id"
		case hasTenant:
			return fmt.Sprintf("SELECT '%s' AS name, tenant_id::text AS tenant, %s FROM %[1]s r GROUP BY tenant_id", table, rowsAndHash)
		}
		return fmt.Sprintf("SELECT '%s' AS name, '' AS tenant, %s FROM %[1]s r", table, rowsAndHash)
	})
}

const rowsAndHash = "count(*) AS rows, coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text AS hash"

// prepareSums prepares a statement of what sum writes for each table.
func prepareSums(t *testing.T, of preparedSum, sum func(table string, hasTenant bool) string) *sqlx.Stmt {
	t.Helper()
	if statement, ok := summing.Load(of); ok {
		return statement.(*sqlx.Stmt)
	}
	var tables []struct {
		Name      string
		HasTenant bool
	}
	const list = `SELECT relname AS name, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'tenant_id') AS "hastenant"
		FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
	if err := of.api.Database.DB.SelectContext(t.Context(), &tables, list); err != nil || len(tables) < 25 {
		t.Fatalf("list tables: %v, %v", tables, err)
	}
	var parts []string
	for _, table := range tables {
		if part := sum(table.Name, table.HasTenant); part != "" {
			parts = append(parts, part)
		}
	}
	statement, err := of.api.Database.DB.PreparexContext(t.Context(), strings.Join(parts, " UNION ALL "))
	if err != nil {
		t.Fatalf("prepare the sums: %v", err)
	}
	summing.Store(of, statement) // it ends with the server's database
	return statement
}

// holding is what one tenant has in one table; tenant is "" for what belongs to none.
type holding struct{ table, tenant string }

// tenantContents sums up what each tenant has, in the audit log too.
func tenantContents(t *testing.T, api *apptest.API) map[holding]string {
	t.Helper()
	var sums []struct {
		Name, Tenant, Hash string
		Rows               int
	}
	if err := sumUpTenants(t, api).SelectContext(t.Context(), &sums); err != nil {
		t.Fatalf("sum up tenants: %v", err)
	}
	found := make(map[holding]string, len(sums))
	for _, s := range sums {
		found[holding{s.Name, s.Tenant}] = fmt.Sprintf("%d rows #%s", s.Rows, s.Hash)
	}
	return found
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
