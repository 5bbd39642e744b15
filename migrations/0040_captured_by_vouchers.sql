-- All that a gateway of vouchers captured counts as paid by vouchers: what came later than the
-- first answer did not.

-- +goose Up
WITH late AS (
    UPDATE transactions SET voucher_minor = captured_minor, voucher_count = CASE WHEN captured_minor > 0 THEN coalesce(voucher_count, vouchers_tendered, 1) END
    WHERE (method_type = 'VOUCHER' OR vouchers_tendered IS NOT NULL) AND voucher_minor <> captured_minor RETURNING tenant_id, payment_id
)
UPDATE payments p SET voucher_minor = x.minor FROM (
        SELECT tenant_id, payment_id, sum(CASE WHEN method_type = 'VOUCHER' OR vouchers_tendered IS NOT NULL THEN captured_minor ELSE voucher_minor END) AS minor
        FROM transactions WHERE (tenant_id, payment_id) IN (SELECT tenant_id, payment_id FROM late) GROUP BY 1, 2) x
    WHERE p.tenant_id = x.tenant_id AND p.id = x.payment_id;
