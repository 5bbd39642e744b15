-- Webhooks that companies get: addresses of theirs that are told what happens to their
-- payments, what they are told, and every try to tell it.

-- +goose Up
CREATE TABLE webhook_endpoints (
    tenant_id             uuid        NOT NULL REFERENCES tenants (id),
    id                    uuid        NOT NULL,
    url                   text        NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    description           text,
    -- The types of events that it is told of; empty for all.
    event_types           text[]      NOT NULL,
    -- The GraphQL selection on an event that its messages are made by.
    payload               text        NOT NULL CHECK (payload <> ''),
    -- Up to where in the log of events it has its deliveries.
    position              bigint      NOT NULL CHECK (position >= 0),
    -- Why it is told nothing; null while it is.
    disabled_reason       text        CHECK (disabled_reason IN ('BY_CALLER', 'FAILING', 'GONE')),
    disabled_at           timestamptz,
    -- Since when every try has failed; null after one that did not.
    failing_since         timestamptz,
    -- Sealed with the installation's key; empty where there is none.
    sealed_secret         bytea       NOT NULL,
    -- The secret before the last change, which signs too until the time.
    previous_secret       bytea       NOT NULL,
    previous_secret_until timestamptz,
    version               int4        NOT NULL CHECK (version > 0),
    created_by            text        NOT NULL,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    deleted_at            timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    -- One that is deleted is told nothing, and nobody can sign for it.
    CHECK (deleted_at IS NULL OR disabled_reason IS NOT NULL),
    CONSTRAINT webhook_endpoints_secrets CHECK ((previous_secret_until IS NULL) = (previous_secret = '')
        AND CASE WHEN deleted_at IS NULL THEN sealed_secret <> '' ELSE sealed_secret = '' AND previous_secret = '' END)
);
CREATE INDEX webhook_endpoints_by_creation ON webhook_endpoints (tenant_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX webhook_endpoints_enabled ON webhook_endpoints (tenant_id, position) WHERE disabled_reason IS NULL;

-- One event for one endpoint.
CREATE TABLE webhook_deliveries (
    tenant_id    uuid        NOT NULL,
    -- Follows from the endpoint and the event, so that it is the same again in a database
    -- that was put back to an earlier time: receivers know by it what they have had.
    id           uuid        NOT NULL,
    endpoint_id  uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    payment_id   uuid        NOT NULL,
    status       text        NOT NULL CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')),
    -- The tries since it was made or last replayed, and all of them.
    tries        int4        NOT NULL CHECK (tries >= 0),
    attempts     int4        NOT NULL CHECK (attempts >= tries),
    -- When to send it; null where nothing is to be sent, or its endpoint is told nothing.
    wake_at      timestamptz,
    -- The message as it is sent, with every try; null before the first.
    payload      text,
    created_at   timestamptz NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_deliveries_once UNIQUE (tenant_id, endpoint_id, event_id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES payment_events (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    CHECK (wake_at IS NULL OR status = 'PENDING'),
    CHECK ((delivered_at IS NOT NULL) = (status = 'DELIVERED'))
);
CREATE INDEX webhook_deliveries_by_creation ON webhook_deliveries (tenant_id, created_at, id);
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (tenant_id, endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_of_payment ON webhook_deliveries (tenant_id, payment_id, created_at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (wake_at) WHERE wake_at IS NOT NULL;

-- The tries, which only ever become more.
CREATE TABLE webhook_attempts (
    tenant_id   uuid        NOT NULL,
    delivery_id uuid        NOT NULL,
    number      int4        NOT NULL CHECK (number > 0),
    at          timestamptz NOT NULL,
    duration_ms int4        NOT NULL CHECK (duration_ms >= 0),
    -- The HTTP status of the answer; null where there was none.
    status_code int4,
    -- Why it failed; null where it did not.
    failure     text,
    -- How the answer begins, made harmless.
    response    text,
    PRIMARY KEY (tenant_id, delivery_id, number),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_deliveries (tenant_id, id)
);
CREATE TRIGGER webhook_attempts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON webhook_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How far an endpoint is, and whether it answers, follows from its deliveries; so does
-- whether the merchant was told of a payment.
SELECT audit_table('webhook_endpoints', 'WEBHOOK_ENDPOINT', '{sealed_secret,previous_secret}', follow => '{position,failing_since}'),
    audit_table('payments', 'PAYMENT', '{customer_email,customer_first_name,customer_last_name,customer_phone,billing_address,checkout_url,description,metadata}',
        follow => '{callback_success,callback_at,close_checkout_success,close_checkout_at}');
