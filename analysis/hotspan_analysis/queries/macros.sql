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

-- The bucket of a roll-up's histogram that a duration belongs to, and the duration that stands for a bucket: DDSketch,
-- Masson, Rim and Lee, VLDB 2019. Each bucket reaches 2^(1/35) = 1.02 times as far as the one before, so that what stands
-- for it is within 1 % of all in it. Bucket 0 ends at 0.5 s, the usual Apdex threshold, and every 35th at a power of 2 of it.
create or replace temp macro bucket_of(took_ns) as
    case when took_ns > 0 then ceil(35 * log2(took_ns / 5e8))::smallint else -30000::smallint end;
create or replace temp macro duration_of(bucket) as
    case when bucket > -30000 then 5e8 * pow(2, bucket / 35) * 2 / (1 + pow(2, 1 / 35)) else 0.0 end;

-- The duration at a place between two buckets, as quantile_cont interpolates.
create or replace temp macro between_buckets(low, high, place) as
    duration_of(low) + (duration_of(high) - duration_of(low)) * (place - floor(place));

-- One number for an endpoint, the same with every version of DuckDB.
create or replace temp macro endpoint_number(service, kind, method, route) as
    md5_number_lower(service || chr(0) || kind || chr(0) || method || chr(0) || route);
