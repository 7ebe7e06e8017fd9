-- feedback: latency, requests in flight, demand per request and resend gap of one endpoint over time
-- Demand is attained service: what a request got done is what one of in-flight requests gets of the process's capacity,
-- the integral of min(1, capacity / in flight) from its start to its end. While a storm lasts it stays what it was and
-- only the waiting grows; while a trigger lasts it grows.
with attained as (
    select
        flow.worker as worker,
        flow.at_ns as at_ns,
        coalesce(
            sum(flow.lasts_ns * least(1.0, coalesce(capacity.capacity, $default_capacity) / nullif(flow.in_flight, 0))) over (
                partition by flow.worker order by flow.at_ns
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as attained_ns
    from feedback_flow as flow
    left join feedback_capacity as capacity on flow.worker = capacity.worker
),

seen as (
    select
        requests.worker as worker,
        requests.client as client,
        requests.target as target,
        requests.seq as seq,
        requests.start_ns as start_ns,
        requests.arrival_ns as arrival_ns,
        greatest(coalesce(requests.end_ns, $now_ns), requests.start_ns) as done_ns,
        starts.in_flight as in_flight,
        ends.attained_ns - begins.attained_ns as demand_ns
    from requests
    inner join feedback_flow as starts on requests.worker = starts.worker and requests.start_ns = starts.at_ns
    inner join attained as begins on requests.worker = begins.worker and requests.start_ns = begins.at_ns
    inner join attained as ends
        on requests.worker = ends.worker and greatest(coalesce(requests.end_ns, $now_ns), requests.start_ns) = ends.at_ns
    where
        requests.service = $service
        and requests.method = $method
        and requests.route = $route
        and requests.kind = 'web'
        and requests.start_ns >= $from_ns
        and requests.start_ns < $to_ns
),

beside as (
    select
        *,
        coalesce(max(done_ns) over earlier, 0) > arrival_ns as is_duplicate,
        arrival_ns - lag(arrival_ns) over (partition by client, target order by arrival_ns, done_ns, worker, seq) as step_ns
    from seen
    window earlier as (
        partition by client, target order by arrival_ns, done_ns, worker, seq
        rows between unbounded preceding and 1 preceding
    )
)

select
    start_ns - start_ns % $bucket_ns as at_ns,
    count(*) as requests,
    count(*) filter (where is_duplicate) as duplicates,
    avg(in_flight) as in_flight,
    avg(done_ns - start_ns) / 1e9 as latency_s,
    avg(demand_ns) / 1e9 as demand_s,
    quantile_of(case when is_duplicate then step_ns else null end, 0.5) / 1e9 as resend_gap_s
from beside
group by start_ns - start_ns % $bucket_ns
order by at_ns
