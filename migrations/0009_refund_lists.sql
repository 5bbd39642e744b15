-- Lists of refunds by their state, and the events of one attempt.

-- +goose Up
CREATE INDEX refunds_by_status ON refunds (tenant_id, status, created_at, id);
CREATE INDEX payment_events_of_transaction ON payment_events (tenant_id, transaction_id, seq) WHERE transaction_id IS NOT NULL;
