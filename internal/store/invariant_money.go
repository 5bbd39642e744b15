package store

import "fmt"

// moneyInvariants are about what is owed, asked for, held and paid.
var moneyInvariants = []Invariant{
	{"an order's money is that of its allocations", `
		SELECT o.id, o.captured_minor, o.refunded_minor, o.held_minor, o.in_flight_minor, a.captured, a.refunded, a.held, a.asked
		FROM orders o LEFT JOIN (SELECT tenant_id, order_id, sum_minor(captured_minor) AS captured, sum_minor(refunded_minor) AS refunded, sum_minor(held_minor) AS held, sum_minor(in_flight_minor) AS asked
			FROM payment_allocations WHERE order_id IS NOT NULL GROUP BY 1, 2) a ON a.tenant_id = o.tenant_id AND a.order_id = o.id
		WHERE (o.captured_minor, o.refunded_minor, o.held_minor, o.in_flight_minor) <> (coalesce(a.captured, 0), coalesce(a.refunded, 0), coalesce(a.held, 0), coalesce(a.asked, 0))`},
	{"a stand-alone invoice's money is that of its allocations", `
		SELECT i.id, i.captured_minor, i.refunded_minor, i.held_minor, i.in_flight_minor, a.captured, a.refunded, a.held, a.asked
		FROM invoices i LEFT JOIN (SELECT tenant_id, invoice_id, sum_minor(captured_minor) AS captured, sum_minor(refunded_minor) AS refunded, sum_minor(held_minor) AS held, sum_minor(in_flight_minor) AS asked
			FROM payment_allocations WHERE invoice_id IS NOT NULL AND order_id IS NULL GROUP BY 1, 2) a ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id
		WHERE i.order_id IS NULL AND (i.captured_minor, i.refunded_minor, i.held_minor, i.in_flight_minor) <> (coalesce(a.captured, 0), coalesce(a.refunded, 0), coalesce(a.held, 0), coalesce(a.asked, 0))`},
	{"orders are promised what their payments hold and ask for", promised("orders o", "a.order_id IS NOT NULL")},
	{"stand-alone invoices are promised what their payments hold and ask for", promised("invoices o WHERE order_id IS NULL", "a.order_id IS NULL AND a.invoice_id IS NOT NULL")},
	{"no order is promised more than it owes, unless money came late or was approved as surplus", `
		SELECT id, total_minor, captured_minor, refunded_minor, in_flight_minor, held_minor FROM orders o
		WHERE captured_minor - refunded_minor + in_flight_minor + held_minor > total_minor AND NOT EXISTS (
			SELECT 1 FROM payment_allocations a JOIN transactions x ON x.tenant_id = a.tenant_id AND x.payment_id = a.payment_id
			WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id AND (x.is_late OR x.approved_by IS NOT NULL AND a.surplus_minor > 0))`},
	{"all that a gateway of vouchers captured counts as paid by vouchers", `
		SELECT id, payment_id, captured_minor, voucher_minor FROM transactions
		WHERE (method_type = 'VOUCHER' OR vouchers_tendered IS NOT NULL) AND voucher_minor <> captured_minor`},
	{"an order has in food vouchers what its payments have", `
		SELECT o.tenant_id, o.minor, x.minor FROM (SELECT tenant_id, sum_minor(voucher_minor) AS minor FROM orders GROUP BY 1) o LEFT JOIN (
			SELECT x.tenant_id, sum_minor(CASE WHEN x.status IN ` + unfinished + ` THEN x.requested_minor ELSE x.held_minor + x.captured_minor END) AS minor
			FROM transactions x JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id
			WHERE g.is_food_only AND EXISTS (
				SELECT FROM payment_allocations a WHERE a.tenant_id = x.tenant_id AND a.payment_id = x.payment_id AND a.order_id IS NOT NULL) GROUP BY 1) x ON x.tenant_id = o.tenant_id
		WHERE o.minor <> coalesce(x.minor, 0)`},
	{"no order has more food vouchers than food, unless money came late or wrong", `
		SELECT o.id, o.food_minor, o.voucher_minor FROM orders o WHERE o.voucher_minor > o.food_minor AND NOT EXISTS (
			SELECT FROM payment_allocations a JOIN transactions x ON x.tenant_id = a.tenant_id AND x.payment_id = a.payment_id
			JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id
			WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id AND g.is_food_only AND (x.is_late OR x.is_mismatch))`},
	{"an invoice follows the order that it bills", `
		SELECT i.id, o.id FROM invoices i JOIN orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id
		WHERE (i.total_minor, i.captured_minor, i.refunded_minor, i.held_minor, i.in_flight_minor) <>
			(o.total_minor, o.captured_minor, o.refunded_minor, o.held_minor, o.in_flight_minor)`},
	{"an allocation names the invoice that bills its order", `
		SELECT a.id, i.id FROM payment_allocations a JOIN invoices i ON i.tenant_id = a.tenant_id AND i.order_id = a.order_id
		WHERE a.invoice_id IS DISTINCT FROM i.id`},
	{"a payment's allocations add up to it", `
		SELECT p.id, p.final_minor, p.in_flight_minor, p.held_minor, p.captured_minor, p.refunded_minor, p.surplus_minor, a.* FROM payments p JOIN (
			SELECT tenant_id, payment_id, sum_minor(amount_minor) AS amount, sum_minor(in_flight_minor) AS asked, sum_minor(held_minor) AS held, sum_minor(captured_minor) AS captured, sum_minor(refunded_minor) AS refunded, sum_minor(greatest(0, surplus_minor - refunded_minor)) AS surplus
			FROM payment_allocations GROUP BY 1, 2) a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
		WHERE (p.final_minor, p.in_flight_minor, p.held_minor, p.captured_minor, p.refunded_minor, greatest(0, p.surplus_minor - p.refunded_minor)) <>
			(a.amount, a.asked, a.held, a.captured, a.refunded, a.surplus)`},
	{"what an order or invoice has beyond its total is surplus, unless a refund failed after all", beyondTotal("order", "") + " UNION ALL " + beyondTotal("invoice", "AND o.order_id IS NULL")},
	{"surplus was not owed", `
		SELECT a.id, a.payment_id, a.amount_minor, a.captured_minor, a.refunded_minor, a.surplus_minor FROM payment_allocations a
		LEFT JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id LEFT JOIN invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
		WHERE a.surplus_minor > a.refunded_minor AND a.surplus_minor - a.refunded_minor > greatest(a.captured_minor - a.amount_minor,
			coalesce(o.captured_minor - o.total_minor, i.captured_minor - i.total_minor))`},
	{"surplus goes back first, unless it came later or a refund failed after all", `
		SELECT a.payment_id, a.id, b.id FROM payment_allocations a JOIN payment_allocations b ON b.tenant_id = a.tenant_id AND b.payment_id = a.payment_id
		WHERE a.surplus_minor > a.refunded_minor AND b.refunded_minor > b.surplus_minor AND NOT EXISTS (
			SELECT FROM payment_events r JOIN payment_events e ON e.tenant_id = r.tenant_id AND e.payment_id = r.payment_id AND e.seq > r.seq
			WHERE r.tenant_id = a.tenant_id AND r.payment_id = a.payment_id AND r.type = 'REFUND_SUCCEEDED' AND (e.type = 'TRANSACTION_CAPTURED' OR e.refund_id = r.refund_id))`},
	{"a part captures at most its amount, unless money came late or wrong, or was approved as surplus", `
		SELECT a.id, a.payment_id FROM payment_allocations a WHERE a.captured_minor > a.amount_minor AND NOT EXISTS (
			SELECT FROM transactions x WHERE x.tenant_id = a.tenant_id AND x.payment_id = a.payment_id AND (x.is_late OR x.is_mismatch OR x.approved_by IS NOT NULL AND a.surplus_minor > 0))`},
	{"an allocation's payment and order have one customer and currency", `
		SELECT a.id, a.payment_id, a.order_id FROM payment_allocations a LEFT JOIN payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
			LEFT JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		WHERE p.id IS NULL OR a.order_id IS NOT NULL AND (p.customer_id, p.currency) IS DISTINCT FROM (o.customer_id, o.currency)`},
	{"a payment pays an order once", `
		SELECT payment_id, order_id FROM payment_allocations WHERE order_id IS NOT NULL GROUP BY tenant_id, payment_id, order_id HAVING count(*) > 1`},
	{"lines and discounts explain what orders and payments come to", explained("order", "subtotal_minor") + " UNION ALL " + explained("payment", "total_minor")},
}

