-- The books: every movement of money between a company's accounts.

-- +goose Up
-- Until a settlement says what a gateway kept, its fee is an estimate.
UPDATE transactions SET fee_is_estimated = true WHERE fee_minor IS NOT NULL AND reconciliation_status = 'UNRECONCILED';
UPDATE payments p SET fee_is_estimated = true WHERE fee_minor IS NOT NULL AND EXISTS (
    SELECT FROM transactions t WHERE t.tenant_id = p.tenant_id AND t.payment_id = p.id AND t.fee_is_estimated);

-- An entry moves an amount from the credited to the debited account. Both sides stand
-- in one row, so that the books cannot be out of balance.
CREATE TABLE ledger_entries (
    tenant_id          uuid        NOT NULL,
    id                 uuid        NOT NULL,
    payment_id         uuid        NOT NULL,
    -- The last event of the payment that the entry goes with, and its place there.
    event_seq          int4        NOT NULL CHECK (event_seq >= 0),
    position           int4        NOT NULL CHECK (position >= 0),
    debit_kind         text        NOT NULL,
    debit_gateway_id   uuid,
    debit_customer_id  uuid,
    credit_kind        text        NOT NULL,
    credit_gateway_id  uuid,
    credit_customer_id uuid,
    currency           char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor       bigint      NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, payment_id, event_seq, position),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, debit_gateway_id) REFERENCES payment_gateways (tenant_id, id),
    FOREIGN KEY (tenant_id, credit_gateway_id) REFERENCES payment_gateways (tenant_id, id),
    FOREIGN KEY (tenant_id, debit_customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, credit_customer_id) REFERENCES customers (tenant_id, id),
    CHECK (debit_kind IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES', 'CHARGEBACKS', 'PAYOUTS', 'CUSTOMER_RECEIVABLE', 'SUSPENSE', 'REFUNDS_PAYABLE', 'STORE_CREDIT', 'OPENING')),
    CHECK (credit_kind IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES', 'CHARGEBACKS', 'PAYOUTS', 'CUSTOMER_RECEIVABLE', 'SUSPENSE', 'REFUNDS_PAYABLE', 'STORE_CREDIT', 'OPENING')),
    CHECK ((debit_gateway_id IS NOT NULL) = (debit_kind IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES', 'CHARGEBACKS'))),
    CHECK ((credit_gateway_id IS NOT NULL) = (credit_kind IN ('GATEWAY_CLEARING', 'SETTLED', 'FEES', 'CHARGEBACKS'))),
    CHECK ((debit_kind, debit_gateway_id, debit_customer_id) IS DISTINCT FROM (credit_kind, credit_gateway_id, credit_customer_id))
);
CREATE INDEX ledger_entries_by_creation ON ledger_entries (tenant_id, created_at, id);
CREATE INDEX ledger_entries_of_customer ON ledger_entries (tenant_id, coalesce(credit_customer_id, debit_customer_id), created_at, id)
    WHERE credit_customer_id IS NOT NULL OR debit_customer_id IS NOT NULL;

-- Both sides of every entry, as changes of accounts.
CREATE VIEW ledger_sides AS
    SELECT tenant_id, id, payment_id, debit_kind AS kind, debit_gateway_id AS gateway_id, debit_customer_id AS customer_id, currency, amount_minor AS minor, created_at
        FROM ledger_entries UNION ALL
    SELECT tenant_id, id, payment_id, credit_kind, credit_gateway_id, credit_customer_id, currency, -amount_minor, created_at FROM ledger_entries;

-- What the books must say of each payment by its amounts.
CREATE VIEW payment_postings AS
WITH given AS (
    SELECT r.tenant_id, r.payment_id, t.gateway_id, sum(r.amount_minor) AS all_minor,
        sum(CASE WHEN r.method = 'MANUAL' THEN r.amount_minor ELSE 0 END) AS manual_minor,
        sum(CASE WHEN r.method = 'STORE_CREDIT' THEN r.amount_minor ELSE 0 END) AS credit_minor
    FROM refunds r JOIN transactions t ON t.tenant_id = r.tenant_id AND t.id = r.transaction_id
    WHERE r.status = 'SUCCEEDED' GROUP BY 1, 2, 3
), at_gateway AS (
    SELECT t.tenant_id, t.payment_id, t.gateway_id, t.currency, sum(t.captured_minor) AS captured, sum(t.confirmed_minor) AS confirmed,
        sum(t.refunded_minor) AS refunded, sum(t.refund_pending_minor) AS reserved, sum(t.charged_back_minor) AS charged_back,
        sum(CASE WHEN p.mode = 'WALLET' THEN 0 ELSE t.charged_back_minor END) AS lost,
        sum(CASE WHEN t.fee_is_estimated THEN 0 ELSE coalesce(t.fee_minor, 0) END) AS fee
    FROM transactions t JOIN payments p ON p.tenant_id = t.tenant_id AND p.id = t.payment_id GROUP BY 1, 2, 3, 4
), paid AS (
    SELECT p.tenant_id, p.id, p.currency, p.mode, p.closed, p.final_minor, p.customer_id, p.refund_pending_minor AS reserved,
        p.captured_minor - p.refunded_minor - p.refund_pending_minor - CASE WHEN p.mode = 'WALLET' THEN p.charged_back_minor ELSE 0 END AS kept,
        (SELECT coalesce(sum(g.manual_minor), 0) FROM given g WHERE g.tenant_id = p.tenant_id AND g.payment_id = p.id) AS manual_minor,
        (SELECT coalesce(sum(g.credit_minor), 0) FROM given g WHERE g.tenant_id = p.tenant_id AND g.payment_id = p.id) AS credit_minor
    FROM payments p WHERE p.captured_minor > 0
), postings AS (
    SELECT a.tenant_id, a.payment_id, a.currency, x.kind, a.gateway_id, NULL::uuid AS customer_id, x.minor
    FROM at_gateway a LEFT JOIN given g USING (tenant_id, payment_id, gateway_id) CROSS JOIN LATERAL (VALUES
        ('GATEWAY_CLEARING', a.captured - a.confirmed - a.charged_back - (a.refunded - coalesce(g.manual_minor, 0) - coalesce(g.credit_minor, 0))),
        ('SETTLED', a.confirmed - a.fee), ('FEES', a.fee), ('CHARGEBACKS', a.lost)) x (kind, minor) UNION ALL
    SELECT p.tenant_id, p.id, p.currency, x.kind, NULL, x.customer_id, x.minor FROM paid p CROSS JOIN LATERAL (VALUES
        ('PAYOUTS', NULL::uuid, -p.manual_minor),
        ('CUSTOMER_RECEIVABLE', p.customer_id, CASE WHEN p.mode <> 'WALLET' AND p.closed IS NULL THEN -least(p.kept, p.final_minor) ELSE 0 END),
        ('SUSPENSE', NULL, CASE WHEN p.mode = 'WALLET' THEN 0 WHEN p.closed IS NULL THEN -(p.kept - least(p.kept, p.final_minor)) ELSE -p.kept END),
        ('REFUNDS_PAYABLE', NULL, -p.reserved),
        ('STORE_CREDIT', p.customer_id, -p.credit_minor - CASE WHEN p.mode = 'WALLET' THEN p.kept ELSE 0 END)) x (kind, customer_id, minor)
)
SELECT * FROM postings WHERE minor <> 0;

INSERT INTO ledger_entries (tenant_id, id, payment_id, event_seq, position, debit_kind, debit_gateway_id, debit_customer_id,
        credit_kind, credit_gateway_id, credit_customer_id, currency, amount_minor, created_at)
    SELECT x.tenant_id, gen_random_uuid(), x.payment_id, 0, row_number() OVER (PARTITION BY x.tenant_id, x.payment_id ORDER BY x.kind, x.gateway_id) - 1,
        CASE WHEN x.minor > 0 THEN x.kind ELSE 'OPENING' END, CASE WHEN x.minor > 0 THEN x.gateway_id END, CASE WHEN x.minor > 0 THEN x.customer_id END,
        CASE WHEN x.minor > 0 THEN 'OPENING' ELSE x.kind END, CASE WHEN x.minor < 0 THEN x.gateway_id END, CASE WHEN x.minor < 0 THEN x.customer_id END,
        x.currency, abs(x.minor), p.updated_at
    FROM payment_postings x JOIN payments p ON p.tenant_id = x.tenant_id AND p.id = x.payment_id;

-- History is only ever added to.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
