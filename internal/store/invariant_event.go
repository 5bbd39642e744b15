package store

// newest is the newest event of a group, as its number, type and amount.
const newest = `max(lpad(e.seq::text, 10, '0') || ' ' || e.type || ' ' || coalesce(e.amount_minor, 0))`

// eventInvariants say that the events of a payment explain what is stored of it: they
// are what others are told, and nothing may change without one.
var eventInvariants = []Invariant{
	{"events are numbered from 1 without gaps", `
		SELECT p.id, p.event_seq, e.* FROM payments p LEFT JOIN (
			SELECT tenant_id, payment_id, count(*) AS number, min(seq) AS first, max(seq) AS last FROM payment_events GROUP BY 1, 2) e
			ON e.tenant_id = p.tenant_id AND e.payment_id = p.id
		WHERE (p.event_seq, p.event_seq, 1) <> (coalesce(e.number, 0), coalesce(e.last, 0), coalesce(e.first, 0))`},
	{"the last event shows the headline", `
		SELECT p.id, p.status, e.status FROM payments p JOIN payment_events e ON e.tenant_id = p.tenant_id AND e.payment_id = p.id AND e.seq = p.event_seq
		WHERE p.status <> e.status`},
	{"what was captured, confirmed and charged back has events of that amount", `
		SELECT x.id, x.captured_minor, x.confirmed_minor, x.charged_back_minor, e.* FROM transactions x LEFT JOIN (
			SELECT tenant_id, transaction_id, sum(amount_minor) FILTER (WHERE type IN ('TRANSACTION_CAPTURED', 'MANUAL_PAYMENT_APPROVED')) AS captured,
				sum(amount_minor) FILTER (WHERE type = 'TRANSACTION_CONFIRMED') AS confirmed, bool_or(type = 'SETTLEMENT_DISCREPANCY') AS disagreed,
				sum(amount_minor) FILTER (WHERE type = 'CHARGEBACK_RECORDED') AS charged_back
			FROM payment_events WHERE transaction_id IS NOT NULL GROUP BY 1, 2) e ON e.tenant_id = x.tenant_id AND e.transaction_id = x.id
		WHERE (x.captured_minor, x.charged_back_minor) <> (coalesce(e.captured, 0), coalesce(e.charged_back, 0))
			OR x.confirmed_minor < coalesce(e.confirmed, 0) OR x.confirmed_minor > coalesce(e.confirmed, 0) AND NOT coalesce(e.disagreed, false)`},
	{"the newest event of an attempt shows its state, and what it holds", `
		SELECT * FROM (
			SELECT x.id, x.status, x.held_minor, split_part(state, ' ', 2) AS state, split_part(held, ' ', 2) AS held, split_part(held, ' ', 3)::bigint AS amount
			FROM transactions x LEFT JOIN (
				SELECT e.tenant_id, e.transaction_id, ` + newest + ` AS held,
					` + newest + ` FILTER (WHERE e.type NOT IN ('TRANSACTION_CONFIRMED', 'TRANSACTION_HELD_CHANGED', 'TRANSACTION_RESOLVED')) AS state
				FROM payment_events e WHERE e.transaction_id IS NOT NULL AND (e.type LIKE 'TRANSACTION\_%' OR e.type LIKE 'MANUAL\_PAYMENT\_%') GROUP BY 1, 2) e
				ON e.tenant_id = x.tenant_id AND e.transaction_id = x.id) x
		WHERE x.status IS DISTINCT FROM CASE state WHEN 'MANUAL_PAYMENT_SUBMITTED' THEN 'PENDING_APPROVAL' WHEN 'MANUAL_PAYMENT_APPROVED' THEN 'CAPTURED'
				WHEN 'MANUAL_PAYMENT_REJECTED' THEN 'REJECTED' WHEN 'MANUAL_PAYMENT_WITHDRAWN' THEN 'CANCELLED' ELSE substr(state, 13) END
			OR held IN ('TRANSACTION_AUTHORIZED', 'TRANSACTION_HELD_CHANGED') AND amount <> held_minor`},
	{"the newest event of a refund and of an operation shows its state and amount", `
		SELECT r.id, r.status, r.amount_minor, e.newest FROM refunds r LEFT JOIN (
			SELECT e.tenant_id, e.refund_id, ` + newest + ` AS newest FROM payment_events e WHERE e.refund_id IS NOT NULL GROUP BY 1, 2) e
			ON e.tenant_id = r.tenant_id AND e.refund_id = r.id
			WHERE substr(e.newest, 12) IS DISTINCT FROM 'REFUND_' || r.status || ' ' || r.amount_minor UNION ALL
		SELECT o.id, o.status, o.amount_minor, e.newest FROM operations o LEFT JOIN (
			SELECT e.tenant_id, e.operation_id, ` + newest + ` AS newest FROM payment_events e WHERE e.operation_id IS NOT NULL GROUP BY 1, 2) e
			ON e.tenant_id = o.tenant_id AND e.operation_id = o.id
			WHERE substr(e.newest, 12) IS DISTINCT FROM o.kind || '_' || o.status || ' ' || o.amount_minor`},
}
