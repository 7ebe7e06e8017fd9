-- repeated: how many duplicates each has in the window, and how long they took
select
    service,
    kind,
    method,
    route,
    count(*) as duplicates,
    sum(took_ns) as repeated_ns
from duplicates
group by service, kind, method, route
