package store_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/store"
)

// million has TestVerifyMillion run; make verify-bench sets it.
var million = flag.Bool("million", false, "time paygraph verify on a million ledger entries")

// manyPayments come to a little more than a million ledger entries.
const manyPayments = 350_000

// verifyLimit is what paygraph verify may take of a million entries, on two cores.
const verifyLimit = 20 * time.Second

// crowd fills the base's tenant with payments of 10.00 that hold every invariant. Of
// twenty, two are paid and given back, one is held, one has failed and the others are
// paid and settled.
var crowd = []string{
	`CREATE FUNCTION pg_temp.id(sort text, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (sort || '00000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$`,
	`CREATE FUNCTION pg_temp.word(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
		SELECT string_agg(substr('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', (n >> 5 * i) % 32 + 1, 1), '') FROM generate_series(0, 5) i $$`,
	`CREATE TEMP TABLE many AS SELECT n, n % 20 = 1 AS held, n % 20 = 2 AS failed, n % 20 NOT IN (1, 2) AS paid, n % 10 = 0 AS back,
			n % 10000 AS customer, timestamptz '2026-01-01' + n * interval '1 second' AS at, $1::uuid AS tenant
		FROM generate_series(1, $2::int) n`,
	`INSERT INTO customers (tenant_id, id, fingerprint, created_at, updated_at) SELECT tenant, pg_temp.id('c00', customer), '', at, at FROM many WHERE n <= 10000`,
	`INSERT INTO payment_gateways (tenant_id, id, name, connector, kind, action, method_type, is_partially_refundable, is_tokenizable, is_food_only, currencies, countries,
			is_enabled, version, fingerprint, created_at, updated_at)
		SELECT tenant, pg_temp.id('a00', 1), 'Cards', 'sandbox', 'ONLINE', 'NONE', 'CARD', true, true, false, '{}', '{}', true, 1, '', at, at FROM many WHERE n = 1`,
	`INSERT INTO orders (tenant_id, id, customer_id, currency, food_minor, subtotal_minor, discount_minor, total_minor, held_minor, captured_minor, refunded_minor, placed_at, fingerprint, created_at, updated_at)
		SELECT tenant, pg_temp.id('b00', n), pg_temp.id('c00', customer), 'EUR', 0, 1000, 0, 1000, CASE WHEN held THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END,
			CASE WHEN back THEN 1000 ELSE 0 END, at, '', at, at FROM many`,
	`INSERT INTO order_lines (tenant_id, id, order_id, position, quantity, product_name, unit_minor, gross_minor, final_minor, share_minor, is_food)
		SELECT tenant, pg_temp.id('b01', n), pg_temp.id('b00', n), 0, 1, 'Soup', 1000, 1000, 1000, 1000, false FROM many`,
	`INSERT INTO payments (tenant_id, id, human_id, mode, customer_id, method_type, selected_gateway_id, currency, total_minor, discount_minor, final_minor, held_minor,
			captured_minor, confirmed_minor, refunded_minor, fee_minor, status, refund_status, reconciliation_status, version, event_seq, created_at, updated_at, paid_at)
		SELECT tenant, pg_temp.id('d00', n), pg_temp.word(n), 'PAYMENT', pg_temp.id('c00', customer), 'CARD', pg_temp.id('a00', 1), 'EUR', 1000, 0, 1000,
			CASE WHEN held THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END, CASE WHEN back THEN 1000 ELSE 0 END,
			CASE WHEN paid THEN 20 END, CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' WHEN back THEN 'REFUNDED' ELSE 'CONFIRMED' END,
			CASE WHEN back THEN 'FULL' ELSE 'NONE' END, CASE WHEN paid THEN 'RECONCILED' ELSE 'UNRECONCILED' END, 3,
			CASE WHEN back THEN 6 WHEN paid THEN 4 ELSE 3 END, at, at, CASE WHEN paid THEN at END FROM many`,
	`INSERT INTO payment_lines (tenant_id, id, payment_id, position, quantity, product_name, unit_minor, gross_minor, final_minor, share_minor, is_food)
		SELECT tenant, pg_temp.id('d01', n), pg_temp.id('d00', n), 0, 1, 'Soup', 1000, 1000, 1000, 1000, false FROM many`,
	`INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, order_id, amount_minor, held_minor, captured_minor, refunded_minor)
		SELECT tenant, pg_temp.id('d02', n), pg_temp.id('d00', n), 0, 'ORDER', pg_temp.id('b00', n), 1000, CASE WHEN held THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END, CASE WHEN back THEN 1000 ELSE 0 END FROM many`,
	`INSERT INTO transactions (tenant_id, id, payment_id, attempt_number, gateway_id, method_type, status, external_id, currency, auto_capture, requested_minor, held_minor,
			captured_minor, confirmed_minor, refunded_minor, told_refunded_minor, fee_minor, error_code, error_message, lease_until, created_at, updated_at, captured_at, hold_expires_at, wake_at)
		SELECT tenant, pg_temp.id('e00', n), pg_temp.id('d00', n), 1, pg_temp.id('a00', 1), 'CARD', CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' ELSE 'CAPTURED' END,
			'x' || n, 'EUR', NOT held, 1000, CASE WHEN held THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END, CASE WHEN paid THEN 1000 ELSE 0 END,
			CASE WHEN back THEN 1000 ELSE 0 END, CASE WHEN back THEN 1000 ELSE 0 END, CASE WHEN paid THEN 20 END,
			CASE WHEN failed THEN 'DECLINED' END, CASE WHEN failed THEN 'Declined.' END, at, at, at, CASE WHEN paid THEN at END, CASE WHEN held THEN at END, CASE WHEN held THEN at END FROM many`,
	`INSERT INTO refunds (tenant_id, id, batch_id, payment_id, transaction_id, currency, amount_minor, method, status, succeeded_once, created_by, created_at, updated_at, succeeded_at)
		SELECT tenant, pg_temp.id('f00', n), pg_temp.id('f00', n), pg_temp.id('d00', n), pg_temp.id('e00', n), 'EUR', 1000, 'ORIGINAL', 'SUCCEEDED', true, 'x', at, at, at FROM many WHERE back`,
	`INSERT INTO idempotency_keys (tenant_id, operation, key, fingerprint, payment_id, subject_id, created_at)
		SELECT tenant, 'payOrders', 'k' || n, sha256(n::text::bytea), pg_temp.id('d00', n), pg_temp.id('e00', n), at FROM many UNION ALL
		SELECT tenant, 'refundPayment', 'r' || n, sha256(n::text::bytea), pg_temp.id('d00', n), pg_temp.id('f00', n), at FROM many WHERE back`,
	`INSERT INTO payment_events (tenant_id, payment_id, seq, id, type, transaction_id, refund_id, amount_minor, status, actor, created_at)
		SELECT tenant, pg_temp.id('d00', n), e.seq, pg_temp.id('1' || lpad(e.seq::text, 2, '0'), n), e.type, CASE WHEN e.seq > 1 THEN pg_temp.id('e00', n) END,
			CASE WHEN e.seq > 4 THEN pg_temp.id('f00', n) END, 1000, e.status, 'x', at
		FROM many CROSS JOIN LATERAL (VALUES (1, 'PAYMENT_CREATED', 'CREATED'), (2, 'TRANSACTION_CREATED', 'PROCESSING'),
			(3, CASE WHEN held THEN 'TRANSACTION_AUTHORIZED' WHEN failed THEN 'TRANSACTION_FAILED' ELSE 'TRANSACTION_CAPTURED' END,
				CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' ELSE 'PAID' END),
			(4, 'TRANSACTION_CONFIRMED', 'CONFIRMED'), (5, 'REFUND_REQUESTED', 'CONFIRMED'), (6, 'REFUND_SUCCEEDED', 'REFUNDED')) e (seq, type, status)
		WHERE e.seq <= 3 OR paid AND e.seq = 4 OR back`,
	`INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, debit_gateway_id, debit_customer_id, credit_kind, credit_gateway_id, credit_customer_id,
			currency, amount_minor, created_at)
		SELECT tenant, pg_temp.id('2' || lpad(e.seq::text, 2, '0'), n * 2 + e.position), pg_temp.id('d00', n), e.seq, e.position,
			e.debit, CASE WHEN e.debit IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES') THEN pg_temp.id('a00', 1) END, CASE WHEN e.debit = 'CUSTOMER_RECEIVABLE' THEN pg_temp.id('c00', customer) END,
			e.credit, CASE WHEN e.credit = 'GATEWAY_CLEARING' THEN pg_temp.id('a00', 1) END, CASE WHEN e.credit = 'CUSTOMER_RECEIVABLE' THEN pg_temp.id('c00', customer) END, 'EUR', e.minor, at
		FROM many CROSS JOIN (VALUES (3, 0, 'GATEWAY_CLEARING', 'CUSTOMER_RECEIVABLE', 1000), (4, 0, 'SETTLED', 'GATEWAY_CLEARING', 980), (4, 1, 'FEES', 'GATEWAY_CLEARING', 20),
			(5, 0, 'CUSTOMER_RECEIVABLE', 'REFUNDS_PAYABLE', 1000), (6, 0, 'REFUNDS_PAYABLE', 'GATEWAY_CLEARING', 1000)) e (seq, position, debit, credit, minor)
		WHERE paid AND e.seq <= 4 OR back`,
}

