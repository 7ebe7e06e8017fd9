-- rolled_stretches: the longest stretches of the window of which all is rolled up, in order of time
-- Left out is where a request may matter that is not over, or is not in the store yet: from when it started to an hour
-- later, as what is sent meanwhile may be duplicates of it, and a minute on either side, see touching.
with loose as (
    select
        start_ns - 60000000000 as since_ns,
        60000000000
        + case
            when kind = 'web' then least(coalesce(end_ns, start_ns + 3600000000000), start_ns + 3600000000000)
            else start_ns
        end as until_ns
    from (
        select kind, start_ns, end_ns
        from requests
        where end_ns is null
        union all
        select kind, start_ns, end_ns
        from loose_requests
    )
    where
        start_ns >= $from_ns - 3660000000000
        and start_ns < $to_ns + 60000000000
),
settled as (
    select
        from_ns,
        to_ns,
        requests,
        first_ns,
        after_ns
    from rollups
    anti join loose on loose.since_ns < rollups.to_ns and loose.until_ns >= rollups.from_ns
    where
        is_base
        and from_ns >= $from_ns
        and to_ns <= $to_ns
),
apart as (
    select
        *,
        from_ns > coalesce(lag(to_ns) over (order by from_ns), 0) as is_first
    from settled
),
numbered as (
    select
        *,
        count(*) filter (where is_first) over (order by from_ns) as number
    from apart
)
select
    min(from_ns) as from_ns,
    max(to_ns) as to_ns,
    sum(requests)::bigint as requests,
    min(first_ns) as first_ns,
    max(after_ns) as after_ns
from numbered
group by number
order by from_ns
