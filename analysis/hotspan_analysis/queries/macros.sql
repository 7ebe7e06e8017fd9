-- macros: what DuckDB and other engines spell differently. Quantiles are exact, interpolated between neighbours.
create or replace temp macro quantile_of(value, fraction) as quantile_cont(value, fraction);

-- Several at once, as a list that counts from 1: one pass and one copy of the values instead of one for each.
create or replace temp macro quantiles_of(value, fractions) as quantile_cont(value, fractions);

-- One number for a client, a target and a slot: the two are uniform hashes, cut so that the sum fits in 64 bits.
create or replace temp macro meeting_of(client, target, slot_ns) as client // 4 + target // 4 + slot_ns::ubigint;

-- Which of 64 slots were used, as the bits of a number; how many are; whether two neighbouring ones are.
create or replace temp macro slots_used(slot) as bit_or(1::ubigint << slot::ubigint);
create or replace temp macro slots_count(slots) as bit_count(slots)::bigint;
create or replace temp macro slots_touch(slots) as (slots & (slots >> 1)) <> 0;
