-- A view that nothing reads.

-- +goose Up
-- What reads the books reads gateway_postings and other_postings (0022); this had a row for
-- each account of them.
DROP VIEW payment_postings;
