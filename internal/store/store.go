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
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
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
	// tells is told; tests of the first lock alone open the second by it.
	tells func(context.Context) string
	// places are for queries that hold a connection, made when the first does: the pool's size is
	// known then.
	places func() chan struct{}
}

// New returns a Store on an open database whose migrations have run. The DSN
// must have binary_parameters=yes: without it a pooling proxy can pair one
// client's statement with another's arguments.
func New(db *sqlx.DB) *Store {
	db.Mapper = reflectx.NewMapperFunc("db", columnName)
	return &Store{db: db, clock: &Clock{local: time.Now}, tells: told, places: sync.OnceValue(func() chan struct{} { return newPlaces(db) })}
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

// where collects the conditions of a statement with their arguments.
type where struct {
	conditions []string
	args       []any
	// likely is how many rows may be found, as far as that is known.
	likely int
}

// where starts the conditions on table alias with the tenant's own.
func (t Tenant) where(alias string) *where {
	w := &where{}
	w.and(alias+".tenant_id = ?", t.id)
	return w
}

// ofCustomer narrows to the customer's rows, where the caller is one; column
// holds the customer's id.
func (t Tenant) ofCustomer(w *where, column string) {
	if t.customer != nil {
		w.and(column+" = ?", *t.customer)
	}
}

// and adds a condition; each ? stands for the next argument.
func (w *where) and(condition string, args ...any) {
	w.conditions = append(w.conditions, w.bind(condition, args...))
}

// bind numbers the placeholders of a fragment and keeps its arguments.
func (w *where) bind(fragment string, args ...any) string {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(fragment, "?")
		w.args = append(w.args, arg)
		fmt.Fprintf(&b, "%s$%d", before, len(w.args))
		fragment = after
	}
	b.WriteString(fragment)
	return b.String()
}

// mostOften is how many elements PostgreSQL takes an array for that it does not know.
const mostOften = 10

// anyOf are ids as the argument of "= ANY(?)". Fewer than PostgreSQL expects are filled up
// with the last of them, which finds nothing twice: it would find that a plan for so few is
// cheaper than the one that it keeps, and plan anew each time, which takes longer than all of
// the rest.
func anyOf(ids []uuid.UUID) string {
	if len(ids) == 0 {
		return "{}"
	}
	text := make([]byte, 0, 33*max(len(ids), mostOften)+1)
	for i := range max(len(ids), mostOften) {
		text = hex.AppendEncode(append(text, ','), ids[min(i, len(ids)-1)][:])
	}
	text[0] = '{'
	return string(append(text, '}'))
}

// among keeps the rows whose column is one of the ids, of which each is likely to have one.
func (w *where) among(column string, ids []uuid.UUID) {
	w.and(column+" = ANY(?)", anyOf(ids))
	w.likely = len(ids)
}

// sqlTypes are those of arguments that hideValues knows.
var sqlTypes = map[reflect.Type]string{
	reflect.TypeFor[uuid.UUID](): "uuid", reflect.TypeFor[time.Time](): "timestamptz", reflect.TypeFor[int64](): "bigint",
}

var placeholder = regexp.MustCompile(`\$\d+`)

// hideValues keeps the arguments of the conditions so far from the planner. It knows how many
// rows the great companies have, finds the plan that it keeps, which is made for all, dearer
// than one made for them, and plans their lists anew each time, which takes as long as to read
// one. Where only the tenant and the place in a list are asked for, what comes of it is the
// same index; a condition of a filter is better seen.
func (w *where) hideValues() {
	for i, condition := range w.conditions {
		w.conditions[i] = placeholder.ReplaceAllStringFunc(condition, func(mark string) string {
			n, _ := strconv.Atoi(mark[1:]) // digits
			if name, ok := sqlTypes[reflect.TypeOf(w.args[n-1])]; ok {
				return "(SELECT " + mark + "::" + name + ")"
			}
			return mark
		})
	}
}

func (w *where) String() string { return " WHERE " + strings.Join(w.conditions, " AND ") }

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
