-- What an event is about and why, and attempts that end by too many wrong codes.

-- +goose Up
ALTER TABLE payment_events
    ADD COLUMN operation_id   uuid,
    -- Why something was refused, rejected, declined or failed. No personal data.
    ADD COLUMN reason         text,
    -- The fields of UpdatePaymentInput that changed.
    ADD COLUMN changed_fields text[] NOT NULL DEFAULT '{}',
    ADD FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id);

ALTER TABLE transactions
    DROP CONSTRAINT transactions_error_code_check,
    ADD CONSTRAINT transactions_error_code_check
        CHECK (error_code IN ('GENERIC', 'CANCELLED', 'NOT_COMPLETED', 'MISSING_PAYMENT_METHOD', 'DECLINED', 'SYSTEM', 'TOO_MANY_TRIES'));
