package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg/pgtest"
	"github.com/paygraph/paygraph/internal/store"
)

// unaudited are the tables with rows of tenants whose changes the audit log does not
// record, with the reason.
var unaudited = map[string]string{
	"order_lines": "written once with the order, whose entry has the sums", "order_line_modifiers": "as order_lines", "order_discounts": "as order_lines",
	"payment_lines": "written once with the payment, whose entry has the sums", "payment_line_modifiers": "as payment_lines", "payment_discounts": "as payment_lines",
	"payment_enabled_gateways":  "written once with the payment",
	"payment_allocations":       "written once with the payment; its money follows the payment's",
	"gateway_parameter_options": "what the connector declares",
	"gateway_rule_lists":        "counts the changes of gateway_rules, which are recorded",
	"payment_events":            "only ever added, with who caused them", "ledger_entries": "only ever added, with the event that they follow from",
	"idempotency_keys": "how requests are told apart, and nobody's to change", "simulations": "what the sandbox will report; the report itself is recorded",
	"settlements": "only ever added, with who brought them", "settlement_lines": "added with their settlement; what they come to shows in attempts",
	"webhook_events": "what providers reported, kept as it came; what it led to is recorded", "claims": "who looks after a due row",
	"event_heads":        "where the log of events ends, which follows from them",
	"webhook_deliveries": "what is to be told, which follows from the log of events", "webhook_attempts": "only ever added, with what came of each",
	"audit_entries": "the audit log itself", "audit_heads": "the audit log itself",
}

// followers are the columns whose changes are not recorded although people might ask:
// the program's own books, and what follows from recorded tables.
var followers = []string{"tenant_id", "id", "fingerprint", "version", "event_seq", "updated_at", "wake_at", "lease_until", "checks",
	"orders.in_flight_minor", "orders.held_minor", "orders.captured_minor", "orders.refunded_minor", "orders.voucher_minor",
	"invoices.in_flight_minor", "invoices.held_minor", "invoices.captured_minor", "invoices.refunded_minor",
	"customers.email_folded", "transactions.slip_folded",
	"webhook_endpoints.position", "webhook_endpoints.failing_since",
	"payments.callback_success", "payments.callback_at", "payments.close_checkout_success", "payments.close_checkout_at"}

// TestEveryTableIsAudited proves that no table and no column with rows of tenants is
// forgotten: whoever adds one has its changes recorded, or says why not.
func TestEveryTableIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, table := range w.tables() {
		var source string
		if err := w.db.GetContext(t.Context(), &source, `SELECT coalesce(string_agg(p.prosrc, ''), '') FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
			WHERE g.tgrelid = $1::regclass AND g.tgname = 'audit' AND g.tgenabled = 'O'`, table); err != nil {
			t.Fatal(err)
		}
		if (source == "") != (unaudited[table] != "") {
			t.Errorf("%s: recorded is %v, and the reason why not %q", table, source != "", unaudited[table])
		}
		if source == "" {
			continue
		}
		var columns []string
		if err := w.db.SelectContext(t.Context(), &columns, "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1", table); err != nil {
			t.Fatal(err)
		}
		for _, column := range columns {
			if !strings.Contains(strings.ReplaceAll(source, `"`, ""), "NEW."+column+" ") && !slices.Contains(followers, column) && !slices.Contains(followers, table+"."+column) {
				t.Errorf("%s.%s: its changes are not recorded; call audit_table in the migration that adds it", table, column)
			}
		}
	}
}

// secrets are the columns whose content must not get into the audit log.
var secrets = strings.Fields(`api_keys.hash trusted_documents.document businesses.address customers.email customers.first_name customers.last_name customers.phone customers.address
	customers.metadata gateway_parameters.tenant_default_value gateway_parameters.sealed_value webhook_endpoints.sealed_secret webhook_endpoints.previous_secret payment_gateways.webhook_endpoint payment_methods.token payment_methods.details payment_methods.holder_name payment_methods.holder_email
	payment_methods.label orders.description orders.metadata invoices.description invoices.metadata billing_subscriptions.description billing_subscriptions.metadata
	payments.customer_email payments.customer_first_name payments.customer_last_name payments.customer_phone payments.billing_address payments.checkout_url
	transactions.rejection_reason transactions.error_message transactions.external_error_code transactions.external_error_message refunds.reason
	refunds.error_message refunds.external_error_code refunds.external_error_message operations.error_message operations.external_error_code operations.external_error_message
	payments.description payments.metadata transactions.token transactions.form transactions.details transactions.holder_name transactions.holder_email
	transactions.notes transactions.evidence_url transactions.action_url transactions.action_data`)

