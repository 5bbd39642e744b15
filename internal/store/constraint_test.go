package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/store"
)

// refusals are changes of the world's rows that the database must refuse by
// itself, whatever the program forgot, with the table or unique index that
// refuses.
var refusals = map[string]struct{ code, by, statement string }{
	"refunded more than captured":          {"23514", "payments", "UPDATE payments SET refunded_minor = captured_minor + 1"},
	"confirmed more than captured":         {"23514", "payments", "UPDATE payments SET confirmed_minor = captured_minor + 1"},
	"vouchers above the captured amount":   {"23514", "payments", "UPDATE payments SET voucher_minor = captured_minor + 1"},
	"final is not total less discount":     {"23514", "payments", "UPDATE payments SET final_minor = final_minor + 1"},
	"total is not final plus discount":     {"23514", "payments", "UPDATE payments SET total_minor = total_minor + 1"},
	"unknown headline":                     {"23514", "payments", "UPDATE payments SET status = 'COMPLETED'"},
	"closed by paying":                     {"23514", "payments", "UPDATE payments SET closed = 'PAID'"},
	"human id that can be misread":         {"23514", "payments", "UPDATE payments SET human_id = 'ABC10O' WHERE human_id = 'ABC234'"},
	"human id twice":                       {"23505", "payments_tenant_id_human_id_key", "UPDATE payments SET human_id = 'ABC234'"},
	"free payment that waits":              {"23514", "payments", "UPDATE payments SET mode = 'PAYMENT', status = 'CREATED', final_minor = 0, total_minor = discount_minor"},
	"outcome of a callback without a time": {"23514", "payments", "UPDATE payments SET callback_at = NULL, callback_success = true"},
	"currency in small letters":            {"23514", "payments", "UPDATE payments SET currency = 'eur'"},
	"metadata that is missing":             {"23502", "payments", "UPDATE payments SET metadata = NULL"},
	"more retries than the most":           {"23514", "payments", "UPDATE payments SET retries_left = 6"},
	"retries below none":                   {"23514", "payments", "UPDATE payments SET retries_left = -1"},
	"retries made below none":              {"23514", "payments", "UPDATE payments SET retries_made = -1"},
	"settled in a way there is none":       {"23514", "payments", "UPDATE payments SET reconciliation_status = 'MATCHED'"},
	"parent that is not there":             {"23503", "payments", "UPDATE payments SET parent_payment_id = gen_random_uuid()"},

	"attempt refunded more than captured": {"23514", "transactions", "UPDATE transactions SET refunded_minor = captured_minor + 1"},
	"count of vouchers without an amount": {"23514", "transactions", "UPDATE transactions SET voucher_count = 1 WHERE voucher_minor = 0"},
	"amount of vouchers without a count":  {"23514", "transactions", "UPDATE transactions SET voucher_count = NULL WHERE voucher_minor > 0"},
	"count of no vouchers":                {"23514", "transactions", "UPDATE transactions SET voucher_count = 0 WHERE voucher_minor > 0"},
	"captured while under way":            {"23514", "transactions", "UPDATE transactions SET status = 'PENDING', held_minor = 0"},
	"held while under way":                {"23514", "transactions", idle + "status = 'UNKNOWN', held_minor = 1"},
	"held after a failure":                {"23514", "transactions", idle + "status = 'FAILED', held_minor = 1"},
	"waiting for nothing":                 {"23514", "transactions", idle + "status = 'REQUIRES_ACTION', held_minor = 0, action_type = NULL"},
	"stored as refunded":                  {"23514", "transactions", "UPDATE transactions SET status = 'REFUNDED'"},
	"attempt beyond the most":             {"23514", "transactions", "UPDATE transactions SET attempt_number = 51"},
	"two live attempts": {"23505", "transactions_live", `WITH x AS (UPDATE transactions SET status = 'PENDING', captured_minor = 0, confirmed_minor = 0, refunded_minor = 0, voucher_minor = 0,
		voucher_count = NULL, held_minor = 0 RETURNING *) INSERT INTO transactions (tenant_id, id, payment_id, attempt_number, gateway_id, method_type, status, currency,
		auto_capture, requested_minor, lease_until, created_at, updated_at) SELECT tenant_id, gen_random_uuid(), payment_id, 50, gateway_id, method_type, 'UNKNOWN', currency,
		true, 1, now(), now(), now() FROM x`},
	"attempt asked after less often":   {"23514", "transactions", "UPDATE transactions SET checks = -1"},
	"wrong answers below none":         {"23514", "transactions", "UPDATE transactions SET action_tries = -1"},
	"one attempt number twice":         {"23505", "transactions_tenant_id_payment_id_attempt_number_key", "UPDATE transactions SET payment_id = (SELECT payment_id FROM transactions LIMIT 1)"},
	"one charge for two attempts":      {"23505", "transactions_external", "UPDATE transactions SET external_id = 'ch_1', gateway_id = (SELECT gateway_id FROM transactions LIMIT 1)"},
	"one transfer for two attempts":    {"23505", "transactions_manual_reference", "UPDATE transactions SET manual_reference = CASE attempt_number WHEN 2 THEN ' trf-1 ' ELSE 'TRF-1' END, method_type = 'CASH', method_label = NULL"},
	"subtotal less discount not total": {"23514", "orders", "UPDATE orders SET discount_minor = discount_minor + 1"},
	"more food than order":             {"23514", "orders", "UPDATE orders SET food_minor = total_minor + 1"},
	"order refunded more than paid":    {"23514", "orders", "UPDATE orders SET refunded_minor = captured_minor + 1"},
	"due before it is issued":          {"23514", "invoices", "UPDATE invoices SET due_on = issued_on - 1"},
	"invoice refunded more than paid":  {"23514", "invoices", "UPDATE invoices SET refunded_minor = captured_minor + 1"},
	"order billed twice":               {"23505", "invoices_of_order", "UPDATE invoices SET order_id = (SELECT order_id FROM invoices WHERE order_id IS NOT NULL)"},
	"invoice number twice":             {"23505", "invoices_tenant_id_number_key", "UPDATE invoices SET number = 'one'"},
	"line above its own price":         {"23514", "order_lines", "UPDATE order_lines SET final_minor = gross_minor + 1"},
	"line with two discounts":          {"23514", "order_lines", "UPDATE order_lines SET unit_discount_minor = 1, line_discount_minor = 1"},
	"line of nothing":                  {"23514", "payment_lines", "UPDATE payment_lines SET quantity = 0"},
	"line of a payment with two":       {"23514", "payment_lines", "UPDATE payment_lines SET unit_discount_minor = 1, line_discount_minor = 1"},
	"discount given twice":             {"23514", "order_discounts", "UPDATE order_discounts SET amount_minor = 1, value = 1, value_basis_points = NULL"},
	"discount not given":               {"23514", "payment_discounts", "UPDATE payment_discounts SET amount_minor = NULL, value = NULL, value_basis_points = NULL"},
	"discount of more than everything": {"23514", "order_discounts", "UPDATE order_discounts SET amount_minor = NULL, value = NULL, value_basis_points = 10001"},
	"value without a type":             {"23514", "order_discounts", "UPDATE order_discounts SET type = NULL, amount_minor = NULL, value = 1, value_basis_points = NULL"},
	"part of nothing":                  {"23514", "payment_allocations", "UPDATE payment_allocations SET amount_minor = 0"},
	"part without its order":           {"23514", "payment_allocations", "UPDATE payment_allocations SET order_id = NULL WHERE subject_kind = 'ORDER'"},
	"part with another's subscription": {"23514", "payment_allocations", "UPDATE payment_allocations SET subject_kind = 'INVOICE' WHERE subscription_id IS NOT NULL"},
	"part refunded more than captured": {"23514", "payment_allocations", "UPDATE payment_allocations SET refunded_minor = captured_minor + 1"},
	"part with surplus over captured":  {"23514", "payment_allocations", "UPDATE payment_allocations SET surplus_minor = captured_minor + 1"},
	"two open operations":              {"23505", "operations_open", "UPDATE operations SET status = 'UNKNOWN', kind = 'VOID', refund_id = NULL"},
	"operation of an unknown kind":     {"23514", "operations", "UPDATE operations SET kind = 'REFUND'"},
	"operation in an unknown state":    {"23514", "operations", "UPDATE operations SET status = 'CANCELLED'"},
	"operation with an unknown error":  {"23514", "operations", "UPDATE operations SET error_code = 'TIMEOUT'"},
	"refund called off twice at once":  {"23505", "operations_open", "UPDATE operations SET status = 'UNKNOWN', kind = 'CANCEL_REFUND', refund_id = (SELECT id FROM refunds LIMIT 1)"},
	"operation of a refund":            {"23514", "operations", "UPDATE operations SET kind = 'VOID' WHERE refund_id IS NOT NULL"},
	"refund called off, but which":     {"23514", "operations", "UPDATE operations SET kind = 'CANCEL_REFUND' WHERE refund_id IS NULL"},
	"operation without its refund":     {"23503", "operations", "UPDATE operations SET refund_id = gen_random_uuid() WHERE refund_id IS NOT NULL"},
	"failed less often than never":     {"23514", "claims", "INSERT INTO claims SELECT tenant_id, 'attempt', id, now(), -1 FROM transactions"},
	"operation without its attempt":    {"23503", "operations", "UPDATE operations SET transaction_id = gen_random_uuid()"},
	"operation without its payment":    {"23503", "operations", "UPDATE operations SET payment_id = gen_random_uuid()"},
	"operation in small letters":       {"23514", "operations", "UPDATE operations SET currency = 'eur'"},
	"operation asked after less often": {"23514", "operations", "UPDATE operations SET checks = -1"},
	"refund asked after less often":    {"23514", "refunds", "UPDATE refunds SET checks = -1"},
	"refund of nothing":                {"23514", "refunds", "UPDATE refunds SET amount_minor = 0"},
	"refund that succeeded at no time": {"23514", "refunds", "UPDATE refunds SET status = 'SUCCEEDED', succeeded_at = NULL"},
	"refund that failed and succeeded": {"23514", "refunds", "UPDATE refunds SET status = 'FAILED', succeeded_at = now()"},
	"event number zero":                {"23514", "payment_events", "UPDATE payment_events SET seq = 0 WHERE seq = 2"},
	"event number twice":               {"23505", "payment_events_pkey", "UPDATE payment_events SET seq = 1 WHERE seq = 2"},
	"customer whose rows remain":       {"23503", "", "DELETE FROM customers"},
	"payment that is forgotten":        {"23503", "", "DELETE FROM payments"},
	"two first choices":                {"23505", "payment_methods_default", "UPDATE payment_methods SET is_default = true, detached_at = NULL"},
	"credit below zero":                {"23514", "customer_balances", "UPDATE customer_balances SET balance_minor = -1"},
	"minimum without a currency":       {"23514", "payment_gateways", "UPDATE payment_gateways SET minimum_currency = NULL WHERE minimum_minor IS NOT NULL"},
	"food only, but no vouchers":       {"23514", "payment_gateways", "UPDATE payment_gateways SET kind = 'ONLINE', is_food_only = true"},
	"document under another's hash":    {"23514", "trusted_documents", "UPDATE trusted_documents SET document = document || ' '"},
	"document that is trusted twice":   {"23505", "trusted_documents_once", "INSERT INTO trusted_documents SELECT tenant_id, gen_random_uuid(), hash, document, created_at, created_by FROM trusted_documents"},
	"hash of a key that is none":       {"23514", "api_keys", `UPDATE api_keys SET hash = '\x00'`},
	"intent without a fingerprint":     {"23514", "idempotency_keys", `UPDATE idempotency_keys SET fingerprint = '\x00'`},
	"second installation":              {"23505", "installation_pkey", "INSERT INTO installation (cursor_secret) SELECT cursor_secret FROM installation"},
	"third environment":                {"23514", "tenants", "UPDATE tenants SET environment = 'TEST'"},
}

