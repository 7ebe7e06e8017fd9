-- course: what started in each bucket of the window of one kind, and in all of it (bucket 0), out of roll-ups and the rest
-- reads: course_durations, spread
select
    bucket_ns,
    sums.requests as requests,
    sums.errors as errors,
    total_time_ns,
    percentiles_ns[1] / 1e6 as p50_ms,
    percentiles_ns[2] / 1e6 as p95_ms
from (
    select
        coalesce(bucket_ns, 0) as bucket_ns,
        sum(requests) as requests,
        sum(errors) as errors,
        sum(total_time_ns) as total_time_ns
    from rolled_course
    where kind = $of_kind
    group by grouping sets ((bucket_ns), ())
) as sums
inner join spread on spread.endpoint = bucket_ns
order by bucket_ns
