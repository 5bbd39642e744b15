package store

// paymentInvariants say that what is stored of a payment follows from its attempts and
// refunds, and that the program looks again at whatever has no result yet.
var paymentInvariants = []Invariant{
	// One pass over payments and attempts says all of it.
	{"a payment's sums and states, and where it calls for attention, are what its attempts and refunds give", `
		SELECT * FROM (
			SELECT p.id, p.status, p.refund_status, p.reconciliation_status, p.attention || p.acknowledged AS called, ` + headline + ` AS derived_status, ` + refundState + ` AS derived_refund_status,
				CASE WHEN x.disagrees THEN 'DISCREPANCY' WHEN p.confirmed_minor = 0 THEN 'UNRECONCILED' WHEN p.confirmed_minor < p.captured_minor THEN 'PARTIAL' ELSE 'RECONCILED' END AS derived_reconciliation_status,
				coalesce(x.strange, false) AS strange, coalesce(x.late, false) AS late, p.charged_back_minor > 0 AS charged_back,
				p.unattempted_at IS NOT NULL AND p.closed IS NULL AND p.captured_minor < p.final_minor AS refused, p.captured_minor - p.refunded_minor - p.charged_back_minor > p.final_minor AS overpaid,
				(p.in_flight_minor, p.held_minor, p.captured_minor, p.voucher_minor, p.refunded_minor, p.refund_pending_minor, p.charged_back_minor, p.confirmed_minor, coalesce(p.fee_minor, -1)) =
					(coalesce(x.asked, 0), coalesce(x.held, 0), coalesce(x.had, 0), coalesce(x.vouchers, 0), coalesce(x.refunded, 0), coalesce(x.pending, 0), coalesce(x.charged_back, 0), coalesce(x.confirmed, 0), coalesce(x.fee, -1)) AS adds_up
			FROM payments p LEFT JOIN ` + attempts + ` x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id LEFT JOIN ` + refundsHave + ` r ON r.tenant_id = p.tenant_id AND r.payment_id = p.id) p
		WHERE NOT adds_up OR (status, refund_status, reconciliation_status) IS DISTINCT FROM (derived_status, derived_refund_status, derived_reconciliation_status)
			OR ('AMOUNT_MISMATCH' = ANY(called)) <> (strange OR reconciliation_status = 'DISCREPANCY') OR ('LATE_CAPTURE' = ANY(called)) <> late
			OR ('REFUND_FAILED' = ANY(called)) <> (refund_status IN ('FAILED', 'IMPOSSIBLE')) OR ('CHARGEBACK' = ANY(called)) <> charged_back
			OR ('ATTEMPT_REFUSED' = ANY(called)) <> refused OR overpaid AND 'OVERPAID' <> ALL(called)`},
	{"an unknown outcome has attention", `
		SELECT p.id, p.attention FROM payments p LEFT JOIN (
			SELECT tenant_id, payment_id FROM transactions WHERE status = 'UNKNOWN' UNION
			SELECT tenant_id, payment_id FROM operations WHERE status = 'UNKNOWN' UNION
			SELECT tenant_id, payment_id FROM refunds WHERE status = 'UNKNOWN') x ON x.tenant_id = p.tenant_id AND x.payment_id = p.id
		WHERE ('UNKNOWN_OUTCOME' = ANY(p.attention)) <> (x.payment_id IS NOT NULL)`},
	{"no payment has more than its amount, unless money came late or wrong, or was approved as surplus", `
		SELECT p.id, p.final_minor, p.in_flight_minor, p.held_minor, p.captured_minor FROM payments p
		WHERE p.in_flight_minor + p.held_minor + p.captured_minor > p.final_minor AND NOT EXISTS (
			SELECT FROM transactions x WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND (x.is_late OR x.is_mismatch))
		AND p.in_flight_minor + p.held_minor + p.captured_minor - p.final_minor > (SELECT coalesce(sum_minor(x.captured_minor), 0) FROM transactions x
			WHERE x.tenant_id = p.tenant_id AND x.payment_id = p.id AND x.approved_by IS NOT NULL)`},
	{"paidAt says that all is captured", `
		SELECT id, status, paid_at FROM payments WHERE (paid_at IS NOT NULL) <> (captured_minor >= final_minor AND captured_minor > 0)`},
	{"a cancel that was asked for waits for a gateway", `
		SELECT p.id, p.closed, p.cancel_requested_at FROM payments p WHERE p.cancel_requested_at IS NOT NULL AND (p.closed IS NOT NULL OR NOT EXISTS (
			SELECT FROM operations o WHERE o.tenant_id = p.tenant_id AND o.payment_id = p.id AND o.status IN ` + open + `))`},
	{"what has no result yet is looked at again", `
		SELECT 'attempt' AS what, tenant_id, id, status FROM transactions WHERE wake_at IS NULL AND (status IN ` + unfinished + ` OR held_minor > 0) UNION ALL
		SELECT 'approval', t.tenant_id, t.id, t.status FROM transactions t JOIN payments p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id
			WHERE t.wake_at IS NULL AND t.status = 'PENDING_APPROVAL' AND 'APPROVAL_OVERDUE' <> ALL(p.attention || p.acknowledged) UNION ALL
		SELECT 'operation', tenant_id, id, status FROM operations WHERE wake_at IS NULL AND status IN ` + open + ` UNION ALL
		SELECT 'refund', tenant_id, id, status FROM refunds WHERE wake_at IS NULL AND status IN ` + open + ` UNION ALL
		SELECT 'report', tenant_id, id, outcome FROM webhook_events WHERE wake_at IS NULL AND outcome IS NULL UNION ALL
		SELECT 'subscription', tenant_id, id, interval_unit FROM billing_subscriptions WHERE next_due_at IS NULL AND cancelled_at IS NULL UNION ALL
		SELECT 'payment', tenant_id, id, status FROM payments p WHERE wake_at IS NULL AND closed IS NULL AND (is_active AND next_retry_at IS NOT NULL
			OR captured_minor = 0 AND expires_at IS NOT NULL AND 'NOT_RELEASED' <> ALL(attention || acknowledged)
			OR is_active AND scheduled_for IS NOT NULL AND payment_method_id IS NOT NULL AND final_minor > 0 AND attempts_before_date = 0 AND NOT EXISTS (
				SELECT FROM transactions t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id))`},
}

