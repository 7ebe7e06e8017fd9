-- rolled_before: what before has, out of roll-ups and the rest of the window before
select
    service,
    kind,
    method,
    route,
    sum(requests) as previous_requests,
    sum(total_time_ns) as previous_time_ns
from (
    select service, kind, method, route, requests, total_time_ns from rolled_sums where from_ns < $from_ns
    union all
    select service, kind, method, route, requests, total_time_ns from stretch_before
)
group by service, kind, method, route
