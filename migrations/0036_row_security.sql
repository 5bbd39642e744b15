-- Row level security: a second lock on tenancy. Each query names its tenant already; the
-- lock catches the one that forgets it, or is given a wrong one.

-- +goose Up
-- paygraph.tenant is the tenant that the connection says it works for, or 'all' where it
-- says that it works across tenants. Who says nothing is refused with an error and not shown
-- nothing: work that forgets to say what it is about would otherwise find nothing to do, for
-- ever, and an old version of the program would answer that payments do not exist. It is
-- written out in each policy because calling a function costs a payment as much again.

-- Puts the lock on a table; call it for each new one with tenant_id. Its owner is held to
-- it as well, because the program is the owner. The setting is read once for a statement
-- and table: it stands in subqueries that depend on no row. That everything is meant is
-- written as IS NOT NULL and not as = 'all' because the planner takes the former to be
-- true of all rows, and the latter of one in two hundred.
-- +goose StatementBegin
CREATE FUNCTION lock_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY of_tenant ON %I
        USING (tenant_id = (SELECT nullif(current_setting('paygraph.tenant'), 'all')::uuid) OR (SELECT nullif(current_setting('paygraph.tenant', true) = 'all', false)) IS NOT NULL)
        WITH CHECK (tenant_id = (SELECT nullif(current_setting('paygraph.tenant'), 'all')::uuid) OR (SELECT nullif(current_setting('paygraph.tenant', true) = 'all', false)) IS NOT NULL)$policy$, name);
END $$;
-- +goose StatementEnd

SELECT lock_table(c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT a.attisdropped;

-- Whose a key is, which nothing else than its hash says: the one question across tenants
-- that requests ask, and so answered at the price of one statement. What the connection
-- says stands again behind it, also after an error, which undoes the whole statement.
-- +goose StatementBegin
CREATE FUNCTION key_owner(of_hash bytea) RETURNS TABLE (id uuid, scopes text[], expires_at timestamptz, revoked_at timestamptz,
    trusted_documents_only boolean, tenant_id uuid, company_id uuid, environment text) LANGUAGE plpgsql AS $$
DECLARE
    told text := coalesce(current_setting('paygraph.tenant', true), '');
BEGIN
    PERFORM set_config('paygraph.tenant', 'all', true);
    RETURN QUERY SELECT k.id, k.scopes, k.expires_at, k.revoked_at, k.trusted_documents_only, k.tenant_id, n.company_id, n.environment
        FROM api_keys k JOIN tenants n ON n.id = k.tenant_id WHERE k.hash = of_hash;
    PERFORM set_config('paygraph.tenant', told, true);
END $$;
-- +goose StatementEnd

-- Behind the lock an index answers only what PostgreSQL knows to tell nobody about rows
-- that are not shown, and lower() it does not know that of: comparisons of columns it does.
-- What is looked up in any spelling is therefore written down in one.
ALTER TABLE customers ADD COLUMN email_folded text GENERATED ALWAYS AS (lower(email)) STORED;
DROP INDEX customers_by_email;
CREATE INDEX customers_by_email ON customers (tenant_id, email_folded);
ALTER TABLE transactions ADD COLUMN slip_folded text GENERATED ALWAYS AS (lower(btrim(manual_reference))) STORED;
DROP INDEX transactions_by_slip_spelling;
CREATE INDEX transactions_by_slip_spelling ON transactions (tenant_id, gateway_id, slip_folded) WHERE slip_folded IS NOT NULL;
DROP INDEX transactions_manual_reference;
CREATE UNIQUE INDEX transactions_manual_reference ON transactions (tenant_id, slip_folded, method_type, lower(coalesce(method_label, '')))
    WHERE slip_folded IS NOT NULL AND status NOT IN ('CANCELLED', 'REJECTED');
SELECT audit_table('customers', 'CUSTOMER', '{email,first_name,last_name,phone,address,metadata}', follow => '{email_folded}'),
    audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}',
        follow => '{slip_folded}');
