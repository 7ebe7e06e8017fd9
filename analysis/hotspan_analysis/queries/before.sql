-- before: how many calls each had in the window just before, and how long they took, where that is asked for
select
    service,
    kind,
    method,
    route,
    count(*) as previous_requests,
    sum(took_ns) as previous_time_ns
from selected
where $compared and start_ns < $from_ns
group by service, kind, method, route
