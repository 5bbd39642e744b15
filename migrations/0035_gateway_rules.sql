-- Rules by which a gateway is chosen where a request names none, and what they decided.

-- +goose Up
-- A company's rules are one list, which is replaced as a whole: this row is its version,
-- and what changes of the list wait for.
CREATE TABLE gateway_rule_lists (
    tenant_id  uuid        PRIMARY KEY REFERENCES tenants (id),
    version    int4        NOT NULL CHECK (version >= 0),
    updated_at timestamptz NOT NULL
);

CREATE TABLE gateway_rules (
    tenant_id       uuid   NOT NULL,
    position        int4   NOT NULL CHECK (position >= 0),
    name            text   NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    gateway_id      uuid   NOT NULL,
    -- Conditions; an empty list holds for everything.
    currencies      text[] NOT NULL,
    countries       text[] NOT NULL,
    method_types    text[] NOT NULL,
    amount_currency text   CHECK (amount_currency ~ '^[A-Z]{3}$'),
    minimum_minor   bigint CHECK (minimum_minor >= 0),
    maximum_minor   bigint CHECK (maximum_minor >= coalesce(minimum_minor, 0)),
    priority        int4   NOT NULL CHECK (priority BETWEEN 0 AND 1000),
    weight          int4   NOT NULL CHECK (weight BETWEEN 1 AND 1000),
    PRIMARY KEY (tenant_id, position),
    CONSTRAINT gateway_rules_named_once UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id),
    CHECK ((amount_currency IS NULL) = (minimum_minor IS NULL AND maximum_minor IS NULL))
);
CREATE INDEX gateway_rules_of_gateway ON gateway_rules (tenant_id, gateway_id);

-- How the gateway of an attempt was chosen; null where the request named it.
ALTER TABLE transactions ADD COLUMN routing jsonb;

SELECT audit_table('gateway_rules', 'GATEWAY_RULE', id => 'gateway_id'),
    audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}');
