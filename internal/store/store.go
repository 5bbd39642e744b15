// Package store is the only package that knows SQL. It keeps the rows of the
// domain in PostgreSQL, finds them again and decides nothing: rules live in pay
// and service.
//
// Queries about a company's rows are methods of Tenant, which carries the
// tenant (and, for a customer, whose rows they are), so that no query can
// forget it. The few others are methods of Store. Row level security is a second lock
// behind that, and the caller's tenant its key: see tell.go. Statements over several tenants
// say so by across, those over none by outside.
package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"

	"github.com/paygraph/paygraph/internal/pay"
)

// Store reads and writes the database.
type Store struct {
	db    *sqlx.DB
	clock *Clock
	// onEvents may be nil.
	onEvents func(tenant uuid.UUID)
	// onNestedFailure may be nil.
	onNestedFailure func(context.Context, error)
	// tells is told; tests of the first lock alone open the second by it.
	tells func(context.Context) string
	// places are for queries that hold a connection, made when the first does: the pool's size is
	// known then.
	places func() *places
}

// New returns a Store on an open database whose migrations have run. The DSN
// must have binary_parameters=yes: without it a pooling proxy can pair one
// client's statement with another's arguments.
func New(db *sqlx.DB) *Store {
	db.Mapper = reflectx.NewMapperFunc("db", columnName)
	return &Store{db: db, clock: &Clock{local: time.Now}, tells: told, places: sync.OnceValue(func() *places { return newPlaces(db) })}
}

// For returns the handle to the rows that the actor may see.
func (s *Store) For(a pay.Actor) Tenant {
	return Tenant{store: s, id: a.TenantID, customer: a.CustomerID, payment: a.PaymentID}
}

// Tenant is the handle to one tenant's rows, or to one customer's among them, or of all
// payments to one.
type Tenant struct {
	store    *Store
	id       uuid.UUID
	customer *uuid.UUID
	payment  *uuid.UUID
	// before is how many arguments a statement has before those that its conditions bring.
	before int
}

// same says whether two handles see the same rows.
func (t Tenant) same(other Tenant) bool {
	alike := func(a, b *uuid.UUID) bool { return a == b || a != nil && b != nil && *a == *b }
	return t.id == other.id && alike(t.customer, other.customer) && alike(t.payment, other.payment)
}

// InTx is Store.InTx.
func (t Tenant) InTx(ctx context.Context, fn func(context.Context) error) error {
	return t.store.InTx(ctx, fn)
}

// TakeTurn has transactions of the tenant that call it wait for each other until they end,
// and no other transaction. Who counts rows before adding one must call it first: of two at
// once each would find room for the last.
func (t Tenant) TakeTurn(ctx context.Context) error {
	// Rows that refer to the tenant are added meanwhile: they lock its key only.
	if _, err := t.store.writer(ctx).ExecContext(ctx, "SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE", t.id); err != nil {
		return translate(err, "lock tenant")
	}
	return nil
}

// columnName writes a Go name as a column: CustomerID becomes customer_id.
func columnName(field string) string {
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		c := field[i]
		upper := c >= 'A' && c <= 'Z'
		if upper && i > 0 {
			prevUpper := field[i-1] >= 'A' && field[i-1] <= 'Z'
			nextLower := i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z'
			if !prevUpper || nextLower {
				b.WriteByte('_')
			}
		}
		b.WriteByte(c | 0x20*b2i(upper))
	}
	return b.String()
}

func b2i(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// writeOne runs a statement that changes one row of the tenant, which is its first
// argument.
func (t Tenant) writeOne(ctx context.Context, table, query string, args ...any) error {
	result, err := t.store.writer(ctx).ExecContext(ctx, query, append([]any{t.id}, args...)...)
	if err != nil {
		return translate(err, "write "+table)
	}
	return allThere(result, table, 1)
}
