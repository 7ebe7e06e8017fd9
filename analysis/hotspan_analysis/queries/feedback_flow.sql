-- feedback_flow: how many requests each process of a service had in flight, from one change to the next
with changes as (
    select
        worker,
        start_ns as at_ns,
        1 as step
    from requests
    where service = $service and kind = 'web' and start_ns >= $from_ns and start_ns < $to_ns
    union all
    select
        worker,
        greatest(coalesce(end_ns, $now_ns), start_ns) as at_ns,
        -1 as step
    from requests
    where service = $service and kind = 'web' and start_ns >= $from_ns and start_ns < $to_ns
),

moments as (
    select
        worker,
        at_ns,
        sum(step) as step
    from changes
    group by worker, at_ns
)

select
    worker,
    at_ns,
    sum(step) over in_order as in_flight,
    sum(step) over in_order - step as before,
    lead(at_ns) over in_order - at_ns as lasts_ns
from moments
window in_order as (partition by worker order by at_ns)