// Foreign keys are dropped while the crowd is loaded and made again afterwards, which
// is faster, and checks them all the same.
const (
	dropKeys = `CREATE TEMP TABLE foreign_keys AS SELECT conrelid::regclass AS child, conname AS name, pg_get_constraintdef(oid) AS definition
		FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
		DO $$ DECLARE k record; BEGIN FOR k IN SELECT * FROM foreign_keys LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.child, k.name); END LOOP; END $$`
	makeKeys = `DO $$ DECLARE k record; BEGIN FOR k IN SELECT * FROM foreign_keys LOOP
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.child, k.name, k.definition); END LOOP; END $$`
)

// fillCrowd loads the crowd in one session.
func (b base) fillCrowd(payments int) {
	b.t.Helper()
	conn, err := b.db.Connx(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range slices.Concat([]string{"SET statement_timeout = 0", "SET synchronous_commit = off", dropKeys}, crowd, []string{makeKeys, "VACUUM ANALYZE"}) {
		if strings.Contains(statement, "$1") {
			statement = strings.NewReplacer("$1", "'"+b.tenant.ID.String()+"'", "$2", fmt.Sprint(payments)).Replace(statement)
		}
		if _, err := conn.ExecContext(b.t.Context(), statement); err != nil {
			b.t.Fatalf("%v: %.200s", err, statement)
		}
	}
}

// verify checks every invariant as the command does, and returns how long each took.
func (b base) verify() (took map[string]time.Duration) {
	b.t.Helper()
	took = map[string]time.Duration{}
	for r := range b.store.Verify(b.t.Context()) {
		if r.Err != nil || r.Count > 0 {
			b.t.Errorf("%s: %d, %v: %v", r.Invariant.Name, r.Count, r.Err, r.Shown)
		}
		took[r.Invariant.Name] = r.Took
	}
	if len(took) != len(store.Invariants()) {
		b.t.Errorf("%d of %d invariants were checked", len(took), len(store.Invariants()))
	}
	return took
}

// TestVerifyCrowd proves that what TestVerifyMillion measures is sound, with few rows.
func TestVerifyCrowd(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.fillCrowd(200)
	b.verify()
	b.exec("UPDATE orders SET in_flight_minor = 1")
	broken := 0
	for r := range b.store.Verify(context.WithoutCancel(t.Context())) {
		broken += r.Count
	}
	if broken == 0 {
		t.Error("nothing is noticed")
	}
}

// TestVerifyMillion times paygraph verify on a million ledger entries.
func TestVerifyMillion(t *testing.T) {
	if !*million {
		t.Log("run with -million to measure")
		return
	}
	b := newBase(t)
	began := time.Now()
	b.fillCrowd(manyPayments)
	var entries int
	if err := b.db.GetContext(t.Context(), &entries, "SELECT count(*) FROM ledger_entries"); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d payments with %d ledger entries, loaded in %s", manyPayments, entries, time.Since(began).Round(time.Second))
	began = time.Now()
	took := b.verify()
	all := time.Since(began)
	for _, i := range store.Invariants() {
		t.Logf("%8s  %s", took[i.Name].Round(time.Millisecond), i.Name)
	}
	t.Logf("%8s  in all", all.Round(time.Millisecond))
	if entries < 1_000_000 || all > verifyLimit {
		t.Errorf("%d entries took %s, more than %s", entries, all, verifyLimit)
	}
}
