-- Payers of attempts that began on the checkout page come back to it.

-- +goose Up
-- Where an attempt began decides what the provider is told, however often it is asked.
ALTER TABLE transactions ADD COLUMN returns_to_page boolean NOT NULL DEFAULT false;
SELECT audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}',
    follow => '{slip_folded}');
