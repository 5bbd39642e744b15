package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/store"
)

// crowd adds hundreds of rows made after those of the world, so that the
// planner has a choice to make. They are copies of the oldest row of a table
// with some columns changed; ids are the MD5 sums of names with numbers.
func (w *world) crowd() {
	for _, step := range []struct{ table, changes string }{
		{"customers", `'id', md5('customer' || n), 'email', 'person' || n || '@example.com'`},
		{"payment_methods", `'id', md5('method' || n), 'customer_id', md5('customer' || n), 'is_default', false`},
		{"orders", `'id', md5('order' || n), 'reference_id', 'ref ' || n, 'customer_id', md5('customer' || n % 100 + 1), 'placed_at', now() - n * interval '1 minute',
			'subtotal_minor', 10000 + n, 'discount_minor', 0, 'total_minor', 10000 + n`},
		{"order_lines", `'id', md5('order line' || n), 'order_id', md5('order' || n)`},
		{"order_discounts", `'id', md5('order discount' || n), 'order_id', md5('order' || n)`},
		{"invoices", `'id', md5('invoice' || n), 'number', 'no ' || n, 'customer_id', md5('customer' || n % 100 + 1), 'order_id', md5('order' || n), 'due_on', date '2030-01-01' + n`},
		{"billing_subscriptions", `'id', md5('subscription' || n), 'customer_id', md5('customer' || n % 100 + 1)`},
		{"payments", `'id', md5('payment' || n), 'human_id', lpad(translate(n::text, '01', 'AB'), 6, 'C'), 'reference_id', 'ref ' || n,
			'customer_id', md5('customer' || n % 100 + 1), 'parent_payment_id', CASE WHEN n > 100 THEN md5('payment' || n % 100 + 1) END,
			'total_minor', 10000 + n, 'discount_minor', 0, 'final_minor', 10000 + n, 'updated_at', now() - n * interval '1 minute', 'status', (array['PAID', 'FAILED', 'PROCESSING'])[n % 3 + 1]`},
		{"transactions", `'id', md5('transaction' || n), 'payment_id', md5('payment' || n), 'external_id', 'ch ' || n`},
		{"payment_allocations", `'id', md5('allocation' || n), 'payment_id', md5('payment' || n), 'order_id', md5('order' || n), 'invoice_id', md5('invoice' || n)`},
		{"payment_lines", `'id', md5('line' || n), 'payment_id', md5('payment' || n)`},
		{"payment_discounts", `'id', md5('discount' || n), 'payment_id', md5('payment' || n)`},
		{"operations", `'id', md5('operation' || n), 'payment_id', md5('payment' || n), 'transaction_id', md5('transaction' || n)`},
		{"refunds", `'id', md5('refund' || n), 'payment_id', md5('payment' || n), 'transaction_id', md5('transaction' || n)`},
		{"payment_events", `'id', md5('event' || n), 'payment_id', md5('payment' || n), 'transaction_id', md5('transaction' || n), 'seq', 1, 'position', 100 + n`},
		{"idempotency_keys", `'key', 'key ' || n, 'payment_id', md5('payment' || n)`},
		{"webhook_endpoints", `'id', md5('endpoint' || n)`},
		{"webhook_deliveries", `'id', md5('delivery' || n), 'endpoint_id', md5('endpoint' || n % 100 + 1), 'event_id', md5('event' || n), 'payment_id', md5('payment' || n)`},
	} {
		w.exec(fmt.Sprintf(`INSERT INTO %[1]s (%[3]s) SELECT %[3]s FROM (SELECT (jsonb_populate_record(t, jsonb_build_object('created_at', now() + n * interval '1 second',
			'reference_id', null, 'manual_reference', null) || jsonb_build_object(%[2]s))).*
			FROM %[1]s t, generate_series(1, 500) n WHERE t.ctid = (SELECT min(ctid) FROM %[1]s)) r`, step.table, step.changes, pgtest.Columns(w.t, w.db, step.table)))
		w.exec("ANALYZE " + step.table)
	}
}

// md5 is the id of a row of the crowd.
func (w *world) md5(kind string, n int) []uuid.UUID {
	var id uuid.UUID
	if err := w.db.GetContext(w.t.Context(), &id, "SELECT md5($1)::uuid", fmt.Sprint(kind, n)); err != nil {
		w.t.Fatal(err)
	}
	return []uuid.UUID{id}
}

