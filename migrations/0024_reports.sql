-- When what a provider reported happened, and what captures brought beyond what was owed.

-- +goose Up
-- By the provider's own clock: reports come in any order, and the newer one stands. Null
-- where it told no time.
ALTER TABLE transactions ADD COLUMN told_at timestamptz;
ALTER TABLE refunds ADD COLUMN told_at timestamptz;

-- What the payment's captures brought beyond what its orders and invoices still owed. What
-- was booked before stays booked as it is.
ALTER TABLE payments ADD COLUMN surplus_minor bigint NOT NULL DEFAULT 0 CHECK (surplus_minor BETWEEN 0 AND captured_minor);

-- Surplus goes back first.
CREATE OR REPLACE VIEW other_postings AS
    SELECT tenant_id, payment_id, customer_id, -manual AS payouts,
        CASE WHEN mode <> 'WALLET' AND closed IS NULL THEN surplus - kept ELSE 0 END AS receivable,
        CASE WHEN mode = 'WALLET' THEN 0 WHEN closed IS NULL THEN -surplus ELSE -kept END AS suspense,
        -reserved AS payable, -credit - CASE WHEN mode = 'WALLET' THEN kept ELSE 0 END AS credit
    FROM (SELECT p.tenant_id, p.id AS payment_id, p.customer_id, p.mode, p.closed, p.refund_pending_minor AS reserved,
            p.captured_minor - p.refunded_minor - p.refund_pending_minor - CASE WHEN p.mode = 'WALLET' THEN p.charged_back_minor ELSE 0 END AS kept,
            greatest(0, p.captured_minor - p.refunded_minor - p.refund_pending_minor - p.final_minor, p.surplus_minor - p.refunded_minor - p.refund_pending_minor) AS surplus,
            coalesce(o.manual, 0) AS manual, coalesce(o.credit, 0) AS credit
        FROM payments p LEFT JOIN (SELECT tenant_id, payment_id, sum(manual)::bigint AS manual, sum(credit)::bigint AS credit FROM refunded_otherwise GROUP BY 1, 2) o
            ON o.tenant_id = p.tenant_id AND o.payment_id = p.id
        WHERE p.captured_minor > 0) p;

SELECT audit_table('payments', 'PAYMENT', '{customer_email,customer_first_name,customer_last_name,customer_phone,billing_address,checkout_url,description,metadata}'),
    audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}'),
    audit_table('refunds', 'REFUND', '{reason,error_message,external_error_code,external_error_message}');
