-- Documents that keys may be held to.

-- +goose Up
CREATE TABLE trusted_documents (
    tenant_id  uuid        NOT NULL REFERENCES tenants (id),
    id         uuid        NOT NULL,
    -- SHA-256 of the document. That it is of this one and no other is what callers trust.
    hash       bytea       NOT NULL CHECK (hash = sha256(convert_to(document, 'UTF8'))),
    document   text        NOT NULL CHECK (octet_length(document) BETWEEN 1 AND 32768),
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT trusted_documents_once UNIQUE (tenant_id, hash)
);
CREATE INDEX trusted_documents_by_creation ON trusted_documents (tenant_id, created_at, id);

ALTER TABLE api_keys ADD COLUMN trusted_documents_only boolean NOT NULL DEFAULT false;

SELECT audit_table('trusted_documents', 'TRUSTED_DOCUMENT', '{document}'), audit_table('api_keys', 'API_KEY', '{hash}');
