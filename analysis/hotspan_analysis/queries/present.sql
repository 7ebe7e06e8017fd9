-- present: what the selected calls of the window add up to, one row per endpoint, job and held-open endpoint
select
    service,
    kind,
    method,
    route,
    count(*) as requests,
    sum(took_ns) as total_time_ns,
    quantiles_of(took_ns, [0.5, 0.95, 0.99]) as percentiles_ns,
    max(took_ns) as longest_ns,
    count(*) filter (where error) as errors,
    count(*) filter (where aborted) as aborted,
    count(*) filter (where still_open) as still_open,
    count(*) filter (where unfinished) as unfinished,
    sum(queued_ns) as queue_time_ns,
    count(*) filter (where not error and took_ns <= $satisfied_ns) as satisfied,
    count(*) filter (where not error and took_ns > $satisfied_ns and took_ns <= $tolerated_ns) as tolerating
from selected
where start_ns >= $from_ns
group by service, kind, method, route