// open are the states in which an operation or a refund has no result yet.
const open = "('REQUESTED', 'PENDING', 'UNKNOWN')"

// attempts are what a payment's attempts say of it together: their sums, the states in
// which any is, the number of the newest, and what a person must look at.
const attempts = `(SELECT tenant_id, payment_id, sum_minor(requested_minor) FILTER (WHERE status IN ` + unfinished + `) AS asked, sum_minor(held_minor) AS held, sum_minor(captured_minor) AS had,
	sum_minor(voucher_minor) AS vouchers, sum_minor(refunded_minor) AS refunded, sum_minor(refund_pending_minor) AS pending, sum_minor(charged_back_minor) AS charged_back,
	sum_minor(confirmed_minor) AS confirmed, sum_minor(fee_minor) AS fee, bool_or(status = 'CAPTURED') AS captured, bool_or(status = 'PENDING_APPROVAL') AS submitted,
	bool_or(status = 'REQUIRES_ACTION') AS acting, bool_or(status IN ('CREATED', 'PENDING', 'UNKNOWN')) AS processing, bool_or(status = 'VOIDED') AS voided,
	max(attempt_number) AS newest, bool_or(reconciliation_status = 'DISCREPANCY') AS disagrees, bool_or(is_late AND held_minor + captured_minor - refunded_minor - charged_back_minor > 0) AS late,
	bool_or(is_mismatch OR unexplained_minor > 0 OR jsonb_typeof(early) = 'array' AND jsonb_path_exists(early, CASE WHEN status IN ` + over + ` THEN '$[*]' ELSE '$[*] ? (@.kind == "CHARGEBACK")' END::jsonpath)) AS strange
	FROM transactions GROUP BY 1, 2)`

// over are the states in which an attempt ended without money.
const over = "('FAILED', 'DROPPED', 'CANCELLED', 'EXPIRED', 'REJECTED', 'VOIDED')"

// headline is pay.DeriveStatus of payment p and its attempts x.
const headline = `CASE
	WHEN p.closed IS NULL AND (p.mode <> 'SETUP' AND p.final_minor = 0 OR p.mode = 'SETUP' AND x.captured) THEN 'CONFIRMED'
	WHEN p.captured_minor > 0 THEN CASE
		WHEN p.refunded_minor = p.captured_minor AND p.held_minor = 0 AND p.in_flight_minor = 0 THEN 'REFUNDED' WHEN p.refunded_minor > 0 THEN 'PARTIALLY_REFUNDED'
		WHEN p.captured_minor < p.final_minor THEN 'PARTIALLY_PAID' WHEN p.confirmed_minor = p.captured_minor AND NOT x.disagrees THEN 'CONFIRMED' ELSE 'PAID' END
	WHEN x.submitted THEN 'PENDING_APPROVAL' WHEN p.held_minor > 0 THEN 'AUTHORIZED' WHEN x.acting THEN 'REQUIRES_ACTION' WHEN x.processing THEN 'PROCESSING'
	WHEN p.closed = 'EXPIRED' THEN 'EXPIRED' WHEN p.closed IS NOT NULL AND x.voided THEN 'VOIDED' WHEN p.closed IS NOT NULL THEN 'CANCELLED'
	WHEN p.next_retry_at IS NOT NULL THEN 'ON_RETRY' WHEN x.newest IS NULL THEN 'CREATED'
	ELSE (SELECT CASE WHEN t.status = 'REJECTED' THEN 'REJECTED' WHEN t.status IN ('FAILED', 'DROPPED', 'EXPIRED') THEN 'FAILED' ELSE 'CREATED' END
		FROM transactions t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id AND t.attempt_number = x.newest) END`

// refundsHave are whether a payment's refunds are under way, and how the newest went that
// nobody called off; refundState is pay.DeriveRefundStatus of them.
const (
	refundsHave = `(SELECT tenant_id, payment_id, bool_or(status IN ` + open + `) AS under_way, (array_agg(status ORDER BY created_at DESC, id DESC) FILTER (WHERE status <> 'CANCELLED'))[1] AS newest
	FROM refunds GROUP BY 1, 2)`
	refundState = `CASE WHEN r.under_way THEN 'PENDING' WHEN r.newest IN ('FAILED', 'IMPOSSIBLE') THEN r.newest
	WHEN p.refunded_minor = 0 THEN 'NONE' WHEN p.refunded_minor < p.captured_minor THEN 'PARTIAL' ELSE 'FULL' END`
)
