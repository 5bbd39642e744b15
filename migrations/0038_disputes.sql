-- What payers' banks take back is counted by dispute: of two disputes of one attempt both
-- count, and one that is won gives back its own money only.

-- +goose Up
-- A list, in order of ids, of {id, moves: [{step, amountMinor}], amountMinor}: what of each
-- dispute is gone now, and the movements that say so. Reports that name no dispute are told
-- in all, as the one with the id ''.
ALTER TABLE transactions ADD COLUMN disputes jsonb;
SELECT audit_table('transactions', 'TRANSACTION', '{token,form,details,holder_name,holder_email,notes,evidence_url,action_url,action_data,rejection_reason,error_message,external_error_code,external_error_message}',
    follow => '{slip_folded}');

-- Of which dispute a sum of then was, nobody kept. A dispute told from now on is added, which
-- may count too much and never too little: no money goes back that is gone.
UPDATE transactions SET disputes = jsonb_build_array(jsonb_build_object('id', '', 'moves', jsonb_build_array(jsonb_build_object('step', 0, 'amountMinor', charged_back_minor)),
    'amountMinor', charged_back_minor)) WHERE charged_back_minor > 0;
