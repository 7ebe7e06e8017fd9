-- settled: stretches rolled up out of rows that still hold; those that follow on each other have one number
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
),
apart as (
    select
        *,
        from_ns > coalesce(lag(to_ns) over (order by from_ns), 0) as is_first
    from rollups
    anti join loose on loose.since_ns < rollups.to_ns and loose.until_ns >= rollups.from_ns
    where is_base
)
select
    from_ns,
    to_ns,
    requests,
    first_ns,
    after_ns,
    count(*) filter (where is_first) over (order by from_ns) as number
from apart