// TestAuditMasks proves that the audit log tells that secrets and personal data were
// changed, and neither what to nor what from, nor of what is new or gone.
func TestAuditMasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.thaw()
	w.exec("ALTER TABLE gateway_parameters DROP CONSTRAINT gateway_parameters_check") // one of its columns is always empty
	w.exec("ALTER TABLE webhook_endpoints DROP CONSTRAINT webhook_endpoints_secrets") // one that is deleted has none
	w.exec("ALTER TABLE trusted_documents DROP CONSTRAINT trusted_documents_check")   // the hash is of the document
	var hits int
	for _, secret := range secrets {
		table, column, _ := strings.Cut(secret, ".")
		value := map[string]string{"jsonb": `'["zqmarker"]'`, "text": "'zqmarker'", "bytea": "sha256('zqmarker')", "uuid": "md5('zqmarker')::uuid"}
		var kind string
		if err := w.db.GetContext(t.Context(), &kind, "SELECT data_type FROM information_schema.columns WHERE table_name = $1 AND column_name = $2", table, column); err != nil {
			t.Fatalf("%s: %v", secret, err)
		}
		w.exec(fmt.Sprintf("UPDATE %[1]s SET %[2]s = %[3]s WHERE tenant_id = $1 AND ctid = (SELECT min(ctid) FROM %[1]s WHERE tenant_id = $1)", table, column, value[kind]), w.tenant.ID)
		w.exec(fmt.Sprintf("UPDATE %[1]s SET %[2]s = %[4]s WHERE tenant_id = $1 AND %[2]s = %[3]s", table, column, value[kind],
			strings.Replace(value[kind], "zqmarker", "zqother", 1)), w.tenant.ID)
		var told string
		if err := w.db.GetContext(t.Context(), &told, "SELECT concat(before->>$1, after->>$1) FROM audit_entries WHERE action = 'UPDATE' AND after ? $1 ORDER BY at DESC LIMIT 1", column); err != nil || told != "******" {
			t.Errorf("%s: the log tells %q, %v", secret, told, err)
		}
	}
	columns := pgtest.Columns(t, w.db, "customers")
	w.exec("INSERT INTO customers (" + columns + ") SELECT " + columns + " FROM (SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), " +
		"'reference_id', 'new', 'email', 'zqmarker'))).* FROM customers c LIMIT 1) r")
	w.exec("DELETE FROM customers WHERE reference_id = 'new'")
	if err := w.db.GetContext(t.Context(), &hits, `SELECT count(*) FROM audit_entries e WHERE e::text ~ 'zqmarker|zqother' OR strpos(e::text, encode(sha256('zqmarker'), 'hex')) > 0 OR strpos(e::text, md5('zqmarker')::uuid::text) > 0`); err != nil || hits > 0 {
		t.Errorf("%d entries hold secrets, %v", hits, err)
	}
	if err := w.db.GetContext(t.Context(), &hits, `SELECT count(*) FROM audit_entries WHERE subject = 'CUSTOMER' AND coalesce(before, after) @> '{"reference_id": "new", "email": "***"}'`); err != nil || hits != 2 {
		t.Errorf("%d entries of a customer that came and went, %v", hits, err)
	}
}

// TestBookkeepingIsNoChange proves that what the program notes for itself leaves no entry.
func TestBookkeepingIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entries := func() (n int) {
		if err := w.db.GetContext(t.Context(), &n, "SELECT count(*) FROM audit_entries"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := entries()
	w.exec("UPDATE transactions SET wake_at = now(), lease_until = now(), checks = checks + 1, updated_at = now()")
	w.exec("UPDATE payments SET version = version + 1, updated_at = now()")
	w.exec("UPDATE orders SET held_minor = held_minor + 1")
	w.exec("UPDATE customers SET email = email")
	if after := entries(); after != before {
		t.Errorf("%d entries of nothing", after-before)
	}
}

// TestAuditChainScales proves that a batch takes as long to seal at the end of a long chain
// as at its beginning, and that what was sealed holds.
func TestAuditChainScales(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	const batches, batch = 10, 1000
	seal := func(tenant pay.Tenant) time.Duration {
		began, sealed := time.Now(), 0
		b.write(func(ctx context.Context) (err error) {
			sealed, err = b.store.SealAudit(ctx, tenant.ID, batch)
			return err
		})
		if sealed != batch {
			t.Fatalf("sealed %d of %d", sealed, batch)
		}
		return time.Since(began)
	}
	for tenant, size := range map[pay.Tenant]int{b.tenant: 2 * batches, b.copied: batches} {
		b.exec(`INSERT INTO audit_entries (tenant_id, at, id, actor, role, request_id, action, subject, subject_id, before, after)
			SELECT $1, now() - n * interval '1 second', gen_random_uuid(), 'admin:test', 'ADMIN', gen_random_uuid()::text, 'UPDATE', 'PAYMENT', gen_random_uuid(),
				jsonb_build_object('status', 'PROCESSING', 'captured_minor', 0, 'in_flight_minor', n), jsonb_build_object('status', 'PAID', 'captured_minor', n, 'in_flight_minor', 0)
			FROM generate_series(1, $2::int) n`, tenant.ID, size*batch)
	}
	for range batches {
		seal(b.tenant)
	}
	// By turns, and the quickest of each: whatever else runs here slows both chains alike.
	var long, short []time.Duration
	for range batches {
		long, short = append(long, seal(b.tenant)), append(short, seal(b.copied))
	}
	if last, first := slices.Min(long), slices.Min(short); last > 3*first {
		t.Errorf("a batch took %v at the beginning of a chain and %v at the end of a long one: %v, %v", first, last, short, long)
	}
	for _, i := range store.Invariants() {
		if n, shown, err := b.store.Violations(t.Context(), i); err != nil || n > 0 {
			t.Errorf("%s: %d, %v, %v", i.Name, n, shown, err)
		}
	}
}

// TestActorOfTransaction proves that the database knows who acts only as long as the
// transaction lasts.
func TestActorOfTransaction(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.db.SetMaxOpenConns(1)
	if err := b.store.InTx(pay.WithActor(t.Context(), writer), func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var actor string
	if err := b.db.GetContext(t.Context(), &actor, "SELECT audit_actor()"); err != nil || !strings.HasPrefix(actor, "database:") {
		t.Errorf("the connection still acts for %s, %v", actor, err)
	}
}
