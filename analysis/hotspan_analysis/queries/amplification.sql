-- amplification: attempts, operations and duplicates of each endpoint, and what the duplicates cost
-- An attempt repeats the one before when it is sent while that is open, when it says so in a header, or within
-- $after_failure_ns of its failure. Avoidable is the time from each duplicate's start to its end while another attempt
-- was open already: the part of the union that nobody waited for once.
with asked as (
    select
        service,
        method,
        route,
        client,
        target,
        coalesce(attempt, 0) as announced,
        arrival_ns,
        greatest(coalesce(end_ns, $now_ns), arrival_ns) as done_ns,
        time_precision_ns as precision_ns,
        start_ns,
        seq,
        worker,
        aborted or coalesce(status, 0) in (408, 425, 429, 499) or status >= 500 as failed
    from requests
    where
        start_ns >= $since_ns
        and start_ns < $to_ns
        and kind = 'web'
        and client is not null
        and target is not null
        and method <> 'OPTIONS'
        and not speculative
        and coalesce(status, 0) <> 206
        and ($service is null or service = $service)
),

beside as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) as busy_until_ns,
        coalesce(lag(failed) over in_order, false) as failed_before
    from asked
    window
        in_order as (
            partition by service, method, route, client, target order by arrival_ns, done_ns, worker, seq
        ),
        earlier as (
            partition by service, method, route, client, target order by arrival_ns, done_ns, worker, seq
            rows between unbounded preceding and 1 preceding
        )
),

judged as (
    select
        *,
        busy_until_ns > arrival_ns + precision_ns
        or announced > 1
        or (failed_before and busy_until_ns > 0 and arrival_ns - busy_until_ns <= $after_failure_ns) as is_duplicate
    from beside
)

select
    service,
    method || ' ' || route as endpoint,
    count(*) as attempts,
    count(*) - count(*) filter (where is_duplicate) as operations,
    count(*) filter (where is_duplicate) as duplicates,
    sum(done_ns - arrival_ns - greatest(done_ns - greatest(arrival_ns, busy_until_ns), 0)) / 1e9 as duplicate_in_flight_s,
    coalesce(sum(done_ns - arrival_ns) filter (where is_duplicate), 0) / 1e9 as avoidable_s
from judged
where start_ns >= $from_ns
group by service, method, route
order by duplicates desc, service, endpoint
