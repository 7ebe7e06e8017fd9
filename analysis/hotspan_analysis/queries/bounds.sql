-- bounds: when the data of a service or a version start, and the first moment after them
select
    min(start_ns) as first_ns,
    greatest(max(start_ns) + 1, max(ended_ns)) as after_ns,
    count(*) as rows_seen
from (
    select start_ns, coalesce(end_ns, $now_ns) as ended_ns
    from requests
    where
        ($service is null or service = $service)
        and ($version is null or service_version = $version)
    union all
    select start_ns, end_ns as ended_ns
    from spans
    where
        parent_span_id is null
        and ($service is null or service = $service)
        and ($version is null or service_version = $version)
) as everything
