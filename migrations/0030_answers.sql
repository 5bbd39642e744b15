-- Whether the payer has answered an attempt's action is a fact of its own.

-- +goose Up
-- The answer was handed to the gateway, which did not refuse it. Of what was under way before
-- that is not known: it is asked about as if nobody had answered, and the payer may do so again.
ALTER TABLE transactions ADD COLUMN is_answered boolean NOT NULL DEFAULT false;
SELECT audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}');
