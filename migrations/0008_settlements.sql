-- What gateways say that they settled, line by line, and what each line came to.

-- +goose Up
CREATE TABLE settlements (
    tenant_id       uuid        NOT NULL,
    id              uuid        NOT NULL,
    idempotency_key text        NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    -- SHA-256 of the canonical input: the same key with another input is a mistake, not a repeat.
    fingerprint     bytea       NOT NULL CHECK (length(fingerprint) = 32),
    gateway_id      uuid        NOT NULL,
    line_count      int4        NOT NULL CHECK (line_count > 0),
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id)
);
CREATE UNIQUE INDEX settlements_idempotency ON settlements (tenant_id, idempotency_key);

CREATE TABLE settlement_lines (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    -- The delivery, and the place in it, by which the line has its outcome.
    settlement_id  uuid        NOT NULL,
    position       int4        NOT NULL CHECK (position >= 0),
    gateway_id     uuid        NOT NULL,
    external_id    text        NOT NULL CHECK (length(external_id) BETWEEN 1 AND 255),
    currency       char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor   bigint      NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    fee_minor      bigint      CHECK (fee_minor BETWEEN 0 AND 9007199254740991),
    settled_on     date        NOT NULL,
    outcome        text        NOT NULL CHECK (outcome IN ('CONFIRMED', 'DISCREPANCY', 'ORPHAN', 'ALREADY_CONFIRMED')),
    message        text        NOT NULL,
    transaction_id uuid,
    payment_id     uuid,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, settlement_id) REFERENCES settlements (tenant_id, id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    CHECK ((outcome = 'ORPHAN') = (transaction_id IS NULL)),
    CHECK ((outcome = 'ORPHAN') = (payment_id IS NULL))
);
-- A line that is delivered twice is one line.
CREATE UNIQUE INDEX settlement_lines_once ON settlement_lines (tenant_id, gateway_id, external_id, settled_on, currency, amount_minor);
CREATE INDEX settlement_lines_by_creation ON settlement_lines (tenant_id, created_at, id);

-- Lines about manual payments go by the reference on the slip.
CREATE INDEX transactions_by_slip ON transactions (tenant_id, gateway_id, manual_reference) WHERE manual_reference IS NOT NULL;
