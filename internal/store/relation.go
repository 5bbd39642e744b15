package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// relation says how rows of T are found by the keys of what they hang on, for many at once.
type relation[T any] struct {
	table table[T]
	// from joins what it takes to find them, with the table as t.
	from string
	// key is the expression that is compared with the keys, and field that of T which has it;
	// without one the key is sent beside the row.
	key, field string
	// order has rows of one key stand together, where it may have many.
	order string
	// visible are the conditions on what the caller may see.
	visible func(Tenant) *where
	// repeated says that a row may be found by many keys: it is sent for each then.
	repeated bool
	// inherited is a field that the table computes from what its rows hang on, of the same name
	// there; it is not computed where that is read too.
	inherited string
}

// partOf is the relation of rows that hang on a payment.
func partOf[T any](tb table[T], field, order string) *relation[T] {
	r := &relation[T]{table: tb, from: tb.name + " t", key: "t.payment_id", field: field,
		order: " ORDER BY t.payment_id, " + order, visible: Tenant.partsWhere}
	if _, computed := tb.computed["currency"]; computed {
		r.inherited = "Currency"
	}
	return r
}

// partOfOrder is the relation of rows that hang on an order.
func partOfOrder[T any](tb table[T]) *relation[T] {
	return &relation[T]{table: tb, from: tb.name + " t", key: "t.order_id", field: "OwnerID",
		order: " ORDER BY t.order_id, t.position", visible: Tenant.orderPartsWhere, inherited: "Currency"}
}

// paidBy is the relation of what payments pay to these: of rows that the allocations name in a
// column. They come in the order of the allocations; a payment pays nothing twice.
func paidBy[T any](tb table[T], column string, visible func(Tenant) *where) *relation[T] {
	return &relation[T]{
		table: tb, from: "payment_allocations a JOIN " + tb.name + " t ON t.tenant_id = a.tenant_id AND t.id = a." + column,
		key: "a.payment_id", order: " ORDER BY a.payment_id, a.position", visible: visible, repeated: true,
	}
}

// The relations that documents ask for most.
var (
	customersByID = &relation[pay.Customer]{table: customers, from: "customers t", key: "t.id", field: "ID", visible: Tenant.customersWhere}
	gatewaysByID  = &relation[pay.PaymentGateway]{table: gateways, from: "payment_gateways t", key: "t.id", field: "ID",
		visible: func(t Tenant) *where { return t.where("t") }}
	transactionsOf     = partOf(transactions, "PaymentID", "t.attempt_number")
	refundsOf          = partOf(refunds, "PaymentID", "t.created_at, t.id")
	allocationsOf      = partOf(allocations, "PaymentID", "t.position")
	paymentLinesOf     = partOf(paymentLines, "OwnerID", "t.position")
	paymentDiscountsOf = partOf(paymentDiscounts, "OwnerID", "t.position")
	ordersPaidBy       = paidBy(orders, "order_id", Tenant.ordersWhere)
	invoicesPaidBy     = paidBy(invoices, "invoice_id", Tenant.invoicesWhere)
	orderLinesOf       = partOfOrder(orderLines)
	orderDiscountsOf   = partOfOrder(orderDiscounts)
)

// edges are the relations by the type of row that they lead from, and by the name by which
// pay.Nested has them.
var edges = map[string][]edge{
	"Payment": {
		leads("customer", "CustomerID", customersByID),
		leads("orders", "ID", ordersPaidBy),
		leads("invoices", "ID", invoicesPaidBy),
		leads("transactions", "ID", transactionsOf),
		leads("refunds", "ID", refundsOf),
		leads("allocations", "ID", allocationsOf),
		leads("lines", "ID", paymentLinesOf),
		leads("discounts", "ID", paymentDiscountsOf),
	},
	"Transaction": {leads("gateway", "GatewayID", gatewaysByID)},
	"Order": {
		leads("customer", "CustomerID", customersByID),
		leads("lines", "ID", orderLinesOf),
		leads("discounts", "ID", orderDiscountsOf),
	},
	"Invoice": {leads("customer", "CustomerID", customersByID)},
}

// edge leads from rows by one of their fields, which has the key, to what hangs on them.
type edge struct {
	name, field string
	// row is the type of what hangs on them.
	row string
	// begin begins to read it in a nested statement with the part on which it hangs, for about as
	// many keys; nil where that is no use.
	begin func(ctx context.Context, t Tenant, on part, keys int) part
}

func leads[T any](name, field string, r *relation[T]) edge {
	return edge{name, field, rowName[T](), func(ctx context.Context, t Tenant, on part, keys int) part {
		whole := r.table.selection(ctx)
		if r.repeated && whole.long {
			return nil
		}
		p := &nestedPart[T]{found: r.found(ctx, whole, keys), relation: r, of: t, whole: whole}
		if r.inherited != "" && whole.has(r.inherited) && on.has(r.inherited) && !p.keyed {
			p.inherits, p.chosen = true, r.table.selectionBut(ctx, r.inherited)
		}
		return p
	}}
}

// found is room for what is found by about as many keys.
func (r *relation[T]) found(ctx context.Context, chosen *selection, keys int) *found[T] {
	f := likely[T](ctx, chosen, keys)
	if f.keyed = !chosen.has(r.field); !f.keyed {
		f.key = r.field
	}
	return f
}

// read reads the rows that hang on keys, those of one key together; more than maxRows of them
// are pay.ErrTooManyRows. What was read in a nested statement is not read again.
func (r *relation[T]) read(ctx context.Context, t Tenant, keys []uuid.UUID) (*found[T], error) {
	f, rest := takeNested(ctx, t, r, keys)
	if len(rest) == 0 && len(keys) > 0 {
		return f, nil
	}
	more := r.found(ctx, r.table.selection(ctx), len(rest))
	w := r.visible(t)
	w.among(r.key, rest)
	query := "SELECT " + r.rows(more) + w.String() + r.rest()
	if err := more.selectRows(ctx, t.store, query, w.args...); err != nil {
		return nil, translate(err, "read "+r.table.name)
	}
	more.chosen.counted(len(more.rows), len(rest))
	if len(f.rows) > 0 {
		more.keys, more.rows = append(f.keys, more.keys...), append(f.rows, more.rows...)
	}
	return more, fewEnough(len(more.rows), r.table.name)
}

// list is read for rows that know what they hang on themselves.
func (r *relation[T]) list(ctx context.Context, t Tenant, keys []uuid.UUID) ([]T, error) {
	f, err := r.read(ctx, t, keys)
	if err != nil {
		return nil, err
	}
	return f.rows, nil
}

// rows is what is selected, and from what; labels stand first in each record.
func (r *relation[T]) rows(f *found[T], labels ...string) string {
	if f.keyed {
		labels = append(labels, "uuid_send("+r.key+")")
	}
	return f.chosen.record(labels...) + " AS row FROM " + r.from
}

func (r *relation[T]) rest() string { return fmt.Sprintf("%s LIMIT %d", r.order, maxRows+1) }
