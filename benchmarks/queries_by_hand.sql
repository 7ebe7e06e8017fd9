-- queries_by_hand: what `hotspan top` shows, as one would write it for this one table, day and Apdex threshold
with ranked as (
    select
        service,
        kind,
        method,
        route,
        count(*) as requests,
        sum(end_ns - start_ns) as total_time_ns,
        quantile_cont(end_ns - start_ns, [0.5, 0.95, 0.99]) as percentiles_ns,
        max(end_ns - start_ns) as longest_ns,
        count(*) filter (where error) as errors,
        count(*) filter (where aborted) as aborted,
        count(*) filter (where unfinished) as unfinished,
        sum(start_ns - arrival_ns) as queue_time_ns,
        count(*) filter (where not error and end_ns - start_ns <= 500000000) as satisfied,
        count(*) filter (where not error and end_ns - start_ns between 500000001 and 2000000000) as tolerating
    from requests
    where start_ns >= 1790035200000000000 and start_ns < 1790121600000000000
    group by all
),
repeated as (
    select service, kind, method, route, count(*) as duplicates, sum(end_ns - start_ns) as avoidable_ns
    from (
        select
            *,
            max(end_ns) over (
                partition by service, client, target
                order by arrival_ns, seq
                rows between unbounded preceding and 1 preceding
            ) as earlier_until_ns
        from requests
        where
            start_ns >= 1790035200000000000 and start_ns < 1790121600000000000
            and kind = 'web' and method <> 'OPTIONS' and not speculative
    )
    where earlier_until_ns > arrival_ns
    group by all
)
select
    * exclude (duplicates, avoidable_ns),
    coalesce(duplicates, 0) as duplicates,
    coalesce(avoidable_ns, 0) as avoidable_ns,
    total_time_ns / sum(total_time_ns) over (partition by kind) as time_share
from ranked
left join repeated using (service, kind, method, route)
order by total_time_ns desc