// idle begins a change of the attempts to a state without money.
const idle = "UPDATE transactions SET captured_minor = 0, confirmed_minor = 0, refunded_minor = 0, voucher_minor = 0, voucher_count = NULL, "

// TestConstraints proves that the database refuses what must never be stored.
func TestConstraints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.thaw()
	for name, r := range refusals {
		refused := w.try(r.statement)
		if refused == nil || string(refused.Code) != r.code || r.by != "" && refused.Table != r.by && refused.Constraint != r.by {
			t.Errorf("%s: %v", name, refused)
		}
	}
	for name, statement := range map[string]string{
		"attempt without money":     idle + "status = 'PENDING', held_minor = 0",
		"another human id":          "UPDATE payments SET human_id = 'BCD345' WHERE human_id = 'ABC234'",
		"refunded all that is paid": "UPDATE payments SET refunded_minor = captured_minor",
		"as many retries as may be": "UPDATE payments SET retries_left = 5",
		"no retries":                "UPDATE payments SET retries_left = 0",
		"settled in part":           "UPDATE payments SET reconciliation_status = 'PARTIAL'",
		"attempt settled":           "UPDATE transactions SET reconciliation_status = 'RECONCILED'",
		"operations that are over":  "UPDATE operations SET status = 'FAILED'",
	} {
		if refused := w.try(statement); refused != nil {
			t.Errorf("%s is refused: %v", name, refused)
		}
	}
}

