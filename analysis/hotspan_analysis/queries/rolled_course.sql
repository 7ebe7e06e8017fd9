-- rolled_course: what is rolled up of each endpoint, in stretches of one length, per bucket of $width_ns
-- reads: rolled_endpoints
select
    endpoint,
    from_ns - from_ns % $width_ns as bucket_ns,
    any_value(service) as service,
    any_value(kind) as kind,
    any_value(method) as method,
    any_value(route) as route,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors,
    sum(total_time_ns)::bigint as total_time_ns
from rolled_endpoints
where
    length_ns = $length_ns
    and from_ns >= $from_ns
    and from_ns < $to_ns
group by endpoint, bucket_ns
