package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// openLongList is a shop with 250 payments, all made at the same instant, of
// five amounts and seven times of change.
func openLongList(t *testing.T) *shop {
	t.Helper()
	s := openShop(t)
	for i := range 5 {
		s.make.PayWhole(s.sandbox, s.order(int64(100*(i+1))))
	}
	multiply(t, s.api.Database.DB, 49)
	for _, statement := range []string{
		"UPDATE payments SET created_at = '2026-01-02 03:04:05.678901', updated_at = timestamptz '2026-01-03' + (abs(hashtext(id::text)) % 7) * interval '1 microsecond'",
	} {
		if _, err := s.api.Database.DB.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// page is one page of payments.
type page struct {
	TotalCount int
	Edges      []struct {
		Cursor string
		Node   struct{ ID string }
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

const pageDocument = `query($filter: PaymentFilter, $orderBy: [PaymentOrder!] = [{ field: CREATED_AT, direction: DESC }], $first: Int, $after: String, $last: Int, $before: String, $offset: Int) {
	payments(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before, offset: $offset) {
		edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

func readPage(t *testing.T, c *apptest.Client, vars apptest.Vars) page {
	t.Helper()
	got := apptest.Do[struct{ Payments page }](t, c, pageDocument, vars).Payments
	if n := len(got.Edges); n > 0 && (*got.PageInfo.StartCursor != got.Edges[0].Cursor || *got.PageInfo.EndCursor != got.Edges[n-1].Cursor) {
		t.Errorf("%v: the page's cursors are not those of its ends", vars)
	}
	return got
}

func (p page) ids() (ids []string) {
	for _, e := range p.Edges {
		ids = append(ids, e.Node.ID)
	}
	return ids
}

// sorts are orders of the list with what they mean to the database.
var sorts = []struct{ keys, sql string }{
	{"", "created_at DESC, id DESC"},
	{"CREATED_AT ASC", "created_at, id"},
	{"AMOUNT DESC", "final_minor DESC, id DESC"},
	{"UPDATED_AT ASC", "updated_at, id"},
	{"AMOUNT ASC, UPDATED_AT DESC", "final_minor, updated_at DESC, id"},
	{"UPDATED_AT DESC, CREATED_AT ASC, AMOUNT ASC", "updated_at DESC, created_at, final_minor, id DESC"},
}

// orderBy reads "AMOUNT ASC, UPDATED_AT DESC".
func orderBy(keys string) (list []apptest.Vars) {
	for key := range strings.SplitSeq(keys, ", ") {
		field, direction, _ := strings.Cut(key, " ")
		list = append(list, apptest.Vars{"field": field, "direction": direction})
	}
	return list
}

// TestPaymentPages proves that walking a list forward, backward and by number
// shows every payment once, in the order asked for, although their times and
// amounts are equal.
func TestPaymentPages(t *testing.T) {
	t.Parallel()
	s := openLongList(t)
	for _, sort := range sorts {
		t.Run("OK "+sort.keys, func(t *testing.T) {
			t.Parallel()
			want := rowsOf(t, s.api.Database.DB, "SELECT id FROM payments ORDER BY "+sort.sql)
			for i, id := range want {
				want[i] = globalID("py", id)
			}
			vars := apptest.Vars{}
			if sort.keys != "" {
				vars["orderBy"] = orderBy(sort.keys)
			}
			for name, got := range map[string][]string{
				"forward": s.forward(t, vars), "backward": s.backward(t, vars), "by number": s.byNumber(t, vars),
			} {
				if !slices.Equal(got, want) {
					t.Errorf("%s: %d payments, want %d in the order %s", name, len(got), len(want), sort.sql)
				}
			}
		})
	}
}

func (s *shop) forward(t *testing.T, vars apptest.Vars) (ids []string) {
	t.Helper()
	vars = but(vars, apptest.Vars{"first": 100})
	for {
		p := readPage(t, s.admin, vars)
		if p.PageInfo.HasPreviousPage != (len(ids) > 0) {
			t.Errorf("after %d payments: hasPreviousPage %t", len(ids), p.PageInfo.HasPreviousPage)
		}
		ids = append(ids, p.ids()...)
		if !p.PageInfo.HasNextPage {
			return ids
		}
		vars["after"] = *p.PageInfo.EndCursor
	}
}

func (s *shop) backward(t *testing.T, vars apptest.Vars) (ids []string) {
	t.Helper()
	vars = but(vars, apptest.Vars{"last": 99})
	for {
		p := readPage(t, s.admin, vars)
		if p.PageInfo.HasNextPage != (len(ids) > 0) {
			t.Errorf("%d payments before the end: hasNextPage %t", len(ids), p.PageInfo.HasNextPage)
		}
		ids = append(p.ids(), ids...)
		if !p.PageInfo.HasPreviousPage {
			return ids
		}
		vars["before"] = *p.PageInfo.StartCursor
	}
}

func (s *shop) byNumber(t *testing.T, vars apptest.Vars) (ids []string) {
	t.Helper()
	for offset := 0; ; offset += 90 {
		p := readPage(t, s.admin, but(vars, apptest.Vars{"first": 90, "offset": offset}))
		if p.PageInfo.HasPreviousPage != (offset > 0) {
			t.Errorf("at %d: hasPreviousPage %t", offset, p.PageInfo.HasPreviousPage)
		}
		ids = append(ids, p.ids()...)
		if !p.PageInfo.HasNextPage {
			return ids
		}
	}
}

// TestPaymentPageEdges proves the ends of a list: a page that is exactly the
// rest, one beyond the end, an empty list, the size without arguments, and a
// list that grows while it is read.
func TestPaymentPageEdges(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if p := readPage(t, s.admin, nil); len(p.Edges) != 0 || p.PageInfo.HasNextPage || p.PageInfo.HasPreviousPage || p.PageInfo.StartCursor != nil || p.PageInfo.EndCursor != nil {
		t.Errorf("empty list: %+v", p)
	}
	orders := s.make.Orders(s.customer, slices.Repeat([]int64{100}, 12)...)
	for _, id := range orders {
		s.make.PayWhole(s.sandbox, id)
	}
	check := func(name string, p page, n int, next, previous bool) {
		t.Helper()
		if len(p.Edges) != n || p.PageInfo.HasNextPage != next || p.PageInfo.HasPreviousPage != previous {
			t.Errorf("%s: %d payments, %+v; want %d, next %t, previous %t", name, len(p.Edges), p.PageInfo, n, next, previous)
		}
	}
	check("default", readPage(t, s.admin, nil), pay.DefaultPageSize, true, false)
	check("exactly all", readPage(t, s.admin, apptest.Vars{"first": 12}), 12, false, false)
	check("exactly all from the end", readPage(t, s.admin, apptest.Vars{"last": 12}), 12, false, false)
	check("all but one", readPage(t, s.admin, apptest.Vars{"first": 11}), 11, true, false)
	check("beyond the end", readPage(t, s.admin, apptest.Vars{"first": 5, "offset": 12}), 0, false, true)
	check("farthest", readPage(t, s.admin, apptest.Vars{"offset": pay.MaxOffset}), 0, false, true)
	first := readPage(t, s.admin, apptest.Vars{"first": 4})
	check("after the first four", readPage(t, s.admin, apptest.Vars{"first": 8, "after": *first.PageInfo.EndCursor}), 8, false, true)
	check("before the fourth", readPage(t, s.admin, apptest.Vars{"last": 3, "before": *first.PageInfo.EndCursor}), 3, true, false)
	rest := readPage(t, s.admin, apptest.Vars{"first": 100, "after": *first.PageInfo.EndCursor}).ids()
	s.make.PayWhole(s.sandbox, s.order(1)) // comes before all of them
	if now := readPage(t, s.admin, apptest.Vars{"first": 100, "after": *first.PageInfo.EndCursor}).ids(); !slices.Equal(now, rest) {
		t.Errorf("a new payment moved the rest of the list: %v, was %v", now, rest)
	}
	for _, e := range first.Edges {
		if strings.Contains(e.Cursor, "=") || e.Cursor == "" {
			t.Errorf("cursor %q", e.Cursor)
		}
	}
	total := apptest.Do[struct{ Payments struct{ TotalCount int } }](t, s.admin, `{ payments(first: 1) { totalCount } }`, nil).Payments.TotalCount
	if total != 13 {
		t.Errorf("totalCount %d, want 13", total)
	}
}
