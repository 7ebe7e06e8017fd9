-- stretch_before: what before has, of a stretch of the window before
-- reads: calls, selected
select
    service,
    kind,
    method,
    route,
    count(*) as requests,
    sum(took_ns) as total_time_ns
from selected
group by service, kind, method, route
