package store_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// TestMemory proves that rows last until the answer of their query is written, whatever other
// queries read, and for as long as anybody has them where none is.
func TestMemory(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	s := store.New(m.pool(8))
	var all sync.WaitGroup
	for caller := range 6 {
		page, sort := pay.Page{Limit: 10 + caller}, pay.Sort{{Field: pay.SortAmount, Descending: caller%2 == 0}}
		want, err := m.rows.ListPayments(t.Context(), pay.PaymentFilter{}, sort, page)
		if err != nil || len(want.List) < page.Limit {
			t.Fatal(len(want.List), err)
		}
		rows := s.For(pay.Actor{TenantID: m.tenant.ID})
		all.Go(func() {
			for n := range 40 {
				ctx, read, end := s.OnOneConnection(m.acting())
				got, err := rows.ListPayments(ctx, pay.PaymentFilter{}, sort, page)
				read()
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("caller %d got %+v, %v\nwant %+v", caller, got, err, want)
				}
				written := n%3 > 0
				end(written)
				if !written && !reflect.DeepEqual(got, want) {
					t.Errorf("caller %d lost rows that were not written: %+v", caller, got)
				}
			}
		})
	}
	all.Wait()
}

// TestMemoryEmptied proves that rows of which the answer is written are kept by nobody, not even
// until another query reads. Not in parallel: one that does would find the memory.
func TestMemoryEmptied(t *testing.T) {
	m := newMarket(t)
	s := store.New(m.pool(1))
	ctx, _, end := s.OnOneConnection(m.acting())
	got, err := s.For(pay.Actor{TenantID: m.tenant.ID}).ListPayments(ctx, pay.PaymentFilter{}, pay.NewestFirst, pay.Page{Limit: 20})
	if err != nil || len(got.List) < 20 {
		t.Fatal(len(got.List), err)
	}
	copied := got.List[0]
	end(true)
	if !reflect.DeepEqual(got.List, make([]pay.Payment, 20)) {
		t.Errorf("%+v are left", got.List)
	}
	if copied.ID == (pay.Payment{}).ID {
		t.Error("a copy is empty too")
	}
}
