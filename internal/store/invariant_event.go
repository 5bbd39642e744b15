package store

// newest is the newest event of a group, as its number, type and amount.
const newest = `max(lpad(seq::text, 10, '0') || ' ' || type || ' ' || coalesce(amount_minor, 0))`

// eventInvariants say that the events of a payment explain what is stored of it: they
// are what others are told, and nothing may change without one.
var eventInvariants = []Invariant{
	// One pass over the events, of which there are more than of anything else.
	{"a payment's events are numbered from 1, lie in the log in that order, begin with its amount, and end with its state", `
		SELECT p.id, p.status, p.event_seq, p.final_minor, p.closed, p.cancel_requested_at, e.* FROM payments p FULL JOIN (
			SELECT tenant_id, payment_id, count(*) AS number, min(seq) AS first, max((1000000000 + seq) || status) AS last, bool_or(misplaced) AS misplaced,
				max(amount_minor) FILTER (WHERE type = 'PAYMENT_CREATED' AND seq = 1) AS amount,
				string_agg(substr(type, 9), ' ') FILTER (WHERE type IN ('PAYMENT_CANCELLED', 'PAYMENT_EXPIRED')) AS ended,
				max(seq) FILTER (WHERE type = 'PAYMENT_CANCEL_REQUESTED') > coalesce(max(seq) FILTER (WHERE type IN ('PAYMENT_CANCEL_FAILED', 'PAYMENT_CANCELLED', 'PAYMENT_EXPIRED')), 0) AS cancelling
			FROM (SELECT *, position <= coalesce(lag(position, 1, 0::bigint) OVER (PARTITION BY tenant_id, payment_id ORDER BY seq), position) AS misplaced FROM payment_events) e
			GROUP BY 1, 2) e ON e.tenant_id = p.tenant_id AND e.payment_id = p.id
		WHERE (e.number, e.first, e.last) IS DISTINCT FROM (p.event_seq::bigint, 1, (1000000000 + p.event_seq) || p.status) OR e.misplaced
			OR e.amount IS DISTINCT FROM p.final_minor OR e.ended IS DISTINCT FROM p.closed OR e.cancelling AND p.cancel_requested_at IS NULL`},
	// And one over those about attempts: the newest of each shows its state, and the newest
	// about what it holds shows that. By payment, so that one of another payment stands alone.
	{"the events of an attempt name its payment, add up to its amounts, and end with its state and what it holds", `
		SELECT * FROM (
			SELECT coalesce(x.id, e.transaction_id) AS id, x.payment_id, x.status, x.held_minor, x.requested_minor, x.captured_minor, x.confirmed_minor, x.charged_back_minor, x.is_answered,
				e.requested, e.captured, e.confirmed, e.disagreed, e.charged_back, e.answered, split_part(e.state, ' ', 2) AS state, split_part(e.held, ' ', 2) AS held, split_part(e.held, ' ', 3)::bigint AS amount
			FROM transactions x FULL JOIN (
				SELECT tenant_id, transaction_id, payment_id, sum_minor(amount_minor) FILTER (WHERE type IN ('TRANSACTION_CREATED', 'MANUAL_PAYMENT_SUBMITTED')) AS requested,
					sum_minor(amount_minor) FILTER (WHERE type IN ('TRANSACTION_CAPTURED', 'MANUAL_PAYMENT_APPROVED')) AS captured,
					sum_minor(amount_minor) FILTER (WHERE type = 'TRANSACTION_CONFIRMED') AS confirmed, bool_or(type = 'SETTLEMENT_DISCREPANCY') AS disagreed,
					sum_minor(CASE type WHEN 'CHARGEBACK_RECORDED' THEN amount_minor WHEN 'CHARGEBACK_REVERSED' THEN -amount_minor END) AS charged_back, bool_or(type = 'ACTION_ANSWERED') AS answered,
					` + newest + ` FILTER (WHERE about <> 'NEITHER') AS held, ` + newest + ` FILTER (WHERE about = 'STATE') AS state
				FROM (SELECT *, CASE WHEN type IN ('TRANSACTION_CONFIRMED', 'TRANSACTION_HELD_CHANGED', 'TRANSACTION_RESOLVED') THEN 'HELD'
					WHEN starts_with(type, 'TRANSACTION_') OR starts_with(type, 'MANUAL_PAYMENT_') THEN 'STATE' ELSE 'NEITHER' END AS about FROM payment_events WHERE transaction_id IS NOT NULL) e
				GROUP BY 1, 2, 3) e ON e.tenant_id = x.tenant_id AND e.transaction_id = x.id AND e.payment_id = x.payment_id) x
		WHERE payment_id IS NULL OR (requested_minor, captured_minor, charged_back_minor) <> (coalesce(requested, -1), coalesce(captured, 0), coalesce(charged_back, 0))
			OR confirmed_minor < coalesce(confirmed, 0) OR confirmed_minor > coalesce(confirmed, 0) AND NOT coalesce(disagreed, false) OR is_answered AND NOT coalesce(answered, false)
			OR status IS DISTINCT FROM CASE state WHEN 'MANUAL_PAYMENT_SUBMITTED' THEN 'PENDING_APPROVAL' WHEN 'MANUAL_PAYMENT_APPROVED' THEN 'CAPTURED'
				WHEN 'MANUAL_PAYMENT_REJECTED' THEN 'REJECTED' WHEN 'MANUAL_PAYMENT_WITHDRAWN' THEN 'CANCELLED' ELSE substr(state, 13) END
			OR held IN ('TRANSACTION_AUTHORIZED', 'TRANSACTION_HELD_CHANGED') AND amount <> held_minor`},
	{"the events of a refund and of an operation show its amount, and the newest its state", `
		SELECT r.id, r.status, r.amount_minor, e.newest, e.least, e.most FROM refunds r LEFT JOIN (
			SELECT e.tenant_id, e.refund_id, ` + newest + ` AS newest, min(e.amount_minor) AS least, max(e.amount_minor) AS most FROM payment_events e WHERE e.refund_id IS NOT NULL GROUP BY 1, 2) e
			ON e.tenant_id = r.tenant_id AND e.refund_id = r.id
			WHERE substr(e.newest, 12) IS DISTINCT FROM 'REFUND_' || r.status || ' ' || r.amount_minor OR (e.least, e.most) <> (r.amount_minor, r.amount_minor) UNION ALL
		SELECT o.id, o.status, o.amount_minor, e.newest, e.least, e.most FROM operations o LEFT JOIN (
			SELECT e.tenant_id, e.operation_id, ` + newest + ` AS newest, min(e.amount_minor) AS least, max(e.amount_minor) AS most FROM payment_events e WHERE e.operation_id IS NOT NULL GROUP BY 1, 2) e
			ON e.tenant_id = o.tenant_id AND e.operation_id = o.id
			WHERE substr(e.newest, 12) IS DISTINCT FROM o.kind || '_' || o.status || ' ' || o.amount_minor OR (e.least, e.most) <> (o.amount_minor, o.amount_minor)`},
	{"the log of events is numbered from 1 without gaps, up to its head", `
		SELECT coalesce(e.tenant_id, h.tenant_id) AS tenant_id, e.number, e.first, e.last, h.position AS head FROM (
			SELECT tenant_id, count(*) AS number, min(position) AS first, max(position) AS last FROM payment_events WHERE position IS NOT NULL GROUP BY 1) e
		FULL JOIN event_heads h ON h.tenant_id = e.tenant_id
		WHERE (coalesce(e.first, 1), coalesce(e.number, 0), coalesce(e.last, 0)) IS DISTINCT FROM (1::bigint, h.position, h.position)`},
}
