package store

// historyInvariants are about refunds, keys and what people are told.
var historyInvariants = []Invariant{
	{"what went back has refunds of that amount", `
		SELECT x.id, x.refunded_minor, x.refund_pending_minor, r.* FROM transactions x LEFT JOIN (
			SELECT tenant_id, transaction_id, coalesce(sum(amount_minor) FILTER (WHERE status = 'SUCCEEDED'), 0) AS done,
				coalesce(sum(amount_minor) FILTER (WHERE status IN ('REQUESTED', 'PENDING', 'UNKNOWN')), 0) AS pending
			FROM refunds GROUP BY 1, 2) r ON r.tenant_id = x.tenant_id AND r.transaction_id = x.id
		WHERE NOT x.is_mismatch AND (x.refunded_minor, x.refund_pending_minor) <> (coalesce(r.done, 0), coalesce(r.pending, 0))`},
	{"paidAt says that all is captured", `
		SELECT id, status, paid_at FROM payments WHERE (paid_at IS NOT NULL) <> (captured_minor >= final_minor AND captured_minor > 0)`},
	{"an unknown outcome has attention", `
		SELECT p.id, p.attention FROM payments p LEFT JOIN (
			SELECT tenant_id, payment_id FROM transactions WHERE status = 'UNKNOWN' UNION
			SELECT tenant_id, payment_id FROM operations WHERE status = 'UNKNOWN' UNION
			SELECT tenant_id, payment_id FROM refunds WHERE status = 'UNKNOWN') x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id
		WHERE ('UNKNOWN_OUTCOME' = ANY(p.attention)) <> (x.payment_id IS NOT NULL)`},
	{"a key names one payment", `SELECT payment_id FROM idempotency_keys WHERE operation IN ('payOrders', 'createPayment') GROUP BY tenant_id, payment_id HAVING count(*) > 1`},
	{"a key has the payment that it names, and what it made", `
		SELECT k.operation, k.key, k.payment_id, k.subject_id FROM idempotency_keys k
			WHERE NOT EXISTS (SELECT FROM payments p WHERE p.tenant_id = k.tenant_id AND p.id = k.payment_id) UNION ALL
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
			OR o.status IN ('REQUESTED', 'PENDING', 'UNKNOWN') AND r.status NOT IN ('REQUESTED', 'PENDING', 'UNKNOWN')
			OR o.status = 'SUCCEEDED' AND r.status IN ('REQUESTED', 'PENDING', 'UNKNOWN'))`},
	{"what a key made has no other key", `
		SELECT tenant_id, subject_id, count(*) FROM idempotency_keys WHERE subject_id <> payment_id GROUP BY 1, 2 HAVING count(*) > 1`},
}
