-- A job engine had its tables here, until 0020: what is due is the queue by itself.

-- +goose Up
SELECT 1;
