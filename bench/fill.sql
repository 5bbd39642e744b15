-- A company set that holds every invariant of paygraph verify. It takes its size from the
-- settings bench.payments, bench.companies and bench.owed, and must be run by the owner of a
-- database that has the schema and nothing in it.
--
-- Every second payment is the first company's, so that it has pages enough to look deep;
-- the others share the rest. Of twenty payments two are paid and given back, one is held,
-- one has failed and the others are paid and settled. Three of ten needed a second attempt,
-- half have a discount, and all have one to five lines, an order and the invoice that bills it.

SET LOCAL paygraph.tenant = 'all';

-- What is a day's work with them takes minutes with foreign keys and triggers in force. The
-- keys are made anew below, which checks them; the audit log begins after the set.
CREATE TEMP TABLE foreign_keys AS SELECT conrelid::regclass AS child, conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
CREATE TEMP TABLE silent AS SELECT DISTINCT tgrelid::regclass AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace;
DO $$ DECLARE k record; BEGIN
    FOR k IN SELECT * FROM foreign_keys LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.child, k.name); END LOOP;
    FOR k IN SELECT * FROM silent LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', k.name); END LOOP;
END $$;

CREATE FUNCTION pg_temp.id(sort text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (sort || '00000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.word(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(substr('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', (n >> 5 * i) % 32 + 1, 1), '') FROM generate_series(0, 5) i $$;

-- What is common to all tables: one row a payment, k its number among those like it.
CREATE TEMP TABLE many AS SELECT n, k, company, pg_temp.id('700', company) AS tenant, company * 10 + k % 3 AS gateway, company * 100000 + k % 1000 AS customer,
        k % 20 = 1 AS held, k % 20 = 2 AS failed, k % 20 NOT IN (1, 2) AS paid, k % 10 = 0 AS back, k % 10 IN (3, 4, 5) AS again, k % 4 < 2 AS cheaper,
        timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second' AS at
    FROM (SELECT n, n / 2 AS k, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n / 2 % (current_setting('bench.companies')::int - 1) END AS company
        FROM generate_series(1, current_setting('bench.payments')::int) n) x;
CREATE TEMP TABLE lines AS SELECT n, tenant, i, quantity, unit, quantity * unit AS gross FROM (
        SELECT n, tenant, i, 1 + (k + i) % 3 AS quantity, 100 * (1 + (k * 7 + i * 3) % 50) AS unit FROM many CROSS JOIN LATERAL generate_series(0, k % 5) i) x;
CREATE TEMP TABLE amounts AS SELECT m.n, l.total, CASE WHEN cheaper THEN l.total / 10 ELSE 0 END AS off, l.total - CASE WHEN cheaper THEN l.total / 10 ELSE 0 END AS final
    FROM many m JOIN (SELECT n, sum(gross)::bigint AS total FROM lines GROUP BY n) l USING (n);
CREATE TEMP TABLE sold AS SELECT m.*, a.total, a.off, a.final, final / 50 AS fee, CASE WHEN held THEN final ELSE 0 END AS holding,
        CASE WHEN paid THEN final ELSE 0 END AS taken, CASE WHEN back THEN final ELSE 0 END AS given, CASE WHEN again THEN 2 ELSE 0 END AS later
    FROM many m JOIN amounts a USING (n);
-- What a line costs once the discount is spread: the differences of a running sum leave no cent out.
CREATE TEMP TABLE shares AS SELECT l.*, a.final * (l.until) / a.total - a.final * (l.until - l.gross) / a.total AS share
    FROM (SELECT *, sum(gross) OVER (PARTITION BY n ORDER BY i)::bigint AS until FROM lines) l JOIN amounts a USING (n);
ANALYZE many; ANALYZE sold; ANALYZE shares;

INSERT INTO companies (id, slug, name, country, currency, created_at)
    SELECT pg_temp.id('900', c), 'bench-' || c, 'Company ' || c, 'PT', 'EUR', '2026-01-01Z' FROM generate_series(1, current_setting('bench.companies')::int) c;
INSERT INTO tenants (id, company_id, environment, created_at)
    SELECT pg_temp.id(t.sort, c), pg_temp.id('900', c), t.environment, '2026-01-01Z'
    FROM generate_series(1, current_setting('bench.companies')::int) c CROSS JOIN (VALUES ('700', 'SANDBOX'), ('800', 'LIVE')) t (sort, environment);
INSERT INTO customers (tenant_id, id, reference_id, email, first_name, last_name, fingerprint, created_at, updated_at)
    SELECT tenant, pg_temp.id('c00', customer), 'customer-' || customer, 'payer' || customer || '@example.com', 'Ana', 'Silva ' || customer, '', min(at), min(at)
    FROM many GROUP BY tenant, customer;
INSERT INTO payment_gateways (tenant_id, id, name, connector, kind, action, method_type, is_partially_refundable, is_tokenizable, is_food_only, currencies, countries,
        is_enabled, version, fingerprint, created_at, updated_at)
    SELECT pg_temp.id('700', c), pg_temp.id('a00', c * 10 + g), 'Cards ' || g, 'sandbox', 'ONLINE', 'NONE', 'CARD', true, true, false, '{}', '{}', true, 1, '', '2026-01-01Z', '2026-01-01Z'
    FROM generate_series(1, current_setting('bench.companies')::int) c CROSS JOIN generate_series(0, 2) g;

INSERT INTO orders (tenant_id, id, reference_id, customer_id, currency, food_minor, subtotal_minor, discount_minor, total_minor, held_minor, captured_minor, refunded_minor,
        placed_at, fingerprint, created_at, updated_at)
    SELECT tenant, pg_temp.id('b00', n), 'order-' || n, pg_temp.id('c00', customer), 'EUR', 0, total, off, final, holding, taken, given, at, '', at, at FROM sold;
INSERT INTO order_lines (tenant_id, id, order_id, position, quantity, product_name, unit_minor, gross_minor, final_minor, share_minor, is_food)
    SELECT tenant, pg_temp.id('b01', n::bigint * 8 + i), pg_temp.id('b00', n), i, quantity, 'Product ' || unit / 100, unit, gross, gross, share, false FROM shares;
INSERT INTO order_discounts (tenant_id, id, order_id, position, name, amount_minor, applied_minor)
    SELECT tenant, pg_temp.id('b02', n), pg_temp.id('b00', n), 0, 'Spring', off, off FROM sold WHERE cheaper;
INSERT INTO invoices (tenant_id, id, number, customer_id, order_id, currency, total_minor, held_minor, captured_minor, refunded_minor, issued_on, due_on, fingerprint, created_at, updated_at)
    SELECT tenant, pg_temp.id('b03', n), 'INV-' || n, pg_temp.id('c00', customer), pg_temp.id('b00', n), 'EUR', final, holding, taken, given, at::date, at::date + 30, '', at, at FROM sold;

INSERT INTO payments (tenant_id, id, human_id, mode, customer_id, method_type, selected_gateway_id, currency, total_minor, discount_minor, final_minor, held_minor,
        captured_minor, confirmed_minor, refunded_minor, fee_minor, status, refund_status, reconciliation_status, version, event_seq, created_at, updated_at, paid_at)
    SELECT tenant, pg_temp.id('d00', n), pg_temp.word(n), 'PAYMENT', pg_temp.id('c00', customer), 'CARD', pg_temp.id('a00', gateway), 'EUR', total, off, final, holding,
        taken, taken, given, CASE WHEN paid THEN fee END, CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' WHEN back THEN 'REFUNDED' ELSE 'CONFIRMED' END,
        CASE WHEN back THEN 'FULL' ELSE 'NONE' END, CASE WHEN paid THEN 'RECONCILED' ELSE 'UNRECONCILED' END, 3,
        later + CASE WHEN back THEN 6 WHEN paid THEN 4 ELSE 3 END, at, at, CASE WHEN paid THEN at END FROM sold;
INSERT INTO payment_lines (tenant_id, id, payment_id, position, quantity, product_name, unit_minor, gross_minor, final_minor, share_minor, is_food)
    SELECT tenant, pg_temp.id('d01', n::bigint * 8 + i), pg_temp.id('d00', n), i, quantity, 'Product ' || unit / 100, unit, gross, gross, share, false FROM shares;
INSERT INTO payment_discounts (tenant_id, id, payment_id, position, name, amount_minor, applied_minor)
    SELECT tenant, pg_temp.id('d02', n), pg_temp.id('d00', n), 0, 'Spring', off, off FROM sold WHERE cheaper;
INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, order_id, invoice_id, amount_minor, held_minor, captured_minor, refunded_minor)
    SELECT tenant, pg_temp.id('d03', n), pg_temp.id('d00', n), 0, 'ORDER', pg_temp.id('b00', n), pg_temp.id('b03', n), final, holding, taken, given FROM sold;

-- The newest attempt is what the payment came to; one before it was declined.
INSERT INTO transactions (tenant_id, id, payment_id, attempt_number, gateway_id, method_type, status, external_id, currency, auto_capture, requested_minor, held_minor,
        captured_minor, confirmed_minor, refunded_minor, told_refunded_minor, fee_minor, error_code, error_message, lease_until, created_at, updated_at, captured_at, hold_expires_at, wake_at)
    SELECT tenant, pg_temp.id('e0' || later / 2, n), pg_temp.id('d00', n), 1 + later / 2, pg_temp.id('a00', gateway), 'CARD', CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' ELSE 'CAPTURED' END,
        'x' || n, 'EUR', NOT held, final, holding, taken, taken, given, given, CASE WHEN paid THEN fee END,
        CASE WHEN failed THEN 'DECLINED' END, CASE WHEN failed THEN 'Declined.' END, at, at, at, CASE WHEN paid THEN at END,
        CASE WHEN held THEN 'tomorrow'::timestamptz + interval '30 days' END, CASE WHEN held THEN 'tomorrow'::timestamptz + interval '30 days' END FROM sold;
INSERT INTO transactions (tenant_id, id, payment_id, attempt_number, gateway_id, method_type, status, external_id, currency, auto_capture, requested_minor,
        error_code, error_message, lease_until, created_at, updated_at)
    SELECT tenant, pg_temp.id('e00', n), pg_temp.id('d00', n), 1, pg_temp.id('a00', gateway), 'CARD', 'FAILED', 'y' || n, 'EUR', true, final, 'DECLINED', 'Declined.', at, at, at FROM sold WHERE again;
INSERT INTO refunds (tenant_id, id, batch_id, payment_id, transaction_id, currency, amount_minor, method, status, succeeded_once, created_by, created_at, updated_at, succeeded_at)
    SELECT tenant, pg_temp.id('f00', n), pg_temp.id('f00', n), pg_temp.id('d00', n), pg_temp.id('e0' || later / 2, n), 'EUR', final, 'ORIGINAL', 'SUCCEEDED', true, 'bench', at, at, at FROM sold WHERE back;
INSERT INTO idempotency_keys (tenant_id, operation, key, fingerprint, payment_id, subject_id, created_at)
    SELECT tenant, 'payOrders', 'k' || n, sha256(n::text::bytea), pg_temp.id('d00', n), pg_temp.id('e00', n), at FROM sold UNION ALL
    SELECT tenant, 'processPayment', 'p' || n, sha256(n::text::bytea), pg_temp.id('d00', n), pg_temp.id('e01', n), at FROM sold WHERE again UNION ALL
    SELECT tenant, 'refundPayment', 'r' || n, sha256(n::text::bytea), pg_temp.id('d00', n), pg_temp.id('f00', n), at FROM sold WHERE back;

-- Events have their places, so that the server finds nothing to catch up with.
INSERT INTO payment_events (tenant_id, payment_id, seq, id, type, transaction_id, refund_id, amount_minor, status, actor, created_at, position)
    SELECT tenant, pg_temp.id('d00', n), seq, pg_temp.id('1' || lpad(seq::text, 2, '0'), n), type, attempt, refund, final, status, 'bench', at,
        row_number() OVER (PARTITION BY tenant ORDER BY n, seq)
    FROM (SELECT s.n, s.tenant, s.final, s.at, e.seq + s.later AS seq, e.type, CASE WHEN e.seq > 1 THEN pg_temp.id('e0' || later / 2, n) END AS attempt,
            CASE WHEN e.seq > 4 THEN pg_temp.id('f00', n) END AS refund, e.status
        FROM sold s CROSS JOIN LATERAL (VALUES (2, 'TRANSACTION_CREATED', 'PROCESSING'),
            (3, CASE WHEN held THEN 'TRANSACTION_AUTHORIZED' WHEN failed THEN 'TRANSACTION_FAILED' ELSE 'TRANSACTION_CAPTURED' END,
                CASE WHEN held THEN 'AUTHORIZED' WHEN failed THEN 'FAILED' ELSE 'PAID' END),
            (4, 'TRANSACTION_CONFIRMED', 'CONFIRMED'), (5, 'REFUND_REQUESTED', 'CONFIRMED'), (6, 'REFUND_SUCCEEDED', 'REFUNDED')) e (seq, type, status)
        WHERE e.seq <= 3 OR paid AND e.seq = 4 OR back
        UNION ALL SELECT n, tenant, final, at, 1, 'PAYMENT_CREATED', NULL, NULL, 'CREATED' FROM sold
        UNION ALL SELECT n, tenant, final, at, e.seq, e.type, pg_temp.id('e00', n), NULL, e.status
            FROM sold CROSS JOIN (VALUES (2, 'TRANSACTION_CREATED', 'PROCESSING'), (3, 'TRANSACTION_FAILED', 'FAILED')) e (seq, type, status) WHERE again) e;
INSERT INTO event_heads SELECT tenant_id, max(position) FROM payment_events GROUP BY tenant_id;
INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, debit_gateway_id, debit_customer_id, credit_kind, credit_gateway_id, credit_customer_id,
        currency, amount_minor, created_at)
    SELECT tenant, pg_temp.id('2' || lpad(e.seq::text, 2, '0'), n::bigint * 2 + e.position), pg_temp.id('d00', n), e.seq + later, e.position,
        e.debit, CASE WHEN e.debit IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES') THEN pg_temp.id('a00', gateway) END, CASE WHEN e.debit = 'CUSTOMER_RECEIVABLE' THEN pg_temp.id('c00', customer) END,
        e.credit, CASE WHEN e.credit = 'GATEWAY_CLEARING' THEN pg_temp.id('a00', gateway) END, CASE WHEN e.credit = 'CUSTOMER_RECEIVABLE' THEN pg_temp.id('c00', customer) END, 'EUR', e.minor, at
    FROM sold CROSS JOIN LATERAL (VALUES (3, 0, 'GATEWAY_CLEARING', 'CUSTOMER_RECEIVABLE', final), (4, 0, 'SETTLED', 'GATEWAY_CLEARING', final - fee), (4, 1, 'FEES', 'GATEWAY_CLEARING', fee),
        (5, 0, 'CUSTOMER_RECEIVABLE', 'REFUNDS_PAYABLE', final), (6, 0, 'REFUNDS_PAYABLE', 'GATEWAY_CLEARING', final)) e (seq, position, debit, credit, minor)
    WHERE paid AND e.seq <= 4 OR back;