// TestAmountColumns proves that every column with an amount refuses one below
// zero and one above the largest.
func TestAmountColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.thaw()
	var columns []struct{ Table, Column string }
	if err := w.db.SelectContext(t.Context(), &columns, `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
		WHERE table_schema = 'public' AND (column_name LIKE '%\_minor' OR column_name = 'value')`); err != nil {
		t.Fatal(err)
	}
	if len(columns) < 50 {
		t.Errorf("only %d columns: %v", len(columns), columns)
	}
	for _, c := range columns {
		for _, amount := range []int64{-1, money.MaxMinor + 1} {
			if refused := w.try(fmt.Sprintf("UPDATE %s SET %s = %d", c.Table, c.Column, amount)); refused == nil || refused.Code != "23514" {
				t.Errorf("%s.%s = %d: %v", c.Table, c.Column, amount, refused)
			}
		}
	}
}

// TestForeignTenant proves that no row can refer to a row of another tenant:
// every foreign key between rows of tenants takes the tenant along.
func TestForeignTenant(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var faults []string
	if err := b.db.SelectContext(t.Context(), &faults, `SELECT c.conrelid::regclass || ' ' || c.conname FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'tenant_id' JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attname = 'tenant_id'
		WHERE c.contype = 'f' AND NOT (a.attnum = ANY(c.conkey) AND f.attnum = ANY(c.confkey))`); err != nil {
		t.Fatal(err)
	}
	if len(faults) > 0 {
		t.Errorf("foreign keys without the tenant: %v", faults)
	}
}

