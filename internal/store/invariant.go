package store

import (
	"context"
	"fmt"
	"slices"
)

// unfinished are the states in which an attempt has no result yet.
const unfinished = "('CREATED', 'REQUIRES_ACTION', 'PENDING', 'UNKNOWN')"

// Invariant is something that must be true of the database after any requests
// whatever, with a query that returns the rows for which it is not.
type Invariant struct{ Name, query string }

// Invariants are all of them, the books and the audit log last.
func Invariants() []Invariant {
	return slices.Concat(moneyInvariants, historyInvariants, inboxInvariants, bookInvariants, auditInvariants)
}

// moneyInvariants are about what is owed, asked for, held and paid.
var moneyInvariants = []Invariant{
	{"an order's money is that of its allocations", `
		SELECT o.id, o.captured_minor, o.refunded_minor, a.captured, a.refunded
		FROM orders o LEFT JOIN LATERAL (SELECT coalesce(sum(a.captured_minor), 0) AS captured, coalesce(sum(a.refunded_minor), 0) AS refunded
			FROM payment_allocations a WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id) a ON true
		WHERE (o.captured_minor, o.refunded_minor) <> (a.captured, a.refunded)`},
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
		SELECT o.tenant_id, sum(o.voucher_minor) FROM orders o GROUP BY o.tenant_id HAVING sum(o.voucher_minor) <> (
			SELECT coalesce(sum(CASE WHEN x.status IN ` + unfinished + ` THEN x.requested_minor ELSE x.held_minor + x.captured_minor END), 0)
			FROM transactions x JOIN payment_gateways g ON g.tenant_id = x.tenant_id AND g.id = x.gateway_id
			WHERE g.is_food_only AND x.tenant_id = o.tenant_id)`},
	{"no order has more food vouchers than food", `SELECT id, food_minor, voucher_minor FROM orders WHERE voucher_minor > food_minor`},
	{"an invoice follows the order that it bills", `
		SELECT i.id, o.id FROM invoices i JOIN orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id
		WHERE (i.total_minor, i.captured_minor, i.refunded_minor, i.held_minor, i.in_flight_minor) <>
			(o.total_minor, o.captured_minor, o.refunded_minor, o.held_minor, o.in_flight_minor)`},
	{"an allocation names the invoice that bills its order", `
		SELECT a.id, i.id FROM payment_allocations a JOIN invoices i ON i.tenant_id = a.tenant_id AND i.order_id = a.order_id
		WHERE a.invoice_id IS DISTINCT FROM i.id`},
	{"a payment's sums are those of its attempts", `
		SELECT p.id, p.in_flight_minor, p.held_minor, p.captured_minor, x.* FROM payments p LEFT JOIN LATERAL (
			SELECT coalesce(sum(x.requested_minor) FILTER (WHERE x.status IN ` + unfinished + `), 0) AS asked, coalesce(sum(x.held_minor), 0) AS held,
				coalesce(sum(x.captured_minor), 0) AS captured, coalesce(sum(x.voucher_minor), 0) AS vouchers,
				coalesce(sum(x.refunded_minor), 0) AS refunded, coalesce(sum(x.confirmed_minor), 0) AS confirmed, sum(x.fee_minor) AS fee
			FROM transactions x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id) x ON true
		WHERE (p.in_flight_minor, p.held_minor, p.captured_minor, p.voucher_minor, p.refunded_minor, p.confirmed_minor, coalesce(p.fee_minor, -1)) <>
			(x.asked, x.held, x.captured, x.vouchers, x.refunded, x.confirmed, coalesce(x.fee, -1))`},
	{"a payment's allocations add up to it", `
		SELECT p.id, p.final_minor, p.captured_minor, p.refunded_minor, a.* FROM payments p JOIN LATERAL (
			SELECT count(*) AS parts, coalesce(sum(a.amount_minor), 0) AS amount, coalesce(sum(a.captured_minor), 0) AS captured, coalesce(sum(a.refunded_minor), 0) AS refunded
			FROM payment_allocations a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id) a ON a.parts > 0
		WHERE (p.final_minor, p.captured_minor, p.refunded_minor) <> (a.amount, a.captured, a.refunded)`},
	{"a part captures at most its amount", `SELECT id FROM payment_allocations WHERE captured_minor > amount_minor`},
	{"a payment's orders have its customer and currency", `
		SELECT p.id, o.id FROM payments p JOIN payment_allocations a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
			JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		WHERE p.customer_id <> o.customer_id OR p.currency <> o.currency`},
	{"a payment pays an order once", `
		SELECT payment_id, order_id FROM payment_allocations WHERE order_id IS NOT NULL GROUP BY tenant_id, payment_id, order_id HAVING count(*) > 1`},
	{"lines and discounts explain the total", `
		SELECT p.id, p.total_minor, l.gross FROM payments p JOIN LATERAL (SELECT sum(l.gross_minor) AS gross FROM payment_lines l
			WHERE l.tenant_id = p.tenant_id AND l.payment_id = p.id) l ON true WHERE l.gross <> p.total_minor`},
	{"the shares of lines add up to the whole", `
		SELECT p.id, p.final_minor, sum(l.share_minor) FROM payments p JOIN payment_lines l ON l.tenant_id = p.tenant_id AND l.payment_id = p.id
			GROUP BY p.tenant_id, p.id HAVING sum(l.share_minor) <> p.final_minor UNION ALL
		SELECT o.id, o.total_minor, sum(l.share_minor) FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			GROUP BY o.tenant_id, o.id HAVING sum(l.share_minor) <> o.total_minor`},
}

// historyInvariants are about events, refunds, keys and what people are told.
var historyInvariants = []Invariant{
	{"events are numbered from 1 without gaps", `
		SELECT p.id, p.event_seq, e.* FROM payments p LEFT JOIN LATERAL (
			SELECT count(*) AS number, coalesce(min(seq), 0) AS first, coalesce(max(seq), 0) AS last FROM payment_events e
			WHERE e.tenant_id = p.tenant_id AND e.payment_id = p.id) e ON true
		WHERE (p.event_seq, p.event_seq, 1) <> (e.number, e.last, e.first)`},
	{"the last event shows the headline", `
		SELECT p.id, p.status, e.status FROM payments p JOIN payment_events e ON e.tenant_id = p.tenant_id AND e.payment_id = p.id AND e.seq = p.event_seq
		WHERE p.status <> e.status`},
	{"what was captured has events of that amount", `
		SELECT x.id, x.captured_minor FROM transactions x WHERE x.captured_minor <> (SELECT coalesce(sum(e.amount_minor), 0) FROM payment_events e
			WHERE e.tenant_id = x.tenant_id AND e.transaction_id = x.id AND e.type IN ('TRANSACTION_CAPTURED', 'MANUAL_PAYMENT_APPROVED'))`},
	{"what went back has refunds and events of that amount", `
		SELECT x.id, x.refunded_minor FROM transactions x WHERE NOT x.is_mismatch AND (x.refunded_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
			WHERE r.tenant_id = x.tenant_id AND r.transaction_id = x.id AND r.status = 'SUCCEEDED')
			OR x.refund_pending_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
			WHERE r.tenant_id = x.tenant_id AND r.transaction_id = x.id AND r.status IN ('REQUESTED', 'PENDING', 'UNKNOWN')))`},
	{"paidAt says that all is captured", `
		SELECT id, status, paid_at FROM payments WHERE (paid_at IS NOT NULL) <> (captured_minor >= final_minor AND captured_minor > 0)`},
	{"an unknown outcome has attention", `
		SELECT p.id, p.attention FROM payments p WHERE ('UNKNOWN_OUTCOME' = ANY(p.attention)) <> EXISTS (
			SELECT FROM transactions x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.status = 'UNKNOWN' UNION ALL
			SELECT FROM operations x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.status = 'UNKNOWN' UNION ALL
			SELECT FROM refunds x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.status = 'UNKNOWN')`},
	{"a key names one payment", `SELECT payment_id FROM idempotency_keys WHERE operation IN ('payOrders', 'createPayment') GROUP BY tenant_id, payment_id HAVING count(*) > 1`},
}

// maxViolations bounds how many broken rows are told apart.
const maxViolations = 20

// Violations counts the rows that break an invariant, of all companies, and shows the
// first of them. It is the operator's question and no caller's.
func (s *Store) Violations(ctx context.Context, i Invariant) (count int, shown []string, err error) {
	const query = "SELECT count(*) OVER () AS total, row_to_json(x)::text AS row FROM (%s) x LIMIT %d"
	var rows []struct {
		Total int
		Row   string
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		// A large database takes longer than any request may.
		if _, err := s.writer(ctx).ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		rows = nil
		return s.reader(ctx).SelectContext(ctx, &rows, fmt.Sprintf(query, i.query, maxViolations))
	})
	if err != nil {
		return 0, nil, translate(err, "check that "+i.Name)
	}
	for _, r := range rows {
		count, shown = r.Total, append(shown, r.Row)
	}
	return count, shown, nil
}

// Query is the text that finds what breaks the invariant.
func (i Invariant) Query() string { return i.query }
