package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// bulkOf is a bulk mutation with an item that it accepts.
type bulkOf struct {
	mutation, list, table string
	item                  func(customer, reference string) apptest.Vars
	// other changes the item's content; apart only what must differ between two
	// items besides the reference.
	other, apart apptest.Vars
}

var bulks = []bulkOf{
	{"createCustomers", "customers", "customers", func(_, reference string) apptest.Vars {
		return apptest.Vars{"referenceId": reference, "email": "ana@example.com", "metadata": []apptest.Vars{{"key": "a", "value": "b"}}}
	}, apptest.Vars{"email": "eva@example.com"}, nil},
	{"createProducts", "products", "products", func(_, reference string) apptest.Vars {
		return apptest.Vars{"referenceId": reference, "name": "Tea", "unitAmount": apptest.Vars{"decimal": "2.50"}, "taxRate": "21"}
	}, apptest.Vars{"isFood": true}, nil},
	{"createOrders", "orders", "orders", func(customer, reference string) apptest.Vars {
		return apptest.Vars{"referenceId": reference, "customerId": customer, "lines": []apptest.Vars{lineOf(nil)}}
	}, apptest.Vars{"lines": []apptest.Vars{lineOf(apptest.Vars{"quantity": 2})}}, nil},
	{"createInvoices", "invoices", "invoices", func(customer, reference string) apptest.Vars {
		return apptest.Vars{"referenceId": reference, "number": "F-" + reference, "customerId": customer, "totalAmount": minor(100)}
	}, apptest.Vars{"totalAmount": minor(101)}, apptest.Vars{"number": "F-other"}},
}

// bulkResult is a bulk mutation's payload; IDs are in the order of the input.
type bulkResult struct {
	IDs     []string
	Created int
	Refused []string
}

func (b bulkOf) send(t *testing.T, c *apptest.Client, items []apptest.Vars) bulkResult {
	t.Helper()
	got := apptest.Do[map[string]struct {
		List         []struct{ ID string }
		CreatedCount int
		Errors       []typedRefusal
	}](t, c, documentOf(t, b.mutation, "{ list: "+b.list+" { id } createdCount "+errorFields+" }"),
		apptest.Vars{"input": apptest.Vars{b.list: items}})[b.mutation]
	r := bulkResult{Created: got.CreatedCount}
	for _, row := range got.List {
		r.IDs = append(r.IDs, row.ID)
	}
	for _, e := range got.Errors {
		r.Refused = append(r.Refused, e.String())
	}
	return r
}

// items makes n items with references.
func (b bulkOf) items(customer string, n int) []apptest.Vars {
	list := make([]apptest.Vars, n)
	for i := range list {
		list[i] = b.item(customer, fmt.Sprint(b.table, "-", i))
	}
	return list
}

// changed is an item with other fields.
func changed(item, fields apptest.Vars) apptest.Vars {
	other := maps.Clone(item)
	maps.Copy(other, fields)
	return other
}

// TestBulkRepeat proves that a reference makes creation safe to repeat: the
// same content gives the same object, other content is refused and named.
func TestBulkRepeat(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for _, b := range bulks {
		items := b.items(s.customer, 3)
		first := b.send(t, s.admin, items[:2])
		if first.Created != 2 || len(first.IDs) != 2 {
			t.Fatalf("%s: %+v", b.mutation, first)
		}
		t.Run("OK "+b.mutation+" again", func(t *testing.T) {
			untouched(t, s.api, func() {
				again := b.send(t, s.admin, []apptest.Vars{items[1], items[0]})
				if again.Created != 0 || again.IDs[0] != first.IDs[1] || again.IDs[1] != first.IDs[0] {
					t.Errorf("got %+v, want %v reversed and none new", again, first.IDs)
				}
			})
		})
		in := func(items ...apptest.Vars) apptest.Vars { return apptest.Vars{b.list: items} }
		refuseEach(t, s.api, s.admin, b.mutation, []badInput{
			{b.mutation + " other content", in(items[2], changed(items[1], b.other)),
				[]string{fmt.Sprintf("DUPLICATE_REFERENCE input.%s.1.referenceId existing=%s", b.list, first.IDs[1])}},
			{b.mutation + " twice in one request", in(items[2], changed(items[2], b.apart)),
				[]string{fmt.Sprintf("DUPLICATE_REFERENCE input.%s.1.referenceId", b.list)}},
			{b.mutation + " none", apptest.Vars{b.list: []apptest.Vars{}}, []string{"REQUIRED input." + b.list}},
			{b.mutation + " 101", apptest.Vars{b.list: times(101, items[2])}, []string{"TOO_MANY_ITEMS input." + b.list}},
		})
		t.Run("OK "+b.mutation+" one old and one new", func(t *testing.T) {
			mixed := b.send(t, s.admin, []apptest.Vars{items[2], items[0]})
			if mixed.Created != 1 || len(mixed.IDs) != 2 || mixed.IDs[1] != first.IDs[0] || mixed.IDs[0] == mixed.IDs[1] {
				t.Errorf("got %+v, want a new one and %s", mixed, first.IDs[0])
			}
		})
	}
}

// TestBulkConcurrent proves that eight clients who send the same hundred items
// at once, half of them backward, make one set of rows and are all given it.
func TestBulkConcurrent(t *testing.T) {
	t.Parallel()
	const clients, many = 8, 100
	for _, b := range bulks {
		t.Run("OK "+b.mutation, func(t *testing.T) {
			t.Parallel()
			s := newTill(t)
			before := countRows(t, s.api, b.table)
			items := b.items(s.customer, many)
			backward := slices.Clone(items)
			slices.Reverse(backward)
			results := make([]bulkResult, clients)
			var group sync.WaitGroup
			for i := range clients {
				group.Go(func() {
					if i%2 == 0 {
						results[i] = b.send(t, s.admin, items)
						return
					}
					results[i] = b.send(t, s.admin, backward)
					slices.Reverse(results[i].IDs)
				})
			}
			group.Wait()
			created := 0
			for i, r := range results {
				created += r.Created
				if len(r.Refused) > 0 || len(r.IDs) != many || !slices.Equal(r.IDs, results[0].IDs) {
					t.Errorf("client %d: refused %v, %d ids, not those of client 0", i, r.Refused, len(r.IDs))
				}
			}
			if rows := countRows(t, s.api, b.table) - before; created != many || rows != many {
				t.Errorf("%d said to be new, %d rows; want %d", created, rows, many)
			}
			if lines := countRows(t, s.api, "order_lines"); b.table == "orders" && lines != many {
				t.Errorf("%d order lines, want %d", lines, many)
			}
		})
	}
}

// TestConcurrentNumber proves that of eight different invoices with one number,
// sent at once, one is stored and the others are told which.
func TestConcurrentNumber(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	got := make([][]string, 8)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() {
			got[i] = refusalsOf(t, s.admin, "createInvoice", apptest.Vars{"invoice": apptest.Vars{
				"number": "F-1", "customerId": s.customer, "totalAmount": minor(int64(i + 1))}})
		})
	}
	group.Wait()
	accepted := 0
	for _, refused := range got {
		switch {
		case len(refused) == 0:
			accepted++
		case len(refused) != 1 || !strings.HasPrefix(refused[0], "DUPLICATE_REFERENCE input.invoice.number existing=inv_"):
			t.Errorf("refused: %v", refused)
		}
	}
	if rows := countRows(t, s.api, "invoices"); accepted != 1 || rows != 1 {
		t.Errorf("%d accepted, %d rows; want 1", accepted, rows)
	}
}
