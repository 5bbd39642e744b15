package store

import (
	"fmt"
	"strings"
)

// reference is a column of a tenant's rows that names a row of the same tenant.
type reference struct{ table, column, parent, key string }

// to is a reference to the parent's id.
func to(table, column, parent string) reference { return reference{table, column, parent, "id"} }

// masterReferences, paymentReferences, bookReferences and impliedReferences are all
// references between tenants' tables. A test holds them to the foreign keys of the database.
var (
	masterReferences = []reference{
		to("api_keys", "tenant_id", "tenants"), to("billing_subscriptions", "tenant_id", "tenants"), to("businesses", "tenant_id", "tenants"),
		to("customers", "tenant_id", "tenants"), to("invoices", "tenant_id", "tenants"), to("orders", "tenant_id", "tenants"),
		to("payment_gateways", "tenant_id", "tenants"), to("gateway_rule_lists", "tenant_id", "tenants"), to("audit_heads", "tenant_id", "tenants"), to("event_heads", "tenant_id", "tenants"), to("claims", "tenant_id", "tenants"), to("webhook_endpoints", "tenant_id", "tenants"), to("payments", "tenant_id", "tenants"), to("products", "tenant_id", "tenants"), to("trusted_documents", "tenant_id", "tenants"),
		to("billing_subscriptions", "customer_id", "customers"), to("billing_subscriptions", "payment_method_id", "payment_methods"),
		to("customer_balances", "customer_id", "customers"), to("gateway_parameters", "gateway_id", "payment_gateways"),
		to("gateway_rules", "gateway_id", "payment_gateways"),
		{"gateway_parameter_options", "gateway_id, parameter_id", "gateway_parameters", "gateway_id, parameter_id"},
		to("invoices", "business_id", "businesses"), to("invoices", "customer_id", "customers"), to("invoices", "order_id", "orders"),
		to("order_discounts", "order_id", "orders"), to("order_line_modifiers", "line_id", "order_lines"), to("order_line_modifiers", "product_id", "products"),
		to("order_lines", "order_id", "orders"), to("order_lines", "product_id", "products"),
		to("orders", "business_id", "businesses"), to("orders", "customer_id", "customers"),
		to("payment_methods", "customer_id", "customers"), to("payment_methods", "gateway_id", "payment_gateways"),
	}
	paymentReferences = []reference{
		to("idempotency_keys", "payment_id", "payments"), to("operations", "transaction_id", "transactions"), to("operations", "refund_id", "refunds"),
		to("payment_allocations", "invoice_id", "invoices"),
		to("payment_allocations", "subscription_id", "billing_subscriptions"), to("payment_discounts", "payment_id", "payments"),
		to("payment_enabled_gateways", "gateway_id", "payment_gateways"), to("payment_enabled_gateways", "payment_id", "payments"),
		to("payment_line_modifiers", "line_id", "payment_lines"), to("payment_line_modifiers", "product_id", "products"),
		to("payment_lines", "payment_id", "payments"), to("payment_lines", "product_id", "products"), to("payments", "business_id", "businesses"),
		to("payments", "customer_id", "customers"), to("payments", "parent_payment_id", "payments"), to("payments", "payment_method_id", "payment_methods"),
		to("payments", "selected_gateway_id", "payment_gateways"), to("refunds", "transaction_id", "transactions"),
		to("simulations", "payment_id", "payments"), to("simulations", "refund_id", "refunds"), to("simulations", "transaction_id", "transactions"),
		to("transactions", "gateway_id", "payment_gateways"), to("transactions", "payment_method_id", "payment_methods"),
	}
	bookReferences = []reference{
		to("ledger_entries", "credit_gateway_id", "payment_gateways"), to("ledger_entries", "debit_gateway_id", "payment_gateways"), to("payment_events", "operation_id", "operations"),
		to("payment_events", "refund_id", "refunds"),
		to("settlement_lines", "gateway_id", "payment_gateways"), to("settlement_lines", "payment_id", "payments"),
		to("settlement_lines", "settlement_id", "settlements"), to("settlement_lines", "transaction_id", "transactions"), to("settlements", "gateway_id", "payment_gateways"),
		to("webhook_events", "gateway_id", "payment_gateways"), to("webhook_events", "payment_id", "payments"), to("webhook_events", "transaction_id", "transactions"),
		to("webhook_deliveries", "endpoint_id", "webhook_endpoints"), to("webhook_deliveries", "event_id", "payment_events"), to("webhook_deliveries", "payment_id", "payments"),
		to("webhook_attempts", "delivery_id", "webhook_deliveries"),
	}
	// impliedReferences need no query of their own: what belongs to a payment has its
	// currency, allocations and entries of the books its customer, and events its attempts.
	impliedReferences = []reference{
		to("ledger_entries", "payment_id", "payments"), to("ledger_entries", "debit_customer_id", "customers"), to("ledger_entries", "credit_customer_id", "customers"),
		to("payment_allocations", "payment_id", "payments"), to("payment_allocations", "order_id", "orders"), to("transactions", "payment_id", "payments"),
		to("operations", "payment_id", "payments"), to("refunds", "payment_id", "payments"), to("payment_events", "payment_id", "payments"), to("payment_events", "transaction_id", "transactions"),
	}
)

// tenantInvariants say that what a row names is a row of its own tenant. The
// database's foreign keys say so too, where nobody got round them: a restored copy,
// or a repair by hand, may have.
var tenantInvariants = []Invariant{
	{"master data names rows of its own tenant", strayRows(masterReferences)},
	{"payments and their parts name rows of their own tenant", strayRows(paymentReferences)},
	{"books, events and settlements name rows of their own tenant", strayRows(bookReferences)},
}

// strayRows is the query for rows whose reference names no row of their tenant.
func strayRows(references []reference) string {
	var parts []string
	for _, r := range references {
		parts = append(parts, r.stray())
	}
	return strings.Join(parts, " UNION ALL ")
}

func (r reference) stray() string {
	columns, keys, match := strings.Split(r.column, ", "), strings.Split(r.key, ", "), []string{}
	if r.parent != "tenants" {
		match = append(match, "p.tenant_id = x.tenant_id")
	}
	for i := range columns {
		match = append(match, fmt.Sprintf("p.%s = x.%s", keys[i], columns[i]))
	}
	return fmt.Sprintf("SELECT '%s' AS row_of, '%s' AS names, x.tenant_id, x.%s::text AS stray FROM %s x WHERE x.%s IS NOT NULL AND NOT EXISTS (SELECT FROM %s p WHERE %s)",
		r.table, r.column, columns[0], r.table, columns[0], r.parent, strings.Join(match, " AND "))
}
