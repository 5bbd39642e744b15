-- Billing subscriptions that are made through the API, and the payments that the
-- program makes of them by itself: one for each due date.

-- +goose Up
ALTER TABLE billing_subscriptions
    ADD COLUMN metadata          jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN automatic_retries int4  NOT NULL DEFAULT 0 CHECK (automatic_retries BETWEEN 0 AND 5),
    ADD COLUMN fingerprint       bytea NOT NULL DEFAULT '',
    ADD COLUMN version           int4  NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- The day whose payment is made next; next_due_at is when it begins in time_zone.
    ADD COLUMN next_due_on       date;
UPDATE billing_subscriptions SET next_due_on = (next_due_at AT TIME ZONE time_zone)::date WHERE next_due_at IS NOT NULL;
ALTER TABLE billing_subscriptions ADD CHECK ((next_due_on IS NULL) = (next_due_at IS NULL));
CREATE INDEX billing_subscriptions_created ON billing_subscriptions (tenant_id, created_at, id);
CREATE INDEX billing_subscriptions_wake ON billing_subscriptions (next_due_at, tenant_id, id) WHERE next_due_at IS NOT NULL;

ALTER TABLE payment_allocations
    ADD COLUMN due_on date,
    ADD CHECK (due_on IS NULL OR subscription_id IS NOT NULL);
-- Whatever wakes twice, a due date is asked for once.
CREATE UNIQUE INDEX payment_allocations_due_date ON payment_allocations (tenant_id, subscription_id, due_on) WHERE due_on IS NOT NULL;
