package store

// historyInvariants are about refunds, settlements and keys.
var historyInvariants = []Invariant{
	{"what went back has refunds of that amount", `
		SELECT x.id, x.refunded_minor, x.refund_pending_minor, r.* FROM transactions x LEFT JOIN (
			SELECT tenant_id, transaction_id, coalesce(sum_minor(amount_minor) FILTER (WHERE status = 'SUCCEEDED'), 0) AS done,
				coalesce(sum_minor(amount_minor) FILTER (WHERE status IN ` + open + `), 0) AS pending
			FROM refunds GROUP BY 1, 2) r ON r.tenant_id = x.tenant_id AND r.transaction_id = x.id
		WHERE NOT x.is_mismatch AND (x.refunded_minor, x.refund_pending_minor) <> (coalesce(r.done, 0), coalesce(r.pending, 0))`},
	{"what gateways gave back beyond our refunds is booked, or calls for attention", `
		SELECT * FROM (SELECT t.tenant_id, t.id, t.told_refunded_minor, t.unexplained_minor, t.captured_minor - t.refunded_minor - t.refund_pending_minor AS room, coalesce(r.booked, 0) AS booked, coalesce(r.back, 0) AS back,
				greatest(r.external, t.told_refunded_minor - coalesce(r.ours, 0)) AS external, greatest(r.sure, t.told_refunded_minor - coalesce(r.asked, 0)) AS sure
			FROM transactions t LEFT JOIN ` + external + ` r ON r.tenant_id = t.tenant_id AND r.transaction_id = t.id
			WHERE t.told_refunded_minor > 0 OR t.unexplained_minor > 0 OR r.booked > 0) x
		WHERE unexplained_minor <> external - least(sure, booked + back) OR booked > 0 AND booked + back > external OR booked + back < external AND room > 0`},
	{"what payers' banks took back is the sum of the disputes", `
		SELECT t.id, t.charged_back_minor, t.disputes, d.minor FROM transactions t LEFT JOIN LATERAL (
			SELECT sum_minor((d ->> 'amountMinor')::bigint) AS minor, bool_or((d ->> 'amountMinor')::bigint < 0) AS strange, count(DISTINCT d ->> 'id') < count(*) AS twice
			FROM jsonb_array_elements(CASE jsonb_typeof(t.disputes) WHEN 'array' THEN t.disputes ELSE '[]' END) d) d ON true
		WHERE (t.charged_back_minor > 0 OR jsonb_typeof(t.disputes) = 'array') AND (t.charged_back_minor <> coalesce(d.minor, 0) OR d.strange OR d.twice)`},
	{"a key names one payment", `SELECT payment_id FROM idempotency_keys WHERE operation IN ('payOrders', 'createPayment') GROUP BY tenant_id, payment_id HAVING count(*) > 1`},
	{"a key has what it made, and tells requests apart", `
		SELECT operation, key, payment_id, subject_id FROM idempotency_keys WHERE fingerprint = '\x0000000000000000000000000000000000000000000000000000000000000000' UNION ALL
		SELECT k.operation, k.key, k.payment_id, k.subject_id FROM idempotency_keys k
			WHERE k.operation IN ('payOrders', 'processPayment', 'submitManualPayment') AND k.subject_id <> k.payment_id AND NOT EXISTS (
			SELECT FROM transactions x WHERE x.tenant_id = k.tenant_id AND x.id = k.subject_id AND x.payment_id = k.payment_id) UNION ALL
		SELECT k.operation, k.key, k.payment_id, k.subject_id FROM idempotency_keys k
			WHERE k.operation IN ('captureTransaction', 'voidTransaction', 'cancelTransaction', 'cancelRefund') AND k.subject_id <> k.payment_id AND NOT EXISTS (
			SELECT FROM operations x WHERE x.tenant_id = k.tenant_id AND x.id = k.subject_id AND x.payment_id = k.payment_id) UNION ALL
		SELECT k.operation, k.key, k.payment_id, k.subject_id FROM idempotency_keys k
			WHERE k.operation = 'refundPayment' AND k.subject_id <> k.payment_id AND NOT EXISTS (
			SELECT FROM refunds x WHERE x.tenant_id = k.tenant_id AND x.id = k.subject_id AND x.payment_id = k.payment_id)`},
	{"a refund is being called off only while it is under way, and is not under way once it was", `
		SELECT o.id, o.status, o.transaction_id, o.amount_minor, r.* FROM operations o LEFT JOIN refunds r ON r.tenant_id = o.tenant_id AND r.id = o.refund_id
		WHERE o.kind = 'CANCEL_REFUND' AND ((o.transaction_id, o.amount_minor) IS DISTINCT FROM (r.transaction_id, r.amount_minor)
			OR o.status IN ` + open + ` AND r.status NOT IN ` + open + `
			OR o.status = 'SUCCEEDED' AND r.status IN ` + open + `)`},
	{"what a key made has no other key", `
		SELECT tenant_id, subject_id, count(*) FROM idempotency_keys WHERE subject_id <> payment_id GROUP BY 1, 2 HAVING count(*) > 1`},
	{"what a caller's request made has its key", `
		SELECT e.tenant_id, e.payment_id, e.type, e.actor FROM payment_events e WHERE e.type IN ('PAYMENT_CREATED', 'TRANSACTION_CREATED', 'MANUAL_PAYMENT_SUBMITTED') AND e.actor <> 'system' AND NOT EXISTS (
			SELECT FROM transactions x WHERE e.type = 'TRANSACTION_CREATED' AND x.tenant_id = e.tenant_id AND x.id = e.transaction_id AND x.routing ->> 'fallbackOf' IS NOT NULL) AND CASE e.type
			WHEN 'PAYMENT_CREATED' THEN NOT EXISTS (
				SELECT FROM idempotency_keys k WHERE k.tenant_id = e.tenant_id AND k.payment_id = e.payment_id AND k.operation IN ('payOrders', 'createPayment', 'submitManualPayment'))
			ELSE NOT EXISTS (
				SELECT FROM idempotency_keys k WHERE k.tenant_id = e.tenant_id AND k.subject_id = e.transaction_id AND k.operation IN ('payOrders', 'processPayment', 'submitManualPayment')) END UNION ALL
		SELECT o.tenant_id, o.payment_id, o.kind, o.created_by FROM operations o WHERE o.kind = 'CAPTURE' AND o.created_by <> 'system' AND NOT EXISTS (
			SELECT FROM idempotency_keys k WHERE k.tenant_id = o.tenant_id AND k.subject_id = o.id AND k.operation = 'captureTransaction') UNION ALL
		SELECT r.tenant_id, r.payment_id, r.method, r.created_by FROM refunds r WHERE r.created_by NOT IN ('system', 'gateway') AND NOT EXISTS (
			SELECT FROM idempotency_keys k WHERE k.tenant_id = r.tenant_id AND k.subject_id = r.batch_id AND k.operation = 'refundPayment')`},
	{"an attempt that took over follows the one that it took over from", `
		SELECT x.tenant_id, x.payment_id, x.id, x.routing ->> 'fallbackOf' AS took_over_from FROM transactions x WHERE x.routing ->> 'fallbackOf' IS NOT NULL AND NOT EXISTS (
			SELECT FROM transactions o WHERE o.tenant_id = x.tenant_id AND o.payment_id = x.payment_id AND o.attempt_number = x.attempt_number - 1
				AND o.id::text = x.routing ->> 'fallbackOf' AND o.gateway_id <> x.gateway_id AND (o.status = 'FAILED' OR o.is_late))`},
	{"what was reconciled has settlement lines, and they agree with it", `
		SELECT t.tenant_id, t.id, t.reconciliation_status, t.confirmed_minor FROM transactions t WHERE t.reconciliation_status <> 'UNRECONCILED' AND NOT EXISTS (
			SELECT FROM settlement_lines l WHERE l.tenant_id = t.tenant_id AND l.transaction_id = t.id) UNION ALL
		SELECT tenant_id, id, reconciliation_status, confirmed_minor FROM transactions WHERE reconciliation_status = 'RECONCILED' AND confirmed_minor <> captured_minor UNION ALL
		SELECT l.tenant_id, l.id, l.outcome, t.confirmed_minor FROM settlement_lines l JOIN transactions t ON t.tenant_id = l.tenant_id AND t.id = l.transaction_id
			WHERE (t.payment_id, t.gateway_id) <> (l.payment_id, l.gateway_id) OR l.outcome = 'CONFIRMED' AND t.confirmed_minor < l.amount_minor`},
}

