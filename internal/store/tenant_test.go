package store_test

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/store"
)

// TestEveryMethodIsIsolated fails for a method of Tenant that the tests below do not
// call: whoever adds one must show that it keeps tenants apart.
func TestEveryMethodIsIsolated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known := map[string]bool{"InTx": true, "TakeTurn": true} // which touch no row
	for name := range w.readings() {
		known[name] = true
	}
	for _, writes := range []map[string]func(context.Context, store.Tenant) error{w.updates(), w.inserts(), w.roots()} {
		for name := range writes {
			known[name] = true
		}
	}
	methods := reflect.TypeFor[store.Tenant]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; !known[name] {
			t.Errorf("%s is in none of the tables of this test", name)
		}
	}
	if len(known) != methods.NumMethod() {
		t.Errorf("the tables have %d methods, Tenant has %d", len(known), methods.NumMethod())
	}
}

// TestReadingStaysInTenant proves that no reading finds a row of another tenant
// or, by a customer's handle, of another customer, even by its id; and that
// rows of another tenant with the very same ids do not get into a result.
func TestReadingStaysInTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, stranger := w.ofCustomer(w.customers[0].Customer), w.ofCustomer(w.customers[1].Customer)
	found := map[string]int{}
	for name, read := range w.readings() {
		found[name] = w.count(name, read, w.rows)
		if found[name] == 0 {
			t.Errorf("%s finds nothing at home, so the rest proves nothing", name)
		}
		if n := w.count(name, read, w.empty); n != 0 {
			t.Errorf("%s finds %d rows of another tenant", name, n)
		}
		if n := w.count(name, read, owner); n == 0 {
			t.Errorf("%s finds nothing for the customer whose rows they are", name)
		}
		if n := w.count(name, read, stranger); (n != 0) != (tenantWide[name] != "") {
			t.Errorf("%s finds %d rows of another customer", name, n)
		}
	}
	w.copyAll()
	for name, read := range w.readings() {
		if n := w.count(name, read, w.rows); n != found[name] {
			t.Errorf("%s finds %d rows, and %d once another tenant has rows with the same ids", name, found[name], n)
		}
	}
}

// TestWritingStaysInTenant proves that no write changes a row of another
// tenant, neither by that tenant's ids nor by the same ids in one's own.
func TestWritingStaysInTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.digest(w.tenant)
	foreign := func(kind string, writes map[string]func(context.Context, store.Tenant) error, fails func(name string) bool) {
		for name, write := range writes {
			err := w.store.InTx(t.Context(), func(ctx context.Context) error { return write(ctx, w.empty) })
			if (err != nil) != fails(name) {
				t.Errorf("%s %s by the ids of another tenant: %v", kind, name, err)
			}
			if now := w.digest(w.tenant); now != home {
				t.Errorf("%s %s by another tenant changes rows", kind, name)
				home = now
			}
		}
	}
	foreign("insert", w.inserts(), func(string) bool { return true })
	foreign("update", w.updates(), func(name string) bool {
		return !slices.Contains([]string{"ClearDefaultMethod", "RevokeAPIKey", "HoldAPIKey", "DeleteTrustedDocuments", "DeleteOtherTrustedDocuments", "UnparkWebhookDeliveries", "CancelWebhookDeliveries"}, name)
	})
	foreign("insert", w.roots(), func(string) bool { return false })
	w.copyAll()
	copied := w.digest(w.copied)
	updates := w.updates()
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(updates))) { // what deletes comes last
		w.write(func(ctx context.Context) error { return updates[name](ctx, w.rows) })
		now := w.digest(w.tenant)
		if now == home {
			t.Errorf("%s changes nothing at home, so the rest proves nothing", name)
		}
		home = now
		if w.digest(w.copied) != copied {
			t.Errorf("%s changes rows of another tenant with the same ids", name)
		}
	}
	for name, write := range w.inserts() {
		w.write(func(ctx context.Context) error { return write(ctx, w.copy) })
		if w.digest(w.tenant) != home {
			t.Errorf("%s changes rows of another tenant", name)
		}
	}
}

// TestCustomerClearsOwnDefault proves that a customer's handle does not clear
// the first choice of another customer.
func TestCustomerClearsOwnDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	method := w.methods[1]
	w.write(func(ctx context.Context) error {
		return w.ofCustomer(w.customers[1].Customer).ClearDefaultMethod(ctx, w.customers[0].ID)
	})
	isDefault := func() bool {
		rows, err := w.rows.PaymentMethods(t.Context(), []uuid.UUID{method.ID})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d methods, %v", len(rows), err)
		}
		return rows[0].IsDefault
	}
	if !isDefault() {
		t.Error("another customer cleared it")
	}
	w.write(func(ctx context.Context) error {
		return w.ofCustomer(w.customers[0].Customer).ClearDefaultMethod(ctx, w.customers[0].ID)
	})
	if isDefault() {
		t.Error("the customer could not clear it")
	}
}

// count calls a reading inside a transaction, as some must be.
func (w *world) count(name string, read func(context.Context, store.Tenant) (int, error), rows store.Tenant) (n int) {
	w.t.Helper()
	if err := w.store.InTx(w.t.Context(), func(ctx context.Context) (err error) {
		n, err = read(ctx, rows)
		return err
	}); err != nil {
		w.t.Errorf("%s: %v", name, err)
	}
	return n
}

// tables lists those with rows of tenants, in the order in which they were
// made: none refers to a later one but events, which stand last.
func (w *world) tables() []string {
	var names []string
	if err := w.db.SelectContext(w.t.Context(), &names, `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND a.attname = 'tenant_id' ORDER BY c.relname IN ('payment_events', 'webhook_deliveries', 'webhook_attempts'), c.oid`); err != nil {
		w.t.Fatal(err)
	}
	return names
}

// digest changes when any row of the tenant changes, comes or goes.
func (w *world) digest(tenant pay.Tenant) string {
	w.t.Helper()
	var digest string
	for _, table := range w.tables() {
		var part string
		if err := w.db.GetContext(w.t.Context(), &part, "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM "+table+" t WHERE tenant_id = $1", tenant.ID); err != nil {
			w.t.Fatal(err)
		}
		digest += part
	}
	return digest
}

// copyAll gives another tenant a copy of every row, ids included. Keys of
// programs are left out, because they are unique over all tenants, and the addresses of
// gateways are made anew for the same reason.
func (w *world) copyAll() {
	w.t.Helper()
	for _, table := range w.tables() {
		if table != "api_keys" {
			columns := pgtest.Columns(w.t, w.db, table)
			w.exec("INSERT INTO "+table+" ("+columns+") SELECT "+columns+" FROM (SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', $2::text, "+
				"'webhook_endpoint', gen_random_uuid()))).* FROM "+table+" t WHERE tenant_id = $1) r", w.tenant.ID, w.copied.ID)
		}
	}
}

// first is the first of two errors that there is.
func first(a, b error) error { return cmp.Or(a, b) }
