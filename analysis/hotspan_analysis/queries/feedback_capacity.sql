-- feedback_capacity: how much demand per second the service gets done while more is in flight than it can work on
-- Utilisation law, capacity = completions per second x demand, in the stretches where $saturated and more are in flight;
-- endpoints of unknown demand count nothing, so that it is a lower bound then. The upper quartile of the stretches:
-- while a queue grows, or a trigger lasts, less demand than that is seen to be done.
with loads as (
    select
        worker,
        at_ns - at_ns % $bucket_ns as bucket_ns,
        sum(in_flight * lasts_ns) / sum(lasts_ns) as in_flight
    from feedback_flow
    where lasts_ns > 0
    group by worker, at_ns - at_ns % $bucket_ns
),

done as (
    select
        requests.worker as worker,
        requests.end_ns - requests.end_ns % $bucket_ns as bucket_ns,
        sum(coalesce(idle.demand_s, 0)) * 1e9 / $bucket_ns as done_per_s
    from requests
    left join feedback_idle as idle on requests.method = idle.method and requests.route = idle.route
    where
        requests.service = $service
        and requests.kind = 'web'
        and requests.start_ns >= $from_ns
        and requests.start_ns < $to_ns
        and requests.end_ns is not null
    group by requests.worker, requests.end_ns - requests.end_ns % $bucket_ns
)

select
    loads.worker as worker,
    count(*) as buckets,
    quantile_of(coalesce(done.done_per_s, 0), 0.75) as capacity
from loads
left join done on loads.worker = done.worker and loads.bucket_ns = done.bucket_ns
where loads.in_flight >= $saturated
group by loads.worker