// TestIndexes proves that every order of a list and every lookup has an index
// that answers it: no statement reads a large table from end to end or sorts
// what an index has in order.
func TestIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd()
	var r recorder
	rows := r.open(t, w.url).For(pay.Actor{TenantID: w.tenant.ID})
	conn, err := w.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	for _, l := range slices.Concat(w.sortedLists(), w.lookups()) {
		r.take()
		if err := rows.InTx(w.acting(), func(ctx context.Context) error { return l.call(ctx, rows) }); err != nil {
			t.Errorf("%s: %v", l.name, err)
		}
		l.check(t, conn, r.take())
	}
}

// lookup is a call that one index must serve.
type lookup struct {
	name, index string
	// inOrder: the index must give the rows in order, too.
	inOrder bool
	call    func(context.Context, store.Tenant) error
}

func (l lookup) check(t *testing.T, conn *sql.Conn, ran []statement) {
	used := false
	for _, s := range ran {
		p, err := explain(t.Context(), conn, s)
		if err != nil {
			t.Errorf("%s: %v: %s", l.name, err, s.query)
			continue
		}
		used = used || p.uses(l.index)
		if tables := p.walksAll(); len(tables) > 0 {
			t.Errorf("%s reads %v from end to end: %s", l.name, tables, s.query)
		}
		if l.inOrder && p.sorts() {
			t.Errorf("%s sorts: %s", l.name, s.query)
		}
	}
	if !used {
		t.Errorf("%s does not use %s: %v", l.name, l.index, ran)
	}
}

// sortedLists are pages of every list in every order that one index serves,
// both ways, from the list's ends and from the middle.
func (w *world) sortedLists() []lookup {
	var all []lookup
	add := func(index string, field pay.SortField, key any, call func(context.Context, store.Tenant, pay.Sort, pay.Page) error) {
		for _, descending := range []bool{false, true} {
			for _, backward := range []bool{false, true} {
				for _, from := range []*pay.Position{nil, {Keys: []any{key}, ID: pay.NewID()}} {
					sort, page := pay.Sort{{Field: field, Descending: descending}}, pay.Page{Limit: 10, Backward: backward, From: from}
					all = append(all, lookup{fmt.Sprint(index, sort, page), index, true, func(ctx context.Context, t store.Tenant) error { return call(ctx, t, sort, page) }})
				}
			}
		}
	}
	payments := func(ctx context.Context, t store.Tenant, s pay.Sort, p pay.Page) error {
		return failure(t.ListPayments(ctx, pay.PaymentFilter{}, s, p))
	}
	orders := func(ctx context.Context, t store.Tenant, s pay.Sort, p pay.Page) error {
		return failure(t.ListOrders(ctx, pay.OrderFilter{}, s, p))
	}
	invoices := func(ctx context.Context, t store.Tenant, s pay.Sort, p pay.Page) error {
		return failure(t.ListInvoices(ctx, pay.InvoiceFilter{}, s, p))
	}
	add("payments_by_creation", pay.SortCreatedAt, noon, payments)
	add("payments_by_update", pay.SortUpdatedAt, noon, payments)
	add("payments_by_amount", pay.SortAmount, int64(11_000), payments)
	add("orders_by_creation", pay.SortCreatedAt, noon, orders)
	add("orders_by_placement", pay.SortPlacedAt, noon, orders)
	add("orders_by_total", pay.SortTotalAmount, int64(11_000), orders)
	add("invoices_by_creation", pay.SortCreatedAt, noon, invoices)
	add("invoices_by_due_date", pay.SortDueOn, "2031-01-01", invoices)
	add("refunds_by_creation", pay.SortCreatedAt, noon, func(ctx context.Context, t store.Tenant, s pay.Sort, p pay.Page) error {
		return failure(t.ListRefunds(ctx, pay.RefundFilter{}, s, p))
	})
	add("customers_by_creation", pay.SortCreatedAt, noon, func(ctx context.Context, t store.Tenant, s pay.Sort, p pay.Page) error {
		return failure(t.ListCustomers(ctx, pay.CustomerFilter{}, s, p))
	})
	return all
}

// failure is the error of a call that also returns rows.
func failure[T any](_ T, err error) error { return err }
