-- macros: what DuckDB and other engines spell differently. Quantiles are exact, interpolated between neighbours.
create or replace temp macro quantile_of(value, fraction) as quantile_cont(value, fraction);

-- Several at once, as a list that counts from 1: one pass and one copy of the values instead of one for each.
create or replace temp macro quantiles_of(value, fractions) as quantile_cont(value, fractions);

-- One number for a client, a target and a slot: the two are uniform hashes, cut so that the sum fits in 64 bits.
create or replace temp macro meeting_of(client, target, slot_ns) as client // 4 + target // 4 + slot_ns::ubigint;
