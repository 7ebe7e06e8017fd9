-- rollup_candidates: whole hours that are not rolled up at all, and what the others lack, in stretches of their length
-- The hour in which the window ends may be a part of one. A length of 0: none is chosen yet.
with held as (
    select
        from_ns - from_ns % 3600000000000 as hour_ns,
        min(length_ns) as length_ns
    from rollups
    where
        is_base
        and from_ns >= $from_ns
        and from_ns < $to_ns
    group by hour_ns
),
parts as (
    select
        unnest(range(hour_ns, least(hour_ns + 3600000000000, $to_ns), length_ns)) as from_ns,
        length_ns
    from held
)
select
    from_ns,
    least(from_ns + 3600000000000, $to_ns) as to_ns,
    0 as length_ns
from (select unnest(range($from_ns, $to_ns, 3600000000000)) as from_ns)
where from_ns not in (select hour_ns from held)
union all
select
    from_ns,
    from_ns + length_ns as to_ns,
    length_ns
from parts
anti join rollups using (from_ns, length_ns)
where from_ns + length_ns <= $to_ns
order by from_ns
