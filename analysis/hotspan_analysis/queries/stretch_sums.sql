-- stretch_sums: what requests and jobs add up to in each stretch of $length_ns from $from_ns on, per endpoint
-- reads: calls, selected, touching, covers, duplicates
with everything as (
    select
        start_ns - (start_ns - $from_ns) % $length_ns as from_ns,
        service,
        kind,
        method,
        route,
        count(*) as requests,
        sum(took_ns) as total_time_ns,
        max(took_ns) as longest_ns,
        count(*) filter (where error) as errors,
        count(*) filter (where aborted) as aborted,
        count(*) filter (where still_open) as still_open,
        count(*) filter (where unfinished) as unfinished,
        sum(queued_ns) as queue_time_ns,
        count(*) filter (where client_tier in ('address_agent', 'address', 'unknown')) as by_address,
        count(*) filter (where not start_known) as without_start
    from selected
    group by all
),
again as (
    select
        start_ns - (start_ns - $from_ns) % $length_ns as from_ns,
        service,
        kind,
        method,
        route,
        count(*) as duplicates,
        sum(took_ns) as repeated_ns
    from duplicates
    group by all
)
select
    endpoint_number(service, kind, method, route) as endpoint,
    everything.*,
    coalesce(duplicates, 0) as duplicates,
    coalesce(repeated_ns, 0) as repeated_ns
from everything
left join again using (from_ns, service, kind, method, route)