// promised is the query for customers whose orders or invoices have other amounts held
// or asked for than the payments that pay such. By customer, because how a payment's
// are spread over its parts is not stored.
func promised(owing, allocation string) string {
	return `
		SELECT o.tenant_id, o.customer_id, o.held, o.asked, p.held, p.asked FROM (
			SELECT tenant_id, customer_id, sum_minor(held_minor) AS held, sum_minor(in_flight_minor) AS asked FROM ` + owing + ` GROUP BY 1, 2) o
		LEFT JOIN (SELECT tenant_id, customer_id, sum_minor(held_minor) AS held, sum_minor(in_flight_minor) AS asked FROM payments p
			WHERE EXISTS (SELECT FROM payment_allocations a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id AND ` + allocation + `) GROUP BY 1, 2) p
			ON (p.tenant_id, p.customer_id) = (o.tenant_id, o.customer_id)
		WHERE (o.held, o.asked) <> (coalesce(p.held, 0), coalesce(p.asked, 0))`
}

// beyondTotal is the query for orders or invoices that were paid more than their total
// by more than their payments have of surplus, though no refund of these came again.
func beyondTotal(subject, which string) string {
	return fmt.Sprintf(`
		SELECT o.id, o.total_minor, o.captured_minor, o.refunded_minor FROM %[1]ss o
		WHERE o.captured_minor - o.refunded_minor > o.total_minor %[2]s AND o.captured_minor - o.refunded_minor - o.total_minor > (
			SELECT coalesce(sum_minor(greatest(0, a.surplus_minor - a.refunded_minor)), 0) FROM payment_allocations a WHERE a.tenant_id = o.tenant_id AND a.%[1]s_id = o.id) AND NOT EXISTS (
			SELECT FROM payment_allocations a JOIN payment_events r ON r.tenant_id = a.tenant_id AND r.payment_id = a.payment_id
			JOIN payment_events e ON e.tenant_id = r.tenant_id AND e.payment_id = r.payment_id AND e.refund_id = r.refund_id AND e.seq > r.seq
			WHERE a.tenant_id = o.tenant_id AND a.%[1]s_id = o.id AND r.type = 'REFUND_SUCCEEDED')`, subject, which)
}

// explained is the query for orders or payments whose lines come to another total, or
// with the discounts to another discount, or whose shares to another final amount.
func explained(owner, total string) string {
	return fmt.Sprintf(`
		SELECT o.id, o.%[2]s, o.discount_minor, l.gross, l.off, l.share, d.applied FROM %[1]ss o
		LEFT JOIN (SELECT tenant_id, %[1]s_id, sum_minor(gross_minor) AS gross, sum_minor(gross_minor - final_minor) AS off, sum_minor(share_minor) AS share
			FROM %[1]s_lines GROUP BY 1, 2) l ON l.tenant_id = o.tenant_id AND l.%[1]s_id = o.id
		LEFT JOIN (SELECT tenant_id, %[1]s_id, sum_minor(applied_minor) AS applied FROM %[1]s_discounts GROUP BY 1, 2) d ON d.tenant_id = o.tenant_id AND d.%[1]s_id = o.id
		WHERE l.gross <> o.%[2]s OR l.share <> o.%[2]s - o.discount_minor OR o.discount_minor <> coalesce(l.off, 0) + coalesce(d.applied, 0)`, owner, total)
}
