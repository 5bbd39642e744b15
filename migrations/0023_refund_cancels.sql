-- Calling off a refund is an operation like others, and what the program fails to do
-- by itself waits longer each time.

-- +goose Up
ALTER TABLE operations
    -- The refund that is to be called off; null for what is asked about the attempt itself.
    ADD COLUMN refund_id uuid,
    DROP CONSTRAINT operations_kind_check,
    ADD CONSTRAINT operations_kind_check CHECK (kind IN ('CAPTURE', 'VOID', 'EXPIRE', 'CANCEL', 'DROP', 'CANCEL_REFUND')),
    ADD CONSTRAINT operations_refund_check CHECK ((kind = 'CANCEL_REFUND') = (refund_id IS NOT NULL)),
    ADD FOREIGN KEY (tenant_id, refund_id) REFERENCES refunds (tenant_id, id);
-- Refunds of one attempt are called off one by one, whatever else is asked about it.
DROP INDEX operations_open;
CREATE UNIQUE INDEX operations_open ON operations (tenant_id, transaction_id, coalesce(refund_id, transaction_id)) WHERE status IN ('REQUESTED', 'PENDING', 'UNKNOWN');
-- What earlier requests to call one off asked was not kept.
UPDATE idempotency_keys SET subject_id = payment_id WHERE operation = 'cancelRefund';
-- The audit log covers the column that is new.
SELECT audit_table('operations', 'OPERATION', '{error_message,external_error_code,external_error_message}');

-- How often waking the row has failed since it last went well. A claim of a row that
-- failed stays until the row is to be tried again.
ALTER TABLE claims ADD COLUMN failures int4 NOT NULL DEFAULT 0 CHECK (failures >= 0);
