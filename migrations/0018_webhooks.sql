-- Reports that providers send by themselves, and the secrets that they are checked
-- with.

-- +goose Up
-- The random part of the address that a gateway's provider reports to. The default is
-- for programs that do not know the column yet.
ALTER TABLE payment_gateways ADD COLUMN webhook_endpoint uuid NOT NULL DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX payment_gateways_webhook_endpoint ON payment_gateways (webhook_endpoint);

ALTER TABLE gateway_parameters
    ADD COLUMN is_secret    boolean NOT NULL DEFAULT false,
    -- Sealed with the installation's key; empty where there is no value.
    ADD COLUMN sealed_value bytea   NOT NULL DEFAULT '',
    ADD CHECK (CASE WHEN is_secret THEN tenant_default_value IS NULL ELSE sealed_value = '' END);

-- Gateways of the sandbox can have their webhooks checked from now on.
INSERT INTO gateway_parameters (tenant_id, gateway_id, parameter_id, position, friendly_name, is_merchant, is_form, is_visible, is_required, is_secret)
    SELECT g.tenant_id, g.id, 'webhookSecret', (SELECT coalesce(max(p.position) + 1, 0) FROM gateway_parameters p WHERE p.tenant_id = g.tenant_id AND p.gateway_id = g.id),
        'Secret that webhooks are signed with: whsec_ and 24 to 64 bytes in Base64', true, false, false, false, true
    FROM payment_gateways g WHERE g.connector = 'sandbox';

-- The inbox: every event that a gateway's provider reported, once.
CREATE TABLE webhook_events (
    tenant_id        uuid        NOT NULL,
    id               uuid        NOT NULL,
    gateway_id       uuid        NOT NULL,
    -- The provider's own id of the event.
    event_id         text        NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
    -- The delivery as it came, sealed with the installation's key.
    body             bytea       NOT NULL,
    -- What the connector read in it.
    report           json        NOT NULL,
    received_at      timestamptz NOT NULL,
    -- When to apply it or to look for its attempt again; null when nothing is to be done.
    wake_at          timestamptz,
    checks           int4        NOT NULL CHECK (checks >= 0),
    applied_at       timestamptz,
    outcome          text        CHECK (outcome IN ('APPLIED', 'NOTHING_NEW', 'MISMATCH', 'ORPHAN', 'WAITING')),
    transaction_id   uuid,
    payment_id       uuid,
    -- When the same event came with other content; the first stands.
    contradicted_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_events_once UNIQUE (tenant_id, gateway_id, event_id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    -- Only what found its attempt was applied.
    CHECK ((applied_at IS NOT NULL) = (coalesce(outcome, 'ORPHAN') NOT IN ('ORPHAN', 'WAITING'))),
    CHECK ((applied_at IS NOT NULL) = (transaction_id IS NOT NULL)),
    CHECK ((payment_id IS NOT NULL) = (transaction_id IS NOT NULL)),
    CHECK (applied_at IS NULL OR wake_at IS NULL)
);
CREATE INDEX webhook_events_by_receipt ON webhook_events (tenant_id, received_at, id);
CREATE INDEX webhook_events_due ON webhook_events (wake_at) WHERE wake_at IS NOT NULL;

-- The audit log covers the columns that are new.
SELECT audit_table('payment_gateways', 'PAYMENT_GATEWAY', '{webhook_endpoint}'),
    audit_table('gateway_parameters', 'GATEWAY_PARAMETER', '{tenant_default_value,sealed_value}', 'gateway_id');
