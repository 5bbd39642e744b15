package app_test

import (
	"runtime"
	"testing"
	"time"
)

// TestOrdersPaidByMany: an order that many payments pay is read once for all of them, as it is by
// way of their allocations.
func TestOrdersPaidByMany(t *testing.T) {
	s := openShop(t)
	s.painted = true
	for i := 0; i < 2; i++ {
		s.pay(t, []string{"a", "b"}[i], s.whole("tok_approve", s.order(1000)))
	}
	for _, sql := range []string{
		`INSERT INTO orders SELECT x.* FROM (SELECT * FROM orders LIMIT 1) o, generate_series(1, 50) n, jsonb_populate_record(NULL::orders, to_jsonb(o) || jsonb_build_object('id', md5('o' || n)::uuid, 'description', repeat('x', 900), 'metadata', (SELECT jsonb_agg(jsonb_build_object('key', 'k' || g, 'value', repeat('v', 400))) FROM generate_series(1, 10) g))) x`,
		`INSERT INTO payments SELECT x.* FROM (SELECT * FROM payments LIMIT 1) p, generate_series(1, 450) g, jsonb_populate_record(NULL::payments, to_jsonb(p) || jsonb_build_object('id', md5('p' || g)::uuid, 'human_id', translate(lpad(g::text, 6, 'Z'), '01', 'AB'), 'reference_id', NULL)) x`,
		`INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, order_id, amount_minor)
			SELECT p.tenant_id, gen_random_uuid(), p.id, row_number() OVER (PARTITION BY p.id) + 10, 'ORDER', o.id, 1 FROM payments p, orders o WHERE o.description IS NOT NULL`,
		`ANALYZE`,
	} {
		if _, err := s.api.Database.DB.Exec(sql); err != nil {
			t.Fatalf("%v: %.80s", err, sql)
		}
	}
	allocated := func(what string) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		s.admin.Send(t, "{ payments(first: 100, filter: {isActive: null}) { nodes { "+what+" } } }", nil)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %s, %d MB allocated", what, took, (after.TotalAlloc-before.TotalAlloc)>>20)
		return after.TotalAlloc - before.TotalAlloc
	}
	const of = "{ description metadata { key } }"
	if once, often := allocated("allocations { order "+of+" }"), allocated("orders "+of); often > 2*once {
		t.Errorf("orders allocate %d MB, and by way of allocations %d MB", often>>20, once>>20)
	}
}
