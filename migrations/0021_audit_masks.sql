-- What people and providers write may be about persons: the audit log tells that it is
-- there, and not what it says. Entries from before stay as they are.

-- +goose Up
SELECT audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}'),
    audit_table('operations', 'OPERATION', '{error_message,external_error_code,external_error_message}'),
    audit_table('refunds', 'REFUND', '{reason,error_message,external_error_code,external_error_message}');
