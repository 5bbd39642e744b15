-- What happens to a payment after its first attempt: captures, voids and cancels,
-- and when the program looks at something again by itself.

-- +goose Up
ALTER TABLE payments
    -- What food lines come to, where the payment is for no order: the most that food vouchers may pay.
    ADD COLUMN food_minor          bigint NOT NULL DEFAULT 0 CHECK (food_minor BETWEEN 0 AND final_minor),
    ADD COLUMN expires_at          timestamptz,
    ADD COLUMN retries_left        int4 NOT NULL DEFAULT 0 CHECK (retries_left BETWEEN 0 AND 5),
    ADD COLUMN retries_made        int4 NOT NULL DEFAULT 0 CHECK (retries_made >= 0),
    ADD COLUMN cancel_requested_at timestamptz,
    ADD COLUMN wake_at             timestamptz;
CREATE INDEX payments_wake ON payments (wake_at, tenant_id, id) WHERE wake_at IS NOT NULL;

ALTER TABLE transactions
    ADD COLUMN hold_expires_at       timestamptz,
    ADD COLUMN action_tries          int4    NOT NULL DEFAULT 0 CHECK (action_tries >= 0),
    ADD COLUMN is_mismatch           boolean NOT NULL DEFAULT false,
    ADD COLUMN reconciliation_status text    NOT NULL DEFAULT 'UNRECONCILED' CHECK (reconciliation_status IN ('UNRECONCILED', 'RECONCILED', 'DISCREPANCY')),
    -- The payer's answers to the gateway's form, needed again when the outcome must be looked up.
    ADD COLUMN form                  jsonb,
    ADD COLUMN wake_at               timestamptz,
    ADD COLUMN checks                int4    NOT NULL DEFAULT 0 CHECK (checks >= 0);
CREATE INDEX transactions_wake ON transactions (wake_at, tenant_id, id) WHERE wake_at IS NOT NULL;

ALTER TABLE refunds
    -- The refunds of one request share the id of the first.
    ADD COLUMN batch_id    uuid,
    ADD COLUMN lease_until timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    ADD COLUMN wake_at     timestamptz,
    ADD COLUMN checks      int4        NOT NULL DEFAULT 0 CHECK (checks >= 0);
CREATE INDEX refunds_wake ON refunds (wake_at, tenant_id, id) WHERE wake_at IS NOT NULL;

CREATE TABLE operations (
    tenant_id              uuid        NOT NULL,
    -- Also the idempotency key that the gateway is given.
    id                     uuid        NOT NULL,
    payment_id             uuid        NOT NULL,
    transaction_id         uuid        NOT NULL,
    kind                   text        NOT NULL CHECK (kind IN ('CAPTURE', 'VOID', 'EXPIRE', 'CANCEL', 'DROP')),
    currency               char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor           bigint      NOT NULL CHECK (amount_minor BETWEEN 0 AND 9007199254740991),
    captured_before_minor  bigint      NOT NULL CHECK (captured_before_minor BETWEEN 0 AND 9007199254740991),
    is_final               boolean     NOT NULL,
    status                 text        NOT NULL CHECK (status IN ('REQUESTED', 'PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED')),
    external_id            text,
    error_code             text        CHECK (error_code IN ('GENERIC', 'CANCELLED', 'NOT_COMPLETED', 'MISSING_PAYMENT_METHOD', 'DECLINED', 'SYSTEM')),
    error_message          text,
    external_error_code    text,
    external_error_message text,
    created_by             text        NOT NULL,
    lease_until            timestamptz NOT NULL,
    wake_at                timestamptz,
    checks                 int4        NOT NULL CHECK (checks >= 0),
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id)
);
CREATE INDEX operations_of_payment ON operations (tenant_id, payment_id, created_at, id);
CREATE INDEX operations_wake ON operations (wake_at, tenant_id, id) WHERE wake_at IS NOT NULL;
-- Two answers about one attempt could not be told apart.
CREATE UNIQUE INDEX operations_open ON operations (tenant_id, transaction_id) WHERE status IN ('REQUESTED', 'PENDING', 'UNKNOWN');

-- What the intent made: a transaction, operation, refund, or the payment itself.
ALTER TABLE idempotency_keys ADD COLUMN subject_id uuid;
UPDATE idempotency_keys SET subject_id = payment_id;
UPDATE refunds SET batch_id = id;
ALTER TABLE refunds ALTER COLUMN batch_id SET NOT NULL;
-- Attempts that an earlier version left without a result.
UPDATE transactions SET wake_at = lease_until WHERE status IN ('CREATED', 'UNKNOWN', 'PENDING');
