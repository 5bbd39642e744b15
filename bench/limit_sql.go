package main

import "fmt"

// What the one-SQL limit sends: the database makes the finished JSON. Ids stay UUIDs, which
// the product takes as well, and instants are spelled as PostgreSQL does: to spell them as
// the product does would cost the database more than all the rest, and make the limit no limit.
const (
	// shownStatus is pay.Transaction.ShownStatus of transaction x.
	shownStatus = `CASE WHEN x.status <> 'CAPTURED' OR x.captured_minor = 0 THEN x.status WHEN x.refunded_minor = x.captured_minor THEN 'REFUNDED' WHEN x.refunded_minor > 0 THEN 'PARTIALLY_REFUNDED'
		WHEN x.confirmed_minor = x.captured_minor AND x.reconciliation_status <> 'DISCREPANCY' THEN 'CONFIRMED' ELSE x.status END`
	// All companies of the set have euros, which spares the limit to look.
	euros = `json_build_object('decimal', (%s * 0.01)::numeric(20, 2)::text, 'currency', %s.currency)`
)

// sqlPayment is a payment p with all that hangs on it.
var sqlPayment = `json_build_object('id', p.id, 'humanId', p.human_id, 'status', p.status, 'createdAt', p.created_at, 'finalAmount', ` + money("p.final_minor", "p") + `,
	'customer', (SELECT json_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name, 'email', c.email)
		FROM customers c WHERE c.tenant_id = p.tenant_id AND c.id = p.customer_id),
	'orders', (SELECT coalesce(json_agg(json_build_object('id', o.id, 'referenceId', o.reference_id, 'totalAmount', ` + money("o.total_minor", "o") + `) ORDER BY a.position), '[]')
		FROM payment_allocations a JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id),
	'invoices', (SELECT coalesce(json_agg(json_build_object('id', i.id, 'number', i.number, 'totalAmount', ` + money("i.total_minor", "i") + `) ORDER BY a.position), '[]')
		FROM payment_allocations a JOIN invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id),
	'transactions', (SELECT coalesce(json_agg(json_build_object('id', x.id, 'status', ` + shownStatus + `, 'createdAt', x.created_at, 'amount', ` + money("x.captured_minor", "x") + `,
			'gateway', json_build_object('id', g.id, 'name', g.name)) ORDER BY x.attempt_number), '[]')
		FROM transactions x JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id),
	'lines', (SELECT coalesce(json_agg(json_build_object('id', l.id, 'productName', l.product_name, 'quantity', l.quantity, 'finalAmount', ` + money("l.final_minor", "p") + `) ORDER BY l.position), '[]')
		FROM payment_lines l WHERE l.tenant_id = p.tenant_id AND l.payment_id = p.id),
	'discounts', (SELECT coalesce(json_agg(json_build_object('id', d.id, 'discountName', d.name, 'appliedAmount', ` + money("d.applied_minor", "p") + `) ORDER BY d.position), '[]')
		FROM payment_discounts d WHERE d.tenant_id = p.tenant_id AND d.payment_id = p.id))`

// oneSQL are the statements by the name of the question. $1 is the tenant, $2 the id of a
// payment where one is asked for.
var oneSQL = map[string]string{
	"DASH": sqlPage(sqlPayment),
	"LIST": sqlPage(`json_build_object('id', p.id, 'status', p.status, 'amount', ` + money("p.final_minor", "p") + `)`),
	"POINT": `SELECT json_build_object('data', json_build_object('payment', ` + sqlPayment + `))
		FROM payments p WHERE p.tenant_id = $1 AND p.id = $2`,
}

// sqlPage is the page of the newest payments, each as node says.
func sqlPage(node string) string {
	return `SELECT json_build_object('data', json_build_object('payments', json_build_object(
			'nodes', coalesce(json_agg(` + node + ` ORDER BY p.created_at DESC, p.id DESC) FILTER (WHERE p.place <= 50), '[]'), 'pageInfo', json_build_object('hasNextPage', count(*) > 50))))
		FROM (SELECT p.*, row_number() OVER (ORDER BY p.created_at DESC, p.id DESC) AS place FROM payments p WHERE p.tenant_id = $1
			ORDER BY p.created_at DESC, p.id DESC LIMIT 51) p`
}

func money(minor, owner string) string { return fmt.Sprintf(euros, minor, owner) }