-- Orders that nobody has paid yet, for what is to be timed of paying: the first company's, and
-- the second's for the limit. Each has a payer of its own, of the same number, whose digits
-- are decimal.
CREATE TEMP TABLE owed AS SELECT tenant, number, id, ('c10' || substr(id::text, 4))::uuid AS payer, ('b11' || substr(id::text, 4))::uuid AS line FROM (
        SELECT pg_temp.id('700', c) AS tenant, number, ('b1000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid AS id
        FROM generate_series(1, 2) c CROSS JOIN generate_series(1, current_setting('bench.owed')::int) n CROSS JOIN LATERAL (SELECT c * 1000000000::bigint + n AS number) x) y;
INSERT INTO customers (tenant_id, id, reference_id, email, first_name, last_name, fingerprint, created_at, updated_at)
    SELECT tenant, payer, 'owing-' || number, 'payer' || number || '@example.com', 'Ana', 'Silva ' || number, '', '2026-01-01Z', '2026-01-01Z' FROM owed;
INSERT INTO orders (tenant_id, id, reference_id, customer_id, currency, food_minor, subtotal_minor, discount_minor, total_minor, placed_at, fingerprint, created_at, updated_at)
    SELECT tenant, id, 'owed-' || number, payer, 'EUR', 0, 1000, 0, 1000, '2026-01-01Z', '', '2026-01-01Z', '2026-01-01Z' FROM owed;
INSERT INTO order_lines (tenant_id, id, order_id, position, quantity, product_name, unit_minor, gross_minor, final_minor, share_minor, is_food)
    SELECT tenant, line, id, 0, 1, 'Product 10', 1000, 1000, 1000, 1000, false FROM owed;

DO $$ DECLARE k record; BEGIN
    FOR k IN SELECT * FROM silent LOOP EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', k.name); END LOOP;
    FOR k IN SELECT * FROM foreign_keys LOOP EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.child, k.name, k.definition); END LOOP;
END $$;
