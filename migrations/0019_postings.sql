-- What the books must say, told in one pass over payments, however many there are.

-- +goose Up
CREATE OR REPLACE VIEW payment_postings AS
WITH given AS (
    SELECT r.tenant_id, r.payment_id, t.gateway_id,
        sum(CASE WHEN r.method = 'MANUAL' THEN r.amount_minor ELSE 0 END) AS manual_minor,
        sum(CASE WHEN r.method = 'STORE_CREDIT' THEN r.amount_minor ELSE 0 END) AS credit_minor
    FROM refunds r JOIN transactions t ON t.tenant_id = r.tenant_id AND t.id = r.transaction_id
    WHERE r.status = 'SUCCEEDED' AND r.method <> 'ORIGINAL' GROUP BY 1, 2, 3
), at_gateway AS (
    SELECT t.tenant_id, t.payment_id, t.gateway_id, t.currency, sum(t.captured_minor) AS captured, sum(t.confirmed_minor) AS confirmed,
        sum(t.refunded_minor) AS refunded, sum(t.charged_back_minor) AS charged_back,
        sum(CASE WHEN p.mode = 'WALLET' THEN 0 ELSE t.charged_back_minor END) AS lost,
        sum(CASE WHEN t.fee_is_estimated THEN 0 ELSE coalesce(t.fee_minor, 0) END) AS fee
    FROM transactions t JOIN payments p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id GROUP BY 1, 2, 3, 4
), paid AS (
    SELECT p.tenant_id, p.id, p.currency, p.mode, p.closed, p.final_minor, p.customer_id, p.refund_pending_minor AS reserved,
        p.captured_minor - p.refunded_minor - p.refund_pending_minor - CASE WHEN p.mode = 'WALLET' THEN p.charged_back_minor ELSE 0 END AS kept,
        coalesce(g.manual_minor, 0) AS manual_minor, coalesce(g.credit_minor, 0) AS credit_minor
    FROM payments p LEFT JOIN (SELECT tenant_id, payment_id, sum(manual_minor) AS manual_minor, sum(credit_minor) AS credit_minor FROM given GROUP BY 1, 2) g
        ON g.tenant_id = p.tenant_id AND g.payment_id = p.id
    WHERE p.captured_minor > 0
), postings AS (
    SELECT a.tenant_id, a.payment_id, a.currency, x.kind, a.gateway_id, NULL::uuid AS customer_id, x.minor
    FROM at_gateway a LEFT JOIN given g USING (tenant_id, payment_id, gateway_id) CROSS JOIN LATERAL (VALUES
        ('GATEWAY_CLEARING', a.captured - a.confirmed - a.charged_back - (a.refunded - coalesce(g.manual_minor, 0) - coalesce(g.credit_minor, 0))),
        ('SETTLED', a.confirmed - a.fee), ('FEES', a.fee), ('CHARGEBACKS', a.lost)) x (kind, minor) UNION ALL
    SELECT p.tenant_id, p.id, p.currency, x.kind, NULL, x.customer_id, x.minor FROM paid p CROSS JOIN LATERAL (VALUES
        ('PAYOUTS', NULL::uuid, -p.manual_minor),
        ('CUSTOMER_RECEIVABLE', p.customer_id, CASE WHEN p.mode <> 'WALLET' AND p.closed IS NULL THEN -least(p.kept, p.final_minor) ELSE 0 END),
        ('SUSPENSE', NULL, CASE WHEN p.mode = 'WALLET' THEN 0 WHEN p.closed IS NULL THEN -(p.kept - least(p.kept, p.final_minor)) ELSE -p.kept END),
        ('REFUNDS_PAYABLE', NULL, -p.reserved),
        ('STORE_CREDIT', p.customer_id, -p.credit_minor - CASE WHEN p.mode = 'WALLET' THEN p.kept ELSE 0 END)) x (kind, customer_id, minor)
)
SELECT * FROM postings WHERE minor <> 0;
