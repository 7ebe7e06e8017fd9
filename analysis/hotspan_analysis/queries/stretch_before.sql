-- stretch_before: what before has, of a stretch of the window before, as rolled_sums has it
-- reads: calls, selected
select
    $from_ns::bigint as from_ns,
    service,
    kind,
    method,
    route,
    count(*) as requests,
    sum(took_ns) as total_time_ns
from selected
group by service, kind, method, route
