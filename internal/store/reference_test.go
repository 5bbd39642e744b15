package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/store"
)

// TestReferences proves that every foreign key of a tenant's table begins with the
// tenant, so that no row can name another tenant's, and that paygraph verify checks
// each of them.
func TestReferences(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var keys []struct{ Child, Parent, Columns, Keys string }
	const query = `SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
			(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (number, n) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
			(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k (number, n) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS keys
		FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'tenant_id')`
	if err := b.db.SelectContext(t.Context(), &keys, query); err != nil {
		t.Fatal(err)
	}
	checked := store.References()
	for _, k := range keys {
		columns, begins := strings.CutPrefix(k.Columns, "tenant_id, ")
		parents, same := strings.CutPrefix(k.Keys, "tenant_id, ")
		if !begins && k.Parent == "tenants" {
			begins, same = true, true
		}
		if !begins || !same {
			t.Errorf("%s (%s) names %s (%s) without the tenant", k.Child, k.Columns, k.Parent, k.Keys)
		}
		key := strings.Join([]string{k.Child, columns, k.Parent, parents}, " ")
		at := slices.Index(checked, key)
		if at < 0 {
			t.Errorf("verify does not check that %s (%s) names %s (%s)", k.Child, columns, k.Parent, parents)
			continue
		}
		checked = slices.Delete(checked, at, at+1)
	}
	if len(keys) < 50 || len(checked) > 0 {
		t.Errorf("of %d foreign keys, these are checked and are none: %q", len(keys), checked)
	}
}