// external is State.external by attempt, as far as its refunds tell it, with what external
// refunds stand for: what is booked, and what came back of it.
const external = `(SELECT tenant_id, transaction_id, sum_minor(amount_minor) FILTER (WHERE is_external AND status = 'SUCCEEDED') AS booked,
	coalesce(sum_minor(amount_minor) FILTER (WHERE is_external AND status NOT IN ('SUCCEEDED', 'CANCELLED')), 0) AS back,
	sum_minor(amount_minor) FILTER (WHERE explains) AS ours, sum_minor(amount_minor) FILTER (WHERE NOT is_external) AS asked,
	max(told_before_minor - ours_before) FILTER (WHERE NOT is_external) AS external, max(told_before_minor - asked_before) FILTER (WHERE NOT is_external) AS sure
	FROM (SELECT *, coalesce(sum_minor(amount_minor) FILTER (WHERE explains) OVER before, 0) AS ours_before, coalesce(sum_minor(amount_minor) FILTER (WHERE NOT is_external) OVER before, 0) AS asked_before
		FROM (SELECT *, NOT is_external AND (succeeded_once OR status IN ` + open + `) AS explains FROM refunds WHERE method = 'ORIGINAL') r
		WINDOW before AS (PARTITION BY tenant_id, transaction_id ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) r
	GROUP BY 1, 2)`
