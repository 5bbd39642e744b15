-- One log of the events of all payments of a tenant, for whoever follows what happens.
-- A place in it is given after the event's transaction is over: numbers that
-- transactions take themselves become visible in another order than they count, and a
-- reader who has gone on to 5 would never see a 4 that comes late.

-- +goose Up
-- Null until the event has its place: 1, 2, 3 … in the tenant.
ALTER TABLE payment_events ADD COLUMN position bigint CHECK (position > 0);

-- Where each log ends. Who gives places holds the row until the end of the transaction.
CREATE TABLE event_heads (
    tenant_id uuid   PRIMARY KEY REFERENCES tenants (id),
    position  bigint NOT NULL CHECK (position >= 0)
);

DROP TRIGGER payment_events_stay ON payment_events;
UPDATE payment_events e SET position = o.position FROM (
    SELECT tenant_id, payment_id, seq, row_number() OVER (PARTITION BY tenant_id ORDER BY at, payment_id, seq) AS position FROM (
        -- A clock that went back must not turn the events of a payment round.
        SELECT tenant_id, payment_id, seq, max(created_at) OVER (PARTITION BY tenant_id, payment_id ORDER BY seq) AS at FROM payment_events) x) o
    WHERE (e.tenant_id, e.payment_id, e.seq) = (o.tenant_id, o.payment_id, o.seq);
INSERT INTO event_heads SELECT tenant_id, max(position) FROM payment_events GROUP BY tenant_id;

CREATE UNIQUE INDEX payment_events_log ON payment_events (tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX payment_events_unplaced ON payment_events (tenant_id, created_at, payment_id, seq) WHERE position IS NULL;

-- An event gets its place once; nothing else is ever changed.
CREATE TRIGGER payment_events_stay BEFORE DELETE OR TRUNCATE ON payment_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_events_place BEFORE UPDATE ON payment_events FOR EACH ROW
    WHEN (OLD.position IS NOT NULL OR NEW.position IS NULL OR
        (OLD.tenant_id, OLD.payment_id, OLD.seq, OLD.id, OLD.type, OLD.transaction_id, OLD.refund_id, OLD.amount_minor, OLD.status, OLD.actor, OLD.created_at,
            OLD.operation_id, OLD.reason, OLD.changed_fields) IS DISTINCT FROM
        (NEW.tenant_id, NEW.payment_id, NEW.seq, NEW.id, NEW.type, NEW.transaction_id, NEW.refund_id, NEW.amount_minor, NEW.status, NEW.actor, NEW.created_at,
            NEW.operation_id, NEW.reason, NEW.changed_fields))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_heads_stay BEFORE DELETE OR TRUNCATE ON event_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_heads_grow BEFORE UPDATE ON event_heads FOR EACH ROW
    WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.position <= OLD.position) EXECUTE FUNCTION refuse_change();

-- Gives the oldest events of a tenant that have none their places, about so many at
-- most, and says how many. Of two that do so at once one waits for the other, and sees
-- what the other did. An event takes with it those of its payment that come before it,
-- whatever their times say; all of them are there, since a payment's lock is held until
-- its events are.
-- +goose StatementBegin
CREATE FUNCTION event_place(tenant uuid, most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    head   bigint;
    placed int;
BEGIN
    INSERT INTO event_heads VALUES (tenant, 0) ON CONFLICT DO NOTHING;
    SELECT h.position INTO head FROM event_heads h WHERE h.tenant_id = tenant FOR UPDATE;
    WITH oldest AS (
        SELECT e.payment_id, e.seq FROM payment_events e WHERE e.tenant_id = tenant AND e.position IS NULL ORDER BY e.created_at, e.payment_id, e.seq LIMIT most),
    whole AS (
        SELECT e.payment_id, e.seq, max(e.created_at) OVER (PARTITION BY e.payment_id ORDER BY e.seq) AS at
        FROM (SELECT payment_id, max(seq) AS seq FROM oldest GROUP BY payment_id) o
        JOIN payment_events e ON e.tenant_id = tenant AND e.payment_id = o.payment_id AND e.seq <= o.seq AND e.position IS NULL),
    ordered AS (SELECT payment_id, seq, row_number() OVER (ORDER BY at, payment_id, seq) AS place FROM whole)
    UPDATE payment_events e SET position = head + o.place FROM ordered o WHERE e.tenant_id = tenant AND e.payment_id = o.payment_id AND e.seq = o.seq;
    GET DIAGNOSTICS placed = ROW_COUNT;
    IF placed > 0 THEN
        UPDATE event_heads h SET position = head + placed WHERE h.tenant_id = tenant;
    END IF;
    RETURN placed;
END $$;
-- +goose StatementEnd
