-- What a payment promises each of its orders and invoices is remembered: it goes to what is
-- owed of them when it is asked, which may be something else when it is known what became
-- of it.

-- +goose Up
ALTER TABLE payment_allocations
    ADD COLUMN in_flight_minor bigint NOT NULL DEFAULT 0 CHECK (in_flight_minor BETWEEN 0 AND 9007199254740991),
    ADD COLUMN held_minor bigint NOT NULL DEFAULT 0 CHECK (held_minor BETWEEN 0 AND 9007199254740991);

-- Until now what was held, then what was asked, was spread over what was left of the amounts, or
-- over the amounts where it was more, by largest remainder.
WITH room AS (
    SELECT a.tenant_id, a.id, a.payment_id, a.position, p.held_minor AS minor, a.amount_minor, greatest(0, a.amount_minor - a.captured_minor) AS room
    FROM payments p JOIN payment_allocations a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id WHERE p.held_minor > 0
), weights AS (
    SELECT *, (CASE WHEN minor > sum(room) OVER whole THEN amount_minor ELSE room END)::numeric AS weight FROM room WINDOW whole AS (PARTITION BY tenant_id, payment_id)
), parts AS (
    SELECT *, div(minor * weight, sum(weight) OVER whole) AS part, mod(minor * weight, sum(weight) OVER whole) AS rest FROM weights WINDOW whole AS (PARTITION BY tenant_id, payment_id)
)
UPDATE payment_allocations a SET held_minor = x.part + CASE WHEN x.rank <= x.minor - x.given THEN 1 ELSE 0 END FROM (
        SELECT *, row_number() OVER (PARTITION BY tenant_id, payment_id ORDER BY rest DESC, position) AS rank, sum(part) OVER (PARTITION BY tenant_id, payment_id) AS given FROM parts) x
    WHERE a.tenant_id = x.tenant_id AND a.id = x.id;

WITH room AS (
    SELECT a.tenant_id, a.id, a.payment_id, a.position, p.in_flight_minor AS minor, a.amount_minor, greatest(0, a.amount_minor - a.captured_minor - a.held_minor) AS room
    FROM payments p JOIN payment_allocations a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id WHERE p.in_flight_minor > 0
), weights AS (
    SELECT *, (CASE WHEN minor > sum(room) OVER whole THEN amount_minor ELSE room END)::numeric AS weight FROM room WINDOW whole AS (PARTITION BY tenant_id, payment_id)
), parts AS (
    SELECT *, div(minor * weight, sum(weight) OVER whole) AS part, mod(minor * weight, sum(weight) OVER whole) AS rest FROM weights WINDOW whole AS (PARTITION BY tenant_id, payment_id)
)
UPDATE payment_allocations a SET in_flight_minor = x.part + CASE WHEN x.rank <= x.minor - x.given THEN 1 ELSE 0 END FROM (
        SELECT *, row_number() OVER (PARTITION BY tenant_id, payment_id ORDER BY rest DESC, position) AS rank, sum(part) OVER (PARTITION BY tenant_id, payment_id) AS given FROM parts) x
    WHERE a.tenant_id = x.tenant_id AND a.id = x.id;
