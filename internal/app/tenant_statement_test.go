package app_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// unnarrowed are the statements that are about no tenant, by what only they have, with
// the reason.
var unnarrowed = map[string]string{
	"WHERE k.hash = $1": "a key's hash is unique over all tenants, and the key is what tells the tenant",
}

// tableNamed finds the tables of a statement, each with its alias or the word after it.
var tableNamed = regexp.MustCompile(`\b(?:FROM|JOIN|UPDATE|INTO) (\w+)(?: AS)?(?:\s+(\w+))?`)

// notNarrowed lists the tables of a statement, out of those with rows of tenants, that
// no condition narrows to a tenant.
func notNarrowed(statement string, tables []string) (list []string) {
	for _, found := range tableNamed.FindAllStringSubmatch(statement, -1) {
		table, alias := found[1], found[2]
		if !slices.Contains(tables, table) {
			continue
		}
		column := `\b` + alias + `\.tenant_id`
		if alias == "" || strings.ToUpper(alias) == alias { // a word of SQL
			column = `\b(` + table + `\.)?tenant_id`
		}
		narrowed := regexp.MustCompile(column + ` *=|= *` + column + `\b|USING \(tenant_id\b|INTO ` + table + ` \(tenant_id\b`)
		if !narrowed.MatchString(statement) {
			list = append(list, table)
		}
	}
	return list
}

// assertTenantsNamed fails the test when a statement that the program sent reads or
// writes a table with rows of tenants without saying of which tenant.
func assertTenantsNamed(t *testing.T, api *apptest.API, sent []string) {
	t.Helper()
	var tables []string
	if err := api.Database.DB.Select(&tables, `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' AND a.attname = 'tenant_id'`); err != nil || len(tables) < 20 {
		t.Fatalf("list tables: %v, %v", tables, err)
	}
	slices.Sort(sent)
	sent = slices.Compact(sent)
	seen := 0
	for _, statement := range sent {
		if slices.ContainsFunc(tables, func(table string) bool { return strings.Contains(statement, table) }) {
			seen++
		}
		excused := false
		for part := range unnarrowed {
			excused = excused || strings.Contains(statement, part)
		}
		if list := notNarrowed(statement, tables); len(list) > 0 && !excused {
			t.Errorf("no tenant is named for %v in: %s", list, statement)
		}
	}
	if seen < 100 {
		t.Errorf("only %d different statements are about rows of tenants", seen)
	}
}

// TestNotNarrowed proves that the check above finds what it is for.
func TestNotNarrowed(t *testing.T) {
	t.Parallel()
	tables := []string{"orders", "payments"}
	for statement, want := range map[string]string{
		"SELECT t.id FROM orders t WHERE t.tenant_id = $1 AND t.id = ANY($2)":                                                                "",
		"SELECT t.id FROM orders t WHERE t.id = ANY($1)":                                                                                     "orders",
		"SELECT t.tenant_id FROM orders t WHERE t.id = ANY($1)":                                                                              "orders",
		"SELECT t.id FROM payments t WHERE t.tenant_id = $1 AND EXISTS (SELECT FROM orders o WHERE o.id = t.order_id)":                       "orders",
		"SELECT t.id FROM payments t WHERE t.tenant_id = $1 AND EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.tenant_id AND o.id = $2)": "",
		"UPDATE orders SET note = $2 WHERE id = $1":                                                                                          "orders",
		"UPDATE orders SET note = $2 WHERE tenant_id = $3 AND id = $1":                                                                       "",
		"DELETE FROM payments WHERE id = $1":                                                                                                 "payments",
		"INSERT INTO orders (tenant_id, id) VALUES ($1, $2)":                                                                                 "",
		"INSERT INTO orders (id) VALUES ($1)":                                                                                                "orders",
		"SELECT id FROM companies WHERE id = $1":                                                                                             "",
	} {
		if got := strings.Join(notNarrowed(statement, tables), " "); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
}
