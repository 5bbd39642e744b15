package store

// moneyInvariants are about what is owed, asked for, held and paid.
var moneyInvariants = []Invariant{
	{"an order's money is that of its allocations", `
		SELECT o.id, o.captured_minor, o.refunded_minor, a.captured, a.refunded
		FROM orders o LEFT JOIN (SELECT tenant_id, order_id, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
			FROM payment_allocations WHERE order_id IS NOT NULL GROUP BY 1, 2) a ON a.tenant_id = o.tenant_id AND a.order_id = o.id
		WHERE (o.captured_minor, o.refunded_minor) <> (coalesce(a.captured, 0), coalesce(a.refunded, 0))`},
	{"orders are promised what their payments hold and ask for", `
		SELECT o.tenant_id, o.customer_id, o.held, o.asked, p.held, p.asked FROM (
			SELECT tenant_id, customer_id, sum(held_minor) AS held, sum(in_flight_minor) AS asked FROM orders GROUP BY 1, 2) o
		LEFT JOIN (SELECT tenant_id, customer_id, sum(held_minor) AS held, sum(in_flight_minor) AS asked FROM payments p
			WHERE EXISTS (SELECT FROM payment_allocations a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id AND a.order_id IS NOT NULL) GROUP BY 1, 2) p
			ON (p.tenant_id, p.customer_id) = (o.tenant_id, o.customer_id)
		WHERE (o.held, o.asked) <> (coalesce(p.held, 0), coalesce(p.asked, 0))`},
	{"no order is promised more than it owes, unless money came late", `
		SELECT id, total_minor, captured_minor, refunded_minor, in_flight_minor, held_minor FROM orders o
		WHERE captured_minor - refunded_minor + in_flight_minor + held_minor > total_minor AND NOT EXISTS (
			SELECT 1 FROM payment_allocations a JOIN transactions x ON x.tenant_id = a.tenant_id AND x.payment_id = a.payment_id
			WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id AND x.is_late)`},
	{"an order has in food vouchers what its payments have", `
		SELECT o.tenant_id, o.minor, x.minor FROM (SELECT tenant_id, sum(voucher_minor) AS minor FROM orders GROUP BY 1) o LEFT JOIN (
			SELECT x.tenant_id, sum(CASE WHEN x.status IN ` + unfinished + ` THEN x.requested_minor ELSE x.held_minor + x.captured_minor END) AS minor
			FROM transactions x JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id
			WHERE g.is_food_only GROUP BY 1) x ON x.tenant_id = o.tenant_id
		WHERE o.minor <> coalesce(x.minor, 0)`},
	{"no order has more food vouchers than food", `SELECT id, food_minor, voucher_minor FROM orders WHERE voucher_minor > food_minor`},
	{"an invoice follows the order that it bills", `
		SELECT i.id, o.id FROM invoices i JOIN orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id
		WHERE (i.total_minor, i.captured_minor, i.refunded_minor, i.held_minor, i.in_flight_minor) <>
			(o.total_minor, o.captured_minor, o.refunded_minor, o.held_minor, o.in_flight_minor)`},
	{"an allocation names the invoice that bills its order", `
		SELECT a.id, i.id FROM payment_allocations a JOIN invoices i ON i.tenant_id = a.tenant_id AND i.order_id = a.order_id
		WHERE a.invoice_id IS DISTINCT FROM i.id`},
	{"a payment's sums are those of its attempts", `
		SELECT p.id, p.in_flight_minor, p.held_minor, p.captured_minor, x.* FROM payments p LEFT JOIN (
			SELECT tenant_id, payment_id, coalesce(sum(requested_minor) FILTER (WHERE status IN ` + unfinished + `), 0) AS asked, sum(held_minor) AS held,
				sum(captured_minor) AS captured, sum(voucher_minor) AS vouchers, sum(refunded_minor) AS refunded, sum(refund_pending_minor) AS pending,
				sum(charged_back_minor) AS charged_back, sum(confirmed_minor) AS confirmed, sum(fee_minor) AS fee
			FROM transactions GROUP BY 1, 2) x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id
		WHERE (p.in_flight_minor, p.held_minor, p.captured_minor, p.voucher_minor, p.refunded_minor, p.refund_pending_minor, p.charged_back_minor, p.confirmed_minor, coalesce(p.fee_minor, -1)) <>
			(coalesce(x.asked, 0), coalesce(x.held, 0), coalesce(x.captured, 0), coalesce(x.vouchers, 0), coalesce(x.refunded, 0), coalesce(x.pending, 0),
				coalesce(x.charged_back, 0), coalesce(x.confirmed, 0), coalesce(x.fee, -1))`},
	{"no payment has more than its amount, unless money came late or wrong", `
		SELECT p.id, p.final_minor, p.in_flight_minor, p.held_minor, p.captured_minor FROM payments p
		WHERE p.in_flight_minor + p.held_minor + p.captured_minor > p.final_minor AND NOT EXISTS (
			SELECT FROM transactions x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND (x.is_late OR x.is_mismatch))`},
	{"a payment's allocations add up to it", `
		SELECT p.id, p.final_minor, p.captured_minor, p.refunded_minor, a.* FROM payments p JOIN (
			SELECT tenant_id, payment_id, sum(amount_minor) AS amount, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
			FROM payment_allocations GROUP BY 1, 2) a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
		WHERE (p.final_minor, p.captured_minor, p.refunded_minor) <> (a.amount, a.captured, a.refunded)`},
	{"a part captures at most its amount", `SELECT id FROM payment_allocations WHERE captured_minor > amount_minor`},
	{"a payment's orders have its customer and currency", `
		SELECT p.id, o.id FROM payments p JOIN payment_allocations a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
			JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		WHERE p.customer_id <> o.customer_id OR p.currency <> o.currency`},
	{"a payment pays an order once", `
		SELECT payment_id, order_id FROM payment_allocations WHERE order_id IS NOT NULL GROUP BY tenant_id, payment_id, order_id HAVING count(*) > 1`},
	{"lines and discounts explain the total", `
		SELECT p.id, p.total_minor, l.gross FROM payments p JOIN (SELECT tenant_id, payment_id, sum(gross_minor) AS gross FROM payment_lines GROUP BY 1, 2) l
			ON l.tenant_id = p.tenant_id AND l.payment_id = p.id WHERE l.gross <> p.total_minor`},
	{"the shares of lines add up to the whole", `
		SELECT p.id, p.final_minor, sum(l.share_minor) FROM payments p JOIN payment_lines l ON l.tenant_id = p.tenant_id AND l.payment_id = p.id
			GROUP BY p.tenant_id, p.id HAVING sum(l.share_minor) <> p.final_minor UNION ALL
		SELECT o.id, o.total_minor, sum(l.share_minor) FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			GROUP BY o.tenant_id, o.id HAVING sum(l.share_minor) <> o.total_minor`},
}
