-- covers: each of those requests once for every slot of 2^32 ns (4.3 s) in which it was open
-- Two requests that overlap meet in the slot in which the later one arrives, so that looking inside slots is enough.
-- Most requests end in the slot they began in, so few rows are added.
select
    *,
    arrival_slot_ns as slot_ns
from touching
union all
select
    *,
    unnest(range(arrival_slot_ns + 4294967296, open_until_ns, 4294967296)) as slot_ns
from touching
where open_until_ns > arrival_slot_ns + 4294967296