// try runs a statement, undoes it, and returns how the database refused it.
func (w *world) try(statement string) *pq.Error {
	w.t.Helper()
	var refused *pq.Error
	err := w.inRolledBack(func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil && !errors.As(err, &refused) {
		w.t.Fatal(err)
	}
	return refused
}

func (w *world) inRolledBack(fn func(context.Context, *sqlx.Tx) error) error {
	tx, err := w.db.BeginTxx(w.t.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(w.t.Context(), tx)
}

// thaw lets history be changed, which triggers refuse else, so that the constraints
// behind them are seen.
func (w *world) thaw() {
	w.t.Helper()
	for _, table := range []string{"payment_events", "ledger_entries"} {
		if _, err := w.db.Exec("ALTER TABLE " + table + " DISABLE TRIGGER USER"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestSealedColumns proves that every column that could hold what is sealed is known to
// what seals it with another key, or known to hold something else.
func TestSealedColumns(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	known := []string{"api_keys.hash", "audit_entries.hash", "audit_entries.previous_hash", "audit_heads.hash", "installation.cursor_secret", "trusted_documents.hash"}
	for _, c := range store.SealedColumns {
		known = append(known, c.String())
	}
	var columns []string
	if err := b.db.SelectContext(t.Context(), &columns, `SELECT table_name || '.' || column_name FROM information_schema.columns
		JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'bytea'
		AND column_name NOT IN ('fingerprint', 'key_hash') ORDER BY 1`); err != nil {
		t.Fatal(err)
	}
	slices.Sort(known)
	if !slices.Equal(columns, known) {
		t.Errorf("columns of bytes: %v, known: %v", columns, known)
	}
}
