-- rolled_present: what present has, out of roll-ups and the rest of the window; percentiles are within 1 %
select
    service,
    kind,
    method,
    route,
    requests,
    total_time_ns,
    list_transform(percentiles_ns, lambda percentile_ns: least(percentile_ns, longest_ns)) as percentiles_ns,
    longest_ns,
    errors,
    aborted,
    still_open,
    unfinished,
    queue_time_ns,
    satisfied,
    tolerating
from (
    select
        endpoint,
        service,
        kind,
        method,
        route,
        sum(requests) as requests,
        sum(total_time_ns) as total_time_ns,
        max(longest_ns) as longest_ns,
        sum(errors) as errors,
        sum(aborted) as aborted,
        sum(still_open) as still_open,
        sum(unfinished) as unfinished,
        sum(queue_time_ns) as queue_time_ns
    from rolled_sums
    where from_ns >= $from_ns
    group by endpoint, service, kind, method, route
)
inner join spread using (endpoint)
