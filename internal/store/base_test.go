package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/store"
)

// base is a database with one company.
type base struct {
	t     *testing.T
	url   string
	db    *sqlx.DB
	store *store.Store
	// rows is the handle to the company's sandbox, empty is that to its live
	// tenant, in which there is nothing, and copy that to a tenant for copies.
	rows, empty, copy store.Tenant
	tenant, copied    pay.Tenant
}

func newBase(t *testing.T) base {
	t.Helper()
	database := pgtest.New(t)
	b := base{t: t, url: database.URL, db: database.DB, store: store.NewUnlocked(database.DB)}
	f := &filler{t: t}
	for _, slug := range []string{"acme", "other"} {
		company := filled(f, func(c *pay.Company) { c.Slug, c.Country = slug, "PT" })
		tenants := []pay.Tenant{{ID: pay.NewID(), CompanyID: company.ID, Environment: pay.Sandbox}, {ID: pay.NewID(), CompanyID: company.ID, Environment: pay.Live}}
		b.write(func(ctx context.Context) error { return b.store.InsertCompany(ctx, company, tenants) })
		if slug == "acme" {
			b.tenant = tenants[0]
			b.rows, b.empty = b.handle(tenants[0]), b.handle(tenants[1])
		} else {
			b.copied, b.copy = tenants[0], b.handle(tenants[0])
		}
	}
	return b
}

func (b base) handle(t pay.Tenant) store.Tenant {
	return b.store.For(pay.Actor{TenantID: t.ID, CompanyID: t.CompanyID, Environment: t.Environment})
}

// ofCustomer is the handle of a customer of the sandbox.
func (b base) ofCustomer(c pay.Customer) store.Tenant {
	return b.store.For(pay.Actor{TenantID: b.tenant.ID, CompanyID: b.tenant.CompanyID, Environment: b.tenant.Environment, CustomerID: &c.ID})
}

// write commits what fn writes, or ends the test. The audit log has it by writer.
func (b base) write(fn func(context.Context) error) {
	b.t.Helper()
	ctx := pay.WithRequest(pay.WithActor(b.t.Context(), writer), "request")
	if err := b.store.InTx(ctx, fn); err != nil {
		b.t.Fatal(err)
	}
}

// acting is a context in which the sandbox acts: what row level security asks of statements
// that no test of the first lock has opened it for.
func (b base) acting() context.Context {
	return as(b.t.Context(), b.tenant.ID)
}

// as is a context in which a tenant acts.
func as(ctx context.Context, tenant uuid.UUID) context.Context {
	return pay.WithActor(ctx, pay.Actor{TenantID: tenant})
}

// exec runs one statement of SQL, for rows that the product does not write yet.
func (b base) exec(query string, args ...any) {
	b.t.Helper()
	if _, err := b.db.ExecContext(b.t.Context(), query, args...); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// writer is who acts in tests.
var writer = pay.Actor{ID: "admin:world", Role: pay.RoleAdmin}

// noon is an instant for rows whose time does not matter.
var noon = time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }
