-- What gateways gave back beyond our refunds is worked out from the highest total that they
-- told, whenever that rises or a refund changes: so the total is kept.

-- +goose Up
ALTER TABLE transactions
    ADD COLUMN told_refunded_minor bigint NOT NULL DEFAULT 0 CHECK (told_refunded_minor BETWEEN 0 AND 9007199254740991),
    -- How much of it a person must look at.
    ADD COLUMN unexplained_minor   bigint NOT NULL DEFAULT 0 CHECK (unexplained_minor BETWEEN 0 AND told_refunded_minor);
ALTER TABLE refunds
    -- Nobody asked us for it: the gateway gave back more than our refunds.
    ADD COLUMN is_external       boolean NOT NULL DEFAULT false,
    -- Its gateway told that it succeeded, whatever it told else.
    ADD COLUMN succeeded_once    boolean NOT NULL DEFAULT false,
    -- What the gateway had told that it gave back of the attempt in all when the refund was
    -- asked for, which so was no part of it.
    ADD COLUMN told_before_minor bigint  NOT NULL DEFAULT 0 CHECK (told_before_minor BETWEEN 0 AND 9007199254740991);

-- The audit log covers the columns that are new.
SELECT audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}'),
    audit_table('refunds', 'REFUND', '{reason,error_message,external_error_code,external_error_message}');

-- Refunds of ours began with a request; the others stand for what a total said besides.
UPDATE refunds r SET is_external = NOT EXISTS (
        SELECT FROM payment_events e WHERE e.tenant_id = r.tenant_id AND e.payment_id = r.payment_id AND e.refund_id = r.id AND e.type = 'REFUND_REQUESTED'),
    succeeded_once = EXISTS (
        SELECT FROM payment_events e WHERE e.tenant_id = r.tenant_id AND e.payment_id = r.payment_id AND e.refund_id = r.id AND e.type = 'REFUND_SUCCEEDED');
-- The totals of then were not kept, but what they came to: external refunds, and what was
-- known of ours. What they may have said else stays as it was seen then.
CREATE VIEW explained AS SELECT x.tenant_id, x.transaction_id, x.created_at AS told_at, (
        SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r WHERE r.tenant_id = x.tenant_id AND r.transaction_id = x.transaction_id AND r.method = 'ORIGINAL'
            AND r.created_at <= x.created_at AND (r.is_external OR r.succeeded_once OR r.status IN ('REQUESTED', 'PENDING', 'UNKNOWN')))::bigint AS minor
    FROM refunds x WHERE x.is_external;
UPDATE transactions t SET told_refunded_minor = e.minor FROM (SELECT tenant_id, transaction_id, max(minor) AS minor FROM explained GROUP BY 1, 2) e
    WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id;
UPDATE refunds r SET told_before_minor = e.minor FROM (
        SELECT x.tenant_id, x.id, max(e.minor) AS minor FROM refunds x JOIN explained e ON e.tenant_id = x.tenant_id AND e.transaction_id = x.transaction_id AND e.told_at < x.created_at
        WHERE x.method = 'ORIGINAL' AND NOT x.is_external GROUP BY 1, 2) e
    WHERE e.tenant_id = r.tenant_id AND e.id = r.id;
DROP VIEW explained;
-- Totals that wait for their capture.
UPDATE transactions t SET told_refunded_minor = e.minor, unexplained_minor = e.minor, early = jsonb_path_query_array(t.early, '$[*] ? (@.kind != "REFUND")')
    FROM (SELECT tenant_id, id, (x ->> 'amountMinor')::bigint AS minor FROM transactions, jsonb_array_elements(CASE jsonb_typeof(early) WHEN 'array' THEN early ELSE '[]' END) x
        WHERE x ->> 'kind' = 'REFUND') e WHERE e.tenant_id = t.tenant_id AND e.id = t.id;
