-- rolled_trends: what trends has, out of roll-ups and the rest of the window
select
    service,
    kind,
    case when kind = 'job' then route else method || ' ' || route end as endpoint,
    bucket_ns,
    sum(requests) as requests,
    sum(total_time_ns) as total_time_ns
from rolled_course
group by service, kind, method, route, bucket_ns
order by service, kind, endpoint, bucket_ns
