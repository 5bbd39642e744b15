-- The audit log: who changed what, from what to what, and who was refused. Triggers
-- write it, so that no code path and nobody at the database's own prompt goes around
-- it, and a hash chain for each tenant shows what is taken away or altered later.

-- +goose Up
CREATE TABLE audit_entries (
    tenant_id     uuid        NOT NULL,
    -- By the database's clock, whatever those of the program's machines say.
    at            timestamptz NOT NULL,
    id            uuid        NOT NULL,
    actor         text        NOT NULL,
    -- Null where no credential acts: for the program itself, gateways, the database.
    role          text,
    request_id    text,
    action        text        NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE', 'FORBIDDEN')),
    subject       text        NOT NULL,
    subject_id    uuid,
    before        jsonb,
    after         jsonb,
    -- Null until the entry is sealed.
    seq           bigint      CHECK (seq > 0),
    previous_hash bytea       CHECK (length(previous_hash) = 32),
    hash          bytea       CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, at, id),
    CHECK (num_nonnulls(seq, previous_hash, hash) IN (0, 3))
);
CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (tenant_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_entries_unsealed ON audit_entries (tenant_id, at, id) WHERE seq IS NULL;
CREATE INDEX audit_entries_of_subject ON audit_entries (tenant_id, subject_id, at, id) WHERE subject_id IS NOT NULL;

-- Where each chain ends: without it the newest entries could go unnoticed.
CREATE TABLE audit_heads (
    tenant_id uuid        PRIMARY KEY REFERENCES tenants (id),
    seq       bigint      NOT NULL CHECK (seq >= 0),
    hash      bytea       NOT NULL CHECK (length(hash) = 32),
    sealed_at timestamptz NOT NULL
);

-- Sealing fills the last three columns of an entry, once; nothing else is ever changed.
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_seal BEFORE UPDATE ON audit_entries FOR EACH ROW
    WHEN (OLD.seq IS NOT NULL OR NEW.seq IS NULL OR
        (OLD.tenant_id, OLD.at, OLD.id, OLD.actor, OLD.role, OLD.request_id, OLD.action, OLD.subject, OLD.subject_id, OLD.before, OLD.after) IS DISTINCT FROM
        (NEW.tenant_id, NEW.at, NEW.id, NEW.actor, NEW.role, NEW.request_id, NEW.action, NEW.subject, NEW.subject_id, NEW.before, NEW.after))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_grow BEFORE UPDATE ON audit_heads FOR EACH ROW
    WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.seq <= OLD.seq) EXECUTE FUNCTION refuse_change();

-- The hash of an entry behind its predecessor's. The text has one form whatever the
-- session's settings are: JSON with keys in order, the time in microseconds.
CREATE FUNCTION audit_hash(previous bytea, place bigint, e audit_entries) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(previous || convert_to(jsonb_build_array(place, e.tenant_id, (extract(epoch FROM e.at) * 1000000)::bigint, e.id, e.actor, e.role,
    e.request_id, e.action, e.subject, e.subject_id, e.before, e.after)::text, 'UTF8'));

-- Appends unsealed entries of a tenant to its chain, the oldest first and so many at
-- most, and says how many. Of two that seal at once one waits for the other.
-- +goose StatementBegin
CREATE FUNCTION audit_seal(tenant uuid, most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    head    audit_heads;
    e       audit_entries;
    ats     timestamptz[] := '{}';
    ids     uuid[] := '{}';
    hashes  bytea[] := '{}';
    sealed  int := 0;
    current bytea;
BEGIN
    INSERT INTO audit_heads VALUES (tenant, 0, decode(repeat('00', 32), 'hex'), clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_heads h WHERE h.tenant_id = tenant FOR UPDATE;
    current := head.hash;
    FOR e IN SELECT * FROM audit_entries x WHERE x.tenant_id = tenant AND x.seq IS NULL ORDER BY x.at, x.id LIMIT most LOOP
        sealed := sealed + 1;
        current := audit_hash(current, head.seq + sealed, e);
        ats := ats || e.at;
        ids := ids || e.id;
        hashes := hashes || current;
    END LOOP;
    IF sealed = 0 THEN
        RETURN 0;
    END IF;
    UPDATE audit_entries x SET seq = head.seq + s.place, previous_hash = coalesce(hashes[s.place - 1], head.hash), hash = hashes[s.place]
        FROM unnest(ats, ids) WITH ORDINALITY AS s (at, id, place) WHERE x.tenant_id = tenant AND x.at = s.at AND x.id = s.id;
    UPDATE audit_heads h SET seq = head.seq + sealed, hash = current, sealed_at = clock_timestamp() WHERE h.tenant_id = tenant;
    RETURN sealed;
END $$;
-- +goose StatementEnd

-- Who acts: what the transaction said at its beginning, else whoever is connected.
CREATE FUNCTION audit_actor() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('paygraph.actor', true), ''), 'database:' || session_user);

