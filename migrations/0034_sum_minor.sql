-- Totals of amounts for paygraph verify, which adds up millions of them.

-- +goose Up
-- sum() of bigint counts with numbers of any length, which take most of the time of adding
-- up many short lists. This is sum() with 64 bits, as all amounts are in the program, and
-- an error beyond them. Of no rows it is null, too.
CREATE AGGREGATE sum_minor(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);
