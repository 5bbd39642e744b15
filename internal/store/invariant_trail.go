package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// trail is a table whose changes the audit log tells, with the columns whose newest
// value there must be that of the row. They are those that nothing else explains and
// that seldom change: what is secret the log does not tell, and what payments and the
// amounts and states of attempts are follows from events, allocations and the books.
type trail struct{ table, columns string }

var trails = []trail{
	{"api_keys", "name prefix scopes created_by expires_at revoked_at trusted_documents_only"},
	{"trusted_documents", "hash created_by"},
	{"payment_gateways", "connector kind method_type is_enabled is_food_only minimum_minor minimum_currency"},
	{"payment_methods", "customer_id gateway_id type detached_at"},
	{"products", "currency unit_minor is_food"},
	{"businesses", "reference_id"},
	{"billing_subscriptions", "customer_id currency price_minor interval_unit interval_count starts_on cancelled_at"},
	{"orders", "customer_id currency total_minor cancelled_at"},
	{"invoices", "customer_id currency total_minor order_id number voided_at"},
	{"transactions", "payment_id gateway_id method_type external_id external_id2 external_id3 manual_reference approved_by"},
	{"operations", "transaction_id kind external_id"},
	{"refunds", "transaction_id method external_id manual_reference"},
	{"webhook_endpoints", "url payload disabled_reason created_by deleted_at"},
}

// trailInvariants say that rows are what the audit log last told of them, and that
// whatever keeps history from being changed past it is in force.
var trailInvariants = []Invariant{
	{"a row is what the audit log last said of it", strayTrails()},
	{"no row is gone of which the audit log does not say so", goneRows()},
	{"history is kept by its triggers", `
		SELECT x.* FROM (VALUES ` + expectedTriggers() + `) x (table_name, trigger_name, function_name)
		WHERE NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE t.tgrelid = to_regclass(x.table_name) AND t.tgname = x.trigger_name AND p.proname = x.function_name AND t.tgenabled IN ('O', 'A'))`},
}

func strayTrails() string {
	var parts []string
	for _, t := range trails {
		parts = append(parts, t.stray())
	}
	return strings.Join(parts, " UNION ALL ")
}

// stray is the query for entries that tell something else than the row, and are the
// newest that tell it. An entry of a new row leaves out what is null. CASE has the
// database look for newer entries last: most entries tell what the row is.
func (t trail) stray() string {
	var differs []string
	for _, column := range strings.Fields(t.columns) {
		told := fmt.Sprintf("e.after ->> '%s' IS DISTINCT FROM t.%[1]s::text", column)
		switch {
		case strings.HasSuffix(column, "_at"): // written in the time zone of whoever wrote
			told = fmt.Sprintf("(e.after ->> '%s')::timestamptz IS DISTINCT FROM t.%[1]s", column)
		case column == "trusted_documents_only": // older keys begin without it
			told = fmt.Sprintf("coalesce(e.after ->> '%s', 'false') IS DISTINCT FROM t.%[1]s::text", column)
		case column == "scopes":
			told = fmt.Sprintf("e.after -> '%s' IS DISTINCT FROM to_jsonb(t.%[1]s)", column)
		}
		differs = append(differs, fmt.Sprintf("CASE WHEN %s AND (e.action = 'INSERT' OR e.after ? '%s') THEN NOT %s END", told, column, later(column)))
	}
	return fmt.Sprintf(`
		SELECT e.subject, e.tenant_id, e.subject_id, e.id AS entry FROM %s t JOIN audit_entries e ON e.tenant_id = t.tenant_id AND e.subject_id = t.id
		WHERE e.subject = '%s' AND e.action IN ('INSERT', 'UPDATE') AND (%s)`, t.table, audited[t.table], strings.Join(differs, "\n\t\t\tOR "))
}

// later says that a later entry of the same row tells a column.
func later(column string) string {
	return fmt.Sprintf("EXISTS (SELECT FROM audit_entries l WHERE l.tenant_id = e.tenant_id AND l.subject_id = e.subject_id AND l.subject = e.subject AND (l.at, l.id) > (e.at, e.id) AND l.after ? '%s')", column)
}

// goneRows is the query for tables with fewer rows than the audit log tells of. Rows may
// be more: those from before there was a log.
func goneRows() string {
	var counts []string
	for table, subject := range audited {
		counts = append(counts, fmt.Sprintf("SELECT tenant_id, '%s' AS subject, count(*) AS rows FROM %s GROUP BY 1", subject, table))
	}
	slices.Sort(counts)
	return `
		SELECT tenant_id, subject, e.told, x.rows FROM (
			SELECT tenant_id, subject, count(*) FILTER (WHERE action = 'INSERT') - count(*) FILTER (WHERE action = 'DELETE') AS told FROM audit_entries
			WHERE subject NOT IN ('COMPANY', 'REQUEST') GROUP BY 1, 2) e
		LEFT JOIN (` + strings.Join(counts, " UNION ALL ") + `) x USING (tenant_id, subject)
		WHERE e.told > coalesce(x.rows, 0)`
}

// trigger is a trigger of a table, with the function that it calls.
type trigger struct{ table, name, function string }

// triggers are those of single tables.
var triggers = []trigger{
	{"audit_entries", "audit_entries_seal", "refuse_change"}, {"audit_entries", "audit_entries_stay", "refuse_change"},
	{"audit_heads", "audit_heads_grow", "refuse_change"}, {"audit_heads", "audit_heads_stay", "refuse_change"},
	{"ledger_entries", "ledger_entries_stay", "refuse_change"}, {"payment_events", "payment_events_stay", "refuse_change"},
	{"payment_events", "payment_events_place", "refuse_change"}, {"event_heads", "event_heads_grow", "refuse_change"}, {"event_heads", "event_heads_stay", "refuse_change"},
	{"webhook_attempts", "webhook_attempts_stay", "refuse_change"},
	{"tenants", "audit", "audit_company"}, {"tenants", "audit_same", "refuse_change"}, {"tenants", "audit_stay", "refuse_change"}, {"companies", "audit", "audit_company"},
}

// audited are the tables whose every change is recorded, with what the log calls them.
var audited = map[string]string{
	"api_keys": "API_KEY", "billing_subscriptions": "BILLING_SUBSCRIPTION", "businesses": "BUSINESS", "customer_balances": "CREDIT_BALANCE", "customers": "CUSTOMER",
	"gateway_parameters": "GATEWAY_PARAMETER", "gateway_rules": "GATEWAY_RULE", "invoices": "INVOICE", "operations": "OPERATION", "orders": "ORDER", "payment_gateways": "PAYMENT_GATEWAY",
	"payment_methods": "PAYMENT_METHOD", "payments": "PAYMENT", "products": "PRODUCT", "refunds": "REFUND", "transactions": "TRANSACTION",
	"webhook_endpoints": "WEBHOOK_ENDPOINT",
	"trusted_documents": "TRUSTED_DOCUMENT",
}

// expectedTriggers are all triggers as rows of SQL.
func expectedTriggers() string {
	list := triggers[:len(triggers):len(triggers)]
	for table := range audited {
		list = append(list, trigger{table, "audit", "audit_" + table}, trigger{table, "audit_truncate", "refuse_change"})
	}
	slices.SortFunc(list, func(a, b trigger) int {
		return cmp.Or(strings.Compare(a.table, b.table), strings.Compare(a.name, b.name))
	})
	var rows []string
	for _, t := range list {
		rows = append(rows, fmt.Sprintf("('%s', '%s', '%s')", t.table, t.name, t.function))
	}
	return strings.Join(rows, ", ")
}
