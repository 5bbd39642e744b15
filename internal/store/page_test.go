package store_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// listing is a list with what sorting it in Go needs.
type listing[T any] struct {
	rows   []T
	fields []pay.SortField
	key    func(T, pay.SortField) any
	page   func(pay.Sort, pay.Page) (pay.Rows[T], error)
}

// TestPaging proves that lists come in the order of a naive sort, whatever they
// are sorted by, and that walking them page by page, either way, visits every
// row once.
func TestPaging(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	ctx := t.Context()
	times := func(f pay.SortField, created, updated time.Time) any {
		if f == pay.SortUpdatedAt {
			return updated
		}
		return created
	}
	t.Run("Payments", func(t *testing.T) {
		t.Parallel()
		listing[pay.Payment]{m.payments, []pay.SortField{pay.SortCreatedAt, pay.SortUpdatedAt, pay.SortAmount}, func(p pay.Payment, f pay.SortField) any {
			if f == pay.SortAmount {
				return p.FinalMinor
			}
			return times(f, p.CreatedAt, p.UpdatedAt)
		}, func(s pay.Sort, p pay.Page) (pay.Rows[pay.Payment], error) {
			return m.rows.ListPayments(ctx, pay.PaymentFilter{}, s, p)
		}}.check(t)
	})
	t.Run("Orders", func(t *testing.T) {
		t.Parallel()
		listing[pay.Order]{m.orders, []pay.SortField{pay.SortCreatedAt, pay.SortPlacedAt, pay.SortTotalAmount}, func(o pay.Order, f pay.SortField) any {
			switch f {
			case pay.SortTotalAmount:
				return o.TotalMinor
			case pay.SortPlacedAt:
				return o.PlacedAt
			}
			return o.CreatedAt
		}, func(s pay.Sort, p pay.Page) (pay.Rows[pay.Order], error) {
			return m.rows.ListOrders(ctx, pay.OrderFilter{}, s, p)
		}}.check(t)
	})
	t.Run("Invoices", func(t *testing.T) {
		t.Parallel()
		listing[pay.Invoice]{m.invoices, []pay.SortField{pay.SortCreatedAt, pay.SortDueOn}, func(i pay.Invoice, f pay.SortField) any {
			switch {
			case f == pay.SortCreatedAt:
				return i.CreatedAt
			case i.DueOn == nil:
				return "infinity" // after every date, as text too
			}
			return i.DueOn.Format(time.DateOnly)
		}, func(s pay.Sort, p pay.Page) (pay.Rows[pay.Invoice], error) {
			return m.rows.ListInvoices(ctx, pay.InvoiceFilter{}, s, p)
		}}.check(t)
	})
	t.Run("Customers", func(t *testing.T) {
		t.Parallel()
		listing[pay.Customer]{m.customers, []pay.SortField{pay.SortCreatedAt}, func(c pay.Customer, f pay.SortField) any { return c.CreatedAt },
			func(s pay.Sort, p pay.Page) (pay.Rows[pay.Customer], error) {
				return m.rows.ListCustomers(ctx, pay.CustomerFilter{}, s, p)
			}}.check(t)
	})
}

func (l listing[T]) check(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sort := l.drawSort(t)
		sorted := l.sorted(sort)
		l.checkPage(t, sort, sorted)
		for _, backward := range []bool{false, true} {
			if got := l.walk(t, sort, backward); !slices.Equal(ids(got), ids(sorted)) {
				t.Fatalf("sorted by %v, walking backward %v: visits %v, want %v", sort, backward, ids(got), ids(sorted))
			}
		}
	})
}

func (l listing[T]) drawSort(t *rapid.T) pay.Sort {
	var sort pay.Sort
	for _, field := range rapid.Permutation(l.fields).Draw(t, "fields")[:rapid.IntRange(1, len(l.fields)).Draw(t, "keys")] {
		sort = append(sort, pay.SortKey{Field: field, Descending: rapid.Bool().Draw(t, "descending")})
	}
	return sort
}

