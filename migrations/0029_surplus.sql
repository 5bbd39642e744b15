-- What captures brought beyond what was owed, by allocation: refunds give it back from the
-- order or invoice that it came for, before anything else.

-- +goose Up
-- Up to where what goes back is surplus, as payments.surplus_minor.
ALTER TABLE payment_allocations ADD COLUMN surplus_minor bigint NOT NULL DEFAULT 0 CHECK (surplus_minor BETWEEN 0 AND captured_minor);

-- Surplus is what orders and invoices have beyond their totals now: of payments that had
-- some booked, else of those that captured last. So is what is beyond a part's amount.
CREATE TEMPORARY TABLE surplus ON COMMIT DROP AS
    WITH parts AS (
        SELECT a.tenant_id, a.id, a.payment_id, a.refunded_minor, a.captured_minor - a.amount_minor - a.refunded_minor AS above,
            a.captured_minor - a.refunded_minor AS net, coalesce(a.order_id, a.invoice_id) AS subject_id,
            coalesce(o.captured_minor - o.refunded_minor - o.total_minor, i.captured_minor - i.refunded_minor - i.total_minor, 0) AS beyond,
            p.surplus_minor > p.refunded_minor AS booked, (SELECT max(t.captured_at) FROM transactions t WHERE t.tenant_id = a.tenant_id AND t.payment_id = a.payment_id) AS captured_at
        FROM payment_allocations a JOIN payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
        LEFT JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
        LEFT JOIN invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id AND a.order_id IS NULL
        WHERE a.captured_minor > a.refunded_minor AND (o.captured_minor - o.refunded_minor > o.total_minor OR i.captured_minor - i.refunded_minor > i.total_minor
            OR a.captured_minor - a.refunded_minor > a.amount_minor)
    )
    SELECT tenant_id, id, payment_id, greatest(above, least(net, beyond - (sum(net) OVER (PARTITION BY tenant_id, subject_id
        ORDER BY booked DESC, captured_at DESC, payment_id DESC ROWS UNBOUNDED PRECEDING)::bigint - net)), 0) AS left_minor FROM parts;

-- What the payments of these had given back before counts as if surplus had come after.
UPDATE payment_allocations a SET surplus_minor = a.refunded_minor + coalesce((SELECT s.left_minor FROM surplus s WHERE s.tenant_id = a.tenant_id AND s.id = a.id), 0)
    WHERE (a.tenant_id, a.payment_id) IN (SELECT tenant_id, payment_id FROM surplus WHERE left_minor > 0);

CREATE TEMPORARY TABLE booked ON COMMIT DROP AS SELECT tenant_id, payment_id, suspense FROM other_postings WHERE suspense <> 0;
UPDATE payments p SET surplus_minor = x.surplus_minor FROM (
        SELECT p.tenant_id, p.id, coalesce(a.surplus_minor, least(p.surplus_minor, p.refunded_minor)) AS surplus_minor FROM payments p
        LEFT JOIN (SELECT tenant_id, payment_id, sum(surplus_minor) AS surplus_minor FROM payment_allocations WHERE surplus_minor > 0 GROUP BY 1, 2) a
            ON a.tenant_id = p.tenant_id AND a.payment_id = p.id WHERE a.payment_id IS NOT NULL OR p.surplus_minor > 0) x
    WHERE p.tenant_id = x.tenant_id AND p.id = x.id AND p.surplus_minor <> x.surplus_minor;

-- The books follow.
INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, debit_customer_id, credit_kind, credit_customer_id, currency, amount_minor, created_at)
    SELECT p.tenant_id, gen_random_uuid(), p.id, p.event_seq, (SELECT coalesce(max(e.position) + 1, 0) FROM ledger_entries e WHERE e.tenant_id = p.tenant_id AND e.payment_id = p.id AND e.event_seq = p.event_seq),
        CASE WHEN x.minor > 0 THEN 'CUSTOMER_RECEIVABLE' ELSE 'SUSPENSE' END, CASE WHEN x.minor > 0 THEN p.customer_id END,
        CASE WHEN x.minor > 0 THEN 'SUSPENSE' ELSE 'CUSTOMER_RECEIVABLE' END, CASE WHEN x.minor < 0 THEN p.customer_id END, p.currency, abs(x.minor), now()
    FROM (SELECT tenant_id, payment_id, coalesce(b.suspense, 0) - coalesce(o.suspense, 0) AS minor
        FROM booked b FULL JOIN (SELECT tenant_id, payment_id, suspense FROM other_postings WHERE suspense <> 0) o USING (tenant_id, payment_id)) x
    JOIN payments p ON p.tenant_id = x.tenant_id AND p.id = x.payment_id WHERE x.minor <> 0;
