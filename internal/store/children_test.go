package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// nested is a list under parents with the same grouped naively: every row once
// under each of its parents.
type nested[T any] struct {
	rows    []T
	created func(T) time.Time
	parents func(T) []uuid.UUID
	// all are the parents to ask for, those without children and unknown ones included.
	all   []uuid.UUID
	page  func([]uuid.UUID, pay.Page) (map[uuid.UUID]pay.Rows[T], error)
	count func([]uuid.UUID) (map[uuid.UUID]int, error)
}

// TestChildren proves that lists that hang on parents hold for each parent what
// a naive grouping gives, newest first, page by page, and that they are counted
// alike.
func TestChildren(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	ctx := t.Context()
	unknown := []uuid.UUID{pay.NewID()}
	customers := append(ids(m.customers)[:8], unknown...)
	under := map[pay.PaymentParent]struct {
		all     []uuid.UUID
		parents func(pay.Payment) []uuid.UUID
	}{
		pay.OfCustomer: {customers, func(p pay.Payment) []uuid.UUID { return given(p.CustomerID) }},
		pay.OfPayment:  {append(ids(m.payments)[:8], unknown...), func(p pay.Payment) []uuid.UUID { return given(p.ParentPaymentID) }},
		pay.OfOrder: {append(ids(m.orders)[:8], unknown...), func(p pay.Payment) []uuid.UUID {
			return m.allocated(p, func(a pay.PaymentAllocation) *uuid.UUID { return a.OrderID })
		}},
		pay.OfInvoice: {append(ids(m.invoices)[:8], unknown...), func(p pay.Payment) []uuid.UUID {
			return m.allocated(p, func(a pay.PaymentAllocation) *uuid.UUID { return a.InvoiceID })
		}},
	}
	for of, list := range under {
		t.Run("Payments of "+string(of), func(t *testing.T) {
			t.Parallel()
			nested[pay.Payment]{m.payments, func(p pay.Payment) time.Time { return p.CreatedAt }, list.parents, list.all,
				func(parents []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Payment], error) {
					return m.rows.PaymentsUnder(ctx, of, parents, p)
				}, func(parents []uuid.UUID) (map[uuid.UUID]int, error) {
					return m.rows.CountPaymentsUnder(ctx, of, parents)
				}}.check(t)
		})
	}
	t.Run("Orders of customers", func(t *testing.T) {
		t.Parallel()
		nested[pay.Order]{m.orders, func(o pay.Order) time.Time { return o.CreatedAt }, func(o pay.Order) []uuid.UUID { return []uuid.UUID{o.CustomerID} }, customers,
			bind(ctx, m.rows.OrdersUnderCustomers), func(parents []uuid.UUID) (map[uuid.UUID]int, error) {
				return m.rows.CountOrdersUnderCustomers(ctx, parents)
			}}.check(t)
	})
	t.Run("Invoices of customers", func(t *testing.T) {
		t.Parallel()
		nested[pay.Invoice]{m.invoices, func(i pay.Invoice) time.Time { return i.CreatedAt }, func(i pay.Invoice) []uuid.UUID { return []uuid.UUID{i.CustomerID} }, customers,
			bind(ctx, m.rows.InvoicesUnderCustomers), func(parents []uuid.UUID) (map[uuid.UUID]int, error) {
				return m.rows.CountInvoicesUnderCustomers(ctx, parents)
			}}.check(t)
	})
}

func bind[R any](ctx context.Context, read func(context.Context, []uuid.UUID, pay.Page) (R, error)) func([]uuid.UUID, pay.Page) (R, error) {
	return func(parents []uuid.UUID, p pay.Page) (R, error) { return read(ctx, parents, p) }
}

func given(id *uuid.UUID) []uuid.UUID {
	if id == nil {
		return nil
	}
	return []uuid.UUID{*id}
}

// allocated lists what the payment's allocations pay.
func (m *market) allocated(p pay.Payment, subject func(pay.PaymentAllocation) *uuid.UUID) []uuid.UUID {
	var list []uuid.UUID
	for _, a := range m.allocations {
		if a.PaymentID == p.ID {
			list = append(list, given(subject(a))...)
		}
	}
	return list
}

func (n nested[T]) check(t *testing.T) {
	groups := map[uuid.UUID][]T{}
	for _, row := range n.rows {
		for _, parent := range n.parents(row) {
			groups[parent] = append(groups[parent], row)
		}
	}
	for _, group := range groups {
		slices.SortFunc(group, func(a, b T) int {
			if order := n.created(b).Compare(n.created(a)); order != 0 {
				return order
			}
			return compareIDs(ids([]T{b})[0], ids([]T{a})[0])
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		parents := rapid.Permutation(n.all).Draw(t, "parents")[:rapid.IntRange(0, len(n.all)).Draw(t, "number of parents")]
		n.checkPages(t, groups, parents)
		counts, err := n.count(parents)
		if err != nil {
			t.Fatal(err)
		}
		for _, parent := range parents {
			if counts[parent] != len(groups[parent]) {
				t.Fatalf("%s has %d children, counted %d", parent, len(groups[parent]), counts[parent])
			}
		}
	})
}

// checkPages asks for the same page of each parent's list: from its start, its
// end, an offset, or a row of one of the lists.
func (n nested[T]) checkPages(t *rapid.T, groups map[uuid.UUID][]T, parents []uuid.UUID) {
	p := pay.Page{Limit: rapid.IntRange(1, 20).Draw(t, "limit"), Backward: rapid.Bool().Draw(t, "backward")}
	keep := func(T) bool { return true }
	if rapid.Bool().Draw(t, "after a row") {
		row := rapid.SampledFrom(n.rows).Draw(t, "row")
		at, id := n.created(row), ids([]T{row})[0]
		p.From = &pay.Position{Keys: []any{at}, ID: id}
		keep = func(other T) bool {
			order := n.created(other).Compare(at)
			if order == 0 {
				order = compareIDs(ids([]T{other})[0], id)
			}
			return p.Backward && order > 0 || !p.Backward && order < 0
		}
	} else {
		p.Offset = rapid.IntRange(0, 5).Draw(t, "offset")
	}
	got, err := n.page(parents, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, parent := range parents {
		want := slices.DeleteFunc(slices.Clone(groups[parent]), func(row T) bool { return !keep(row) })
		cut := func(list []T, most int) []T { return list[:min(len(list), most)] }
		if p.Backward {
			slices.Reverse(want)
		}
		want = want[min(len(want), p.Offset):]
		more := len(want) > p.Limit
		want = cut(want, p.Limit)
		if p.Backward {
			slices.Reverse(want)
		}
		if !slices.Equal(ids(got[parent].List), ids(want)) || got[parent].More != more {
			t.Fatalf("%+v of %s: %v, more %v; want %v, more %v", p, parent, ids(got[parent].List), got[parent].More, ids(want), more)
		}
	}
	for parent := range got {
		if !slices.Contains(parents, parent) {
			t.Fatalf("%s was not asked for", parent)
		}
	}
}
