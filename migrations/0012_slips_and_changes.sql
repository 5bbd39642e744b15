-- Slips of manual payments: what makes two the same, and what their form asks; versions
-- of master data that can be changed.

-- +goose Up
-- A slip counts once for each way to pay, however it is written; one that was
-- withdrawn or rejected may be submitted again.
DROP INDEX transactions_manual_reference;
CREATE UNIQUE INDEX transactions_manual_reference
    ON transactions (tenant_id, lower(btrim(manual_reference)), method_type, lower(coalesce(method_label, '')))
    WHERE manual_reference IS NOT NULL AND status NOT IN ('CANCELLED', 'REJECTED');

-- The form of a manual gateway has the names of submitManualPayment.
UPDATE gateway_parameters p SET parameter_id = 'transactionReference', friendly_name = 'Reference of the payment'
    FROM payment_gateways g
    WHERE g.tenant_id = p.tenant_id AND g.id = p.gateway_id AND g.connector = 'manual' AND p.parameter_id = 'reference';
INSERT INTO gateway_parameters (tenant_id, gateway_id, parameter_id, position, friendly_name, is_merchant, is_form, is_visible, is_required)
    SELECT g.tenant_id, g.id, 'notes', max(p.position) + 1, 'Notes for who approves', false, true, true, false
    FROM payment_gateways g JOIN gateway_parameters p ON p.tenant_id = g.tenant_id AND p.gateway_id = g.id
    WHERE g.connector = 'manual'
    GROUP BY g.tenant_id, g.id
    HAVING bool_and(p.parameter_id <> 'notes');

ALTER TABLE products ADD COLUMN version int4 NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE customers ADD COLUMN version int4 NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE companies ADD COLUMN version int4 NOT NULL DEFAULT 1 CHECK (version > 0);