// sorted sorts all rows by the keys, and by id in the first key's direction.
func (l listing[T]) sorted(sort pay.Sort) []T {
	id := func(row T) uuid.UUID { return ids([]T{row})[0] }
	return slices.SortedFunc(slices.Values(l.rows), func(a, b T) int {
		for _, key := range sort {
			if order := compareKeys(l.key(a, key.Field), l.key(b, key.Field)); order != 0 {
				return turned(order, key.Descending)
			}
		}
		return turned(compareIDs(id(a), id(b)), sort[0].Descending)
	})
}

func turned(order int, descending bool) int {
	if descending {
		return -order
	}
	return order
}

func compareKeys(a, b any) int {
	switch a := a.(type) {
	case time.Time:
		return a.Compare(b.(time.Time))
	case int64:
		return cmp.Compare(a, b.(int64))
	default:
		return strings.Compare(a.(string), b.(string))
	}
}

func (l listing[T]) position(row T, sort pay.Sort) *pay.Position {
	p := &pay.Position{ID: ids([]T{row})[0]}
	for _, key := range sort {
		p.Keys = append(p.Keys, l.key(row, key.Field))
	}
	return p
}

// checkPage asks for one page anywhere in the list, after a row or an offset,
// and compares it with the same part of the sorted rows.
func (l listing[T]) checkPage(t *rapid.T, sort pay.Sort, sorted []T) {
	p := pay.Page{Limit: rapid.IntRange(1, len(sorted)+1).Draw(t, "limit"), Backward: rapid.Bool().Draw(t, "backward")}
	from, to := 0, len(sorted)
	if rapid.Bool().Draw(t, "after a row") {
		at := rapid.IntRange(0, len(sorted)-1).Draw(t, "row")
		p.From = l.position(sorted[at], sort)
		if p.Backward {
			to = at
		} else {
			from = at + 1
		}
	} else {
		p.Offset = rapid.IntRange(0, len(sorted)+1).Draw(t, "offset")
		if p.Backward {
			to = max(0, to-p.Offset)
		} else {
			from = min(to, p.Offset)
		}
	}
	more := to-from > p.Limit
	if p.Backward {
		from = max(from, to-p.Limit)
	} else {
		to = min(to, from+p.Limit)
	}
	got, err := l.page(sort, p)
	if err != nil || got.More != more || !slices.Equal(ids(got.List), ids(sorted[from:to])) {
		t.Fatalf("sorted by %v, %+v: %v, more %v, %v; want %v, more %v", sort, p, ids(got.List), got.More, err, ids(sorted[from:to]), more)
	}
}

// walk visits the whole list by pages of random size and returns it in the
// list's order.
func (l listing[T]) walk(t *rapid.T, sort pay.Sort, backward bool) []T {
	var visited []T
	p := pay.Page{Backward: backward}
	for range len(l.rows) + 1 {
		p.Limit = rapid.IntRange(5, 25).Draw(t, "page")
		got, err := l.page(sort, p)
		if err != nil {
			t.Fatal(err)
		}
		next := len(got.List) - 1
		if backward {
			visited, next = slices.Concat(got.List, visited), 0
		} else {
			visited = append(visited, got.List...)
		}
		if !got.More {
			break
		}
		p.From = l.position(got.List[next], sort)
	}
	return visited
}

// TestPagingRefuses proves that a sort field without a column and a position
// of another list are errors rather than a list in some order.
func TestPagingRefuses(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	list := func(ctx context.Context, s pay.Sort, p pay.Page) error {
		_, err := b.rows.ListPayments(ctx, pay.PaymentFilter{}, s, p)
		return err
	}
	p := pay.Page{Limit: 1, From: &pay.Position{Keys: []any{noon, int64(1)}, ID: pay.NewID()}}
	if err := list(t.Context(), pay.NewestFirst, p); err == nil {
		t.Error("a position with a key too many is accepted")
	}
	if err := list(t.Context(), pay.Sort{{Field: pay.SortDueOn}}, pay.Page{Limit: 1}); err == nil {
		t.Error("payments are sorted by due date")
	}
}
