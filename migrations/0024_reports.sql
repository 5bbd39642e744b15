-- When what a provider reported happened, and what captures brought beyond what was owed.

-- +goose Up
-- By the provider's own clock: reports come in any order, and the newer one stands. Null
-- where it told no time.
ALTER TABLE transactions ADD COLUMN told_at timestamptz;
ALTER TABLE refunds ADD COLUMN told_at timestamptz;

-- What the payment's captures brought beyond what its orders and invoices still owed. What
-- was booked before stays booked as it is.
ALTER TABLE payments ADD COLUMN surplus_minor bigint NOT NULL DEFAULT 0 CHECK (surplus_minor BETWEEN 0 AND captured_minor);

DROP VIEW payment_postings;
CREATE VIEW payment_postings AS
WITH given AS (
    SELECT r.tenant_id, r.payment_id, t.gateway_id,
        sum(CASE WHEN r.method = 'MANUAL' THEN r.amount_minor ELSE 0 END)::bigint AS manual_minor,
        sum(CASE WHEN r.method = 'STORE_CREDIT' THEN r.amount_minor ELSE 0 END)::bigint AS credit_minor
    FROM refunds r JOIN transactions t ON t.tenant_id = r.tenant_id AND t.id = r.transaction_id
    WHERE r.status = 'SUCCEEDED' AND r.method <> 'ORIGINAL' GROUP BY 1, 2, 3
), taken AS (
    SELECT t.tenant_id, t.payment_id, t.gateway_id, t.currency, sum(t.captured_minor - t.confirmed_minor - t.charged_back_minor - t.refunded_minor)::bigint AS left_minor,
        sum(t.confirmed_minor)::bigint AS confirmed, sum(CASE WHEN p.mode = 'WALLET' THEN 0 ELSE t.charged_back_minor END)::bigint AS lost,
        sum(CASE WHEN t.fee_is_estimated THEN 0 ELSE coalesce(t.fee_minor, 0) END)::bigint AS fee
    FROM transactions t JOIN payments p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id GROUP BY 1, 2, 3, 4
), at_gateway AS (
    SELECT t.tenant_id, t.payment_id, t.gateway_id, t.currency, t.left_minor + coalesce(g.manual_minor + g.credit_minor, 0) AS clearing, t.confirmed, t.lost, t.fee
    FROM taken t LEFT JOIN given g USING (tenant_id, payment_id, gateway_id)
), paid AS (
    SELECT p.tenant_id, p.id, p.currency, p.mode, p.closed, p.final_minor, p.customer_id, p.refund_pending_minor AS reserved,
        p.captured_minor - p.refunded_minor - p.refund_pending_minor - CASE WHEN p.mode = 'WALLET' THEN p.charged_back_minor ELSE 0 END AS kept,
        greatest(0, p.captured_minor - p.refunded_minor - p.refund_pending_minor - p.final_minor, p.surplus_minor - p.refunded_minor - p.refund_pending_minor) AS surplus,
        coalesce(g.manual_minor, 0) AS manual_minor, coalesce(g.credit_minor, 0) AS credit_minor
    FROM payments p LEFT JOIN (SELECT tenant_id, payment_id, sum(manual_minor)::bigint AS manual_minor, sum(credit_minor)::bigint AS credit_minor FROM given GROUP BY 1, 2) g
        ON g.tenant_id = p.tenant_id AND g.payment_id = p.id
    WHERE p.captured_minor > 0
), postings AS (
    SELECT tenant_id, payment_id, currency, 'GATEWAY_CLEARING' AS kind, gateway_id, NULL::uuid AS customer_id, clearing AS minor FROM at_gateway UNION ALL
    SELECT tenant_id, payment_id, currency, 'SETTLED', gateway_id, NULL, confirmed - fee FROM at_gateway UNION ALL
    SELECT tenant_id, payment_id, currency, 'FEES', gateway_id, NULL, fee FROM at_gateway UNION ALL
    SELECT tenant_id, payment_id, currency, 'CHARGEBACKS', gateway_id, NULL, lost FROM at_gateway UNION ALL
    SELECT tenant_id, id, currency, 'PAYOUTS', NULL, NULL, -manual_minor FROM paid UNION ALL
    SELECT tenant_id, id, currency, 'CUSTOMER_RECEIVABLE', NULL, customer_id, surplus - kept FROM paid WHERE mode <> 'WALLET' AND closed IS NULL UNION ALL
    SELECT tenant_id, id, currency, 'SUSPENSE', NULL, NULL, CASE WHEN closed IS NULL THEN -surplus ELSE -kept END FROM paid WHERE mode <> 'WALLET' UNION ALL
    SELECT tenant_id, id, currency, 'REFUNDS_PAYABLE', NULL, NULL, -reserved FROM paid UNION ALL
    SELECT tenant_id, id, currency, 'STORE_CREDIT', NULL, customer_id, -credit_minor - CASE WHEN mode = 'WALLET' THEN kept ELSE 0 END FROM paid
)
SELECT * FROM postings WHERE minor <> 0;

SELECT audit_table('payments', 'PAYMENT', '{customer_email,customer_first_name,customer_last_name,customer_phone,billing_address,checkout_url,description,metadata}'),
    audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}'),
    audit_table('refunds', 'REFUND', '{reason,error_message,external_error_code,external_error_message}');
