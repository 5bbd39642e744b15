-- Who looks after a due row, so that no two processes do at the same time. What a
-- killed process had claimed is free again when the claim ends.

-- +goose Up
CREATE TABLE claims (
    tenant_id     uuid        NOT NULL REFERENCES tenants (id),
    kind          text        NOT NULL CHECK (kind <> ''),
    id            uuid        NOT NULL,
    claimed_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
);

-- The tables of the job engine that did this before.
DROP TABLE IF EXISTS river_client_queue, river_client, river_job, river_leader, river_queue, river_migration;
DROP TYPE IF EXISTS river_job_state;
DROP FUNCTION IF EXISTS river_job_notify(), river_job_state_in_bitmask(bit, text);
