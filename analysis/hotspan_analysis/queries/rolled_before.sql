-- rolled_before: what before has, out of what was brought together of the window before
select
    service,
    kind,
    method,
    route,
    sum(requests) as previous_requests,
    sum(total_time_ns) as previous_time_ns
from rolled_sums
where from_ns < $from_ns
group by service, kind, method, route
