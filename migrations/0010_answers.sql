-- What a gateway refused under a key, and facts of the sandbox that come later.

-- +goose Up
-- The refusal that a request ended with after its key was used: a repeat gets it again.
ALTER TABLE idempotency_keys ADD COLUMN refused_with text;

-- What a provider of the sandbox will report: gone once it has.
CREATE TABLE simulations (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    transaction_id uuid        NOT NULL,
    payment_id     uuid        NOT NULL,
    fact           text        NOT NULL,
    -- Minor units of the attempt's currency; null: all that can be.
    amount_minor   bigint      CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    decline_type   text,
    wake_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
CREATE INDEX simulations_wake ON simulations (wake_at, tenant_id, id);
CREATE INDEX simulations_of_transaction ON simulations (tenant_id, transaction_id);
