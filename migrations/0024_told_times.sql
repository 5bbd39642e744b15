-- When what a provider reported happened, and what captures brought beyond what was owed.

-- +goose Up
-- By the provider's own clock: reports come in any order, and the newer one stands. Null
-- where it told no time.
ALTER TABLE transactions ADD COLUMN told_at timestamptz;
ALTER TABLE refunds ADD COLUMN told_at timestamptz;
