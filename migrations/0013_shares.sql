-- What each line costs once the discount stack is spread, payments whose attempt could
-- not be made, and the ends of actions and holds.

-- +goose Up
-- The line's part of the owner's final amount, by largest remainder.
ALTER TABLE order_lines ADD COLUMN share_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payment_lines ADD COLUMN share_minor bigint NOT NULL DEFAULT 0;

WITH spread AS (
    SELECT l.tenant_id, l.id, l.order_id AS owner, l.position, o.total_minor AS final, div(o.total_minor::numeric * l.final_minor, s.whole) AS part,
        mod(o.total_minor::numeric * l.final_minor, s.whole) AS rest
    FROM order_lines l JOIN orders o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    JOIN (SELECT tenant_id, order_id, sum(final_minor) AS whole FROM order_lines GROUP BY 1, 2 HAVING sum(final_minor) > 0) s
        ON s.tenant_id = l.tenant_id AND s.order_id = l.order_id
), ranked AS (
    SELECT *, final - sum(part) OVER (PARTITION BY tenant_id, owner) AS missing,
        row_number() OVER (PARTITION BY tenant_id, owner ORDER BY rest DESC, position) AS place FROM spread
)
UPDATE order_lines l SET share_minor = r.part + CASE WHEN r.place <= r.missing THEN 1 ELSE 0 END
FROM ranked r WHERE r.tenant_id = l.tenant_id AND r.id = l.id;

WITH spread AS (
    SELECT l.tenant_id, l.id, l.payment_id AS owner, l.position, p.final_minor AS final, div(p.final_minor::numeric * l.final_minor, s.whole) AS part,
        mod(p.final_minor::numeric * l.final_minor, s.whole) AS rest
    FROM payment_lines l JOIN payments p ON p.tenant_id = l.tenant_id AND p.id = l.payment_id
    JOIN (SELECT tenant_id, payment_id, sum(final_minor) AS whole FROM payment_lines GROUP BY 1, 2 HAVING sum(final_minor) > 0) s
        ON s.tenant_id = l.tenant_id AND s.payment_id = l.payment_id
), ranked AS (
    SELECT *, final - sum(part) OVER (PARTITION BY tenant_id, owner) AS missing,
        row_number() OVER (PARTITION BY tenant_id, owner ORDER BY rest DESC, position) AS place FROM spread
)
UPDATE payment_lines l SET share_minor = r.part + CASE WHEN r.place <= r.missing THEN 1 ELSE 0 END
FROM ranked r WHERE r.tenant_id = l.tenant_id AND r.id = l.id;

ALTER TABLE order_lines ADD CHECK (share_minor BETWEEN 0 AND final_minor);
ALTER TABLE payment_lines ADD CHECK (share_minor BETWEEN 0 AND final_minor);

-- When an attempt that was due could not be made: null once there is another one.
ALTER TABLE payments ADD COLUMN unattempted_at timestamptz;
-- Attempts when scheduled_for was set: one more uses the date up.
ALTER TABLE payments ADD COLUMN attempts_before_date int8 NOT NULL DEFAULT 0 CHECK (attempts_before_date >= 0);

UPDATE payments p SET unattempted_at = e.at,
    attention = CASE WHEN p.closed IS NULL AND p.captured_minor < p.final_minor THEN p.attention || '{ATTEMPT_REFUSED}' ELSE p.attention END
FROM (SELECT tenant_id, payment_id, max(created_at) AS at FROM payment_events WHERE type = 'ATTEMPT_REFUSED' GROUP BY 1, 2) e
WHERE e.tenant_id = p.tenant_id AND e.payment_id = p.id
    AND NOT EXISTS (SELECT 1 FROM transactions t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id AND t.created_at >= e.at);

-- Until when actions and holds stand whose gateway did not say.
UPDATE transactions SET action_expires_at = wake_at WHERE status = 'REQUIRES_ACTION' AND action_expires_at IS NULL;
UPDATE transactions SET hold_expires_at = wake_at WHERE held_minor > 0 AND hold_expires_at IS NULL;
