-- storm_islands: stretches in which a process served one request after the other without a breath
-- A handler that blocks the event loop hides the queue: a request is noted only when the loop gets to it. What can be
-- seen is one request at a time, each starting as the last one ends. Only stretches of five seconds in which a process
-- was busy and alone with one request are looked at closely.
with served as (
    select
        requests.worker as worker,
        requests.service as service,
        requests.method as method,
        requests.route as route,
        requests.client as client,
        requests.client_tier as client_tier,
        requests.target as target,
        requests.status as status,
        requests.seq as seq,
        requests.start_ns as start_ns,
        greatest(coalesce(requests.end_ns, $now_ns), requests.start_ns) as done_ns
    from requests
    inner join storm_bins as busy
        on requests.worker = busy.worker and requests.start_ns - requests.start_ns % $bin_ns = busy.bin_ns
    where
        requests.start_ns >= $since_ns
        and requests.start_ns < $to_ns
        and requests.kind = 'web'
        and requests.start_known
        and requests.time_precision_ns = 1
        and requests.arrival_ns = requests.start_ns
),

beside as (
    select
        *,
        coalesce(max(done_ns) over (
            partition by worker order by start_ns, done_ns, seq rows between unbounded preceding and 1 preceding
        ), 0) as busy_until_ns,
        coalesce(lag(client) over (partition by worker order by start_ns, done_ns, seq), 0) as client_before
    from served
),

numbered as (
    select
        *,
        sum(case when start_ns > busy_until_ns + $island_gap_ns then 1 else 0 end) over (
            partition by worker order by start_ns, done_ns, seq rows between unbounded preceding and current row
        ) as island
    from beside
),

bounded as (
    select
        *,
        min(start_ns) over (partition by worker, island) as from_ns,
        max(done_ns) over (partition by worker, island) as until_ns,
        sum(done_ns - start_ns) over (partition by worker, island) as work_ns
    from numbered
)

select *
from bounded
where
    until_ns - from_ns >= $island_ns
    and work_ns <= $one_at_a_time * (until_ns - from_ns)
    and work_ns >= 0.8 * (until_ns - from_ns)
