-- What the books must say of each payment, with one column for each account: they are
-- compared for all payments at once, and a row for each account would be five times as
-- many.

-- +goose Up
CREATE VIEW refunded_otherwise AS
    SELECT r.tenant_id, r.payment_id, t.gateway_id,
        sum(CASE WHEN r.method = 'MANUAL' THEN r.amount_minor ELSE 0 END)::bigint AS manual,
        sum(CASE WHEN r.method = 'STORE_CREDIT' THEN r.amount_minor ELSE 0 END)::bigint AS credit
    FROM refunds r JOIN transactions t ON t.tenant_id = r.tenant_id AND t.id = r.transaction_id
    WHERE r.status = 'SUCCEEDED' AND r.method <> 'ORIGINAL' GROUP BY 1, 2, 3;

-- The accounts of gateways. A chargeback of a top-up takes the credit that it bought.
CREATE VIEW gateway_postings AS
    SELECT t.tenant_id, t.payment_id, t.gateway_id, t.left_minor + coalesce(o.manual + o.credit, 0) AS clearing, t.confirmed - t.fee AS settled, t.fee AS fees, t.lost AS chargebacks
    FROM (SELECT t.tenant_id, t.payment_id, t.gateway_id, sum(t.captured_minor - t.confirmed_minor - t.charged_back_minor - t.refunded_minor)::bigint AS left_minor,
            sum(t.confirmed_minor)::bigint AS confirmed, sum(CASE WHEN w.id IS NULL THEN t.charged_back_minor ELSE 0 END)::bigint AS lost,
            sum(CASE WHEN t.fee_is_estimated THEN 0 ELSE coalesce(t.fee_minor, 0) END)::bigint AS fee
        FROM transactions t LEFT JOIN (SELECT tenant_id, id FROM payments WHERE mode = 'WALLET') w ON w.tenant_id = t.tenant_id AND w.id = t.payment_id GROUP BY 1, 2, 3) t
    LEFT JOIN refunded_otherwise o USING (tenant_id, payment_id, gateway_id);

-- The other accounts. Receivable and credit are the customer's.
CREATE VIEW other_postings AS
    SELECT tenant_id, payment_id, customer_id, -manual AS payouts,
        CASE WHEN mode <> 'WALLET' AND closed IS NULL THEN -least(kept, final_minor) ELSE 0 END AS receivable,
        CASE WHEN mode = 'WALLET' THEN 0 WHEN closed IS NULL THEN least(kept, final_minor) - kept ELSE -kept END AS suspense,
        -reserved AS payable, -credit - CASE WHEN mode = 'WALLET' THEN kept ELSE 0 END AS credit
    FROM (SELECT p.tenant_id, p.id AS payment_id, p.customer_id, p.mode, p.closed, p.final_minor, p.refund_pending_minor AS reserved,
            p.captured_minor - p.refunded_minor - p.refund_pending_minor - CASE WHEN p.mode = 'WALLET' THEN p.charged_back_minor ELSE 0 END AS kept,
            coalesce(o.manual, 0) AS manual, coalesce(o.credit, 0) AS credit
        FROM payments p LEFT JOIN (SELECT tenant_id, payment_id, sum(manual)::bigint AS manual, sum(credit)::bigint AS credit FROM refunded_otherwise GROUP BY 1, 2) o
            ON o.tenant_id = p.tenant_id AND o.payment_id = p.id
        WHERE p.captured_minor > 0) p;

-- The same, a row for each account that has something.
CREATE OR REPLACE VIEW payment_postings AS
    SELECT x.tenant_id, x.payment_id, p.currency, x.kind, x.gateway_id, x.customer_id, x.minor FROM (
        SELECT tenant_id, payment_id, 'GATEWAY_CLEARING' AS kind, gateway_id, NULL::uuid AS customer_id, clearing AS minor FROM gateway_postings UNION ALL
        SELECT tenant_id, payment_id, 'SETTLED', gateway_id, NULL, settled FROM gateway_postings UNION ALL
        SELECT tenant_id, payment_id, 'FEES', gateway_id, NULL, fees FROM gateway_postings UNION ALL
        SELECT tenant_id, payment_id, 'CHARGEBACKS', gateway_id, NULL, chargebacks FROM gateway_postings UNION ALL
        SELECT tenant_id, payment_id, 'PAYOUTS', NULL, NULL, payouts FROM other_postings UNION ALL
        SELECT tenant_id, payment_id, 'CUSTOMER_RECEIVABLE', NULL, customer_id, receivable FROM other_postings UNION ALL
        SELECT tenant_id, payment_id, 'SUSPENSE', NULL, NULL, suspense FROM other_postings UNION ALL
        SELECT tenant_id, payment_id, 'REFUNDS_PAYABLE', NULL, NULL, payable FROM other_postings UNION ALL
        SELECT tenant_id, payment_id, 'STORE_CREDIT', NULL, customer_id, credit FROM other_postings) x
    JOIN payments p ON p.tenant_id = x.tenant_id AND p.id = x.payment_id
    WHERE x.minor <> 0;
