-- stretch_durations: how durations spread in each stretch of $length_ns from $from_ns on, per endpoint and bucket
-- reads: calls, selected
select
    from_ns,
    endpoint_number(service, kind, method, route) as endpoint,
    bucket,
    requests,
    errors
from (
    select
        start_ns - (start_ns - $from_ns) % $length_ns as from_ns,
        service,
        kind,
        method,
        route,
        bucket_of(took_ns) as bucket,
        count(*) as requests,
        count(*) filter (where error) as errors
    from selected
    group by all
)
