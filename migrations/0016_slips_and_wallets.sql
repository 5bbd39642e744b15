-- Settlement lines find slips whatever the case in which a bank writes them; attempts
-- say whether a wallet pays.

-- +goose Up
CREATE INDEX transactions_by_slip_spelling ON transactions (tenant_id, gateway_id, lower(btrim(manual_reference))) WHERE manual_reference IS NOT NULL;
DROP INDEX transactions_by_slip;
UPDATE transactions SET is_wallet = true WHERE method_type IN ('LOCAL_WALLET', 'MOBILE_WALLET');
