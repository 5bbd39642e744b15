-- Settlement lines find slips whatever the case in which a bank writes them.

-- +goose Up
CREATE INDEX transactions_by_slip_spelling ON transactions (tenant_id, gateway_id, lower(btrim(manual_reference))) WHERE manual_reference IS NOT NULL;
DROP INDEX transactions_by_slip;