-- Has the changes of a table recorded: new rows with all that they hold, changed ones
-- with what differs, and what is secret or about a person as "***". Columns in which
-- the program keeps its own books are no change, nor are those that follow from other
-- tables. The function is written out for the
-- table's columns, because comparing rows as JSON costs paying half as much again;
-- call it once more when a migration adds a column. No table is emptied at one stroke,
-- which would not say what was in it.
-- +goose StatementBegin
CREATE FUNCTION audit_table(name text, subject text, masked text[] DEFAULT '{}', id text DEFAULT 'id', follow text[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $generate$
DECLARE
    bookkeeping CONSTANT text[] := '{fingerprint,version,event_seq,updated_at,wake_at,lease_until,checks}' || follow;
    differences text;
    masks       text;
BEGIN
    SELECT string_agg(format(
            'IF OLD.%1$I IS DISTINCT FROM NEW.%1$I THEN was := was || jsonb_build_object(%1$L, %2$s); becomes := becomes || jsonb_build_object(%1$L, %3$s); END IF;', a.attname,
            CASE WHEN a.attname = ANY (masked) THEN format('CASE WHEN OLD.%I IS NOT NULL THEN ''***'' END', a.attname) ELSE format('OLD.%I', a.attname) END,
            CASE WHEN a.attname = ANY (masked) THEN format('CASE WHEN NEW.%I IS NOT NULL THEN ''***'' END', a.attname) ELSE format('NEW.%I', a.attname) END),
            E'\n' ORDER BY a.attnum)
        INTO differences FROM pg_attribute a
        WHERE a.attrelid = name::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (bookkeeping);
    SELECT coalesce(string_agg(format(' || jsonb_build_object(%1$L, CASE WHEN r.%1$I IS NOT NULL THEN ''***'' END)', m), ''), '') INTO masks FROM unnest(masked) m;
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION audit_%1$s() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    r       %1$s := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
    whole   jsonb;
    was     jsonb := '{}';
    becomes jsonb := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
%2$s
        IF was = '{}' THEN
            RETURN NULL;
        END IF;
    ELSE
        whole := jsonb_strip_nulls(to_jsonb(r) - %3$L::text[]%4$s);
        was := CASE TG_OP WHEN 'DELETE' THEN whole END;
        becomes := CASE TG_OP WHEN 'INSERT' THEN whole END;
    END IF;
    INSERT INTO audit_entries (tenant_id, at, id, actor, role, request_id, action, subject, subject_id, before, after)
        VALUES (r.tenant_id, clock_timestamp(), gen_random_uuid(), audit_actor(), nullif(current_setting('paygraph.role', true), ''),
            nullif(current_setting('paygraph.request', true), ''), TG_OP, %5$L, r.%6$I, was, becomes);
    RETURN NULL;
END $body$
$function$, name, differences, bookkeeping || masked || '{tenant_id,id}', masks, subject, id);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %1$I FOR EACH ROW EXECUTE FUNCTION audit_%1$s()', name);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
END $generate$;
-- +goose StatementEnd
-- The money of orders and invoices is that of their payments, which are recorded;
-- that they agree is checked besides.
SELECT audit_table('businesses', 'BUSINESS', '{address}'),
    audit_table('api_keys', 'API_KEY', '{hash}'),
    audit_table('customers', 'CUSTOMER', '{email,first_name,last_name,phone,address,metadata}'),
    audit_table('customer_balances', 'CREDIT_BALANCE', id => 'customer_id'),
    audit_table('products', 'PRODUCT'),
    audit_table('payment_gateways', 'PAYMENT_GATEWAY'),
    audit_table('gateway_parameters', 'GATEWAY_PARAMETER', '{tenant_default_value}', 'gateway_id'),
    audit_table('payment_methods', 'PAYMENT_METHOD', '{label,token,details,holder_name,holder_email}'),
    audit_table('orders', 'ORDER', '{description,metadata}', follow => '{in_flight_minor,held_minor,captured_minor,refunded_minor,voucher_minor}'),
    audit_table('invoices', 'INVOICE', '{description,metadata}', follow => '{in_flight_minor,held_minor,captured_minor,refunded_minor}'),
    audit_table('billing_subscriptions', 'BILLING_SUBSCRIPTION', '{description,metadata}'),
    audit_table('payments', 'PAYMENT', '{customer_email,customer_first_name,customer_last_name,customer_phone,billing_address,checkout_url,description,metadata}'),
    audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data}'),
    audit_table('operations', 'OPERATION'),
    audit_table('refunds', 'REFUND');

-- A company stands above its tenants: what happens to it is told in the chain of each.
-- Its beginning is told with that of the tenant.
-- +goose StatementBegin
CREATE FUNCTION audit_company() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was     jsonb;
    becomes jsonb;
BEGIN
    IF TG_TABLE_NAME = 'tenants' THEN
        INSERT INTO audit_entries (tenant_id, at, id, actor, role, request_id, action, subject, subject_id, after)
            SELECT NEW.id, clock_timestamp(), gen_random_uuid(), audit_actor(), nullif(current_setting('paygraph.role', true), ''),
                nullif(current_setting('paygraph.request', true), ''), 'INSERT', 'COMPANY', c.id,
                to_jsonb(c) - '{id,version}'::text[] || jsonb_build_object('environment', NEW.environment)
            FROM companies c WHERE c.id = NEW.company_id;
        RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, to_jsonb(NEW)->key) INTO was, becomes
        FROM jsonb_each(to_jsonb(OLD)) WHERE value <> to_jsonb(NEW)->key AND key <> 'version';
    INSERT INTO audit_entries (tenant_id, at, id, actor, role, request_id, action, subject, subject_id, before, after)
        SELECT t.id, clock_timestamp(), gen_random_uuid(), audit_actor(), nullif(current_setting('paygraph.role', true), ''),
            nullif(current_setting('paygraph.request', true), ''), 'UPDATE', 'COMPANY', NEW.id, was, becomes
        FROM tenants t WHERE t.company_id = NEW.id AND was IS NOT NULL;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION audit_company();
-- Tenants never change, and a company that has them stays.
CREATE TRIGGER audit_stay BEFORE DELETE OR TRUNCATE ON tenants FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_same AFTER UPDATE ON tenants FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit AFTER UPDATE ON companies FOR EACH ROW EXECUTE FUNCTION audit_company();
