-- Reports that come late or early, and what people have seen to.

-- +goose Up
ALTER TABLE transactions
    ADD COLUMN is_late boolean NOT NULL DEFAULT false,
    -- Reports that wait for the capture, in the order in which they came.
    ADD COLUMN early   jsonb,
    DROP CONSTRAINT transactions_reconciliation_status_check,
    ADD CHECK (reconciliation_status IN ('UNRECONCILED', 'PARTIAL', 'RECONCILED', 'DISCREPANCY'));
UPDATE transactions t SET is_late = true FROM payments p
    WHERE p.tenant_id = t.tenant_id AND p.id = t.payment_id AND p.closed IS NOT NULL AND t.captured_minor > 0;

ALTER TABLE payments ADD COLUMN acknowledged text[] NOT NULL DEFAULT '{}';
ALTER TABLE simulations ADD COLUMN refund_id uuid,
    ADD FOREIGN KEY (tenant_id, refund_id) REFERENCES refunds (tenant_id, id);
ALTER TABLE settlement_lines
    DROP CONSTRAINT settlement_lines_outcome_check,
    ADD CHECK (outcome IN ('CONFIRMED', 'DISCREPANCY', 'ORPHAN', 'WAITING', 'ALREADY_CONFIRMED'));
