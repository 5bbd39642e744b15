-- Companies, their two tenants, and what lets a caller in.
-- A tenant is one company in one environment; the key of every table that
-- holds tenant data begins with tenant_id, so a row of one tenant can never
-- refer to a row of another.

-- +goose Up
CREATE TABLE installation (
    singleton     boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    -- Key of the signatures on list cursors; one for all processes of this database.
    cursor_secret bytea       NOT NULL CHECK (length(cursor_secret) >= 32),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE companies (
    id                       uuid        PRIMARY KEY,
    slug                     text        NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name                     text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    country                  char(2)     NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency                 char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- One-person companies may approve what they submitted themselves.
    allows_self_approval     boolean     NOT NULL DEFAULT false,
    refunds_late_captures    boolean     NOT NULL DEFAULT false,
    created_at               timestamptz NOT NULL
);

CREATE TABLE tenants (
    id          uuid        PRIMARY KEY,
    company_id  uuid        NOT NULL REFERENCES companies (id),
    environment text        NOT NULL CHECK (environment IN ('LIVE', 'SANDBOX')),
    created_at  timestamptz NOT NULL,
    UNIQUE (company_id, environment)
);

CREATE TABLE businesses (
    tenant_id    uuid        NOT NULL REFERENCES tenants (id),
    id           uuid        NOT NULL,
    reference_id text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    address      jsonb,
    fingerprint  bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX businesses_reference ON businesses (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX businesses_by_creation ON businesses (tenant_id, created_at, id);

CREATE TABLE api_keys (
    tenant_id  uuid        NOT NULL REFERENCES tenants (id),
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- SHA-256 of the whole key: it is random, so no salt is needed, and a stolen table opens nothing.
    hash       bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
    -- First characters of the key, enough to recognise it in a list.
    prefix     text        NOT NULL,
    scopes     text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX api_keys_by_creation ON api_keys (tenant_id, created_at, id);
