-- stretch_course: what rolled_course has, of a stretch that is not rolled up
-- reads: calls, selected
select
    endpoint_number(service, kind, method, route) as endpoint,
    start_ns - start_ns % $width_ns as bucket_ns,
    service,
    kind,
    method,
    route,
    count(*) as requests,
    count(*) filter (where error) as errors,
    sum(took_ns) as total_time_ns
from selected
group by all
