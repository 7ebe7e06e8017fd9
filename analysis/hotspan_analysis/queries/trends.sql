-- trends: for each endpoint, job and held-open endpoint, what started in each bucket of the window; only buckets in use
-- reads: calls, selected
select
    service,
    kind,
    case when kind = 'job' then route else method || ' ' || route end as endpoint,
    start_ns - start_ns % $width_ns as bucket_ns,
    count(*) as requests,
    sum(took_ns) as total_time_ns
from selected
where start_ns >= $from_ns
group by service, kind, method, route, start_ns - start_ns % $width_ns
order by service, kind, endpoint, bucket_ns
